"""From a portfolio document to the register: all of it or nothing, and nothing twice.

What a file says of something that the register already holds must agree with it; new payments, clauses and papers of
a known instrument are added. An import never overwrites: a differing value is a fault, and a correction is a person's
recorded change.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from agreements.models import (
    Clause,
    DefaultEvent,
    Desk,
    Instrument,
    LoanDocument,
    Party,
)
from audit.signing import Signature, signed
from intake.portfolio.check import Known, Step, faults_of, paper_ref
from intake.portfolio.dump import Item, amount, dump_list
from intake.portfolio.faults import Fault, FaultyPortfolioError, pointer, words
from intake.portfolio.schema import LISTS
from intake.portfolio.write import Writer
from notes.models import HolderAction, Payment
from waivers.models import TerminationNotice, Waiver

GROWING = ("payments", "events_of_default", "documents")
DEFAULTS = {
    "inclusive": False,
    "effect": "automatic",
    "grace_days": 0,
    "aggregate": False,
    "currency": "USD",
    "status": "alleged",
}
IN_ORDER = ("conditions", "covers", "ends_on")
AMOUNTS = ("principal_outstanding", "amount", "coupon")


def import_portfolio(
    document: Any,
    *,
    by: Signature,
    reason: str,
    monitored_from: date,
    desk: Desk | None = None,
    step: Step = lambda n: None,
) -> Counter[str]:
    """Write a portfolio document into the register; return how many items of each list were added.

    `monitored_from` is given to new instruments, `desk` to new obligors. `step(n)` is told of progress, four times
    the number of items in all. Raises `FaultyPortfolioError` with every fault, and then nothing was written.
    """
    with transaction.atomic():
        faults = faults_of(document, known_register(), step)
        if faults:
            raise FaultyPortfolioError(faults)
        _name_papers(document)
        fresh = _what_is_new(document)
        with signed(by, reason):
            return Writer(fresh, monitored_from, desk, step).write()


def item_count(document: Any) -> int:
    """How many items the lists of a document have; 0 if it has no such lists."""
    if not isinstance(document, dict):
        return 0
    return sum(len(document[name]) for name in LISTS if isinstance(document.get(name), list))


def known_register() -> Known:
    """What the checks need of the register."""
    instruments = dict(Instrument.objects.values_list("ref", "kind"))
    return Known(
        refs={
            "parties": set(Party.objects.values_list("ref", flat=True)),
            "agreements": {ref for ref, kind in instruments.items() if kind == Instrument.Kind.CREDIT_AGREEMENT},
            "note_series": {ref for ref, kind in instruments.items() if kind == Instrument.Kind.NOTE_SERIES},
            "waivers": set(Waiver.objects.values_list("ref", flat=True)),
            "holder_actions": set(HolderAction.objects.values_list("ref", flat=True)),
            "default_events": set(DefaultEvent.objects.values_list("ref", flat=True)),
            "termination_notices": set(TerminationNotice.objects.values_list("ref", flat=True)),
        },
        clauses={
            (instrument, ref): kind
            for instrument, ref, kind in Clause.objects.values_list("instrument__ref", "ref", "kind")
        },
        waivers={
            ref: (instrument, extends)
            for ref, instrument, extends in Waiver.objects.values_list("ref", "instrument__ref", "extends__ref")
        },
        events=dict(DefaultEvent.objects.values_list("ref", "clause__instrument__ref")),
        documents=dict(LoanDocument.objects.values_list("ref", "instrument__ref")),
    )


def _name_papers(document: Any) -> None:
    for item in document.get("agreements") or []:
        for number, paper in enumerate(item.get("documents") or [], 1):
            paper["ref"] = paper_ref(item, number, paper)


def agrees(found: Any, there: Any, name: str = "") -> bool:
    """Whether what a file says of a field is what the register says. What the file leaves out it does not dispute."""
    if found is None:
        return True
    if isinstance(found, dict):
        return all(agrees(inner, (there or {}).get(key), key) for key, inner in found.items())
    if isinstance(found, list):
        held = there or []
        if len(found) != len(held):
            return False
        if name in IN_ORDER:
            return all(agrees(ours, theirs, name) for ours, theirs in zip(found, held, strict=True))
        return all(any(agrees(ours, theirs, name) for theirs in held) for ours in found)
    if name in AMOUNTS:
        found = amount(Decimal(str(found)))
    return found == there or (there is None and found in ("", DEFAULTS.get(name)))


def _what_is_new(document: Any) -> dict[str, list[Item]]:
    """The items that the register lacks; known instruments reduced to what they gain. Raises on what differs."""
    faults: list[Fault] = []
    voided_children = _voided_children()
    fresh: dict[str, list[Item]] = {}
    for name in LISTS:
        items = document.get(name) or []
        refs = {item["ref"] for item in items}
        there = {item["ref"]: item for item in dump_list(name, refs)} if refs else {}
        voided = _voided(name, refs - there.keys())
        fresh[name] = []
        for number, item in enumerate(items):
            if item["ref"] in voided:
                faults.append(_comes_back((name, number), item["ref"]))
            elif item["ref"] not in there:
                fresh[name].append(item)
            else:
                gained = _gained(item, there[item["ref"]], (name, number), voided_children, faults)
                if gained:
                    fresh[name].append(gained)
    if faults:
        raise FaultyPortfolioError(faults)
    return fresh


def _voided(name: str, refs: set[str]) -> set[str]:
    model: Any = {"parties": Party, "waivers": Waiver, "termination_notices": TerminationNotice}.get(name)
    model = Instrument if name in ("agreements", "note_series") else model
    if model is None or not refs:
        return set()
    return refs & set(model.objects.filter(recorded_in_error=True).values_list("ref", flat=True))


def _voided_children() -> set[tuple[str, str, str]]:
    """Payments, clauses and papers recorded in error, as (field of the instrument, its ref, their ref)."""
    models: dict[str, Any] = {"payments": Payment, "events_of_default": Clause, "documents": LoanDocument}
    return {
        (field, instrument, ref)
        for field, model in models.items()
        for instrument, ref in model.objects.filter(recorded_in_error=True).values_list("instrument__ref", "ref")
    }


def _comes_back(where: tuple[str | int, ...], ref: str) -> Fault:
    expected = "a ref that the register has not recorded in error; give the new record another"
    return Fault(pointer(*where, "ref"), words(ref), expected)


def _gained(
    item: Item, there: Item, where: tuple[str | int, ...], voided: set[tuple[str, str, str]], faults: list[Fault]
) -> Item:
    """What an instrument gains over the register: new payments, clauses, papers. Any other difference is a fault."""
    gained: Item = {}
    for field in item:
        if field not in GROWING:
            if not agrees(item.get(field), there.get(field), field):
                faults.append(_differs((*where, field), item[field], there.get(field)))
            continue
        known = {child["ref"]: child for child in there.get(field) or []}
        for number, child in enumerate(item.get(field) or []):
            if (field, item["ref"], child["ref"]) in voided:
                faults.append(_comes_back((*where, field, number), child["ref"]))
            elif child["ref"] not in known:
                gained.setdefault(field, []).append(child)
            elif not agrees(child, known[child["ref"]]):
                faults.append(_differs((*where, field, number), child, known[child["ref"]]))
    return {"ref": item["ref"], "known": True, **gained} if gained else {}


def _differs(where: tuple[str | int, ...], found: Any, there: Any) -> Fault:
    expected = f"what the register already says, {words(there)}; record a correction there instead of importing it"
    return Fault(pointer(*where), words(found), expected)
