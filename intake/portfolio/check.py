"""All that is wrong with a portfolio document, found before anything is written: shape, references, sense."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import jsonschema_rs

from audit.models import REF_PATTERN
from intake.portfolio.faults import Fault, pointer, words
from intake.portfolio.schema import ENVELOPE, LISTS, PERCENT, Schema

MOST_FAULTS = 1000
SCOPE_FORMS = ("failure_to_pay", "default_events", "acceleration_of", "all_of")
Step = Callable[[int], None]


@dataclass(slots=True)
class Known:
    """What the register holds already: refs by list, clauses (with their kind) by instrument, and who extends whom."""

    refs: Mapping[str, set[str]] = field(default_factory=dict)
    clauses: Mapping[tuple[str, str], str] = field(default_factory=dict)
    waivers: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    events: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)


def faults_of_shape(document: Any, step: Step = lambda done: None) -> list[Fault]:
    """What does not fit the schema; one fault for each place and expectation."""
    try:
        return list(dict.fromkeys(_misfits(document, step)))
    except ValueError:
        return [Fault("", "lists or objects nested too deep", "a document of the format's shape")]


def _misfits(document: Any, step: Step) -> Iterator[Fault]:
    envelope = jsonschema_rs.Draft202012Validator(ENVELOPE)
    if not envelope.is_valid(document):
        for error in envelope.iter_errors(document):
            yield from _told(error, ENVELOPE, ())
        return
    for name, schema in LISTS.items():
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        for number, item in enumerate(document.get(name) or []):
            if not validator.is_valid(item):
                for error in validator.iter_errors(item):
                    yield from _told(error, schema, (name, number))
            step(1)


def _told(error: Any, schema: Schema, base: tuple[str | int, ...]) -> Iterator[Fault]:
    where = (*base, *error.instance_path)
    node: Any = schema
    for key in error.schema_path[:-1]:
        node = node[key]
    match error.kind.name:
        case "required":
            missing = error.kind.property
            yield Fault(pointer(*where), f"no {missing}", node["properties"][missing]["expected"])
        case "additionalProperties":
            for name in sorted(set(error.instance) - set(node["properties"])):
                yield Fault(pointer(*where, name), "a field that the format does not have", node["expected"])
        case _:
            yield Fault(pointer(*where), words(error.instance), node["expected"])


class _Checker:
    """References and sense of a document. `known` is what the register holds already.

    `wrong` are the places whose shape is wrong: an item with one is checked as far as its shape allows.
    """

    def __init__(self, document: Mapping[str, Any], known: Known, wrong: set[str]) -> None:
        self.document, self.known, self.wrong = document, known, wrong
        self.misshapen = {tuple(place.split("/")[1:3]) for place in wrong}
        self.faults: list[Fault] = []
        self.instruments = self._refs("agreements", "note_series")
        self.refs = {name: self._refs(name) for name in LISTS}
        self.clauses = dict(known.clauses)
        self.documents = dict(known.documents)
        self.events = dict(known.events)
        self.waivers = dict(known.waivers)
        collectors: dict[str, Callable[[Any], None]] = {
            "agreements": self._collect_instrument,
            "note_series": self._collect_instrument,
            "default_events": lambda item: self.events.update({item["ref"]: item["instrument"]}),
            "waivers": lambda item: self.waivers.update({item["ref"]: (item["instrument"], item.get("extends"))}),
        }
        for name, collect in collectors.items():
            for where, item in self._items(name):
                with self._as_far_as_shape_allows(where):
                    collect(item)

    def _collect_instrument(self, item: Any) -> None:
        for clause in item.get("events_of_default") or []:
            self.clauses[item["ref"], clause["ref"]] = clause["kind"]
        for number, paper in enumerate(item.get("documents") or [], 1):
            self.documents.setdefault(paper_ref(item, number, paper), item["ref"])

    def _as_far_as_shape_allows(self, where: tuple[str | int, ...]) -> AbstractContextManager[Any]:
        # What is wrong with such an item has been said; that its check cannot go on says nothing new.
        return suppress(KeyError, TypeError, AttributeError, ValueError) if self._is_misshapen(where) else nullcontext()

    def _is_misshapen(self, where: tuple[str | int, ...]) -> bool:
        return tuple(map(str, where[:2])) in self.misshapen

    def check(self, step: Step) -> list[Fault]:
        self._no_ref_twice()
        checks: dict[str, Callable[[tuple[str | int, ...], Any], None]] = {
            "agreements": self._agreement,
            "note_series": self._note_series,
            "waivers": self._waiver,
            "holder_actions": self._holder_action,
            "default_events": self._default_event,
            "termination_notices": self._notice,
        }
        for name, check in checks.items():
            for where, item in self._items(name):
                with self._as_far_as_shape_allows(where):
                    check(where, item)
                step(1)
        return self.faults

    # what is there

    def _items(self, *names: str) -> Iterator[tuple[tuple[str | int, ...], Any]]:
        for name in names:
            for number, item in enumerate(self.document.get(name) or []):
                yield (name, number), item

    def _refs(self, *names: str) -> set[str]:
        known = set().union(*(self.known.refs.get(name, set()) for name in names))
        return known | {item["ref"] for _, item in self._items(*names) if _has_ref(item)}

    # sentences

    def _say(self, where: Iterable[str | int], found: str, expected: str) -> None:
        self.faults.append(Fault(pointer(*where), found, expected))

    def _must_be(self, where: tuple[str | int, ...], ref: str | None, among: Any, what: str) -> bool:
        if ref is None or ref in among:
            return True
        self._say(where, words(ref), f"the ref of {what} in this file or in the register")
        return False

    def _all_must_be(self, where: tuple[str | int, ...], found: Iterable[str] | None, among: Any, what: str) -> None:
        for number, ref in enumerate(found if isinstance(found, list) else []):
            self._must_be((*where, number), ref, among, what)

    def _not_before(self, where: tuple[str | int, ...], item: Any, later: str, earlier: str) -> None:
        if pointer(*where, earlier) in self.wrong:
            return
        if item.get(later) and item[later] < item[earlier]:
            self._say((*where, later), words(item[later]), f"a date not before {earlier} ({item[earlier]})")

    def _no_twice(self, where: tuple[str | int, ...], items: Iterable[Any] | None, what: str) -> None:
        seen: dict[Any, int] = {}
        for number, item in enumerate(items if isinstance(items, list) else []):
            ref = item.get("ref") if isinstance(item, dict) else item
            if not isinstance(ref, str):
                continue
            if ref in seen:
                here = (*where, number, "ref") if isinstance(item, dict) else (*where, number)
                self._say(here, words(ref), f"each {what} once; it stands at {pointer(*where, seen[ref])} too")
            seen.setdefault(ref, number)

    # checks

    def _no_ref_twice(self) -> None:
        for name in LISTS:
            self._no_twice((name,), self.document.get(name), "ref")
        series = {item["ref"]: where for where, item in self._items("note_series") if _has_ref(item)}
        for where, item in self._items("agreements"):
            if _has_ref(item) and item["ref"] in series:
                there = pointer(*series[item["ref"]])
                self._say((*where, "ref"), words(item["ref"]), f"a ref that no note series has; {there} has it")
        for name, others in (("agreements", "note_series"), ("note_series", "agreements")):
            for where, item in self._items(name):
                if _has_ref(item) and item["ref"] in self.known.refs.get(others, ()):
                    self._say((*where, "ref"), words(item["ref"]), f"a ref that is not among the register's {others}")
        seen: dict[str, str] = {}
        for place, item in self._items("agreements"):
            with self._as_far_as_shape_allows(place):
                for number, paper in enumerate(item.get("documents") or [], 1):
                    self._paper_once((*place, "documents", number - 1), item, paper_ref(item, number, paper), seen)

    def _paper_once(self, where: tuple[str | int, ...], item: Any, ref: str, seen: dict[str, str]) -> None:
        paper = item["documents"][where[-1]]
        here = (*where, "ref") if paper.get("ref") else where
        owner = self.known.documents.get(ref, item["ref"])
        if ref in seen:
            self._say(here, words(ref), f"each document's ref once; it stands at {seen[ref]} too")
        elif owner != item["ref"]:
            self._say(here, words(ref), f"a ref that no document of another agreement has; one of {owner} has it")
        elif not re.match(REF_PATTERN, ref) and not paper.get("ref"):
            self._say(here, words(ref), "a document with a ref: the one made from the agreement's is too long")
        seen.setdefault(ref, pointer(*where))

    def _agreement(self, where: tuple[str | int, ...], item: Any) -> None:
        for role in ("obligors", "lenders", "guarantors"):
            self._all_must_be((*where, role), item.get(role), self.refs["parties"], "a party")
            self._no_twice((*where, role), item.get(role), "party")
        self._must_be((*where, "agent"), item.get("agent"), self.refs["parties"], "a party")
        parents = {}
        for number, paper in enumerate(item.get("documents") or []):
            here = (*where, "documents", number)
            if self._must_be((*here, "parent"), paper.get("parent"), self.documents, "a document"):
                parents[paper_ref(item, number + 1, paper)] = paper.get("parent")
                if paper.get("parent") and self.documents[paper["parent"]] != item["ref"]:
                    self._say((*here, "parent"), words(paper["parent"]), "a document of the same agreement")
        self._no_cycle(parents, (*where, "documents"))
        self._instrument(where, item)

    def _note_series(self, where: tuple[str | int, ...], item: Any) -> None:
        self._must_be((*where, "issuer"), item["issuer"], self.refs["parties"], "a party")
        self._must_be((*where, "trustee"), item.get("trustee"), self.refs["parties"], "a party")
        self._all_must_be((*where, "holders"), item.get("holders"), self.refs["parties"], "a party")
        self._no_twice((*where, "holders"), item.get("holders"), "party")
        coupon = item["rate"].get("coupon")
        self._decimals((*where, "rate", "coupon"), coupon, 6)
        if isinstance(coupon, str) and pointer(*where, "rate", "coupon") not in self.wrong and Decimal(coupon) > 100:
            self._say((*where, "rate", "coupon"), words(coupon), PERCENT["expected"])
        aliases = [f"{alias['designation']} from {alias['from']}" for alias in item.get("aliases") or []]
        self._no_twice((*where, "aliases"), aliases, "alias")
        self._instrument(where, item)

    def _instrument(self, where: tuple[str | int, ...], item: Any) -> None:
        self._no_twice((*where, "payments"), item.get("payments"), "ref")
        self._no_twice((*where, "events_of_default"), item.get("events_of_default"), "ref")
        self._decimals((*where, "principal_outstanding"), item.get("principal_outstanding"), 2)
        for number, payment in enumerate(item.get("payments") or []):
            here = (*where, "payments", number)
            self._decimals((*here, "amount"), payment.get("amount"), 2)
            if payment.get("amount") is not None and float(payment["amount"]) == 0:
                self._say((*here, "amount"), words(payment["amount"]), "an amount of more than zero")
            days = [deferral["effective"] for deferral in payment.get("deferrals") or []]
            self._no_twice((*here, "deferrals"), days, "effective date")
        for number, clause in enumerate(item.get("events_of_default") or []):
            here = (*where, "events_of_default", number)
            self._all_must_be((*here, "reaches"), clause.get("reaches"), self.instruments, "an instrument")
            self._no_twice((*here, "reaches"), clause.get("reaches"), "instrument")
            if clause.get("threshold"):
                self._decimals((*here, "threshold", "amount"), clause["threshold"]["amount"], 2)

    def _decimals(self, where: tuple[str | int, ...], amount: Any, most: int) -> None:
        if isinstance(amount, float) and not re.fullmatch(rf"\d+(\.\d{{1,{most}}})?", repr(amount)):
            self._say(where, words(amount), f"a number with at most {most} decimals, best as a string")

    def _waiver(self, where: tuple[str | int, ...], item: Any) -> None:
        self._must_be((*where, "instrument"), item["instrument"], self.instruments, "an instrument")
        self._all_must_be((*where, "granted_by"), item["granted_by"], self.refs["parties"], "a party")
        self._no_twice((*where, "granted_by"), item["granted_by"], "party")
        until = item.get("until")
        begun = pointer(*where, "effective_from") not in self.wrong
        if until and begun and until["date"] < item["effective_from"]:
            expected = f"a date not before effective_from ({item['effective_from']})"
            self._say((*where, "until", "date"), words(until["date"]), expected)
        self._extends((*where, "extends"), item)
        if self._must_be((*where, "document"), item.get("document"), self.documents, "a document"):
            of = self.documents.get(item.get("document"))
            if of is not None and of != item["instrument"]:
                self._say((*where, "document"), words(item["document"]), f"a document of {item['instrument']}")
        for number, scope in enumerate(item["covers"]):
            self._scope((*where, "covers", number), scope)
        for number, trigger in enumerate(item.get("ends_on") or []):
            self._trigger((*where, "ends_on", number), trigger)
        for number, signatory in enumerate(item.get("signatories") or []):
            self._must_be((*where, "signatories", number, "party"), signatory["party"], self.refs["parties"], "a party")
        pairs = [f"{signatory['party']} {signatory['name']}" for signatory in item.get("signatories") or []]
        self._no_twice((*where, "signatories"), pairs, "signatory")

    def _extends(self, where: tuple[str | int, ...], item: Any) -> None:
        extended = item.get("extends")
        if not self._must_be(where, extended, self.waivers, "a waiver") or extended is None:
            return
        if self.waivers[extended][0] != item["instrument"]:
            self._say(where, words(extended), f"a waiver under the same instrument ({item['instrument']})")
        seen, ref = {item["ref"]}, extended
        while ref is not None and ref not in seen:
            seen.add(ref)
            ref = self.waivers[ref][1] if ref in self.waivers else None
        if ref == item["ref"]:
            self._say(where, words(extended), "a chain of waivers without a cycle")

    def _no_cycle(self, parents: Mapping[str, str | None], where: tuple[str | int, ...]) -> None:
        for ref in parents:
            seen, above = [ref], parents.get(ref)
            while above is not None and above not in seen:
                seen.append(above)
                above = parents.get(above)
            if above == ref and ref == min(seen):
                self._say(where, " under ".join([*seen, ref]), "a document tree without a cycle")

    def _scope(self, where: tuple[str | int, ...], scope: Any) -> None:
        forms = [form for form in SCOPE_FORMS if scope.get(form) is not None]
        if len(forms) != 1:
            self._say(where, words(forms), f"exactly one of {', '.join(SCOPE_FORMS)}")
            return
        targets = scope[forms[0]]
        match forms[0]:
            case "failure_to_pay":
                here = (*where, "failure_to_pay", "instruments")
                self._all_must_be(here, targets["instruments"], self.instruments, "an instrument")
                for name in ("instruments", "kinds", "due"):
                    self._no_twice((*where, "failure_to_pay", name), targets.get(name), "entry")
            case "default_events":
                self._all_must_be((*where, "default_events"), targets, self.events, "a default event")
                self._no_twice((*where, "default_events"), targets, "event")
            case form:
                self._all_must_be((*where, form), targets, self.instruments, "an instrument")
                self._no_twice((*where, form), targets, "instrument")

    def _trigger(self, where: tuple[str | int, ...], trigger: Any) -> None:
        self._all_must_be((*where, "instruments"), trigger.get("instruments"), self.instruments, "an instrument")
        self._all_must_be((*where, "waivers"), trigger.get("waivers"), self.waivers, "a waiver")
        for name in ("on", "by", "instruments", "waivers", "events"):
            self._no_twice((*where, name), trigger.get(name), "entry")
        for on, names in (("waiver_ended", "waivers"), ("event", "events")):
            if on in trigger["on"] and not trigger.get(names):
                self._say(where, f"no {names}", f"the {names} that a trigger on {on} waits for")

    def _holder_action(self, where: tuple[str | int, ...], item: Any) -> None:
        self._must_be((*where, "instrument"), item["instrument"], self.instruments, "an instrument")
        for later in ("annulled", "withdrawn"):
            self._not_before(where, item, later, "occurred")

    def _default_event(self, where: tuple[str | int, ...], item: Any) -> None:
        self._not_before(where, item, "cured", "occurred")
        if self._must_be((*where, "instrument"), item["instrument"], self.instruments, "an instrument"):
            kind = self.clauses.get((item["instrument"], item["clause"]))
            if kind != "event":
                found = words(item["clause"]) + (f", a clause of kind {kind}" if kind else "")
                self._say((*where, "clause"), found, f"the ref of an event clause of {item['instrument']}")

    def _notice(self, where: tuple[str | int, ...], item: Any) -> None:
        self._must_be((*where, "waiver"), item["waiver"], self.waivers, "a waiver")


def paper_ref(agreement: Any, number: int, paper: Any) -> str:
    """A document's ref; one without gets the agreement's with its number (from 1), so that a file always gives it."""
    return str(paper.get("ref") or f"{agreement['ref']}.{number}")


def _has_ref(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("ref"), str)


def faults_of(document: Any, known: Known, step: Step = lambda done: None) -> list[Fault]:
    """All faults of a document, of shape, reference and sense; one for each place, at most `MOST_FAULTS`."""
    shape = faults_of_shape(document, step)
    if not isinstance(document, dict) or any(fault.pointer.count("/") < 2 for fault in shape):
        return shape[:MOST_FAULTS]
    wrong = {fault.pointer for fault in shape}
    sense = [fault for fault in _Checker(document, known, wrong).check(step) if fault.pointer not in wrong]
    return [*shape, *sense][:MOST_FAULTS]
