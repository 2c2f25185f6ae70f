"""Signed addresses in mails: whoever has one may acknowledge that one alert, as its recipient, and nothing else."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.urls import reverse

from alerts.models import Alert
from alerts.permissions import may_be_told

SALT = "alerts.acknowledge"
LASTS = timedelta(days=30)


def address_to_acknowledge(alert: Alert) -> str:
    """The path of the page with the button. Opening it acknowledges nothing: mail programs open what they find."""
    return reverse("acknowledge-by-link", args=[signing.dumps([alert.pk, alert.recipient_id], salt=SALT)])


def alert_of(token: str) -> Alert | None:
    """The alert that a token opens; None if it is false or old, or its person has left or may not see it any more."""
    try:
        number, person = signing.loads(token, salt=SALT, max_age=LASTS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    found = Alert.objects.filter(pk=number, recipient_id=person, recipient__is_active=True)
    alert = found.select_related("recipient").first()
    return alert if alert is not None and may_be_told(alert) else None
