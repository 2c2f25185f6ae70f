"""What the rules need to know, and nothing else.

Frozen values, gathered by `waivers.positions` from the register as it is or as it was known at a past
moment. An instrument is named by its `ref`; payments and clauses by `ref` within their instrument; waivers,
holder actions, default events and notices by `ref` across the register. All dates are calendar dates (rule 1);
money is `Decimal` in the instrument's currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class PaymentKind(StrEnum):
    PRINCIPAL = "principal"
    INTEREST = "interest"
    FEE = "fee"


class ClauseKind(StrEnum):
    PAYMENT = "payment"
    CROSS_PAYMENT_DEFAULT = "cross_payment_default"
    CROSS_DEFAULT = "cross_default"
    CROSS_ACCELERATION = "cross_acceleration"
    EVENT = "event"


class WaiverKind(StrEnum):
    WAIVER = "waiver"
    FORBEARANCE = "forbearance"


class ActionKind(StrEnum):
    ACCELERATION_SOUGHT = "acceleration_sought"
    ACCELERATION_DECLARED = "acceleration_declared"
    REMEDY = "remedy"


class Actor(StrEnum):
    HOLDER = "holder"
    TRUSTEE = "trustee"


class Standing(StrEnum):
    """How far a recorded action or event is to be believed (rule 24)."""

    ALLEGED = "alleged"
    VERIFIED = "verified"
    DISPUTED = "disputed"
    RECORDED_IN_ERROR = "recorded_in_error"


class TriggerOn(StrEnum):
    ACCELERATION = "acceleration"
    REMEDIES = "remedies"
    OTHER_DEFAULT = "other_default"
    WAIVER_ENDED = "waiver_ended"
    EVENT = "event"


class Effect(StrEnum):
    AUTOMATIC = "automatic"
    ON_NOTICE = "on_notice"


class RootKind(StrEnum):
    MISSED_PAYMENT = "missed_payment"
    ACCELERATION = "acceleration"
    DEFAULT_EVENT = "default_event"


@dataclass(frozen=True, slots=True)
class Instrument:
    """A debt with its own events of default. `reservations`: the days on which its creditor reserved rights."""

    ref: str
    obligors: frozenset[str] = frozenset()
    principal: Decimal | None = None
    currency: str = "USD"
    reservations: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Deferral:
    """From the day `effective` the payment falls due on `to` (rule 6)."""

    effective: date
    to: date


@dataclass(frozen=True, slots=True)
class Payment:
    ref: str
    instrument: str
    kind: PaymentKind
    due: date
    paid: date | None = None
    deferrals: tuple[Deferral, ...] = ()


@dataclass(frozen=True, slots=True)
class Threshold:
    """Met by an amount strictly above it, or, if `or_equal`, by the amount itself too (rule 12)."""

    amount: Decimal
    or_equal: bool = False
    aggregate: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """One event of default. `reaches` empty: every other instrument of the same obligors (rule 12)."""

    ref: str
    instrument: str
    kind: ClauseKind
    grace_days: int = 0
    reaches: tuple[str, ...] = ()
    threshold: Threshold | None = None


@dataclass(frozen=True, slots=True)
class FailureToPay:
    """Missed payments of `instruments`; of any kind if `kinds` is empty, of any date if `due` is."""

    instruments: frozenset[str]
    kinds: frozenset[PaymentKind] = frozenset()
    due: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class NamedEvents:
    """Default events, by their refs."""

    events: frozenset[str]


@dataclass(frozen=True, slots=True)
class AccelerationOf:
    """Declared accelerations of `instruments`."""

    instruments: frozenset[str]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every default that springs from `instruments`, at whatever date."""

    instruments: frozenset[str]


Scope = FailureToPay | NamedEvents | AccelerationOf | AllOf


@dataclass(frozen=True, slots=True)
class Trigger:
    """What ends a waiver before its time (rules 20-22).

    `by` empty: anybody. `instruments` empty: those named in the waiver's scope.
    """

    on: frozenset[TriggerOn]
    by: frozenset[Actor] = frozenset()
    instruments: frozenset[str] = frozenset()
    waivers: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    effect: Effect = Effect.AUTOMATIC


@dataclass(frozen=True, slots=True)
class Waiver:
    """A creditor's promise. `until` and `inclusive` as the paper says; `conditions`: the day on which each was met."""

    ref: str
    instrument: str
    kind: WaiverKind
    effective_from: date
    executed: date | None
    until: date | None = None
    inclusive: bool = False
    conditions: tuple[date | None, ...] = ()
    covers: tuple[Scope, ...] = ()
    ends_on: tuple[Trigger, ...] = ()
    extends: str | None = None
    granted_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class HolderAction:
    ref: str
    instrument: str
    kind: ActionKind
    by: Actor
    occurred: date
    annulled: date | None = None
    withdrawn: date | None = None
    standing: Standing = Standing.ALLEGED
    reported: date | None = None


@dataclass(frozen=True, slots=True)
class DefaultEvent:
    ref: str
    instrument: str
    clause: str
    event_kind: str
    occurred: date
    cured: date | None = None
    standing: Standing = Standing.ALLEGED


@dataclass(frozen=True, slots=True)
class TerminationNotice:
    ref: str
    waiver: str
    given: date
    effective: date


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything recorded about one borrower group; of several groups if the caller likes (they do not mix)."""

    instruments: tuple[Instrument, ...] = ()
    payments: tuple[Payment, ...] = ()
    clauses: tuple[Clause, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    holder_actions: tuple[HolderAction, ...] = ()
    default_events: tuple[DefaultEvent, ...] = ()
    termination_notices: tuple[TerminationNotice, ...] = ()


class Root(NamedTuple):
    """The fact from which a default springs. `ref` is that of the payment, the action or the event."""

    kind: RootKind
    ref: str
    instrument: str
