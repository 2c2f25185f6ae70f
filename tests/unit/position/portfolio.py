"""Portfolio documents (`standstill/portfolio/1`) as `Facts`, with no database between them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

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

Document = dict[str, Any]


def facts_from_portfolio(document: Document) -> Facts:
    """What the document states, as the rules take it. The document is believed: nothing is validated here."""
    debts = [*document.get("agreements", ()), *document.get("note_series", ())]
    return Facts(
        instruments=tuple(_instrument(debt) for debt in debts),
        payments=tuple(_payment(debt["ref"], entry) for debt in debts for entry in debt.get("payments") or ()),
        clauses=tuple(_clause(debt["ref"], entry) for debt in debts for entry in debt.get("events_of_default") or ()),
        waivers=tuple(_waiver(entry) for entry in document.get("waivers", ())),
        holder_actions=tuple(_action(entry) for entry in document.get("holder_actions", ())),
        default_events=tuple(_event(entry) for entry in document.get("default_events", ())),
        termination_notices=tuple(
            TerminationNotice(entry["ref"], entry["waiver"], _day(entry["given"]), _day(entry["effective"]))
            for entry in document.get("termination_notices", ())
        ),
    )


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _day_or_none(text: str | None) -> date | None:
    return None if text is None else _day(text)


def _refs(values: Iterable[str] | None) -> frozenset[str]:
    return frozenset(values or ())


def _instrument(entry: Document) -> Instrument:
    principal = entry.get("principal_outstanding")
    return Instrument(
        ref=entry["ref"],
        obligors=frozenset(entry["obligors"] if "obligors" in entry else [entry["issuer"]]),
        principal=None if principal is None else Decimal(principal),
        currency=entry.get("currency") or "USD",
        reservations=tuple(
            _day(paper["dated_as_of"])
            for paper in entry.get("documents") or ()
            if paper["kind"] == "reservation_of_rights" and paper.get("dated_as_of")
        ),
    )


def _payment(instrument: str, entry: Document) -> Payment:
    return Payment(
        ref=entry["ref"],
        instrument=instrument,
        kind=PaymentKind(entry["kind"]),
        due=_day(entry["due"]),
        paid=_day_or_none(entry.get("paid")),
        deferrals=tuple(Deferral(_day(each["effective"]), _day(each["to"])) for each in entry.get("deferrals") or ()),
    )


def _clause(instrument: str, entry: Document) -> Clause:
    limit = entry.get("threshold")
    return Clause(
        ref=entry["ref"],
        instrument=instrument,
        kind=ClauseKind(entry["kind"]),
        grace_days=entry.get("grace_days") or 0,
        reaches=tuple(entry.get("reaches") or ()),
        threshold=limit
        and Threshold(Decimal(limit["amount"]), limit["operator"] == ">=", bool(limit.get("aggregate"))),
    )


def _waiver(entry: Document) -> Waiver:
    until = entry.get("until") or {}
    return Waiver(
        ref=entry["ref"],
        instrument=entry["instrument"],
        kind=WaiverKind(entry["kind"]),
        effective_from=_day(entry["effective_from"]),
        executed=_day_or_none(entry.get("executed")),
        until=_day_or_none(until.get("date")),
        inclusive=bool(until.get("inclusive")),
        conditions=tuple(_day_or_none(each.get("satisfied")) for each in entry.get("conditions") or ()),
        covers=tuple(_scope(each) for each in entry["covers"]),
        ends_on=tuple(_trigger(each) for each in entry.get("ends_on") or ()),
        extends=entry.get("extends"),
        granted_by=_refs(entry["granted_by"]),
    )


def _scope(entry: Document) -> Scope:
    ((name, value),) = entry.items()
    if name == "failure_to_pay":
        return FailureToPay(
            _refs(value["instruments"]),
            frozenset(PaymentKind(kind) for kind in value.get("kinds") or ()),
            frozenset(_day(due) for due in value.get("due") or ()),
        )
    return {"default_events": NamedEvents, "acceleration_of": AccelerationOf, "all_of": AllOf}[name](_refs(value))


def _trigger(entry: Document) -> Trigger:
    return Trigger(
        on=frozenset(TriggerOn(on) for on in entry["on"]),
        by=frozenset(Actor(by) for by in entry.get("by") or ()),
        instruments=_refs(entry.get("instruments")),
        waivers=_refs(entry.get("waivers")),
        events=_refs(entry.get("events")),
        effect=Effect(entry.get("effect") or "automatic"),
    )


def _action(entry: Document) -> HolderAction:
    return HolderAction(
        ref=entry["ref"],
        instrument=entry["instrument"],
        kind=ActionKind(entry["kind"]),
        by=Actor(entry["by"]),
        occurred=_day(entry["occurred"]),
        annulled=_day_or_none(entry.get("annulled")),
        withdrawn=_day_or_none(entry.get("withdrawn")),
        standing=Standing(entry.get("status") or "alleged"),
        reported=_day_or_none(entry.get("reported")),
    )


def _event(entry: Document) -> DefaultEvent:
    return DefaultEvent(
        ref=entry["ref"],
        instrument=entry["instrument"],
        clause=entry["clause"],
        event_kind=entry["event_kind"],
        occurred=_day(entry["occurred"]),
        cured=_day_or_none(entry.get("cured")),
        standing=Standing(entry.get("status") or "alleged"),
    )
