"""An outgoing webhook, for a desk's chat or ticket system: signed, and told again until it is taken.

The body is signed with HMAC-SHA256 over the moment, a dot and the body; `Idempotency-Key` is the same at every attempt.
"""

from __future__ import annotations

import hmac
import json
from types import TracebackType
from typing import Any, Self

import requests
from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac

from alerts.channels import LastingFailureError, PassingFailureError
from alerts.letters import spoken
from alerts.models import Alert, Webhook

FOR_NOW = frozenset({408, 425, 429})


class WebhookChannel:
    """Keeps connections open between alerts; follows no redirect, since what is sent is confidential."""

    def __enter__(self) -> Self:
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy or password from the environment
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.session.close()

    def send(self, alert: Alert) -> str:
        webhook = _webhook_of(alert)
        if not webhook.is_active:
            raise LastingFailureError(f"The webhook {webhook} is switched off.")
        body = json.dumps(payload(alert), ensure_ascii=False, sort_keys=True).encode()
        # The other side checks how old a message is: this is the real clock, also where a test's stands still.
        moment = str(int(timezone.now().timestamp()))  # noqa: TID251
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key_of(alert),
            "X-Standstill-Signature": f"t={moment},v1={signature(webhook, moment, body)}",
        }
        try:
            answer = self._ask("POST", webhook.url, data=body, headers=headers)
        except ValueError as error:
            raise LastingFailureError(f"The webhook {webhook} cannot be asked: {_said(error)}") from error
        except requests.ConnectTimeout as error:
            raise PassingFailureError(_said(error)) from error
        except requests.ConnectionError as error:
            # A connection that was never made sent nothing; one that broke may have (rule 9).
            raise PassingFailureError(_said(error), uncertain="NewConnectionError" not in repr(error)) from error
        except requests.RequestException as error:
            raise PassingFailureError(_said(error), uncertain=True) from error
        if 200 <= answer.status_code < 300:
            return key_of(alert)
        lasting = 300 <= answer.status_code < 500 and answer.status_code not in FOR_NOW
        kind = LastingFailureError if lasting else PassingFailureError
        raise kind(f"The webhook {webhook} answered {answer.status_code} {answer.reason}.")

    def arrived(self, alert: Alert) -> bool | None:
        webhook = _webhook_of(alert)
        if not webhook.can_look_up:
            return None
        try:
            answer = self._ask("GET", webhook.url, params={"key": key_of(alert)})
        except requests.RequestException:
            return None
        return {200: True, 404: False}.get(answer.status_code)

    def _ask(self, method: str, url: str, **how: Any) -> requests.Response:
        timeout = settings.ALERT_LEASE.total_seconds() / 5
        return self.session.request(method, url, timeout=timeout, allow_redirects=False, **how)


def _webhook_of(alert: Alert) -> Webhook:
    if alert.webhook is None:
        raise LastingFailureError("It is for no webhook.")
    return alert.webhook


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def key_of(alert: Alert) -> str:
    """The key under which the other side knows an alert: the same at every attempt."""
    made_of = "|".join([alert.about, alert.kind, alert.version, f"webhook {alert.webhook_id}"])
    return f"alert-{alert.pk}-{salted_hmac('alert', made_of).hexdigest()[:24]}"


def signing_key(webhook: Webhook) -> str:
    """The key that signs, derived from the secret key, so that it is kept nowhere; shown to an administrator."""
    return salted_hmac("webhook", f"{webhook.ref}|{webhook.generation}", algorithm="sha256").hexdigest()


def signature(webhook: Webhook, moment: str, body: bytes) -> str:
    """HMAC-SHA256, in hexadecimal, of the moment (seconds since 1970), a dot and the body."""
    return hmac.new(signing_key(webhook).encode(), moment.encode() + b"." + body, "sha256").hexdigest()


def payload(alert: Alert) -> dict[str, Any]:
    """What is sent: a number, its urgency and a link; the words only where the webhook is allowed them."""
    said = {
        "alert": alert.pk,
        "key": key_of(alert),
        "urgent": alert.urgent,
        "late": alert.late,
        "possible_repeat": alert.possible_repeat,
        "link": f"{settings.BASE_URL}/alerts/{alert.pk}/",
    }
    if alert.webhook is None or not alert.webhook.headings:
        return said
    return said | {
        "about": alert.about,
        "kind": alert.kind,
        "heading": alert.content["heading"],
        "text": alert.content["what"],
        "date": alert.contractual_date.isoformat(),
        "date_in_words": spoken(alert.contractual_date),
        "reading": alert.reading,
        "to_do": alert.content["todo"],
        "see": settings.BASE_URL + alert.content["path"],
    }
