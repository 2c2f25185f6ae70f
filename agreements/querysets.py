"""The vocabulary of parties and instruments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models

from audit.models import User
from audit.querysets import FactQuerySet


class PartyQuerySet(FactQuerySet):
    def borrowers(self) -> PartyQuerySet:
        """Parties that are an obligor of some instrument."""
        return self.filter(roles__role="obligor", roles__recorded_in_error=False).distinct()

    def visible_to(self, user: User) -> PartyQuerySet:
        """Those of the user's desks; auditors, counsel and administrators see all."""
        return self if sees_all(user) else self.filter(_on_a_desk_of(user, "desk")).distinct()


class InstrumentQuerySet(FactQuerySet):
    def of_obligors(self, parties: models.QuerySet) -> InstrumentQuerySet:
        return self.filter(roles__role="obligor", roles__recorded_in_error=False, roles__party__in=parties).distinct()

    def visible_to(self, user: User) -> InstrumentQuerySet:
        """Those with an obligor that the user sees."""
        if sees_all(user):
            return self
        mine = _on_a_desk_of(user, "roles__party__desk")
        return self.filter(mine, roles__role="obligor", roles__recorded_in_error=False).distinct()

    def regroup(self, group: int) -> int:
        """Give these instruments one group number. The column is an index, without history of its own."""
        return models.QuerySet.update(self, group=group)

    def regroup_all(self, groups: Mapping[int, list[int]]) -> None:
        """Give instruments, by their ids, the group numbers that are the keys."""
        moved: list[Any] = [self.model(id=pk, group=number) for number, ids in groups.items() for pk in ids]
        models.QuerySet[Any](self.model, using=self.db).bulk_update(moved, ["group"], batch_size=300)


def sees_all(user: User) -> bool:
    """Whether every borrower is open to the user, whatever the desk."""
    return user.is_active and (user.is_superuser or user.role in ("auditor", "counsel", "administrator"))


def _on_a_desk_of(user: User, desk: str) -> models.Q:
    if not user.is_active or not user.pk:
        return models.Q(pk__in=[])
    return models.Q(**{f"{desk}__members__user": user, f"{desk}__members__recorded_in_error": False})


PartyManager = models.Manager.from_queryset(PartyQuerySet)
InstrumentManager = models.Manager.from_queryset(InstrumentQuerySet)
