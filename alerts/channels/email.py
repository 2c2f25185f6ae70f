"""E-mail: one connection for many messages, a fixed Message-ID, a plain and an HTML part."""

from __future__ import annotations

import smtplib
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.utils.crypto import salted_hmac

from alerts.channels import LastingFailureError, PassingFailureError
from alerts.letters import spoken
from alerts.links import address_to_acknowledge
from alerts.models import Alert
from audit.models import User


class EmailChannel:
    """Use as a context; the connection is opened by the first message and closed at the end."""

    def __enter__(self) -> Self:
        self.connection = get_connection()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self.connection.close()
        except OSError:
            # What was accepted is recorded; a server that hangs up on our good-bye changes nothing.
            return

    def send(self, alert: Alert) -> str:
        """Hand an alert to the mail server and return its Message-ID. Raises a passing or a lasting failure."""
        if alert.recipient is None or not alert.recipient.email:
            raise LastingFailureError(f"{alert.recipient} has no e-mail address.")
        if not alert.recipient.is_active:
            raise LastingFailureError(f"{alert.recipient} is no longer active.")
        try:
            message = compose(alert, self.connection)
            message.message()
        except Exception as error:
            # Whatever is wrong with this alert is wrong for good, and must not hold up the others (rule 13).
            raise LastingFailureError(f"It cannot be put into a message: {type(error).__name__}: {error}") from error
        try:
            self.connection.open()
        except (OSError, smtplib.SMTPException) as error:
            # Also a password or a sender that the server turns down: somebody mends that, and nothing may be lost.
            self._hang_up()
            raise PassingFailureError(f"{type(error).__name__}: {error}") from error
        try:
            message.send()
        except smtplib.SMTPRecipientsRefused as error:
            raise self._refused(*next(iter(error.recipients.values()))) from error
        except smtplib.SMTPDataError as error:
            raise self._refused(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPResponseException as error:
            self._hang_up()
            raise PassingFailureError(f"{type(error).__name__}: {error}") from error
        except (OSError, smtplib.SMTPException) as error:
            # The connection broke in the middle: the server may have taken the message (rule 9).
            self._hang_up()
            raise PassingFailureError(f"{type(error).__name__}: {error}", uncertain=True) from error
        # A provider that is spoken to by its own interface gives a key of its own, and reports under that.
        provider = getattr(message, "anymail_status", None)
        return str(getattr(provider, "message_id", None) or message.extra_headers["Message-ID"])

    def arrived(self, alert: Alert) -> bool | None:
        """A mail server cannot be asked."""
        return None

    def _refused(self, code: int, said: bytes | str) -> Exception:
        """What the server said of this mailbox or this message: 5xx for good, 4xx for now."""
        self._hang_up()
        text = said.decode(errors="replace") if isinstance(said, bytes) else said
        kind = LastingFailureError if 500 <= code < 600 else PassingFailureError
        return kind(f"{code} {text}")

    def _hang_up(self) -> None:
        """Drop a connection that is in doubt; the next message opens a new one."""
        self.__exit__(None, None, None)
        self.connection = get_connection()


def message_id(alert: Alert) -> str:
    """The same for every attempt at the same alert, so that a mail system can tell a repeat."""
    key = "|".join([alert.about, alert.kind, alert.version, str(alert.recipient_id)])
    return f"<alert-{alert.pk}-{salted_hmac('alert', key).hexdigest()[:24]}@standstill>"


def compose(alert: Alert, connection: Any = None) -> EmailMultiAlternatives:
    """The message of an alert, or of a digest with those that it carries.

    The subject says nothing confidential, unless the desk allows it. Messages about one borrower are one thread.
    """
    recipient: Any = alert.recipient
    marks = ("Possible repeat: " if alert.possible_repeat else "", "Late: " if alert.late else "")
    carried = []
    if alert.kind == "digest":
        carried = list(alert.carried.exclude(state="superseded").order_by("contractual_date", "id"))
    context = {
        "alert": alert,
        "content": alert.content,
        "date_in_words": spoken(alert.contractual_date),
        "link": settings.BASE_URL + alert.content["path"],
        "to_acknowledge": settings.BASE_URL + address_to_acknowledge(alert),
        "inbox": f"{settings.BASE_URL}/alerts/",
        "base": settings.BASE_URL,
        "carried": [(each, spoken(each.contractual_date)) for each in carried],
    }
    template = "mail/digest" if alert.kind == "digest" else "mail/alert"
    message = EmailMultiAlternatives(
        subject=f"{''.join(marks)}{subject(alert)} [alert {alert.pk}]",
        body=render_to_string(f"{template}.txt", context),
        to=[recipient.email],
        connection=connection,
        headers={"Message-ID": message_id(alert), "Auto-Submitted": "auto-generated", **thread(alert, recipient)},
    )
    message.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    message.metadata = {"alert": str(alert.pk)}  # type: ignore[attr-defined] # for providers that report by it
    return message


def subject(alert: Alert) -> str:
    """What the subject may say: the heading where the desk allows it, else only how urgent it is.

    Line breaks in a heading cannot reach a header.
    """
    if alert.content.get("open_subject"):
        return " ".join(str(alert.content["heading"]).split())
    return "Urgent: something needs you" if alert.urgent else "Something to look at"


def thread(alert: Alert, recipient: User) -> dict[str, str]:
    """Headers that put all messages about one borrower into one thread, without naming it."""
    borrower = next((topic for topic in alert.topics if topic.startswith("borrower:")), None)
    if borrower is None:
        return {}
    root = f"<{salted_hmac('thread', f'{borrower}|{recipient.pk}').hexdigest()[:32]}@standstill>"
    return {"References": root, "In-Reply-To": root}
