"""The vocabulary of what comes in."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from agreements.querysets import desks_of, sees_all
from audit.models import User


class IncomingQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> IncomingQuerySet:
        """Those of the user's desks; auditors, counsel and administrators see all."""
        return self if sees_all(user) else self.filter(desk_id__in=desks_of(user))

    def to_read(self, now: datetime) -> IncomingQuerySet:
        """Those that wait to be read, or were left lying by a reader that was killed."""
        return self.filter(Q(state="waiting") | Q(state="reading", lease_expires_at__lt=now))

    def light(self) -> IncomingQuerySet:
        """Without their texts and drafts, which only a review needs."""
        heavy = ("text", "draft", "places")
        return self.defer(*heavy, *(f"same_as__{name}" for name in heavy))


IncomingManager = models.Manager.from_queryset(IncomingQuerySet)
