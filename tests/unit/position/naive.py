"""A second opinion on the position, read from `position.md` alone and made to be obvious, not fast.

It walks one day at a time. What a day hands on to the next is what the rules call lasting: which waivers have
ended, which triggers on notice have fired, and since when each root cause, and each line's passing on, has run
without a break. Within a day it applies every rule again and again until nothing changes.

Shares with the code under test the types of `facts`, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from waivers.position.facts import (
    AccelerationOf,
    ActionKind,
    AllOf,
    Clause,
    ClauseKind,
    Effect,
    Facts,
    FailureToPay,
    NamedEvents,
    Payment,
    Root,
    RootKind,
    Scope,
    Standing,
    Trigger,
    TriggerOn,
    Waiver,
    WaiverKind,
)

ONE_DAY = timedelta(days=1)
FROM_BEST_TO_WORST = ("clear", "waived", "default", "forborne", "event_of_default")
PASSES_ON = ("forborne", "event_of_default")
ACTIONS_THAT_FIRE = {
    TriggerOn.ACCELERATION: (ActionKind.ACCELERATION_SOUGHT, ActionKind.ACCELERATION_DECLARED),
    TriggerOn.REMEDIES: (ActionKind.REMEDY,),
}

LineKey = tuple[str, str, Root]  # instrument, clause, root cause


@dataclass(frozen=True)
class NaiveLine:
    clause: str
    root: Root
    state: str
    since: date
    event_of_default_on: date
    waiver: str | None


@dataclass(frozen=True)
class NaiveInstrument:
    state: str
    waived_through: date | None
    lines: tuple[NaiveLine, ...]


@dataclass(frozen=True)
class NaiveDay:
    instruments: dict[str, NaiveInstrument]
    waivers: dict[str, tuple[str, date | None]]  # status, ended_on


def walk(facts: Facts, first: date, last: date) -> dict[date, NaiveDay]:
    """The position at the close of each day from `first`, which no fact may precede, to `last`."""
    register = _Register(facts)
    days, day = {}, first
    while day <= last:
        days[day] = register.close_of(day)
        day += ONE_DAY
    return days


def due_date(payment: Payment, day: date) -> date:
    """Rule 6: the date to which the last deferral in effect moved it; of two of one day, the one to the later date."""
    agreed = [(deferral.effective, deferral.to) for deferral in payment.deferrals if deferral.effective <= day]
    return max(agreed)[1] if agreed else payment.due


def first_day(waiver: Waiver) -> date | None:
    """Rule 3. None: not executed, or a condition still open."""
    if waiver.executed is None or None in waiver.conditions:
        return None
    return max([waiver.effective_from, *(met for met in waiver.conditions if met)])


def last_day(waiver: Waiver) -> date:
    """Rule 2. Without an end, the last day that there is."""
    if waiver.until is None:
        return date.max
    return waiver.until if waiver.inclusive else waiver.until - ONE_DAY


@dataclass
class _Register:
    facts: Facts
    ended: dict[str, tuple[str, date]] = field(default_factory=dict)
    fired: dict[str, date] = field(default_factory=dict)
    root_since: dict[Root, date] = field(default_factory=dict)
    passing_since: dict[LineKey, date] = field(default_factory=dict)

    def __post_init__(self) -> None:
        facts = self.facts
        self.principal = {each.ref: (each.principal, each.currency) for each in facts.instruments}
        self.reached = {(each.instrument, each.ref): self._reached(each) for each in facts.clauses}
        self.payments = {(each.instrument, each.ref): each for each in facts.payments}
        self.first = {each.ref: first_day(each) for each in facts.waivers}
        self.last = {each.ref: last_day(each) for each in facts.waivers}

    def close_of(self, day: date) -> NaiveDay:
        self.root_since = {root: self.root_since.get(root, day) for root in self._roots(day)}
        while True:
            force = [waiver for waiver in self.facts.waivers if self._in_force(waiver, day)]
            lines = self._lines(day, force)
            ends = self._ends(day, force, lines)
            if not ends:
                break
            self.ended.update(ends)
        self.passing_since = {
            key: self.passing_since.get(key, day) for key, line in lines.items() if line.state in PASSES_ON
        }
        return NaiveDay(
            {each.ref: self._instrument(each.ref, day, lines, force) for each in self.facts.instruments},
            {each.ref: self._status(each, day) for each in self.facts.waivers},
        )

    # Facts of the day

    def _roots(self, day: date) -> list[Root]:
        """Rules 5, 6, 10, 11, 23 and 24."""
        missed = [
            Root(RootKind.MISSED_PAYMENT, payment.ref, payment.instrument)
            for payment in self.facts.payments
            if due_date(payment, day) <= day and (payment.paid is None or payment.paid > day)
        ]
        accelerations = [
            Root(RootKind.ACCELERATION, action.ref, action.instrument)
            for action in self.facts.holder_actions
            if action.kind == ActionKind.ACCELERATION_DECLARED
            and _counts(action.standing)
            and action.occurred <= day
            and (action.annulled is None or action.annulled > day)
            and (action.withdrawn is None or action.withdrawn > day)
        ]
        events = [
            Root(RootKind.DEFAULT_EVENT, event.ref, event.instrument)
            for event in self.facts.default_events
            if _counts(event.standing) and event.occurred <= day and (event.cured is None or event.cured > day)
        ]
        return missed + accelerations + events

    def _in_force(self, waiver: Waiver, day: date) -> bool:
        first = self.first[waiver.ref]
        return first is not None and first <= day <= self.last[waiver.ref] and waiver.ref not in self.ended

    def _status(self, waiver: Waiver, day: date) -> tuple[str, date | None]:
        if waiver.ref in self.ended:
            return self.ended[waiver.ref]
        if waiver.executed is None:
            return "draft", None
        first = self.first[waiver.ref]
        if first is None or day < first:
            return "pending", None
        return "in_force" if day <= self.last[waiver.ref] else "expired", None

    # Lines

    def _lines(self, day: date, force: list[Waiver]) -> dict[LineKey, NaiveLine]:
        """Rule 14: from no lines at all, every clause again until no line is new and none begins earlier."""
        lines: dict[LineKey, NaiveLine] = {}
        if not self.root_since:
            return lines
        while True:
            found = {}
            for clause in self.facts.clauses:
                for root, since in self._causes(clause, day, lines).items():
                    found[clause.instrument, clause.ref, root] = self._line(clause, root, since, day, force)
            if found == lines:
                return lines
            lines = found

    def _causes(self, clause: Clause, day: date, lines: dict[LineKey, NaiveLine]) -> dict[Root, date]:
        """The clause's root causes and the day from which each counts (rules 7-13)."""
        if clause.kind == ClauseKind.PAYMENT:
            return {
                root: since
                for root, since in self.root_since.items()
                if root.kind == RootKind.MISSED_PAYMENT and root.instrument == clause.instrument
            }
        if clause.kind == ClauseKind.EVENT:
            clause_of = {event.ref: event.clause for event in self.facts.default_events}
            return {
                root: since
                for root, since in self.root_since.items()
                if root.kind == RootKind.DEFAULT_EVENT
                and root.instrument == clause.instrument
                and clause_of[root.ref] == clause.ref
            }
        if clause.kind == ClauseKind.CROSS_DEFAULT:
            offered = [
                (instrument, root, self.passing_since.get((instrument, of, root), day))
                for (instrument, of, root), line in lines.items()
                if line.state in PASSES_ON
            ]
        else:
            wanted = {
                ClauseKind.CROSS_PAYMENT_DEFAULT: RootKind.MISSED_PAYMENT,
                ClauseKind.CROSS_ACCELERATION: RootKind.ACCELERATION,
            }[clause.kind]
            offered = [(root.instrument, root, since) for root, since in self.root_since.items() if root.kind == wanted]
        reached = self.reached[clause.instrument, clause.ref]
        offered = [offer for offer in offered if offer[0] in reached]
        above = self._above_threshold(clause, {instrument for instrument, _, _ in offered})
        causes: dict[Root, date] = {}
        for instrument, root, since in offered:
            if instrument in above:
                causes[root] = min(since, causes.get(root, since))
        return causes

    def _reached(self, clause: Clause) -> set[str]:
        if clause.reaches:
            return set(clause.reaches)
        obligors = {each.ref: each.obligors for each in self.facts.instruments}
        own = obligors[clause.instrument]
        return {ref for ref, theirs in obligors.items() if ref != clause.instrument and theirs & own}

    def _above_threshold(self, clause: Clause, instruments: set[str]) -> set[str]:
        """Rule 12. A principal in another currency than the clause's instrument is not known in its currency."""
        threshold = clause.threshold
        if threshold is None:
            return instruments

        def met(amount: Decimal) -> bool:
            return amount >= threshold.amount if threshold.or_equal else amount > threshold.amount

        _, own_currency = self.principal[clause.instrument]
        known = {
            ref: amount
            for ref, (amount, currency) in self.principal.items()
            if amount is not None and currency == own_currency
        }
        if threshold.aggregate:
            if any(ref not in known for ref in instruments) or met(sum((known[ref] for ref in instruments), Decimal())):
                return instruments
            return set()
        return {ref for ref in instruments if ref not in known or met(known[ref])}

    def _line(self, clause: Clause, root: Root, since: date, day: date, force: list[Waiver]) -> NaiveLine:
        """Rules 13, 16, 17 and 18."""
        matures = since + timedelta(days=clause.grace_days)
        covering = [each for each in force if each.instrument == clause.instrument and self._covers(each, root)]
        waivers = [each for each in covering if each.kind == WaiverKind.WAIVER]
        forbearances = [each for each in covering if each.kind == WaiverKind.FORBEARANCE]
        if waivers:
            state, holding = "waived", waivers
        elif day < matures:
            state, holding = "default", []
        elif forbearances:
            state, holding = "forborne", forbearances
        else:
            state, holding = "event_of_default", []
        named = min(holding, key=lambda each: (date.max - self.last[each.ref], each.ref)).ref if holding else None
        return NaiveLine(clause.ref, root, state, since, matures, named)

    def _covers(self, waiver: Waiver, root: Root) -> bool:
        return any(self._in_scope(scope, root) for scope in waiver.covers)

    def _in_scope(self, scope: Scope, root: Root) -> bool:
        """Rule 15."""
        match scope:
            case FailureToPay():
                if root.kind != RootKind.MISSED_PAYMENT or root.instrument not in scope.instruments:
                    return False
                payment = self.payments[root.instrument, root.ref]
                dates = {payment.due, *(deferral.to for deferral in payment.deferrals)}
                return (not scope.kinds or payment.kind in scope.kinds) and (not scope.due or bool(dates & scope.due))
            case NamedEvents():
                return root.kind == RootKind.DEFAULT_EVENT and root.ref in scope.events
            case AccelerationOf():
                return root.kind == RootKind.ACCELERATION and root.instrument in scope.instruments
            case AllOf():
                return root.instrument in scope.instruments

    # Ends

    def _ends(self, day: date, force: list[Waiver], lines: dict[LineKey, NaiveLine]) -> dict[str, tuple[str, date]]:
        """Which of the waivers in force end today, and how (rules 20-22); by notice only what nothing else ends."""
        rescinded, terminated = {}, {}
        for waiver in force:
            firing = {trigger.effect for trigger in waiver.ends_on if self._fires(trigger, waiver, day, lines)}
            if Effect.AUTOMATIC in firing:
                rescinded[waiver.ref] = ("rescinded", day)
            if Effect.ON_NOTICE in firing:
                self.fired.setdefault(waiver.ref, day)
            if day in [ends_on for _, ends_on in self._notices(waiver)]:
                terminated[waiver.ref] = ("terminated", day)
        return rescinded or terminated

    def _notices(self, waiver: Waiver) -> list[tuple[date, date]]:
        """(given, the day on which it ends the waiver) of each notice on or after the day on which a trigger fired."""
        return [
            (notice.given, max(notice.given, notice.effective))
            for notice in self.facts.termination_notices
            if notice.waiver == waiver.ref and waiver.ref in self.fired and notice.given >= self.fired[waiver.ref]
        ]

    def _fires(self, trigger: Trigger, waiver: Waiver, day: date, lines: dict[LineKey, NaiveLine]) -> bool:
        return any(self._fires_on(on, trigger, waiver, day, lines) for on in trigger.on)

    def _fires_on(
        self, on: TriggerOn, trigger: Trigger, waiver: Waiver, day: date, lines: dict[LineKey, NaiveLine]
    ) -> bool:
        if on in ACTIONS_THAT_FIRE:
            watched = trigger.instruments or _named_in(waiver)
            return any(
                action.occurred == day
                and action.kind in ACTIONS_THAT_FIRE[on]
                and action.instrument in watched
                and (not trigger.by or action.by in trigger.by)
                and _counts(action.standing)
                for action in self.facts.holder_actions
            )
        if on == TriggerOn.OTHER_DEFAULT:
            return any(
                instrument == waiver.instrument
                and line.state == "event_of_default"
                and not self._covers(waiver, line.root)
                for (instrument, _, _), line in lines.items()
            )
        if on == TriggerOn.WAIVER_ENDED:
            return any(ref in trigger.waivers and ended_on == day for ref, (_, ended_on) in self.ended.items())
        return any(
            event.occurred == day
            and event.instrument == waiver.instrument
            and event.event_kind in trigger.events
            and _counts(event.standing)
            for event in self.facts.default_events
        )

    # Instruments

    def _instrument(self, ref: str, day: date, lines: dict[LineKey, NaiveLine], force: list[Waiver]) -> NaiveInstrument:
        own = sorted(
            (line for (instrument, _, _), line in lines.items() if instrument == ref),
            key=lambda line: (line.clause, line.root),
        )
        state = max([line.state for line in own] or ["clear"], key=FROM_BEST_TO_WORST.index)
        through = min([self._waived_through(ref, line, day, force) for line in own] or [date.max])
        return NaiveInstrument(state, through if state == "waived" and through != date.max else None, tuple(own))

    def _waived_through(self, instrument: str, line: NaiveLine, day: date, force: list[Waiver]) -> date:
        """Rule 27: day after day as long as a waiver already agreed covers the line; `date.max` if without end."""
        runs = []
        for waiver in self.facts.waivers:
            first = self.first[waiver.ref]
            if (
                waiver.instrument != instrument
                or waiver.kind != WaiverKind.WAIVER
                or not self._covers(waiver, line.root)
                or first is None
            ):
                continue
            if waiver in force:
                ends = [ends_on - ONE_DAY for given, ends_on in self._notices(waiver) if given <= day]
                runs.append((first, min([self.last[waiver.ref], *ends])))
            elif first > day and waiver.executed <= day and all(met <= day for met in waiver.conditions):
                runs.append((first, self.last[waiver.ref]))
        through, grew = day, True
        while grew:
            longer = [last for first, last in runs if last > through and first <= through + ONE_DAY]
            grew = bool(longer)
            through = max([through, *longer])
            if through == date.max:
                return through
        return through


def _counts(standing: Standing) -> bool:
    """Rule 24."""
    return standing not in (Standing.DISPUTED, Standing.RECORDED_IN_ERROR)


def _named_in(waiver: Waiver) -> set[str]:
    return {ref for scope in waiver.covers if not isinstance(scope, NamedEvents) for ref in scope.instruments}
