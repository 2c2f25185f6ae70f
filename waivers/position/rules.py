"""The rules of one day: which default lines stand, what covers them, what ends what.

Each function names the rule of docs/rules/ that it implements. `judge` puts them together: given the day
before it, it finds the lines and the endings of one day as the least fixed point of rules 7-24. On a fixed day
everything is monotone (a line can only add lines, an ended waiver can only worsen states), so the order in which
clauses and waivers are looked at cannot matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import partial

from waivers.position.facts import (
    AccelerationOf,
    ActionKind,
    Clause,
    ClauseKind,
    DefaultEvent,
    Effect,
    Facts,
    FailureToPay,
    HolderAction,
    Instrument,
    NamedEvents,
    Payment,
    Root,
    RootKind,
    Scope,
    Standing,
    TerminationNotice,
    Trigger,
    TriggerOn,
    Waiver,
    WaiverKind,
)

ONE_DAY = timedelta(days=1)
PaymentKey = tuple[str, str]  # the instrument and the payment's ref, which is its own under that instrument
FOR_EVER = date.max


class State(StrEnum):
    """The state of a line or an instrument, from best to worst (rule 26)."""

    CLEAR = "clear"
    WAIVED = "waived"
    DEFAULT = "default"
    FORBORNE = "forborne"
    EVENT_OF_DEFAULT = "event_of_default"

    @property
    def severity(self) -> int:
        return SEVERITY[self]


SEVERITY = {state: number for number, state in enumerate(State)}


class Status(StrEnum):
    """The status of a waiver on a day."""

    DRAFT = "draft"
    PENDING = "pending"
    IN_FORCE = "in_force"
    EXPIRED = "expired"
    RESCINDED = "rescinded"
    TERMINATED = "terminated"


PASSED_ON = frozenset({State.EVENT_OF_DEFAULT, State.FORBORNE})


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `start` up to, not including, `end`; `end` None: it goes on."""

    start: date
    end: date | None = None

    def __contains__(self, on: date) -> bool:
        return self.start <= on and (self.end is None or on < self.end)


@dataclass(frozen=True, slots=True)
class End:
    """How a waiver ended before its time. `on`: the trigger's word, `kind` and `ref`: the fact that pulled it."""

    waiver: str
    ended_on: date
    status: Status
    on: TriggerOn
    kind: str
    ref: str
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One default line: an (instrument, clause, root cause) on one day.

    `via`: the instruments through which the root cause came, from its source on. `since`: the line's first day.
    `event_of_default_on`: the day on which its grace ends, waived or not. `waiver`: the one that holds it back
    on that day. `uncertain`: sentences that say what is not known for sure.
    """

    instrument: str
    clause: str
    root: Root
    via: tuple[str, ...]
    state: State
    since: date
    event_of_default_on: date
    waiver: str | None
    uncertain: tuple[str, ...]


def worst(lines: Iterable[Line]) -> State:
    """The state of an instrument with these lines (rule 26)."""
    return max((line.state for line in lines), key=lambda state: state.severity, default=State.CLEAR)


# Time


def last_day_by_words(until: date, *, inclusive: bool) -> date:
    """The last day in force by the words of an end (rule 2)."""
    return until if inclusive else until - ONE_DAY


def last_day(waiver: Waiver) -> date | None:
    """The last day in force that the paper gives; None where it gives no end (rule 2)."""
    return None if waiver.until is None else last_day_by_words(waiver.until, inclusive=waiver.inclusive)


def first_day(waiver: Waiver) -> date | None:
    """The day from which the waiver counts; None while it is unexecuted or a condition is open (rule 3)."""
    if waiver.executed is None or None in waiver.conditions:
        return None
    return max([waiver.effective_from, *(met for met in waiver.conditions if met is not None)])


def in_its_time(waiver: Waiver, on: date) -> bool:
    """Begun and not past its last day, whatever may have ended it (rules 3 and 19)."""
    first, last = first_day(waiver), last_day(waiver)
    return first is not None and first <= on and (last is None or on <= last)


# Payments


def due_on(payment: Payment, on: date) -> date:
    """The date on which the payment falls due, by the deferrals that have taken effect (rule 6)."""
    taken = [(deferral.effective, deferral.to) for deferral in payment.deferrals if deferral.effective <= on]
    return max(taken)[1] if taken else payment.due


def due_dates(payment: Payment) -> frozenset[date]:
    """All the dates that the payment ever had (rule 6)."""
    return frozenset({payment.due, *(deferral.to for deferral in payment.deferrals)})


def is_missed(payment: Payment, on: date) -> bool:
    """Due and not paid at the close of the day (rule 5)."""
    return due_on(payment, on) <= on and (payment.paid is None or payment.paid > on)


def missed_spans(payment: Payment) -> list[Span]:
    """The unbroken runs of days on which the payment is missed (rules 5 and 6)."""
    turns = due_dates(payment) | {deferral.effective for deferral in payment.deferrals}
    if payment.paid is not None:
        turns |= {payment.paid}
    spans: list[Span] = []
    start: date | None = None
    for turn in sorted(turns):
        if is_missed(payment, turn):
            start = start or turn
        elif start is not None:
            spans.append(Span(start, turn))
            start = None
    return [*spans, Span(start)] if start is not None else spans


# Actions and events


def counts(fact: HolderAction | DefaultEvent) -> bool:
    """Alleged and verified facts count; disputed ones and those recorded in error do not (rule 24)."""
    return fact.standing in (Standing.ALLEGED, Standing.VERIFIED)


def acceleration_spans(action: HolderAction) -> list[Span]:
    """The days on which a declared acceleration stands: until it is annulled or withdrawn (rules 10 and 23)."""
    if action.kind is not ActionKind.ACCELERATION_DECLARED or not counts(action):
        return []
    undone = [day for day in (action.annulled, action.withdrawn) if day is not None]
    span = Span(action.occurred, min(undone, default=None))
    return [span] if action.occurred in span else []


def event_spans(event: DefaultEvent) -> list[Span]:
    """The days on which a default event stands: until it is cured (rule 11)."""
    span = Span(event.occurred, event.cured)
    return [span] if counts(event) and event.occurred in span else []


# What a clause reaches, what a waiver covers


def reach(clause: Clause, instruments: Iterable[Instrument]) -> tuple[str, ...]:
    """The instruments that a clause reaches: those it names, else every other of the same obligors (rule 12)."""
    if clause.reaches:
        return clause.reaches
    instruments = list(instruments)
    own = next(instrument.obligors for instrument in instruments if instrument.ref == clause.instrument)
    return tuple(
        instrument.ref
        for instrument in instruments
        if instrument.ref != clause.instrument and instrument.obligors & own
    )


def over_threshold(clause: Clause, principals: Mapping[str, Decimal | None]) -> set[str]:
    """Which of the instruments with a root cause that day the clause reaches, by what is outstanding (rule 12).

    `principals`: instrument -> principal outstanding in the clause's currency, None where it is not known.
    What is not known may be enough: alone it lets its own instrument through, in an aggregate all of them.
    """
    threshold = clause.threshold
    if threshold is None:
        return set(principals)

    def met(amount: Decimal | None) -> bool:
        if amount is None:
            return True
        return amount > threshold.amount or (threshold.or_equal and amount == threshold.amount)

    if threshold.aggregate:
        known = [amount for amount in principals.values() if amount is not None]
        together = sum(known, Decimal(0)) if len(known) == len(principals) else None
        return set(principals) if met(together) else set()
    return {ref for ref, amount in principals.items() if met(amount)}


def in_scope(scope: Scope, root: Root, payment: Payment | None) -> bool:
    """Whether a root cause is within one scope of a waiver; `payment` is that of a missed payment (rule 15)."""
    match scope:
        case FailureToPay():
            return (
                payment is not None
                and root.instrument in scope.instruments
                and (not scope.kinds or payment.kind in scope.kinds)
                and (not scope.due or bool(due_dates(payment) & scope.due))
            )
        case NamedEvents():
            return root.kind is RootKind.DEFAULT_EVENT and root.ref in scope.events
        case AccelerationOf():
            return root.kind is RootKind.ACCELERATION and root.instrument in scope.instruments
        case _:
            return root.instrument in scope.instruments


def named_in_scope(waiver: Waiver) -> frozenset[str]:
    """The instruments that a waiver's scope names."""
    named: set[str] = set()
    for scope in waiver.covers:
        if not isinstance(scope, NamedEvents):
            named |= scope.instruments
    return frozenset(named)


# What ends a waiver


def pulls(trigger: Trigger, waiver: Waiver, action: HolderAction) -> bool:
    """Whether an action is one that a trigger names: what, by whom, in respect of which instruments (rule 20)."""
    what = TriggerOn.REMEDIES if action.kind is ActionKind.REMEDY else TriggerOn.ACCELERATION
    return (
        counts(action)
        and what in trigger.on
        and (not trigger.by or action.by in trigger.by)
        and action.instrument in (trigger.instruments or named_in_scope(waiver))
    )


# The facts, indexed once


@dataclass(frozen=True, slots=True)
class Source:
    """A root cause, the spans of days on which it stands, and the facts behind it."""

    root: Root
    spans: tuple[Span, ...]
    clause: str | None = None


@dataclass(slots=True)
class Casefile:
    """The facts of a group, arranged for the rules. Made once, read on every day."""

    facts: Facts
    sources: list[Source] = field(default_factory=list)
    unverified: set[Root] = field(default_factory=set)
    instruments: dict[str, Instrument] = field(default_factory=dict)
    payments: dict[tuple[str, str], Payment] = field(default_factory=dict)
    reach: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    waivers_of: dict[str, list[Waiver]] = field(default_factory=lambda: defaultdict(list))
    actions_on: dict[date, list[HolderAction]] = field(default_factory=lambda: defaultdict(list))
    events_on: dict[date, list[DefaultEvent]] = field(default_factory=lambda: defaultdict(list))
    notices_on: dict[date, list[TerminationNotice]] = field(default_factory=lambda: defaultdict(list))
    scope_memo: dict[tuple[str, Root], bool] = field(default_factory=dict)
    terms: list[tuple[date, date, Waiver]] = field(default_factory=list)
    grace: dict[tuple[str, str], timedelta] = field(default_factory=dict)
    cross_defaults: list[Clause] = field(default_factory=list)

    @property
    def disputed(self) -> list[HolderAction | DefaultEvent]:
        """The risks: actions and events that do not count because they are disputed (rule 24)."""
        facts: list[HolderAction | DefaultEvent] = [*self.facts.holder_actions, *self.facts.default_events]
        return [fact for fact in facts if fact.standing is Standing.DISPUTED]

    def covers(self, waiver: Waiver, root: Root) -> bool:
        """Whether a line of the waiver's instrument with this root cause is in its scope (rule 15)."""
        key = (waiver.ref, root)
        if key not in self.scope_memo:
            missed = root.kind is RootKind.MISSED_PAYMENT
            payment = self.payments[root.instrument, root.ref] if missed else None
            self.scope_memo[key] = any(in_scope(scope, root, payment) for scope in waiver.covers)
        return self.scope_memo[key]

    def principal(self, instrument: str, clause: Clause) -> Decimal | None:
        """What is outstanding under an instrument in the clause's own currency; None where that is not known."""
        reached, own = self.instruments[instrument], self.instruments[clause.instrument]
        return reached.principal if reached.currency == own.currency else None


def open_casefile(facts: Facts, *, today: date | None = None, missed: frozenset[PaymentKey] = frozenset()) -> Casefile:
    """Arrange the facts. With `today`, unpaid payments due later are assumed paid on time (rule 29), save `missed`.

    `missed`: payments that the reader asks to see missed.
    """
    case = Casefile(facts)
    case.instruments = {instrument.ref: instrument for instrument in facts.instruments}
    case.payments = {(payment.instrument, payment.ref): payment for payment in facts.payments}
    for clause in facts.clauses:
        case.reach[clause.instrument, clause.ref] = reach(clause, facts.instruments)
    for payment in facts.payments:
        spans = missed_spans(payment)
        if today is not None and (payment.instrument, payment.ref) not in missed:
            spans = [span for span in spans if span.start <= today]
        root = Root(RootKind.MISSED_PAYMENT, payment.ref, payment.instrument)
        case.sources.append(Source(root, tuple(spans)))
    for action in sorted(facts.holder_actions, key=lambda action: action.ref):
        root = Root(RootKind.ACCELERATION, action.ref, action.instrument)
        case.sources.append(Source(root, tuple(acceleration_spans(action))))
        case.actions_on[action.occurred].append(action)
        if action.standing is Standing.ALLEGED:
            case.unverified.add(root)
    for event in sorted(facts.default_events, key=lambda event: event.ref):
        root = Root(RootKind.DEFAULT_EVENT, event.ref, event.instrument)
        case.sources.append(Source(root, tuple(event_spans(event)), event.clause))
        case.events_on[event.occurred].append(event)
        if event.standing is Standing.ALLEGED:
            case.unverified.add(root)
    for notice in sorted(facts.termination_notices, key=lambda notice: notice.ref):
        case.notices_on[max(notice.given, notice.effective)].append(notice)
    for waiver in sorted(facts.waivers, key=lambda waiver: waiver.ref):
        case.waivers_of[waiver.instrument].append(waiver)
    for waiver in (waiver for of in case.waivers_of.values() for waiver in of):
        first = first_day(waiver)
        if first is not None:
            case.terms.append((first, last_day(waiver) or FOR_EVER, waiver))
    case.grace = {(clause.instrument, clause.ref): timedelta(days=clause.grace_days) for clause in facts.clauses}
    case.cross_defaults = [clause for clause in facts.clauses if clause.kind is ClauseKind.CROSS_DEFAULT]
    return case


# One day


LineKey = tuple[str, str, Root]


@dataclass(frozen=True, slots=True)
class Day:
    """What holds at the close of one day, and what it hands to the next.

    `ends`: every waiver that was ended so far, by ref. `fired`: what first fired a trigger on notice, and when.
    """

    on: date
    lines: Mapping[LineKey, Line] = field(default_factory=dict)
    ends: Mapping[str, End] = field(default_factory=dict)
    fired: Mapping[str, End] = field(default_factory=dict)
    passed: Mapping[LineKey, date] = field(default_factory=dict)


def judge(case: Casefile, on: date, standing: Iterable[tuple[Source, Span]], before: Day) -> Day:
    """The lines and endings of one day (rules 7-24).

    `standing`: the root causes that stand that day, each with the span it stands in. `before`: the last day judged;
    nothing may have changed between it and this one.
    """
    standing = list(standing)
    if not standing and not (on in case.actions_on or on in case.events_on or on in case.notices_on):
        return Day(on, ends=before.ends, fired=before.fired)
    return _Judgement(case, on, standing, before).reach_fixed_point()


def _is_event_of(clause: Clause, source: Source) -> bool:
    return source.clause == clause.ref


class _Judgement:
    def __init__(self, case: Casefile, on: date, standing: list[tuple[Source, Span]], before: Day) -> None:
        self.case, self.on, self.before = case, on, before
        self.standing = standing
        self.since: dict[LineKey, date] = {}
        self.via: dict[LineKey, tuple[str, ...]] = {}
        self.unknown: dict[LineKey, set[str]] = defaultdict(set)
        self.by_instrument: dict[str, set[LineKey]] = defaultdict(set)
        self.passing: dict[tuple[str, str], set[str]] = {}
        self.ends = dict(before.ends)
        self.fired = dict(before.fired)
        self.in_time = [waiver for first, last, waiver in case.terms if first <= on <= last]
        self.in_time_of: dict[str, list[Waiver]] = defaultdict(list)
        for waiver in self.in_time:
            self.in_time_of[waiver.instrument].append(waiver)
        self.states: dict[LineKey, tuple[State, str | None]] = {}

    def reach_fixed_point(self) -> Day:
        self._lines_from_sources()
        cross_defaults = self.case.cross_defaults
        changed = True
        while changed:
            self._pass_all_on(cross_defaults)
            changed = False
            for waiver in self.in_time:
                changed |= self._pull(waiver)
            for waiver in () if changed else self.in_time:
                changed |= self._heed_notice(waiver)
        self._find_paths(cross_defaults)
        lines = {key: self._line(key) for key in sorted(self.since)}
        passed = {key: self.before.passed.get(key, self.on) for key, line in lines.items() if line.state in PASSED_ON}
        return Day(self.on, lines, self.ends, self.fired, passed)

    # lines

    def _add(self, clause: Clause, root: Root, since: date) -> bool:
        key = (clause.instrument, clause.ref, root)
        if key in self.since and self.since[key] <= since:
            return False
        self.since[key] = since
        self.states.pop(key, None)
        self.by_instrument[clause.instrument].add(key)
        return True

    def _lines_from_sources(self) -> None:
        """Rules 7, 8, 10 and 11."""
        own: dict[str, list[tuple[Source, Span]]] = defaultdict(list)
        for source, span in self.standing:
            own[source.root.instrument].append((source, span))
        if not own:
            return
        for clause in self.case.facts.clauses:
            match clause.kind:
                case ClauseKind.PAYMENT:
                    self._take(clause, own, [clause.instrument], lambda s: s.root.kind is RootKind.MISSED_PAYMENT)
                case ClauseKind.EVENT:
                    self._take(clause, own, [clause.instrument], partial(_is_event_of, clause))
                case ClauseKind.CROSS_PAYMENT_DEFAULT:
                    reached = self.case.reach[clause.instrument, clause.ref]
                    self._take(clause, own, reached, lambda s: s.root.kind is RootKind.MISSED_PAYMENT)
                case ClauseKind.CROSS_ACCELERATION:
                    reached = self.case.reach[clause.instrument, clause.ref]
                    self._take(clause, own, reached, lambda s: s.root.kind is RootKind.ACCELERATION)
                case ClauseKind.CROSS_DEFAULT:
                    continue

    def _take(
        self,
        clause: Clause,
        own: Mapping[str, list[tuple[Source, Span]]],
        reached: Iterable[str],
        wanted: Callable[[Source], bool],
    ) -> None:
        found = {ref: [pair for pair in own.get(ref, ()) if wanted(pair[0])] for ref in reached}
        found = {ref: pairs for ref, pairs in found.items() if pairs}
        for ref, unknown in self._within_reach(clause, found).items():
            for source, span in found[ref]:
                self._add(clause, source.root, span.start)
                key = (clause.instrument, clause.ref, source.root)
                self.via[key] = () if ref == clause.instrument else (ref,)
                self.unknown[key] |= unknown

    def _within_reach(self, clause: Clause, found: Iterable[str]) -> dict[str, set[str]]:
        """Which of the found instruments pass the threshold, each with those whose unknown principal let it pass."""
        principals = {ref: self.case.principal(ref, clause) for ref in found}
        unknown = {ref for ref, amount in principals.items() if amount is None} if clause.threshold else set()
        together = clause.threshold is not None and clause.threshold.aggregate
        return {ref: unknown if together else unknown & {ref} for ref in over_threshold(clause, principals)}

    def _pass_all_on(self, cross_defaults: list[Clause]) -> None:
        """Rule 14: before a waiver ends, all that stands is seen; so its cause is the same in whatever order."""
        changed = bool(self.since)
        while changed:
            changed = False
            for clause in cross_defaults:
                changed |= self._pass_on(clause)

    def _pass_on(self, clause: Clause) -> bool:
        """Rule 9: events of default under the reached instruments pass their root causes on."""
        found: dict[str, dict[Root, date]] = {}
        for ref in self.case.reach[clause.instrument, clause.ref]:
            for key in self.by_instrument.get(ref, ()):
                if self._state(key)[0] in PASSED_ON:
                    passed = self.before.passed.get(key, self.on)
                    earlier = found.setdefault(ref, {}).get(key[2], passed)
                    found[ref][key[2]] = min(earlier, passed)
        changed = False
        passing = self._within_reach(clause, found)
        self.passing[clause.instrument, clause.ref] = set(passing)
        for ref, unknown in passing.items():
            for root, since in found[ref].items():
                changed |= self._add(clause, root, since)
                self.unknown[clause.instrument, clause.ref, root] |= unknown
        return changed

    # states

    def _event_of_default_on(self, key: LineKey) -> date:
        """Rule 13."""
        return self.since[key] + self.case.grace[key[0], key[1]]

    def _state(self, key: LineKey) -> tuple[State, str | None]:
        """Rules 13 and 16-18: the state of a line, and the waiver that it owes it to."""
        found = self.states.get(key)
        if found is None:
            found = self.states[key] = self._find_state(key)
        return found

    def _find_state(self, key: LineKey) -> tuple[State, str | None]:
        """What `_state` remembers for as long as no waiver ends and the line begins no earlier."""
        holding = [
            waiver
            for waiver in self.in_time_of.get(key[0], ())
            if waiver.ref not in self.ends and self.case.covers(waiver, key[2])
        ]
        for kind, state in ((WaiverKind.WAIVER, State.WAIVED), (WaiverKind.FORBEARANCE, State.FORBORNE)):
            if state is State.FORBORNE and self.on < self._event_of_default_on(key):
                return State.DEFAULT, None
            longest = max(
                (waiver for waiver in holding if waiver.kind is kind),
                key=lambda waiver: last_day(waiver) or FOR_EVER,
                default=None,
            )
            if longest is not None:
                return state, longest.ref
        return State.EVENT_OF_DEFAULT, None

    # endings

    def _pull(self, waiver: Waiver) -> bool:
        """Rules 20-22: end the waiver if, in force that day, an automatic trigger fires; note those on notice."""
        if waiver.ref in self.ends:
            return False
        for trigger in waiver.ends_on:
            if trigger.effect is Effect.ON_NOTICE and waiver.ref in self.fired:
                continue
            end = self._fires(trigger, waiver)
            if end is not None and trigger.effect is Effect.AUTOMATIC:
                return self._put_end(end)
            if end is not None:
                self.fired[waiver.ref] = end
        return False

    def _heed_notice(self, waiver: Waiver) -> bool:
        """Rule 22: end the waiver if, in force that day, a notice given since a trigger fired takes effect."""
        fired = self.fired.get(waiver.ref)
        if fired is None or waiver.ref in self.ends:
            return False
        for notice in self.case.notices_on.get(self.on, ()):
            if notice.waiver == waiver.ref and notice.given >= fired.ended_on:
                end = End(
                    waiver.ref,
                    self.on,
                    Status.TERMINATED,
                    fired.on,
                    "termination_notice",
                    notice.ref,
                    fired.unverified,
                )
                return self._put_end(end)
        return False

    def _put_end(self, end: End) -> bool:
        """End a waiver; the states found so far may have rested on it."""
        self.ends[end.waiver] = end
        self.states.clear()
        return True

    def _fires(self, trigger: Trigger, waiver: Waiver) -> End | None:
        """Rules 20 and 21: what fires the trigger on this day, if anything does."""

        def ended(on: TriggerOn, kind: str, ref: str, *, unverified: bool = False) -> End:
            return End(waiver.ref, self.on, Status.RESCINDED, on, kind, ref, unverified)

        for action in self.case.actions_on.get(self.on, ()):
            if pulls(trigger, waiver, action):
                what = TriggerOn.REMEDIES if action.kind is ActionKind.REMEDY else TriggerOn.ACCELERATION
                alleged = action.standing is Standing.ALLEGED
                return ended(what, "holder_action", action.ref, unverified=alleged)
        if TriggerOn.EVENT in trigger.on:
            for event in self.case.events_on.get(self.on, ()):
                if counts(event) and event.instrument == waiver.instrument and event.event_kind in trigger.events:
                    alleged = event.standing is Standing.ALLEGED
                    return ended(TriggerOn.EVENT, "default_event", event.ref, unverified=alleged)
        if TriggerOn.WAIVER_ENDED in trigger.on:
            for ref in sorted(trigger.waivers):
                if ref in self.ends and self.ends[ref].ended_on == self.on:
                    return ended(TriggerOn.WAIVER_ENDED, "waiver", ref)
        if TriggerOn.OTHER_DEFAULT in trigger.on:
            for key in sorted(self.by_instrument.get(waiver.instrument, ())):
                if not self.case.covers(waiver, key[2]) and self._state(key)[0] is State.EVENT_OF_DEFAULT:
                    return ended(TriggerOn.OTHER_DEFAULT, str(key[2].kind), key[2].ref)
        return None

    # paths and doubts

    def _find_paths(self, cross_defaults: list[Clause]) -> None:
        """Rule 14: the shortest path by which each root cause came, the first by name among equals."""
        while len(self.via) < len(self.since):
            found: dict[LineKey, tuple[str, ...]] = {}
            for clause in cross_defaults:
                for ref in self.passing.get((clause.instrument, clause.ref), ()):
                    for upstream in self.by_instrument.get(ref, ()):
                        key = (clause.instrument, clause.ref, upstream[2])
                        known = upstream in self.via and key in self.since and key not in self.via
                        if known and self._state(upstream)[0] in PASSED_ON:
                            path = (*self.via[upstream], ref)
                            found[key] = min(found.get(key, path), path)
            if not found:
                return
            self.via |= found

    def _line(self, key: LineKey) -> Line:
        instrument, clause, root = key
        state, waiver = self._state(key)
        return Line(
            instrument=instrument,
            clause=clause,
            root=root,
            via=self.via.get(key, ()),
            state=state,
            since=self.since[key],
            event_of_default_on=self._event_of_default_on(key),
            waiver=waiver,
            uncertain=tuple(self._uncertain(key)),
        )

    def _uncertain(self, key: LineKey) -> Iterator[str]:
        """Rules 12 and 24: what the line rests on that is not known for sure."""
        for ref in sorted(self.unknown[key]):
            yield f"the principal outstanding under {ref} is not known, so it is taken to reach the threshold"
        if key[2] in self.case.unverified:
            yield f"{key[2].ref} is alleged, not verified"
        for waiver in self.case.waivers_of.get(key[0], ()):
            end = self.ends.get(waiver.ref)
            if end is not None and end.unverified and in_its_time(waiver, self.on) and self.case.covers(waiver, key[2]):
                yield f"{waiver.ref} would hold it back but for {end.ref}, which is alleged, not verified"
