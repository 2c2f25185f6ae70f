"""The vocabulary of parties and instruments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from audit.models import User
from audit.querysets import FactQuerySet

FEW = 1000


class PartyQuerySet(FactQuerySet):
    def borrowers(self) -> PartyQuerySet:
        """Parties that are an obligor of some instrument."""
        return self.filter(roles__role="obligor", roles__recorded_in_error=False).distinct()

    def visible_to(self, user: User) -> PartyQuerySet:
        """Those of the user's desks; auditors, counsel and administrators see all."""
        return self if sees_all(user) else self.filter(_on_a_desk_of(user, "desk")).distinct()

    def obligors_of(self, instrument: models.Model) -> PartyQuerySet:
        """The obligors of one instrument."""
        role = {"roles__role": "obligor", "roles__recorded_in_error": False}
        return self.filter(roles__instrument=instrument, **role).distinct()

    def limit_to_visible(self, rows: models.QuerySet, user: User) -> models.QuerySet:
        """Those of `rows`, parties as they are or were, whom `visible_to` shows; as quick in a large register."""
        return rows if sees_all(user) else self.limit_to_those(rows, Q(desk_id__in=desks_of(user)))

    def limit_to_those(self, rows: models.QuerySet, those: Q) -> models.QuerySet:
        """Those of `rows`, as they are or were, of whom a condition is true now; see `limit_to_debts_of`."""
        found = self.order_by().filter(those)
        if not found.values("id")[FEW : FEW + 1]:
            return rows.filter(id__in=found.values("id"))
        return rows.filter(Exists(found.filter(id=OuterRef("id"))))


class InstrumentQuerySet(FactQuerySet):
    def of_obligors(self, parties: models.QuerySet) -> InstrumentQuerySet:
        return self.filter(roles__role="obligor", roles__recorded_in_error=False, roles__party__in=parties).distinct()

    def ever_of(self, party: models.Model) -> InstrumentQuerySet:
        """Those of which the party was recorded as an obligor at any time, whatever became of that role since."""
        role: Any = self.model._meta.get_field("roles").related_model
        roles = role.history.filter(party_id=party.pk, role="obligor").order_by()
        return self.filter(pk__in=roles.values("instrument_id"))

    def visible_to(self, user: User) -> InstrumentQuerySet:
        """Those with an obligor that the user sees."""
        if sees_all(user):
            return self
        mine = _on_a_desk_of(user, "roles__party__desk")
        return self.filter(mine, roles__role="obligor", roles__recorded_in_error=False).distinct()

    def limit_to_visible(self, rows: models.QuerySet, user: User, *, by: str = "id") -> models.QuerySet:
        """Those of `rows` whose column `by` names an instrument that `visible_to` shows; quick in a large register."""
        return rows if sees_all(user) else self.limit_to_debts_of(rows, Q(party__desk_id__in=desks_of(user)), by=by)

    def limit_to_debts_of(self, rows: models.QuerySet, obligors: Q, *, by: str = "id") -> models.QuerySet:
        """Those of `rows`, as they are or were, whose column `by` names an instrument with such an obligor now.

        `obligors` is a condition on the role. Up to `FEW` instruments are gathered first, so that their rows are all
        that is read; with more, each row is asked in the list's own order, for to gather them would cost every page.
        """
        role: Any = self.model._meta.get_field("roles").related_model
        roles = role.objects.order_by().filter(obligors, role="obligor", recorded_in_error=False)
        ids = roles.values("instrument_id")
        if not ids[FEW : FEW + 1]:
            return rows.filter(**{f"{by}__in": ids})
        return rows.filter(Exists(roles.filter(instrument_id=OuterRef(by))))

    def regroup(self, group: int) -> int:
        """Give these instruments one group number. The column is an index, without history of its own."""
        return models.QuerySet.update(self, group=group, changes=F("changes") + 1)

    def look_again(self, ids: Any) -> int:
        """Note that a fact of these instruments changed, in its transaction: the next sweep looks at them.

        A number that only grows, and no flag: a sweep that read the facts before cannot take the mark away.
        """
        return models.QuerySet.update(self.filter(pk__in=ids), changes=F("changes") + 1)

    def to_look_at(self, today: date) -> set[int]:
        """The groups to sweep: with a fact that changed since they were, or a day that has come."""
        changed = self.filter(changes__gt=F("swept")).order_by().values_list("group", flat=True)
        come = self.filter(next_look__lte=today).order_by().values_list("group", flat=True)
        return {*changed.distinct(), *come.distinct()}

    def swept(self, changes: Mapping[int, int], next_look: date | None) -> int:
        """Note that instruments (their ids, with `changes` as read before their facts) were swept.

        One that changed since stays marked, and keeps the day of its next look.
        """
        return sum(
            models.QuerySet.update(self.filter(pk=pk, changes=number), swept=number, next_look=next_look)
            for pk, number in changes.items()
        )

    def regroup_all(self, groups: Mapping[int, list[int]]) -> None:
        """Give instruments, by their ids, the group numbers that are the keys."""
        moved: list[Any] = [self.model(id=pk, group=number) for number, ids in groups.items() for pk in ids]
        rows = models.QuerySet[Any](self.model, using=self.db)
        rows.bulk_update(moved, ["group"], batch_size=300)
        for start in range(0, len(moved), 300):
            self.look_again([row.pk for row in moved[start : start + 300]])


def sees_all(user: User) -> bool:
    """Whether every borrower is open to the user, whatever the desk."""
    return user.is_active and (user.is_superuser or user.role in ("auditor", "counsel", "administrator"))


def desks_of(user: User) -> list[int]:
    """The ids of the desks that the user is on."""
    if not user.is_active or not user.pk:
        return []
    return sorted(user.desk_memberships.standing().values_list("desk_id", flat=True))  # type: ignore[attr-defined]


def _on_a_desk_of(user: User, desk: str) -> models.Q:
    if not user.is_active or not user.pk:
        return models.Q(pk__in=[])
    return models.Q(**{f"{desk}__members__user": user, f"{desk}__members__recorded_in_error": False})


PartyManager = models.Manager.from_queryset(PartyQuerySet)
InstrumentManager = models.Manager.from_queryset(InstrumentQuerySet)
