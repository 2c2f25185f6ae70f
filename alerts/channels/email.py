"""E-mail: one connection for many messages, a fixed Message-ID, a plain and an HTML part."""

from __future__ import annotations

import smtplib
from types import TracebackType
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.utils.crypto import salted_hmac

from alerts.letters import spoken
from alerts.models import Alert


class PassingFailureError(Exception):
    """It may work later: the server is away, busy, or refuses for now. `uncertain`: it may even have gone out."""

    def __init__(self, message: str, *, uncertain: bool = False) -> None:
        super().__init__(message)
        self.uncertain = uncertain


class LastingFailureError(Exception):
    """It will not work later: there is no such mailbox, no address at all, or nothing that can be sent."""


class EmailChannel:
    """Use as a context; the connection is opened by the first message and closed at the end."""

    def __enter__(self) -> EmailChannel:
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
        if not alert.recipient.email:
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
        return str(message.extra_headers["Message-ID"])

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
    """The message of an alert. Line breaks in a heading cannot reach a header."""
    repeat = "Possible repeat: " if alert.possible_repeat else ""
    late = "Late: " if alert.late else ""
    heading = " ".join(str(alert.content["heading"]).split())
    context = {
        "alert": alert,
        "content": alert.content,
        "date_in_words": spoken(alert.contractual_date),
        "link": settings.BASE_URL + alert.content["path"],
        "inbox": f"{settings.BASE_URL}/alerts/",
    }
    message = EmailMultiAlternatives(
        subject=f"{repeat}{late}{heading} [alert {alert.pk}]",
        body=render_to_string("mail/alert.txt", context),
        to=[alert.recipient.email],
        connection=connection,
        headers={"Message-ID": message_id(alert), "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string("mail/alert.html", context), "text/html")
    return message
