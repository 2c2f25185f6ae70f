"""Small random portfolios in which everything happens within a few weeks, so that much of it on the same day.

Each portfolio is built with a `Random` whose seed Hypothesis chooses, not draw by draw: that is ten times as fast,
and as dense as the tests need (draw by draw, few portfolios had a waiver that covered anything). What it costs is
Hypothesis's shrinking; `smallest` does that instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from waivers.position.facts import (
    AccelerationOf,
    ActionKind,
    Actor,
    AllOf,
    Clause,
    ClauseKind,
    DefaultEvent,
    Deferral,
    Effect,
    Facts,
    FailureToPay,
    HolderAction,
    Instrument,
    NamedEvents,
    Payment,
    PaymentKind,
    Scope,
    Standing,
    TerminationNotice,
    Threshold,
    Trigger,
    TriggerOn,
    Waiver,
    WaiverKind,
)

FIRST = date(2001, 1, 1)
WINDOW = 60
LONGEST_WAIVER = 40
LONGEST_GRACE = 20
DAYS = tuple(FIRST + timedelta(days=n) for n in range(-1, WINDOW + LONGEST_WAIVER + LONGEST_GRACE))
"""Every day on which anything can change, and the day before the first."""

BUSY_DAYS = (10, 20, 21, 30)
EVENT_KINDS = ("covenant", "insolvency")
CROSS = (ClauseKind.CROSS_PAYMENT_DEFAULT, ClauseKind.CROSS_DEFAULT, ClauseKind.CROSS_ACCELERATION)
AMOUNTS = (Decimal(400), Decimal(600), Decimal(1000))

T = TypeVar("T")


def portfolios() -> SearchStrategy[Facts]:
    """Two to five instruments and all that can happen to them."""
    return st.randoms(use_true_random=True).map(lambda random: Builder(random).facts())


def smallest(facts: Facts, fails: Callable[[Facts], bool]) -> Facts:
    """What is left of failing facts once nothing more can be left out (instruments stay)."""
    for field in fields(Facts)[1:]:
        for item in getattr(facts, field.name):
            without = tuple(other for other in getattr(facts, field.name) if other is not item)
            fewer = replace(facts, **{field.name: without})
            if fails(fewer):
                return smallest(fewer, fails)
    return facts


class Builder:
    """One random portfolio."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.one_of: Callable[[Sequence[T]], T] = random.choice

    def chance(self, of: float) -> bool:
        return self.random.random() < of

    def some(self, values: Iterable[T], least: int = 0, most: int = 3) -> frozenset[T]:
        values = list(values)
        return frozenset(self.random.sample(values, min(len(values), self.random.randint(least, most))))

    def up_to(self, most: int) -> range:
        return range(self.random.randint(0, most))

    def day(self, last: int = WINDOW - 1) -> date:
        number = self.one_of(BUSY_DAYS) if self.chance(0.4) else self.random.randint(0, last)
        return FIRST + timedelta(days=number)

    def day_or_none(self, chance: float = 0.4) -> date | None:
        return self.day() if self.chance(chance) else None

    def facts(self) -> Facts:
        self.refs = ["a", "b", "n", "o", "p"][: self.random.randint(2, 5)]
        instruments = [self.instrument(ref) for ref in self.refs]
        self.payments = [self.payment(f"p{number}") for number in range(self.random.randint(1, 5))]
        clauses = [
            self.clause(ref, kind) for ref in self.refs for kind in sorted(self.some(ClauseKind, least=1), key=str)
        ]
        self.eventful = [clause for clause in clauses if clause.kind is ClauseKind.EVENT]
        self.events = [self.event(f"e{number}") for number in self.up_to(3) if self.eventful]
        self.granted = [f"w{number}" for number in self.up_to(6)]
        return Facts(
            instruments=tuple(instruments),
            payments=tuple(self.payments),
            clauses=tuple(clauses),
            waivers=tuple(self.waiver(ref) for ref in self.granted),
            holder_actions=tuple(self.action(f"h{number}") for number in self.up_to(4)),
            default_events=tuple(self.events),
            termination_notices=tuple(
                TerminationNotice(f"t{number}", self.one_of(self.granted), self.day(), self.day())
                for number in self.up_to(4)
                if self.granted
            ),
        )

    def instrument(self, ref: str) -> Instrument:
        return Instrument(
            ref=ref,
            obligors=self.some("xyz", least=1, most=2),
            principal=self.one_of((None, *AMOUNTS)),
            currency=self.one_of(("USD", "USD", "USD", "EUR")),
        )

    def payment(self, ref: str) -> Payment:
        return Payment(
            ref=ref,
            instrument=self.one_of(self.refs),
            kind=self.one_of(list(PaymentKind)),
            due=self.day(last=30),
            paid=self.day_or_none(),
            deferrals=tuple(Deferral(self.day(), self.day()) for _ in self.up_to(2) if self.chance(0.4)),
        )

    def clause(self, instrument: str, kind: ClauseKind) -> Clause:
        crosses = kind in CROSS
        others = [ref for ref in self.refs if ref != instrument]
        limit = Threshold(self.one_of((*AMOUNTS, Decimal(1600))), self.chance(0.5), self.chance(0.5))
        return Clause(
            ref=f"{instrument}-{kind}",
            instrument=instrument,
            kind=kind,
            grace_days=self.one_of((0, 0, 0, 1, 5, 10, LONGEST_GRACE)),
            reaches=tuple(sorted(self.some(others))) if crosses and self.chance(0.5) else (),
            threshold=limit if crosses and self.chance(0.4) else None,
        )

    def event(self, ref: str) -> DefaultEvent:
        clause = self.one_of(self.eventful)
        return DefaultEvent(
            ref=ref,
            instrument=clause.instrument,
            clause=clause.ref,
            event_kind=self.one_of(EVENT_KINDS),
            occurred=self.day(),
            cured=self.day_or_none(),
            standing=self.standing(),
        )

    def action(self, ref: str) -> HolderAction:
        return HolderAction(
            ref=ref,
            instrument=self.one_of(self.refs),
            kind=self.one_of(list(ActionKind)),
            by=self.one_of(list(Actor)),
            occurred=self.day(),
            annulled=self.day_or_none(),
            withdrawn=self.day_or_none(0.2),
            standing=self.standing(),
            reported=self.day_or_none(),
        )

    def standing(self) -> Standing:
        return self.one_of((*Standing, Standing.ALLEGED, Standing.VERIFIED))

    def waiver(self, ref: str) -> Waiver:
        begins = self.day(last=40)

        def later() -> date:
            return begins + timedelta(days=self.random.randint(0, LONGEST_WAIVER))

        return Waiver(
            ref=ref,
            instrument=self.one_of(self.refs),
            kind=WaiverKind.WAIVER if self.chance(0.7) else WaiverKind.FORBEARANCE,
            effective_from=begins,
            executed=None if self.chance(0.1) else begins if self.chance(0.7) else self.one_of((self.day(), later())),
            until=self.one_of((None, later(), later(), self.day())),
            inclusive=self.chance(0.3),
            conditions=tuple(None if self.chance(0.1) else later() for _ in self.up_to(2) if self.chance(0.3)),
            covers=tuple(self.scope() for _ in range(self.random.randint(1, 2))),
            ends_on=tuple(self.trigger(ref) for _ in self.up_to(2)),
            extends=self.one_of((None, *self.granted)),
            granted_by=self.some(("l1", "l2"), most=1),
        )

    def scope(self) -> Scope:
        named = self.some(self.refs, least=1)
        match self.random.randint(0, 5):
            case 0 if self.events:
                return NamedEvents(self.some((event.ref for event in self.events), least=1))
            case 1:
                return AccelerationOf(named)
            case 2 | 3:
                return AllOf(named)
        dues = {each.due for each in self.payments} | {later.to for each in self.payments for later in each.deferrals}
        return FailureToPay(
            named,
            self.some(PaymentKind, least=1, most=2) if self.chance(0.4) else frozenset(),
            self.some(sorted(dues), least=1) if self.chance(0.4) else frozenset(),
        )

    def trigger(self, waiver: str) -> Trigger:
        return Trigger(
            on=self.some(TriggerOn, least=1, most=2),
            by=self.some(Actor, most=1),
            instruments=self.some(self.refs) if self.chance(0.5) else frozenset(),
            waivers=self.some((other for other in self.granted if other != waiver), least=1),
            events=self.some(EVENT_KINDS, least=1),
            effect=self.one_of((Effect.AUTOMATIC, Effect.ON_NOTICE)),
        )
