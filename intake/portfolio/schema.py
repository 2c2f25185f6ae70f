"""The shape of a portfolio file as JSON Schema. Each node's `expected` is what a fault says it should have been."""

from __future__ import annotations

from typing import Any

from audit.models import REF_PATTERN, REF_WORDS
from intake.portfolio import FORMAT

Schema = dict[str, Any]

REF: Schema = {"type": "string", "pattern": REF_PATTERN.replace(r"\Z", "$"), "expected": f"a ref: {REF_WORDS}"}
DATE: Schema = {
    "type": "string",
    "format": "date",
    "pattern": r"^(19|20|21)\d\d-",
    "expected": "a date of the calendar as YYYY-MM-DD, from 1900 to 2199",
}
BOOL: Schema = {"type": "boolean", "expected": "true or false"}
DAYS: Schema = {"type": "integer", "minimum": 0, "maximum": 3660, "expected": "a whole number of days, 0 to 3660"}
CURRENCY: Schema = {"type": "string", "pattern": "^[A-Z]{3}$", "expected": "a currency code of three capital letters"}
AMOUNT: Schema = {
    "type": ["string", "number"],
    "pattern": r"^\d{1,18}(\.\d{1,2})?$",
    "minimum": 0,
    "maximum": 10**18 - 1,
    "expected": "an amount, not negative, with at most two decimals, best as a string",
}
PERCENT: Schema = {
    "type": ["string", "number"],
    "pattern": r"^\d{1,3}(\.\d{1,6})?$",
    "minimum": 0,
    "maximum": 100,
    "expected": "a percentage from 0 to 100 with at most six decimals, best as a string",
}


def text(longest: int = 500, shortest: int = 0) -> Schema:
    what = f"text of {shortest} to {longest} characters" if shortest else f"text of at most {longest} characters"
    return {
        "type": "string",
        "minLength": shortest,
        "maxLength": longest,
        "pattern": "^[^\\u0000]*$",
        "expected": f"{what}, without NUL",
    }


def one_of(*choices: str) -> Schema:
    return {"enum": list(choices), "expected": "one of " + ", ".join(choices)}


def many(item: Schema, at_least: int = 0) -> Schema:
    what = "a list" if not at_least else f"a list of at least {at_least}"
    return {"type": "array", "items": item, "minItems": at_least, "expected": what}


def record(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """An object with these fields and no others; an optional one may be left out or null."""
    fields = required | {name: or_null(schema) for name, schema in (optional or {}).items()}
    return {
        "type": "object",
        "properties": fields,
        "required": list(required),
        "additionalProperties": False,
        "expected": "an object with " + ", ".join(fields),
    }


def or_null(schema: Schema) -> Schema:
    if "enum" in schema:
        return schema | {"enum": [*schema["enum"], None]}
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return schema | {"type": [*kinds, "null"]}


STATUS = one_of("alleged", "verified", "disputed", "recorded_in_error")

PARTY = record(
    {"ref": REF, "name": text(300, 1)},
    {
        "entity_type": text(100),
        "jurisdiction": text(100),
        "identifiers": record({}, {"cik": text(10), "lei": text(20)}),
    },
)

DOCUMENT = record({"kind": text(50, 1), "title": text(500, 1)}, {"dated_as_of": DATE, "ref": REF, "parent": REF})

PAYMENT = record(
    {"ref": REF, "kind": one_of("principal", "interest", "fee"), "due": DATE},
    {
        "amount": AMOUNT,
        "paid": DATE,
        "deferrals": many(record({"effective": DATE, "to": DATE}, {"instrument_title": text()})),
    },
)

CLAUSE = record(
    {
        "ref": REF,
        "kind": one_of("payment", "cross_payment_default", "cross_default", "cross_acceleration", "event"),
    },
    {
        "section": text(100),
        "grace_days": DAYS,
        "reaches": many(REF),
        "threshold": record({"amount": AMOUNT, "operator": one_of(">", ">=")}, {"aggregate": BOOL}),
    },
)

AGREEMENT = record(
    {
        "ref": REF,
        "title": text(500, 1),
        "dated_as_of": DATE,
        "obligors": many(REF, 1),
        "lenders": many(REF, 1),
        "events_of_default": many(CLAUSE),
    },
    {
        "guarantors": many(REF),
        "agent": REF,
        "governing_law": text(100),
        "currency": CURRENCY,
        "principal_outstanding": AMOUNT,
        "stated_maturity": DATE,
        "documents": many(DOCUMENT),
        "payments": many(PAYMENT),
    },
)

NOTE_SERIES = record(
    {
        "ref": REF,
        "designation": text(500, 1),
        "issuer": REF,
        "ranking": one_of("senior", "senior_subordinated", "subordinated", "junior_subordinated"),
        "rate": record({"kind": one_of("fixed", "increasing", "floating")}, {"coupon": PERCENT}),
        "stated_maturity": DATE,
        "payments": many(PAYMENT),
    },
    {
        "convertible": BOOL,
        "currency": CURRENCY,
        "principal_outstanding": AMOUNT,
        "aliases": many(record({"designation": text(500, 1), "from": DATE})),
        "trustee": REF,
        "holders": many(REF),
        "events_of_default": many(CLAUSE),
    },
)

SCOPE = record(
    {},
    {
        "failure_to_pay": record(
            {"instruments": many(REF, 1)}, {"kinds": many(one_of("principal", "interest"), 1), "due": many(DATE, 1)}
        ),
        "default_events": many(REF, 1),
        "acceleration_of": many(REF, 1),
        "all_of": many(REF, 1),
        "paragraph": text(100),
    },
)

TRIGGER = record(
    {"on": many(one_of("acceleration", "remedies", "other_default", "waiver_ended", "event"), 1)},
    {
        "by": many(one_of("holder", "trustee"), 1),
        "instruments": many(REF),
        "waivers": many(REF),
        "events": many(text(50, 1)),
        "effect": one_of("automatic", "on_notice"),
        "paragraph": text(100),
    },
)

WAIVER = record(
    {
        "ref": REF,
        "instrument": REF,
        "granted_by": many(REF, 1),
        "kind": one_of("waiver", "forbearance"),
        "title": text(500, 1),
        "dated_as_of": DATE,
        "effective_from": DATE,
        "covers": many(SCOPE, 1),
    },
    {
        "executed": DATE,
        "until": record({"date": DATE}, {"text": text(), "inclusive": BOOL}),
        "conditions": many(record({"text": text(5000, 1)}, {"satisfied": DATE})),
        "extends": REF,
        "ends_on": many(TRIGGER),
        "text": text(200_000),
        "document": REF,
        "signatories": many(record({"party": REF, "name": text(200, 1), "title": text(200)}, {"signed": DATE})),
    },
)

HOLDER_ACTION = record(
    {
        "ref": REF,
        "instrument": REF,
        "kind": one_of("acceleration_sought", "acceleration_declared", "remedy"),
        "by": one_of("holder", "trustee"),
        "occurred": DATE,
    },
    {"reported": DATE, "annulled": DATE, "withdrawn": DATE, "status": STATUS},
)

DEFAULT_EVENT = record(
    {"ref": REF, "instrument": REF, "clause": REF, "event_kind": text(50, 1), "occurred": DATE},
    {"cured": DATE, "status": STATUS},
)

NOTICE = record({"ref": REF, "waiver": REF, "given": DATE, "effective": DATE}, {"trigger_ref": text(100)})

LISTS: dict[str, Schema] = {
    "parties": PARTY,
    "agreements": AGREEMENT,
    "note_series": NOTE_SERIES,
    "waivers": WAIVER,
    "holder_actions": HOLDER_ACTION,
    "default_events": DEFAULT_EVENT,
    "termination_notices": NOTICE,
}

ENVELOPE = record(
    {"format": {"const": FORMAT, "expected": f'"{FORMAT}"'}},
    {"title": text()} | {name: {"type": "array", "expected": "a list"} for name in LISTS},
)
