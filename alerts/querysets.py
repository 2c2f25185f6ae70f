"""The vocabulary of alerts."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from alerts.states import State
from audit.models import User

CANARY = "canary"


class AlertQuerySet(models.QuerySet):
    def told_to(self, user: User) -> AlertQuerySet:
        """What a person was told, for the inbox: without digests, whose alerts stand there themselves, and canaries."""
        return self.filter(recipient=user).exclude(kind__in=["digest", CANARY])

    def open(self, at: datetime) -> AlertQuerySet:
        """Neither acknowledged nor superseded, and not snoozed."""
        return self.unanswered().filter(Q(snoozed_until=None) | Q(snoozed_until__lte=at))

    def unanswered(self) -> AlertQuerySet:
        """Neither acknowledged nor superseded."""
        return self.filter(acknowledged_at=None).exclude(state=State.SUPERSEDED)

    def for_everyone(self) -> AlertQuerySet:
        """What was passed on as far as can be, and nobody has acknowledged yet."""
        return self.unanswered().filter(level=3)

    def dead(self) -> AlertQuerySet:
        """What reached nobody, for good, and nobody has set aside."""
        return self.filter(Q(state=State.DEAD, set_aside_at=None) | Q(state=State.BOUNCED, acknowledged_at=None))

    def ready(self, at: datetime) -> AlertQuerySet:
        """What waits to be sent by itself, and what a sender claimed and never came back about."""
        waiting = Q(state=State.PENDING, daily=False, next_attempt_at__lte=at)
        under_way = Q(state__in=[State.PENDING, State.SENDING])  # as the index has it
        return self.filter(under_way, waiting | Q(state=State.SENDING, lease_expires_at__lte=at))

    def of_matter(self, alert: models.Model) -> AlertQuerySet:
        """All that was told of one matter, whoever was told, at whatever lead time."""
        return self.filter(about=alert.about, kind=alert.kind, matter=alert.matter)  # type: ignore[attr-defined]


class AlertManager(models.Manager.from_queryset(AlertQuerySet)):  # type: ignore[misc]
    """All alerts."""
