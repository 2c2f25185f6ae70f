"""Whose alert is it, and who may do what with it."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from alerts.models import Alert
from alerts.register import register
from audit.models import Role, User
from audit.querysets import keeps


def may_mend(user: User) -> bool:
    """Whether a person may send a dead alert again, or set it aside: not an auditor, who changes nothing."""
    return user.is_active and user.role in (Role.ADMINISTRATOR, Role.OFFICER)


def may_be_told(alert: Alert) -> bool:
    """Whether the recipient still may see what an alert is about, or is the last resort for it."""
    person = alert.recipient
    if person is None or not alert.topic or register().sees(person, [alert.topic]):
        return True
    return person.pk in register().audience_of(alert.topics).everyone()


def visible_to(user: User) -> QuerySet[Alert]:
    """The alerts that a person may open: their own, and all for whoever keeps or audits the register."""
    return Alert.objects.all() if keeps(user) else Alert.objects.filter(recipient=user)


def may_open(user: User, alert: Alert) -> bool:
    """Also what was passed on to everyone, or reached nobody, if the person sees what it is about."""
    if keeps(user):
        return True
    if alert.recipient_id == user.pk:
        return may_be_told(alert)
    failed = Alert.objects.filter(Q(level=Alert.Level.EVERYONE) | Q(state__in=["dead", "bounced"]), pk=alert.pk)
    return bool(alert.topics) and failed.exists() and register().sees(user, alert.topics[:1])


def may_acknowledge(user: User, alert: Alert) -> bool:
    """Its recipient; and whoever sees what it is about, once it was passed on to everyone."""
    if alert.recipient_id == user.pk:
        return may_be_told(alert)
    everyone = alert.level == Alert.Level.EVERYONE and bool(alert.topics)
    return everyone and may_mend(user) and register().sees(user, alert.topics[:1])
