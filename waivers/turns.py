"""Days on which something turns: around a date, for one borrower, and in the time ahead, for a whole desk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from agreements.models import Instrument, Standing
from audit.moments import Shortcut
from notes.models import Deferral, HolderAction, Payment
from waivers.models import Condition, Waiver
from waivers.position import facts as f
from waivers.position.rules import ONE_DAY, Status, due_dates, due_on, in_its_time, last_day_by_words
from waivers.positions import Group, groups_at

MOST_JUDGED = 12
AT_ONCE = 900  # ids in one query


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that happens on a day."""

    on: date
    words: str
    urgent: bool = False
    about: str = field(default="", compare=False)
    instrument: str = field(default="", compare=False)
    kind: str = field(default="", compare=False)


def turns(groups: list[Group], own: frozenset[str]) -> list[date]:
    """The days on which the answers about some instruments, or about the waivers under them, change."""
    found: set[date] = set()
    for group in groups:
        papers = [waiver for waiver in group.timeline.case.facts.waivers if waiver.instrument in own]
        before: tuple[frozenset, frozenset] = frozenset(), frozenset()
        for day in group.timeline.days:
            lines = frozenset((key, line.state, line.waiver) for key, line in day.lines.items() if key[0] in own)
            running = frozenset(w.ref for w in papers if w.ref not in day.ends and in_its_time(w, day.on))
            if (lines, running) != before:
                found.add(day.on)
            before = lines, running
    return sorted(found)


def shortcuts(groups: list[Group], own: frozenset[str], on: date) -> list[Shortcut]:
    """The dates worth looking at from here: the turns before and after, and the end of the waiver that ends first."""
    papers = {waiver.ref: waiver.instrument for group in groups for waiver in group.timeline.case.facts.waivers}
    ending = [
        found.last_day
        for group in groups
        for found in group.timeline.position(on).waivers
        if found.status is Status.IN_FORCE and found.last_day is not None and papers[found.ref] in own
    ]
    found = turns_around(groups, own, on)
    if ending:
        found += [Shortcut("A waiver’s last day", min(ending)), Shortcut("The day after", min(ending) + ONE_DAY)]
    return found


def turns_around(groups: list[Group], own: frozenset[str], on: date) -> list[Shortcut]:
    """The turn before a date and the one after it, where there are any."""
    days = turns(groups, own)
    earlier = [Shortcut("‹ Turn before", max(day for day in days if day < on))] if days and days[0] < on else []
    later = [Shortcut("Next turn ›", min(day for day in days if day > on))] if days and days[-1] > on else []
    return earlier + later


def standing_rows(model: Any, known_at: datetime | None) -> QuerySet:
    """The rows of a table that were not recorded in error, as they are or as they were known."""
    rows = model.objects.known_at(known_at)
    by_status = any(found.name == "status" for found in model._meta.get_fields())
    return rows.exclude(status=Standing.RECORDED_IN_ERROR) if by_status else rows.filter(recorded_in_error=False)


def turns_ahead(
    instruments: QuerySet | None,
    first: date,
    last: date,
    *,
    today: date,
    known_at: datetime | None = None,
    most: int = 2000,
) -> list[Turn]:
    """The dates of a stretch of days that the papers name: first and last days, payments due, maturities, acts.

    They are read from the facts themselves, so that a whole desk's months cost a few range scans; where more than
    `most` of one kind fall into the stretch, the earliest are given. Whether a waiver binds, and still runs on its
    last day, is for the rules to say: they are asked for the first `MOST_JUDGED` groups; beyond, it is by its words.
    """
    return _Ahead(instruments, (first, last), today, known_at, most).find()


@dataclass(slots=True)
class _Ahead:
    instruments: QuerySet | None
    span: tuple[date, date]
    today: date
    known_at: datetime | None
    most: int

    def find(self) -> list[Turn]:
        found = [*self._waivers(), *self._payments(), *self._maturities(), *self._acts()]
        return sorted(found, key=lambda turn: (turn.on, not turn.urgent, turn.words))

    def rows(self, model: Any, path: str = "instrument") -> QuerySet:
        rows = standing_rows(model, self.known_at)
        if model is not Instrument:
            rows = rows.filter(**{f"{path}__recorded_in_error": False})
        return rows if self.instruments is None else rows.filter(**{f"{path}__in": self.instruments.values("pk")})

    def holds(self, on: date | None) -> bool:
        return on is not None and self.span[0] <= on <= self.span[1]

    def _waivers(self) -> Iterable[Turn]:
        first, last = self.span
        executed = self.rows(Waiver).filter(executed__isnull=False)
        columns = ("ref", "effective_from", "until_date", "until_inclusive", "instrument__ref", "instrument__group")
        ending = executed.filter(until_date__range=(first, last + ONE_DAY)).order_by("until_date", "ref")
        met = standing_rows(Condition, self.known_at).filter(satisfied__range=self.span).values("waiver_id")
        begun = executed.filter(Q(effective_from__range=self.span) | Q(id__in=met)).order_by("effective_from", "ref")
        rows = {row[0]: row for of in (ending, begun) for row in of.values_list(*columns)[: self.most]}
        judged = list(dict.fromkeys(row[-1] for row in rows.values()))[:MOST_JUDGED]
        known = {
            paper.ref: paper
            for group in groups_at(judged, today=self.today, known_at=self.known_at)
            for paper in group.timeline.position(last).waivers
        }
        for ref, effective, until, inclusive, instrument, _ in rows.values():
            ends = last_day_by_words(until, inclusive=inclusive) if until else None
            paper = known.get(ref)
            begins = paper.first_day if paper else effective
            by_words = "" if paper else ", by its words"
            over = paper.end.ended_on if paper and paper.end else None
            if begins is not None and self.holds(begins):
                yield Turn(begins, f"{ref} begins{by_words}", False, ref, instrument, "waiver")
            if ends and self.holds(ends) and begins is not None and (over is None or over > ends):
                yield Turn(ends, f"last day of {ref}{by_words}", True, ref, instrument, "waiver")

    def _payments(self) -> Iterable[Turn]:
        """Each on the day on which it falls due by the deferrals that have taken effect by then (rule 6)."""
        unpaid = self.rows(Payment).filter(Q(paid=None) | Q(paid__gt=self.span[0]))
        deferrals = standing_rows(Deferral, self.known_at)
        moved = deferrals.filter(to__range=self.span).order_by("to").values_list("payment_id", flat=True)[: self.most]
        columns = ("id", "ref", "kind", "due", "paid", "instrument__ref")
        rows = {
            row[0]: row
            for row in unpaid.filter(due__range=self.span).order_by("due").values_list(*columns)[: self.most]
        }
        for ids in _some(list(moved)):
            rows |= {row[0]: row for row in unpaid.filter(id__in=ids).values_list(*columns)}
        of: dict[int, list[f.Deferral]] = defaultdict(list)
        for ids in _some(list(rows)):
            for pk, effective, to in deferrals.filter(payment_id__in=ids).values_list("payment_id", "effective", "to"):
                of[pk].append(f.Deferral(effective, to))
        for pk, ref, kind, due, paid, instrument in rows.values():
            payment = f.Payment(ref, instrument, f.PaymentKind(kind), due, paid, tuple(of[pk]))
            for on in due_dates(payment):
                if self.holds(on) and due_on(payment, on) == on and (paid is None or paid > self.span[0]):
                    deferred = "" if on == due else " (deferred)"
                    yield Turn(
                        on, f"{kind} of {instrument} falls due{deferred}", False, instrument, instrument, "payment"
                    )

    def _maturities(self) -> Iterable[Turn]:
        rows = self.rows(Instrument, "id").filter(stated_maturity__range=self.span).order_by("stated_maturity", "ref")
        for ref, on in rows.values_list("ref", "stated_maturity")[: self.most]:
            yield Turn(on, f"{ref} matures", False, ref, ref, "maturity")

    def _acts(self) -> Iterable[Turn]:
        rows = self.rows(HolderAction).filter(occurred__range=self.span).order_by("occurred", "ref")
        for kind, by, on, instrument in rows.values_list("kind", "by", "occurred", "instrument__ref")[: self.most]:
            words = f"{kind.replace('_', ' ')} by the {by}, {instrument}"
            yield Turn(on, words, True, instrument, instrument, "act")


def _some(ids: list[int]) -> Iterable[list[int]]:
    """Ids in lots that a query takes; one lot, perhaps empty, at the least, so that the queries stay the same."""
    return (ids[start : start + AT_ONCE] for start in range(0, max(len(ids), 1), AT_ONCE))
