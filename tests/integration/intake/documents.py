"""Portfolio documents for tests, and ways to walk and bend them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from agreements.models import Instrument
from audit.models import Fact
from audit.signing import Signature, sign_for_the_system
from intake.portfolio.load import import_portfolio
from intake.portfolio.schema import LISTS, REF, Schema
from tests.factories import AT, FACTORIES

ROOT = Path(__file__).resolve().parents[3]
SCENARIOS = sorted((ROOT.parent / "shared/scenarios").glob("*.json"))
LEXINGTON = ROOT / "intake/example/lexington.json"
FACTS = [model for model in FACTORIES if issubclass(model, Fact)]
Steps = tuple[str | int, ...]


def lexington() -> dict[str, Any]:
    return json.loads(LEXINGTON.read_text())


def whole() -> dict[str, Any]:
    """A valid document that has every list and every field of the format."""
    return copy.deepcopy(WHOLE)


def bring_in(document: Any, by: Signature | None = None, **options: Any) -> Any:
    """Import a document, signed at the tests' own moment, watched from 1999 on."""
    by = by or sign_for_the_system("import", AT)
    return import_portfolio(document, by=by, reason="A test", **{"monitored_from": date(1999, 1, 1), **options})


def register_size() -> tuple[int, int]:
    """How many facts there are, and how many rows of history."""
    return sum(model.objects.count() for model in FACTS), sum(model.history.count() for model in FACTS)


EMPTY = (0, 0)


def paths(value: Any, here: Steps = ()) -> Iterator[Steps]:
    """The places in a document, from the outside in."""
    yield here
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, found in inner:
        yield from paths(found, (*here, key))


def at_path(document: Any, path: Steps) -> Any:
    for step in path:
        document = document[step]
    return document


def with_value(document: Any, path: Steps, value: Any) -> Any:
    """A copy of the document with another value in one place."""
    if not path:
        return value
    changed = copy.deepcopy(document)
    at_path(changed, path[:-1])[path[-1]] = value
    return changed


def resolve(document: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) points to. Raises `LookupError` if that is nothing."""
    found = document
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list):
            found = found[int(step)]
        elif isinstance(found, dict):
            found = found[step]
        else:
            raise LookupError(pointer)
    return found


def pointer(path: Steps) -> str:
    return "".join(f"/{step}" for step in path)


def schema_at(path: Steps) -> Schema:
    """The node of the schema that a place in a document answers to."""
    node = LISTS[str(path[0])]
    for step in path[2:]:
        node = node["items"] if isinstance(step, int) else node["properties"][step]
    return node


def references(document: Any) -> list[Steps]:
    """The places that hold the ref of another record."""
    return [
        path
        for path in paths(document)
        if len(path) > 2
        and path[-1] != "ref"
        and isinstance(at_path(document, path), str)
        and schema_at(path).get("pattern") == REF["pattern"]
    ]


def fields_of_the_format(node: Schema, here: str) -> Iterator[str]:
    """Every field of a schema, by its place."""
    for name, inner in node.get("properties", {}).items():
        yield f"{here}.{name}"
        yield from fields_of_the_format(inner, f"{here}.{name}")
    if "items" in node:
        yield from fields_of_the_format(node["items"], here)


DEFAULTS = {"inclusive": False, "effect": "automatic", "grace_days": 0, "aggregate": False, "status": "alleged"}
IN_ORDER = ("conditions", "covers", "ends_on")


def bare(value: Any, name: str = "") -> Any:
    """A value without what is absent or usual, with its amounts as numbers and what has no order sorted."""
    if isinstance(value, dict):
        told = {key: bare(inner, key) for key, inner in value.items()}
        usual = {**DEFAULTS, "currency": "USD"}
        return {key: told[key] for key in sorted(told) if told[key] not in (None, "", [], {}, usual.get(key, ""))}
    if isinstance(value, list):
        items = [bare(inner, name) for inner in value]
        return items if name in IN_ORDER else sorted(items, key=str)
    if name in ("principal_outstanding", "amount", "coupon") and value is not None:
        return Decimal(str(value))
    return value


def stored_groups() -> set[frozenset[str]]:
    """The refs of the instruments that bear one group number, group by group."""
    groups: dict[int, set[str]] = {}
    for ref, group in Instrument.objects.values_list("ref", "group"):
        groups.setdefault(group, set()).add(ref)
    return {frozenset(refs) for refs in groups.values()}


def groups_of_a(document: Any) -> set[frozenset[str]]:
    """The connected components of a document's instruments, joined pair by pair until nothing changes."""
    debts = [*document.get("agreements", []), *document.get("note_series", [])]
    waiver_of = {waiver["ref"]: waiver["instrument"] for waiver in document.get("waivers", [])}
    event_of = {event["ref"]: event["instrument"] for event in document.get("default_events", [])}
    ties: list[set[str]] = []
    for debt in debts:
        own = set(debt.get("obligors") or [debt.get("issuer")])
        ties.append({other["ref"] for other in debts if own & set(other.get("obligors") or [other.get("issuer")])})
        for clause in debt.get("events_of_default") or []:
            ties.append({debt["ref"], *(clause.get("reaches") or [])})
    for waiver in document.get("waivers", []):
        for scope in waiver["covers"]:
            named = [*(scope.get("acceleration_of") or []), *(scope.get("all_of") or [])]
            named += (scope.get("failure_to_pay") or {}).get("instruments") or []
            named += [event_of[ref] for ref in scope.get("default_events") or []]
            ties.append({waiver["instrument"], *named})
        for trigger in waiver.get("ends_on") or []:
            watched = [waiver_of[ref] for ref in trigger.get("waivers") or []]
            ties.append({waiver["instrument"], *(trigger.get("instruments") or []), *watched})
    groups = [{debt["ref"]} for debt in debts]
    for tie in ties:
        joined = [group for group in groups if group & tie]
        groups = [group for group in groups if not group & tie] + [set().union(*joined)]
    return {frozenset(group) for group in groups}


WHOLE: dict[str, Any] = {
    "format": "standstill/portfolio/1",
    "title": "Every field (fictional)",
    "parties": [
        {
            "ref": "acme",
            "name": "Acme Corporation (fictional)",
            "entity_type": "corporation",
            "jurisdiction": "Delaware",
            "identifiers": {"cik": "0000000001", "lei": "5493000000000000TEST"},
        },
        {"ref": "bank", "name": "A Bank (fictional)"},
        {"ref": "trust", "name": "A Trust Company (fictional)"},
    ],
    "agreements": [
        {
            "ref": "loan",
            "title": "Credit Agreement",
            "dated_as_of": "1998-06-30",
            "obligors": ["acme"],
            "lenders": ["bank"],
            "guarantors": ["trust"],
            "agent": "bank",
            "governing_law": "New York",
            "currency": "EUR",
            "principal_outstanding": "1000000.50",
            "stated_maturity": "2005-06-30",
            "documents": [
                {"ref": "amendment-1", "kind": "amendment", "title": "Amendment No. 1", "dated_as_of": "1999-01-01"},
                {"ref": "rider", "kind": "rider", "title": "Rider A", "parent": "amendment-1"},
            ],
            "payments": [
                {
                    "ref": "fee",
                    "kind": "fee",
                    "due": "2000-01-15",
                    "amount": "100.25",
                    "paid": "2000-02-16",
                    "deferrals": [{"effective": "2000-01-14", "to": "2000-02-15", "instrument_title": "Letter"}],
                }
            ],
            "events_of_default": [
                {"ref": "pay", "kind": "payment", "section": "8.1(a)", "grace_days": 3},
                {
                    "ref": "cross",
                    "kind": "cross_default",
                    "reaches": ["notes"],
                    "threshold": {"amount": "50000", "operator": ">=", "aggregate": True},
                },
                {"ref": "covenant", "kind": "event"},
            ],
        }
    ],
    "note_series": [
        {
            "ref": "notes",
            "designation": "9% Notes due 2004",
            "issuer": "acme",
            "ranking": "senior",
            "rate": {"kind": "fixed", "coupon": "9.125"},
            "convertible": False,
            "currency": "EUR",
            "principal_outstanding": "500000",
            "stated_maturity": "2004-03-01",
            "aliases": [{"designation": "9% Notes due 2003", "from": "1999-03-01"}],
            "trustee": "trust",
            "holders": ["bank"],
            "payments": [
                {
                    "ref": "coupon",
                    "kind": "interest",
                    "due": "2000-03-01",
                    "amount": 22812.5,
                    "paid": "2000-04-01",
                    "deferrals": [{"effective": "2000-02-20", "to": "2000-04-01", "instrument_title": "Letter"}],
                }
            ],
            "events_of_default": [
                {"ref": "pay", "kind": "payment", "section": "6.1(a)", "grace_days": 30},
                {
                    "ref": "acceleration",
                    "kind": "cross_acceleration",
                    "reaches": ["loan"],
                    "threshold": {"amount": "0.01", "operator": ">", "aggregate": False},
                },
            ],
        }
    ],
    "waivers": [
        {
            "ref": "waiver-1",
            "instrument": "loan",
            "granted_by": ["bank"],
            "kind": "waiver",
            "title": "Waiver No. 1",
            "dated_as_of": "2000-02-15",
            "executed": "2000-02-16",
            "effective_from": "2000-02-16",
            "until": {"date": "2000-06-30", "text": "through June 30, 2000", "inclusive": True},
            "conditions": [{"text": "A fee is paid", "satisfied": "2000-02-17"}, {"text": "An opinion is given"}],
            "covers": [
                {
                    "failure_to_pay": {
                        "instruments": ["notes"],
                        "kinds": ["principal", "interest"],
                        "due": ["2000-03-01", "2000-09-01"],
                    },
                    "paragraph": "1(a)",
                },
                {"default_events": ["breach"]},
                {"acceleration_of": ["notes"]},
                {"all_of": ["notes", "loan"]},
            ],
            "ends_on": [
                {
                    "on": ["acceleration", "remedies", "event"],
                    "by": ["holder", "trustee"],
                    "instruments": ["notes"],
                    "events": ["insolvency"],
                    "effect": "on_notice",
                    "paragraph": "2",
                },
            ],
            "text": "The Lender waives ...",
            "document": "amendment-1",
            "signatories": [
                {"party": "bank", "name": "A. Person (fictional)", "title": "Director", "signed": "2000-02-16"}
            ],
        },
        {
            "ref": "waiver-2",
            "instrument": "loan",
            "granted_by": ["bank"],
            "kind": "forbearance",
            "title": "Forbearance",
            "dated_as_of": "2000-06-30",
            "effective_from": "2000-07-01",
            "extends": "waiver-1",
            "covers": [{"all_of": ["notes"]}],
            "ends_on": [{"on": ["waiver_ended", "other_default"], "waivers": ["waiver-1"]}],
        },
    ],
    "holder_actions": [
        {
            "ref": "action",
            "instrument": "notes",
            "kind": "acceleration_declared",
            "by": "trustee",
            "occurred": "2000-04-02",
            "reported": "2000-04-03",
            "annulled": "2000-04-20",
            "withdrawn": "2000-04-21",
            "status": "verified",
        }
    ],
    "default_events": [
        {
            "ref": "breach",
            "instrument": "loan",
            "clause": "covenant",
            "event_kind": "financial_covenant",
            "occurred": "1999-12-31",
            "cured": "2000-03-31",
            "status": "disputed",
        }
    ],
    "termination_notices": [
        {"ref": "notice", "waiver": "waiver-1", "given": "2000-05-01", "effective": "2000-05-06", "trigger_ref": "2"}
    ],
}
