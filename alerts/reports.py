"""What a mail provider reports of a message: delivered, or bounced. Read through anymail, which knows the providers.

`settings.MAIL_PROVIDER` names one of anymail's; its webhook is the address `alerts/reports/` with the secret.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anymail.signals import AnymailTrackingEvent, tracking
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from alerts.models import Alert
from alerts.operations import report
from alerts.states import State

STATES = {"delivered": State.DELIVERED, "bounced": State.BOUNCED, "rejected": State.BOUNCED, "failed": State.BOUNCED}


@receiver(tracking, dispatch_uid="standstill-mail-reports")
def take_report(sender: object, event: AnymailTrackingEvent, **kwargs: Any) -> None:
    """Note what became of one message; reports of other things, and of other messages, are not ours."""
    state = STATES.get(event.event_type or "")
    alert = alert_of(event) if state else None
    if alert is not None and state is not None:
        said = event.description or event.reject_reason or event.event_type
        at = event.timestamp or timezone.now()  # noqa: TID251 (when the provider says nothing)
        report(alert=alert, state=state, said=str(said), at=at)


def alert_of(event: AnymailTrackingEvent) -> Alert | None:
    """The alert whose message a report is about: by the number that the message bore, or by the message's own key."""
    number = str((event.metadata or {}).get("alert", ""))
    found = Alert.objects.filter(pk=int(number)) if number.isdecimal() else Alert.objects.none()
    by_number = found.first()
    if by_number is not None or not event.message_id:
        return by_number
    return Alert.objects.filter(message_id__in=[event.message_id, f"<{event.message_id}>"]).order_by("pk").first()


def webhook_of(provider: str) -> Callable[..., HttpResponseBase]:
    """Anymail's own view of a provider's reports. Raises `ImproperlyConfigured` for a provider it does not know."""
    if not settings.ANYMAIL["WEBHOOK_SECRET"]:
        raise ImproperlyConfigured("MAIL_PROVIDER is set, so MAIL_REPORTS_SECRET must be: `name:password`, at random.")
    for pattern in get_resolver("anymail.urls").url_patterns:
        found = pattern.callback if isinstance(pattern, URLPattern) else None
        if found is not None and getattr(pattern, "name", "") == f"{provider}_tracking_webhook":
            return found
    raise ImproperlyConfigured(f"MAIL_PROVIDER is {provider}; anymail knows no reports of that name.")


def take_reports(request: HttpRequest) -> HttpResponseBase:
    """Hand a provider's report to anymail, which checks the secret and the form, and tells us by its signal."""
    return webhook_of(settings.MAIL_PROVIDER)(request)
