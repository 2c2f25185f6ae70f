"""Gathers facts in bulk, as of and known at, and asks the rules. The only door into `waivers.position`.

One borrower is a bulk of one: the number of queries does not depend on the number of rows. With `known_at` the rows
are those that the history tables held at that moment; the rules do not know the difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models

from agreements.models import Clause, ClauseReach, DefaultEvent, Instrument, InstrumentParty, LoanDocument
from notes.models import Deferral, HolderAction, Payment
from waivers.models import Condition, Grantor, ScopeLine, TerminationNotice, Trigger, TriggerTarget, Waiver
from waivers.position import facts as f
from waivers.position.rules import End
from waivers.position.timeline import InstrumentPosition, Timeline, WaiverPosition, timeline
from waivers.position.warnings import Warn, warnings

CHUNK = 400


@dataclass(frozen=True, slots=True)
class Group:
    """A borrower group with its facts and its timeline."""

    number: int
    timeline: Timeline


class _Rows:
    """Rows of the tables as they are, or as they were known at a moment."""

    def __init__(self, known_at: datetime | None) -> None:
        self.known_at = known_at

    def of(self, model: Any, which: dict[str, Any], *columns: str) -> Iterable[tuple]:
        order = "id" if self.known_at is None else "history_id"
        return model.objects.known_at(self.known_at).filter(**which).order_by(order).values_list(*columns)


class _Remembered:
    """Every version that the rows of some tables ever had, read once; and of them those known at a moment."""

    def __init__(self) -> None:
        self.versions: dict[tuple, list[tuple]] = {}
        self.moment = datetime.max.replace(tzinfo=UTC)

    def of(self, model: Any, which: dict[str, Any], *columns: str) -> Iterable[tuple]:
        voided = which.get("recorded_in_error") is False
        key = (model, columns)
        if key not in self.versions:
            rows = model.history.filter(**{name: of for name, of in which.items() if name != "recorded_in_error"})
            flag = "recorded_in_error" if voided else "id"
            read = rows.order_by("history_id").values_list("id", "history_date", flag, *columns)
            self.versions[key] = list(read)
        last = {row[0]: row for row in self.versions[key] if row[1] <= self.moment}
        return (row[3:] for row in last.values() if not (voided and row[2]))


class _Gatherer:
    """The facts of some groups, in one query a table."""

    def __init__(self, groups: list[int], source: _Rows | _Remembered) -> None:
        self.groups, self.source = groups, source
        # The group is an index on the live row only, so it is read there for past knowledge too.
        self.live = dict(Instrument.objects.filter(group__in=groups).values_list("id", "group"))

    def rows(self, model: Any, path: str, *columns: str, voided: str = "recorded_in_error") -> Iterator[tuple]:
        which = {f"{path}group__in": self.groups, **({voided: False} if voided else {})}
        return iter(self.source.of(model, which, *columns))

    def children(self, model: Any, path: str, *columns: str) -> dict[int, list[tuple]]:
        """Rows by their first column, the parent's id."""
        found: dict[int, list[tuple]] = defaultdict(list)
        for parent, *rest in self.rows(model, path, *columns):
            found[parent].append(tuple(rest))
        return found

    def gather(self) -> dict[int, f.Facts]:
        group_of: dict[int, int] = {}
        ref_of: dict[int, str] = {}
        basics: dict[int, tuple] = {}
        columns = ("id", "ref", "principal_outstanding", "currency")
        which = {"id__in": list(self.live), "recorded_in_error": False}
        for pk, ref, principal, currency in self.source.of(Instrument, which, *columns):
            group_of[pk], ref_of[pk], basics[pk] = self.live[pk], ref, (principal, currency)
        parts: dict[int, dict[str, list[Any]]] = {number: defaultdict(list) for number in set(group_of.values())}

        def add(instrument: int, kind: str, fact: Any) -> None:
            if instrument in group_of:
                parts[group_of[instrument]][kind].append(fact)

        self._instruments(group_of, ref_of, basics, add)
        self._payments(ref_of, add)
        self._clauses(ref_of, add)
        events = self._events(ref_of, add)
        for pk, ref, kind, by, occurred, reported, annulled, withdrawn, status in self.rows(
            HolderAction,
            "instrument__",
            *("instrument_id", "ref", "kind", "by", "occurred", "reported", "annulled", "withdrawn", "status"),
            voided="",
        ):
            if pk in ref_of:
                action = f.HolderAction(
                    ref,
                    ref_of[pk],
                    f.ActionKind(kind),
                    f.Actor(by),
                    occurred,
                    annulled,
                    withdrawn,
                    f.Standing(status),
                    reported,
                )
                add(pk, "holder_actions", action)
        self._waivers(ref_of, events, add)
        return {number: f.Facts(**{kind: tuple(rows) for kind, rows in part.items()}) for number, part in parts.items()}

    def _instruments(self, group_of: dict, ref_of: dict, basics: dict, add: Callable) -> None:
        obligors: dict[int, set[str]] = defaultdict(set)
        for pk, role, party in self.rows(InstrumentParty, "instrument__", "instrument_id", "role", "party__ref"):
            if role == InstrumentParty.Role.OBLIGOR:
                obligors[pk].add(party)
        reserved: dict[int, list[date]] = defaultdict(list)
        for pk, kind, dated in self.rows(LoanDocument, "instrument__", "instrument_id", "kind", "dated_as_of"):
            if kind == "reservation_of_rights" and dated is not None:
                reserved[pk].append(dated)
        for pk, (principal, currency) in basics.items():
            instrument = f.Instrument(
                ref_of[pk], frozenset(obligors[pk]), principal, currency, tuple(sorted(reserved[pk]))
            )
            add(pk, "instruments", instrument)

    def _payments(self, ref_of: dict[int, str], add: Callable) -> None:
        deferrals = self.children(Deferral, "payment__instrument__", "payment_id", "effective", "to")
        for pk, instrument, ref, kind, due, paid in self.rows(
            Payment, "instrument__", "id", "instrument_id", "ref", "kind", "due", "paid"
        ):
            if instrument in ref_of:
                moved = tuple(f.Deferral(effective, to) for effective, to in deferrals.get(pk, ()))
                payment = f.Payment(ref, ref_of[instrument], f.PaymentKind(kind), due, paid, moved)
                add(instrument, "payments", payment)

    def _clauses(self, ref_of: dict[int, str], add: Callable) -> None:
        reaches = self.children(ClauseReach, "clause__instrument__", "clause_id", "instrument_id")
        columns = ("id", "instrument_id", "ref", "kind", "grace_days")
        threshold_columns = ("threshold_amount", "threshold_operator", "threshold_aggregate")
        for pk, instrument, ref, kind, grace, amount, operator, aggregate in self.rows(
            Clause, "instrument__", *columns, *threshold_columns
        ):
            if instrument not in ref_of:
                continue
            reached = tuple(ref_of[other] for (other,) in reaches.get(pk, ()) if other in ref_of)
            threshold = f.Threshold(amount, operator == ">=", aggregate) if amount is not None else None
            clause = f.Clause(ref, ref_of[instrument], f.ClauseKind(kind), grace, reached, threshold)
            add(instrument, "clauses", clause)

    def _events(self, ref_of: dict[int, str], add: Callable) -> dict[int, str]:
        refs = {}
        columns = ("id", "ref", "clause__instrument_id", "clause__ref", "event_kind", "occurred", "cured", "status")
        for pk, ref, instrument, clause, kind, occurred, cured, status in self.rows(
            DefaultEvent, "clause__instrument__", *columns, voided=""
        ):
            refs[pk] = ref
            if instrument in ref_of:
                event = f.DefaultEvent(ref, ref_of[instrument], clause, kind, occurred, cured, f.Standing(status))
                add(instrument, "default_events", event)
        return refs

    def _waivers(self, ref_of: dict[int, str], events: dict[int, str], add: Callable) -> None:
        of = "waiver__instrument__"
        grantors = self.children(Grantor, of, "waiver_id", "party__ref")
        conditions = self.children(Condition, of, "waiver_id", "satisfied")
        lines = self.children(
            ScopeLine, of, "waiver_id", "number", "form", "instrument_id", "default_event_id", "kinds", "due"
        )
        on = ("on_acceleration", "on_remedies", "on_other_default", "on_waiver_ended", "on_event")
        triggers = self.children(Trigger, of, "waiver_id", "id", "by", "effect", *on)
        targets = self.children(
            TriggerTarget, "trigger__waiver__instrument__", "trigger_id", "instrument_id", "waiver__ref", "event_kind"
        )
        columns = ("ref", "kind", "effective_from", "executed", "until_date", "until_inclusive", "extends__ref")
        for pk, instrument, ref, kind, begins, executed, until, inclusive, extends in self.rows(
            Waiver, "instrument__", "id", "instrument_id", *columns
        ):
            if instrument not in ref_of:
                continue
            waiver = f.Waiver(
                ref=ref,
                instrument=ref_of[instrument],
                kind=f.WaiverKind(kind),
                effective_from=begins,
                executed=executed,
                until=until,
                inclusive=inclusive,
                conditions=tuple(met for (met,) in conditions.get(pk, ())),
                covers=tuple(_scopes(lines.get(pk, ()), ref_of, events)),
                ends_on=tuple(_trigger(row, targets, ref_of) for row in triggers.get(pk, ())),
                extends=extends,
                granted_by=frozenset(party for (party,) in grantors.get(pk, ())),
            )
            add(instrument, "waivers", waiver)
        notice_columns = ("waiver__instrument_id", "ref", "waiver__ref", "given", "effective")
        for instrument, ref, waiver_ref, given, effective in self.rows(TerminationNotice, of, *notice_columns):
            add(instrument, "termination_notices", f.TerminationNotice(ref, waiver_ref, given, effective))


def _scopes(lines: Iterable[tuple], ref_of: dict[int, str], events: dict[int, str]) -> Iterator[f.Scope]:
    numbered: dict[int, list[tuple]] = defaultdict(list)
    for number, *line in lines:
        numbered[number].append(tuple(line))
    for _number, group in sorted(numbered.items()):
        form, _, _, kinds, _ = group[0]
        instruments = frozenset(ref_of[line[1]] for line in group if line[1] in ref_of)
        match form:
            case ScopeLine.Form.FAILURE_TO_PAY:
                due = frozenset(line[4] for line in group if line[4] is not None)
                of = frozenset(f.PaymentKind(kind) for kind in kinds.split(",") if kind)
                yield f.FailureToPay(instruments, of, due)
            case ScopeLine.Form.DEFAULT_EVENTS:
                yield f.NamedEvents(frozenset(events[line[2]] for line in group if line[2] in events))
            case ScopeLine.Form.ACCELERATION_OF:
                yield f.AccelerationOf(instruments)
            case _:
                yield f.AllOf(instruments)


def _trigger(row: tuple, targets: dict[int, list[tuple]], ref_of: dict[int, str]) -> f.Trigger:
    pk, by, effect, *on = row
    named = targets.get(pk, ())
    return f.Trigger(
        on=frozenset(word for word, fires in zip(f.TriggerOn, on, strict=True) if fires),
        by=frozenset(f.Actor(who) for who in by.split(",") if who),
        instruments=frozenset(ref_of[instrument] for instrument, _, _ in named if instrument in ref_of),
        waivers=frozenset(waiver for _, waiver, _ in named if waiver),
        events=frozenset(kind for _, _, kind in named if kind),
        effect=f.Effect(effect),
    )


def facts_of(groups: Iterable[int], known_at: datetime | None = None) -> dict[int, f.Facts]:
    """The facts of each group, as the register has them or had them at a moment."""
    return _Gatherer(list(groups), _Rows(known_at)).gather()


class Recollection:
    """The facts of some groups at any moment of knowledge, for as many moments as are asked for, read once."""

    none = f.Facts()

    def __init__(self, groups: list[int]) -> None:
        self._source = _Remembered()
        self._gatherer = _Gatherer(groups, self._source)

    def facts_at(self, moment: datetime) -> dict[int, f.Facts]:
        """The facts of each group as `facts_of` gives them for that moment."""
        self._source.moment = moment
        return self._gatherer.gather()


def all_groups() -> list[int]:
    """The numbers of all borrower groups."""
    return sorted(Instrument.objects.order_by().values_list("group", flat=True).distinct())


def groups_of(instruments: models.QuerySet) -> list[int]:
    """The numbers of the groups in which some instruments lie."""
    return sorted(set(instruments.order_by().values_list("group", flat=True)))


def day_seen_from(today: date | None, known_at: datetime | None) -> date | None:
    """The day from which the future is looked at: today, or the day of the moment of knowledge if that is earlier."""
    if known_at is None:
        return today
    seen_from = known_at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    return min(today or seen_from, seen_from)


def groups_at(
    groups: Iterable[int],
    *,
    today: date | None = None,
    known_at: datetime | None = None,
    learnt_by: date | None = None,
) -> Iterator[Group]:
    """Each group with its timeline, gathered in chunks so that memory stays flat.

    `today`: from there on unpaid payments are assumed paid (rule 29); None looks at no future. With `known_at`, today
    is that moment's own day. `learnt_by` leaves out actions reported later (for a replay).
    """
    today = day_seen_from(today, known_at)
    groups = list(groups)
    for start in range(0, len(groups), CHUNK):
        for number, facts in sorted(facts_of(groups[start : start + CHUNK], known_at).items()):
            if learnt_by is not None:
                facts = without_later_reports(facts, learnt_by)
            yield Group(number, timeline(facts, today=today))


def without_later_reports(facts: f.Facts, learnt_by: date) -> f.Facts:
    """The facts without the holder actions that the desk had not yet heard of on a day."""
    heard = tuple(action for action in facts.holder_actions if (action.reported or action.occurred) <= learnt_by)
    return replace(facts, holder_actions=heard)


# The answer of docs/portfolio-format.md


@dataclass(frozen=True, slots=True)
class Answer:
    """The position of some instruments: what screens, commands and exports show."""

    as_of: date
    known_at: datetime | None
    instruments: list[InstrumentPosition]
    waivers: list[WaiverPosition]
    warnings: list[Warn]

    def as_json(self) -> dict[str, Any]:
        """The answer as docs/portfolio-format.md gives it."""
        return {
            "as_of": self.as_of.isoformat(),
            "known_at": self.known_at.isoformat() if self.known_at else None,
            "instruments": [_instrument_json(found) for found in self.instruments],
            "waivers": [_waiver_json(found) for found in self.waivers],
            "warnings": [{"rule": found.rule, "about": found.about, "text": found.text} for found in self.warnings],
        }


def answer(
    groups: Iterable[Group],
    on: date,
    *,
    borrower: str | None = None,
    known_at: datetime | None = None,
    unwaived_days: int | None = None,
) -> Answer:
    """The position as of a date; of one borrower's own instruments and their waivers, if its ref is given.

    `unwaived_days` is the N of rule 33, if it is to be another than the settings'.
    """
    days = settings.UNWAIVED_DAYS if unwaived_days is None else unwaived_days
    found = Answer(on, known_at, [], [], [])
    for group in groups:
        case = group.timeline.case
        own = {
            ref for ref, instrument in case.instruments.items() if borrower is None or borrower in instrument.obligors
        }
        waivers = {waiver.ref for waiver in case.facts.waivers if waiver.instrument in own}
        position = group.timeline.position(on)
        found.instruments.extend(item for item in position.instruments if item.ref in own)
        found.waivers.extend(item for item in position.waivers if item.ref in waivers)
        told = warnings(group.timeline, on, unwaived_days=days)
        found.warnings.extend(warning for warning in told if warning.about in own | waivers)
    found.instruments.sort(key=lambda item: item.ref)
    found.waivers.sort(key=lambda item: item.ref)
    found.warnings.sort()
    return found


def _instrument_json(found: InstrumentPosition) -> dict[str, Any]:
    lines = sorted(found.lines, key=lambda line: (line.clause, line.root.kind, line.root.ref, line.root.instrument))
    return {
        "ref": found.ref,
        "state": str(found.state),
        "waived_through": _iso(found.waived_through),
        "lines": [
            {
                "clause": line.clause,
                "root": {"kind": str(line.root.kind), "ref": line.root.ref},
                "via": list(line.via),
                "state": str(line.state),
                "since": _iso(line.since),
                "event_of_default_on": _iso(line.event_of_default_on),
                "waiver": line.waiver,
                "uncertain": list(line.uncertain),
            }
            for line in lines
        ],
    }


def _waiver_json(found: WaiverPosition) -> dict[str, Any]:
    return {
        "ref": found.ref,
        "status": str(found.status),
        "first_day": _iso(found.first_day),
        "last_day": _iso(found.last_day),
        "ended_on": _iso(found.end.ended_on) if found.end else None,
        "ended_by": end_json(found.end),
    }


def end_json(end: End | None) -> dict[str, Any] | None:
    """What ended a waiver before its time: the trigger's word, and the fact that pulled it."""
    if end is None:
        return None
    return {"on": str(end.on), "kind": end.kind, "ref": end.ref, "unverified": end.unverified}


def _iso(on: date | None) -> str | None:
    return on.isoformat() if on else None
