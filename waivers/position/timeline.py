"""The whole life of a borrower group: critical dates, and the segments between them (rules 25-29).

`timeline` judges every critical date once, in order; any question "as of" is then a look-up. What-if is the
difference of two timelines.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from heapq import heapify, heappop, heappush

from waivers.position.facts import Facts, Waiver, WaiverKind
from waivers.position.rules import (
    FOR_EVER,
    ONE_DAY,
    Casefile,
    Day,
    End,
    Line,
    PaymentKey,
    Source,
    Span,
    State,
    Status,
    first_day,
    in_its_time,
    judge,
    last_day,
    open_casefile,
    worst,
)


@dataclass(frozen=True, slots=True)
class InstrumentPosition:
    """An instrument on a day. `waived_through`: None unless waived, or where no waiver of it has an end (rule 27)."""

    ref: str
    state: State
    waived_through: date | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class WaiverPosition:
    """A waiver on a day. `first_day` is None while it does not count; `end` only once it has ended before its time."""

    ref: str
    status: Status
    first_day: date | None
    last_day: date | None
    end: End | None


@dataclass(frozen=True, slots=True)
class Position:
    """All instruments and all waivers of a group at the close of a day; both sorted by ref."""

    as_of: date
    instruments: tuple[InstrumentPosition, ...]
    waivers: tuple[WaiverPosition, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """From `start` up to the day before `end` (None: from then on) one answer is `after` in place of `before`.

    `what` is "instrument" or "waiver"; `before` and `after` are states or statuses, "" for what one timeline lacks.
    """

    what: str
    ref: str
    start: date
    end: date | None
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The segments of a group's life. `days[i]` holds from its date up to the day before `days[i + 1]`'s."""

    case: Casefile
    days: tuple[Day, ...]

    @property
    def critical_dates(self) -> tuple[date, ...]:
        return tuple(day.on for day in self.days)

    def day(self, on: date) -> Day:
        """What holds at the close of a day: the last critical date on or before it."""
        found = bisect_right(self.days, on, key=lambda day: day.on)
        return self.days[found - 1] if found else Day(date.min)

    def position(self, on: date) -> Position:
        """The position of every instrument and waiver as of a date (rules 26 and 27)."""
        day = self.day(on)
        lines: dict[str, list[Line]] = {ref: [] for ref in self.case.instruments}
        for line in day.lines.values():
            lines[line.instrument].append(line)
        return Position(
            on,
            tuple(self._instrument(ref, lines[ref], on) for ref in sorted(lines)),
            tuple(self._waiver(w, on) for w in sorted(self.case.facts.waivers, key=lambda w: w.ref)),
        )

    def standing_since(self, instrument: str, state: State, on: date) -> date | None:
        """The day from which the instrument has had this state without a break, up to `on`; None if it has not."""
        begun = None
        for day in reversed(self.days):
            if day.on > on:
                continue
            lines = [line for line in day.lines.values() if line.instrument == instrument]
            if worst(lines) is not state:
                break
            begun = day.on
        return begun

    def _instrument(self, ref: str, lines: list[Line], on: date) -> InstrumentPosition:
        state = worst(lines)
        through = self._waived_through(lines, on) if state is State.WAIVED else None
        return InstrumentPosition(ref, state, through, tuple(lines))

    def _waived_through(self, lines: list[Line], on: date) -> date | None:
        """Rule 27: the first day, less one, on which some line would no longer be waived; None if there is none."""
        ends = [self.line_waived_through(line, on) for line in lines]
        return min((end for end in ends if end is not None), default=None)

    def line_waived_through(self, line: Line, on: date) -> date | None:
        """Follow the waivers known on the day that cover the line, each taking over from the one before.

        None where one has no end; the day itself where none holds from it on.
        """
        runs = [
            self._run_foreseen(waiver, on)
            for waiver in self.case.waivers_of[line.instrument]
            if waiver.kind is WaiverKind.WAIVER and self.case.covers(waiver, line.root)
        ]
        through = on
        for first, last in sorted(run for run in runs if run is not None):
            if through < last and first <= through + ONE_DAY:
                through = last
        return through if through < FOR_EVER else None

    def _run_foreseen(self, waiver: Waiver, on: date) -> tuple[date, date] | None:
        """The days for which a waiver will hold if nothing else happens, as seen from `on`; None if it will not.

        It is foreseen if it was executed and its conditions were met by then, or if it is in force (a paper executed
        later but deemed effective before). A termination notice already given is foreseen too.
        """
        first = first_day(waiver)
        if first is None or waiver.ref in self.day(on).ends:
            return None
        known = [waiver.executed, *waiver.conditions]
        if first > on and any(day is not None and day > on for day in known):
            return None
        fired = self.day(on).fired.get(waiver.ref)
        noticed = [
            max(notice.given, notice.effective) - ONE_DAY
            for notice in self.case.facts.termination_notices
            if fired is not None and notice.waiver == waiver.ref and fired.ended_on <= notice.given <= on
        ]
        return first, min([last_day(waiver) or FOR_EVER, *noticed])

    def _waiver(self, waiver: Waiver, on: date) -> WaiverPosition:
        end = self.day(on).ends.get(waiver.ref)
        return WaiverPosition(waiver.ref, self._status(waiver, end, on), first_day(waiver), last_day(waiver), end)

    def _status(self, waiver: Waiver, end: End | None, on: date) -> Status:
        if waiver.executed is None:
            return Status.DRAFT
        if end is not None:
            return end.status
        if in_its_time(waiver, on):
            return Status.IN_FORCE
        first, last = first_day(waiver), last_day(waiver)
        if first is not None and first <= on and last is not None:
            return Status.EXPIRED
        return Status.PENDING


def timeline(facts: Facts, *, today: date | None = None, missed: frozenset[PaymentKey] = frozenset()) -> Timeline:
    """The timeline of a group's facts. `today` and `missed` as in `open_casefile` (rules 28 and 29)."""
    case = open_casefile(facts, today=today, missed=missed)
    changes = _changes_of_sources(case)
    dates = [*changes, *_dates_of_waivers(case), *case.actions_on, *case.events_on, *case.notices_on]
    heapify(dates)
    standing: dict[int, tuple[Source, Span]] = {}
    days = [Day(date.min)]
    while dates:
        on = heappop(dates)
        if on == days[-1].on:
            continue
        for number, entered in changes.get(on, ()):
            if entered is None:
                standing.pop(number, None)
            else:
                standing[number] = entered
        day = judge(case, on, standing.values(), days[-1])
        for key, line in day.lines.items():
            known = days[-1].lines.get(key)
            if line.event_of_default_on > on and (known is None or known.since != line.since):
                heappush(dates, line.event_of_default_on)
        days.append(day)
    return Timeline(case, tuple(days[1:]))


def _changes_of_sources(case: Casefile) -> dict[date, list[tuple[int, tuple[Source, Span] | None]]]:
    """Per day, which root causes begin (with their span) and which end; endings first."""
    changes: dict[date, list[tuple[int, tuple[Source, Span] | None]]] = defaultdict(list)
    for number, source in enumerate(case.sources):
        for span in source.spans:
            changes[span.start].append((number, (source, span)))
            if span.end is not None:
                changes[span.end].insert(0, (number, None))
    return changes


def _dates_of_waivers(case: Casefile) -> Iterator[date]:
    for waiver in case.facts.waivers:
        first, last = first_day(waiver), last_day(waiver)
        if first is not None:
            yield first
        if last is not None and last < FOR_EVER:
            yield last + ONE_DAY


def difference(before: Timeline, after: Timeline) -> list[Change]:
    """Where two timelines give different answers (rule 29), sorted by instrument or waiver, then by date."""
    turns = sorted({*before.critical_dates, *after.critical_dates})
    changes: list[Change] = []
    open_: dict[tuple[str, str], Change] = {}
    for on in turns:
        was, now = _answers(before.position(on)), _answers(after.position(on))
        for key in sorted(was.keys() | now.keys()):
            pair = was.get(key, ""), now.get(key, "")
            running = open_.get(key)
            if running is not None and pair == (running.before, running.after):
                continue
            if running is not None:
                changes.append(replace(open_.pop(key), end=on))
            if pair[0] != pair[1]:
                open_[key] = Change(*key, on, None, *pair)
    return sorted([*changes, *open_.values()], key=lambda change: (change.what, change.ref, change.start))


def _answers(position: Position) -> dict[tuple[str, str], str]:
    states = {("instrument", instrument.ref): str(instrument.state) for instrument in position.instruments}
    return states | {("waiver", waiver.ref): str(waiver.status) for waiver in position.waivers}
