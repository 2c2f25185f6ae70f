"""Short ways to say facts in tests. Days are numbers: `day(1)` is January 1, 2001, and `day(32)` February 1."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from waivers.position.facts import (
    ActionKind,
    Actor,
    AllOf,
    Clause,
    ClauseKind,
    DefaultEvent,
    Effect,
    Facts,
    HolderAction,
    Instrument,
    Payment,
    PaymentKind,
    Root,
    RootKind,
    TerminationNotice,
    Trigger,
    TriggerOn,
    Waiver,
    WaiverKind,
)
from waivers.position.rules import Line, Status
from waivers.position.timeline import Timeline, WaiverPosition


def day(number: int) -> date:
    return date(2000, 12, 31) + timedelta(days=number)


def day_or_none(number: int | None) -> date | None:
    return None if number is None else day(number)


def debts(*refs: str, **fields: Any) -> tuple[Instrument, ...]:
    return tuple(Instrument(ref, frozenset({"borrower"}), **fields) for ref in refs)


def owed(ref: str = "coupon", due: int = 10, *, of: str = "notes", paid: int | None = None, **fields: Any) -> Payment:
    return Payment(ref, of, fields.pop("kind", PaymentKind.INTEREST), day(due), day_or_none(paid), **fields)


def clause(kind: ClauseKind | str, of: str, grace: int = 0, *reaches: str, **fields: Any) -> Clause:
    """Its ref is "notes-payment" and the like."""
    return Clause(f"{of}-{kind}", of, ClauseKind(kind), grace, reaches, **fields)


def waiver(ref: str, of: str, start: int, until: int | None = None, *covers: Any, **fields: Any) -> Waiver:
    """Covers all that springs from the notes unless told otherwise; executed on its first day unless told."""
    executed = fields.pop("executed", start)
    return Waiver(
        ref,
        of,
        fields.pop("kind", WaiverKind.WAIVER),
        day(start),
        day_or_none(executed),
        day_or_none(until),
        covers=covers or (AllOf(frozenset({"notes"})),),
        **fields,
    )


def trigger(*on: TriggerOn | str, notice: bool = False, **fields: Any) -> Trigger:
    sets = {name: frozenset(value) for name, value in fields.items()}
    return Trigger(frozenset(map(TriggerOn, on)), effect=Effect.ON_NOTICE if notice else Effect.AUTOMATIC, **sets)


def action(ref: str, kind: ActionKind | str, on: int, *, of: str = "notes", **fields: Any) -> HolderAction:
    return HolderAction(ref, of, ActionKind(kind), fields.pop("by", Actor.HOLDER), day(on), **fields)


def event(ref: str, on: int, cured: int | None = None, *, of: str = "bank", **fields: Any) -> DefaultEvent:
    return DefaultEvent(ref, of, f"{of}-event", fields.pop("kind", "covenant"), day(on), day_or_none(cured), **fields)


def notice(ref: str, of: str, given: int, effective: int) -> TerminationNotice:
    return TerminationNotice(ref, of, day(given), day(effective))


def missed(ref: str = "coupon", of: str = "notes") -> Root:
    return Root(RootKind.MISSED_PAYMENT, ref, of)


def two_debts(**fields: Any) -> Facts:
    """Notes whose coupon is missed from day 10 on, and a bank whose agreement a missed payment of them defaults."""
    return Facts(
        **{
            "instruments": debts("notes", "bank"),
            "payments": (owed(),),
            "clauses": (clause("cross_payment_default", "bank", 0, "notes"),),
        }
        | fields
    )


# Questions


def line_of(line: Timeline, on: int, clause_ref: str = "bank-cross_payment_default") -> Line:
    (found,) = (each for each in line.day(day(on)).lines.values() if each.clause == clause_ref)
    return found


def state_on(line: Timeline, on: int, ref: str = "bank") -> str:
    return next(str(found.state) for found in line.position(day(on)).instruments if found.ref == ref)


def through_on(line: Timeline, on: int, ref: str = "bank") -> date | None:
    return next(found.waived_through for found in line.position(day(on)).instruments if found.ref == ref)


def waiver_on(line: Timeline, on: int, ref: str = "w") -> WaiverPosition:
    return next(found for found in line.position(day(on)).waivers if found.ref == ref)


def status_on(line: Timeline, on: int, ref: str = "w") -> Status:
    return waiver_on(line, on, ref).status
