"""From confirmed terms to portfolio items (docs/portfolio-format.md): what the register gains, and what is missing.

Nothing is guessed here: what a record needs and the document does not say is a sentence in `faults`, and what a paper
says and the register cannot hold is one in `left`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from alerts.letters import spoken
from intake.portfolio import FORMAT
from intake.review.matches import plain
from intake.review.sheet import Item, Sheet

Portfolio = dict[str, Any]
CREDITORS = ("lender", "agent", "administrative_agent", "holder", "trustee", "issuing_bank")
ON = {
    "accelerate": "acceleration",
    "exercise_remedies": "remedies",
    "other_default": "other_default",
    "not_paid": "other_default",
    "insolvency": "event",
}
IN_SCOPE = ("principal", "interest")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person says beside the terms: under which of them the waiver is, its ref, its days, what it extends.

    `under` is the place of an agreement or a series of notes (`papers.0`); `offers` the offers that were taken.
    """

    under: str
    ref: str
    executed: date | None
    effective: date
    until: date | None
    until_text: str
    inclusive: bool
    extends: str
    offers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that the document implies and the register lacks: recorded only if a person takes it."""

    key: str
    words: str


@dataclass(slots=True)
class Proposal:
    """Two portfolio documents, the debts' first; other names of known notes; and what was left out."""

    debts: Portfolio = field(default_factory=dict)
    waiver: Portfolio = field(default_factory=dict)
    aliases: list[tuple[str, str]] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    under: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the register holds of the records that were matched: their portfolio items, and every ref that is taken."""

    agreements: Mapping[str, Mapping[str, Any]]
    note_series: Mapping[str, Mapping[str, Any]]
    taken: Callable[[str], bool]


def proposal_of(sheet: Sheet, chosen: Chosen, known: Known) -> Proposal:
    """What is to be recorded of the confirmed terms."""
    return _Maker(sheet, chosen, known).make()


def _aliases(held: Mapping[str, Any]) -> set[str]:
    return {plain(one["designation"]) for one in held.get("aliases") or ()}


def slug(words: str) -> str:
    """A ref made of words."""
    found = re.sub(r"[^a-z0-9]+", "-", words.lower().replace("%", "")).strip("-")
    return found[:60].strip("-") or "unnamed"


class _Maker:
    def __init__(self, sheet: Sheet, chosen: Chosen, known: Known) -> None:
        self.sheet, self.chosen, self.known = sheet, chosen, known
        self.done = Proposal()
        self.refs: dict[str, str] = {}
        self.given: set[str] = set()
        self.gained: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
        self.dated = sheet.value("dated")

    def make(self) -> Proposal:
        parties = self._parties()
        debts = self._debts()
        under = self.chosen.under
        if under not in self.refs:
            self.done.faults.append("Say under which agreement or notes it waives: confirm one, and choose it.")
            return self.done
        self.done.under = self.refs[under]
        covers, events = self._covers()
        triggers = self._triggers()
        self._offer_what_it_implies(covers)
        self.done.debts = {"format": FORMAT, "parties": parties, **self._instruments(debts)}
        self.done.waiver = {
            "format": FORMAT,
            "default_events": events,
            "waivers": [self._waiver(covers, triggers)],
        }
        return self.done

    # refs

    def _free(self, wanted: str) -> str:
        wanted = wanted[:90]
        numbered = (f"{wanted}-{number}" for number in range(2, 10_000))
        ref = wanted
        while ref in self.given or self.known.taken(ref):
            ref = next(numbered)
        self.given.add(ref)
        return ref

    # parties

    def _parties(self) -> list[dict[str, Any]]:
        fresh = []
        for item in self.sheet.of("parties"):
            value = item.value or {}
            if item.register_ref:
                self.refs[item.key] = item.register_ref
            elif not value.get("is_class"):
                if not value.get("name"):
                    self.done.faults.append(f"Party {item.number} has no name.")
                    continue
                self.refs[item.key] = self._free(slug(value["name"]))
                fresh.append(
                    {
                        "ref": self.refs[item.key],
                        "name": value["name"],
                        "entity_type": value.get("entity_type") or "",
                        "jurisdiction": value.get("jurisdiction") or "",
                    }
                )
        return fresh

    def _with_role(self, *roles: str) -> list[str]:
        return [
            self.refs[item.key]
            for item in self.sheet.of("parties")
            if item.key in self.refs and set((item.value or {}).get("roles") or ()) & set(roles)
        ]

    # debts

    def _debts(self) -> dict[str, Item]:
        """The agreements and notes of the document, by ref; those that are only mentioned are left where they are."""
        found: dict[str, Item] = {}
        for item in [*self.sheet.of("papers"), *self.sheet.of("debts")]:
            value = item.value or {}
            needed = item.kind.name == "debts" or item.key == self.chosen.under
            if item.register_ref:
                self.refs[item.key] = item.register_ref
            elif needed:
                self.refs[item.key] = self._free(slug(value.get("title") or value.get("designation") or ""))
            if needed:
                found[self.refs[item.key]] = item
            elif not item.register_ref:
                self.done.left.append(f"{value.get('title')}: an agreement that the document only mentions.")
        return found

    def _instruments(self, debts: Mapping[str, Item]) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {"agreements": [], "note_series": []}
        for ref, item in debts.items():
            name = "agreements" if item.kind.name == "papers" else "note_series"
            held: Mapping[str, Any] | None = self._held(ref) or None
            if held is None:
                held = self._agreement(ref, item) if name == "agreements" else self._series(ref, item)
            elif ref not in self.gained:
                continue
            found[name].append(self._grown(ref, held))
        return found

    def _agreement(self, ref: str, item: Item) -> dict[str, Any]:
        value = item.value or {}
        obligors, lenders = self._with_role("borrower"), self._with_role("lender", "issuing_bank")
        for missing, what in ((not obligors, "borrower"), (not lenders, "lender")):
            if missing:
                self.done.faults.append(
                    f"{value.get('title')} is new to the register and needs a {what}: confirm a party with that role, "
                    "by name, or choose the agreement that it is."
                )
        if not value.get("dated"):
            self.done.faults.append(f"{value.get('title')} is new to the register and needs its date.")
        agents = self._with_role("agent", "administrative_agent")
        return {
            "ref": ref,
            "title": value.get("title"),
            "dated_as_of": value.get("dated") or "",
            "obligors": obligors,
            "lenders": lenders,
            "guarantors": self._with_role("guarantor"),
            "agent": agents[0] if agents else None,
            "governing_law": self.sheet.value("law"),
            "events_of_default": [],
            "payments": [],
        }

    def _series(self, ref: str, item: Item) -> dict[str, Any]:
        value = item.value or {}
        name = value.get("designation")
        issuers = self._with_role("borrower")
        needs = (("ranking", "its ranking"), ("maturity", "the day on which it is due"))
        for box, what in needs:
            if not value.get(box):
                self.done.faults.append(f"{name} is new to the register and needs {what}; or choose the notes it is.")
        if not issuers:
            self.done.faults.append(f"{name} is new to the register and needs an issuer: confirm the borrower.")
        rate: dict[str, Any] = {"kind": "increasing" if value.get("increasing_rate") else "fixed"}
        if value.get("coupon") is not None:
            rate["coupon"] = value["coupon"]
        return {
            "ref": ref,
            "designation": name,
            "issuer": issuers[0] if issuers else "",
            "ranking": (value.get("ranking") or "").replace(" ", "_"),
            "rate": rate,
            "convertible": value.get("convertible"),
            "principal_outstanding": value.get("principal"),
            "stated_maturity": value.get("maturity") or "",
            "payments": [],
        }

    # what is waived

    def _of(self, value: Mapping[str, Any]) -> list[str]:
        """The refs of the notes that a term names."""
        return [ref for number in value.get("debts") or () if (ref := self.refs.get(f"debts.{number}"))]

    def _covers(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        covers: list[dict[str, Any]] = []
        events: list[dict[str, Any]] = []
        for item in self.sheet.of("waived"):
            value = item.value or {}
            named = self._of(value)
            kinds = [kind for kind in value.get("payments") or () if kind in IN_SCOPE]
            due = [value["due"]] if value.get("due") else []
            scope: dict[str, Any]
            if value.get("kind") == "payment" or (value.get("kind") == "cross_default" and (kinds or due)):
                scope = {"failure_to_pay": {"instruments": named or [self.done.under]}}
                scope["failure_to_pay"] |= ({"kinds": kinds} if kinds else {}) | ({"due": due} if due else {})
            elif value.get("kind") == "cross_default" and named:
                scope = {"all_of": named}
            else:
                events.append(self._event(item))
                scope = {"default_events": [events[-1]["ref"]]}
            if value.get("sections"):
                scope["paragraph"] = ", ".join(value["sections"])[:100]
            covers.append(scope)
        if not covers:
            self.done.faults.append("Nothing that is waived is confirmed; a waiver covers at least one default.")
        return covers, events

    def _event(self, item: Item) -> dict[str, Any]:
        """The default itself, which a waiver of a covenant names (rule 15)."""
        value = item.value or {}
        on = value.get("period_end") or value.get("due") or self.dated or ""
        if not (value.get("period_end") or value.get("due")):
            told = spoken(date.fromisoformat(on)) if on else "no day at all"
            self.done.left.append(f"When default {item.number} occurred is not stated; it is recorded as of {told}.")
        kind = "covenant" if value.get("kind") == "covenant" else "default"
        return {
            "ref": self._free(f"{self.chosen.ref}-default-{item.number}"),
            "instrument": self.done.under,
            "clause": self._event_clause(value),
            "event_kind": kind,
            "occurred": on,
            "status": "alleged",
        }

    def _event_clause(self, value: Mapping[str, Any]) -> str:
        section = ", ".join(value.get("sections") or ())[:100]
        for clause in self._held(self.done.under).get("events_of_default") or ():
            if clause["kind"] == "event" and (clause.get("section") or "") == section:
                return str(clause["ref"])
        ref = f"{self.done.under}-{slug(section or 'event')}"[:100]
        self._gain(self.done.under, "events_of_default", {"ref": ref, "kind": "event", "section": section})
        return ref

    # what instruments gain

    def _held(self, ref: str) -> Mapping[str, Any]:
        """What the register says of an instrument; nothing of one that is new."""
        return self.known.agreements.get(ref) or self.known.note_series.get(ref) or {}

    def _gain(self, ref: str, name: str, item: dict[str, Any]) -> None:
        rows = self.gained[ref][name]
        if item["ref"] not in {row["ref"] for row in rows}:
            rows.append(item)

    def _grown(self, ref: str, held: Mapping[str, Any]) -> dict[str, Any]:
        return {**held, **{name: [*(held.get(name) or ()), *rows] for name, rows in self.gained[ref].items()}}

    # what it implies

    def _offer_what_it_implies(self, covers: Collection[Mapping[str, Any]]) -> None:
        for item in self.sheet.of("debts"):
            name = (item.value or {}).get("designation") or ""
            held = self.known.note_series.get(self.refs[item.key])
            if held is None or plain(name) in {plain(held["designation"]), *_aliases(held)}:
                continue
            if self._taken(f"alias/{item.key}", f"“{name}” as another name of {held['designation']}"):
                self.done.aliases.append((self.refs[item.key], name))
        elsewhere: set[str] = set()
        for scope in covers:
            named = scope.get("failure_to_pay")
            if not named:
                continue
            elsewhere |= set(named["instruments"]) - {self.done.under}
            for ref in named["instruments"]:
                for due in named.get("due") or ():
                    self._offer_payments(ref, named.get("kinds") or IN_SCOPE, due)
        kinds = {clause["kind"] for clause in self._held(self.done.under).get("events_of_default") or ()}
        if elsewhere and not kinds & {"cross_payment_default", "cross_default"}:
            words = "the clause by which a missed payment of the notes is a default here (its section is not stated)"
            if self._taken("clause", words):
                ref = f"{self.done.under}-cross-payment-default"[:100]
                self._gain(self.done.under, "events_of_default", {"ref": ref, "kind": "cross_payment_default"})

    def _offer_payments(self, ref: str, kinds: Collection[str], due: str) -> None:
        held = self._held(ref)
        days = {
            (payment["kind"], on)
            for payment in held.get("payments") or ()
            for on in (payment["due"], *(moved["to"] for moved in payment.get("deferrals") or ()))
        }
        if any(on == due for _, on in days):
            return  # the register knows what falls due that day better than "any principal or interest"
        new = {self.refs[item.key]: (item.value or {}).get("designation") for item in self.sheet.of("debts")}
        title = held.get("designation") or held.get("title") or new.get(ref) or ref
        for kind in kinds:
            words = f"{kind} due {spoken(date.fromisoformat(due))} under {title}"
            if self._taken(f"payment/{ref}/{kind}/{due}", words):
                self._gain(ref, "payments", {"ref": f"{ref}-{due}-{kind}"[:100], "kind": kind, "due": due})

    def _taken(self, key: str, words: str) -> bool:
        self.done.offers.append(Offer(key, words))
        return key in self.chosen.offers

    # the waiver

    def _triggers(self) -> list[dict[str, Any]]:
        found = []
        for item in self.sheet.of("triggers"):
            value = item.value or {}
            on = list(dict.fromkeys(ON[act] for act in value.get("acts") or () if act in ON))
            if not on:
                self.done.left.append(f"Trigger {item.number}: the register has no kind for what it names.")
                continue
            by = [who for who in value.get("by") or () if who in ("holder", "trustee")]
            trigger: dict[str, Any] = {"on": on, "effect": "automatic" if value.get("automatic") else "on_notice"}
            trigger |= ({"by": by} if by else {}) | ({"events": ["insolvency"]} if "event" in on else {})
            if named := self._of(value):
                trigger["instruments"] = named
            found.append(trigger)
        return found

    def _granted_by(self) -> list[str]:
        named = self._with_role(*CREDITORS)
        known = self._held(self.done.under)
        one, many = ("agent", "trustee"), ("lenders", "holders")
        recorded = [*(known.get(name) for name in one), *(ref for name in many for ref in known.get(name) or ())]
        found = named or [ref for ref in recorded if ref]
        if not found:
            self.done.faults.append("Who grants it is not known: confirm a lender, an agent, a holder or a trustee.")
        return list(dict.fromkeys(found))

    def _signatories(self) -> list[dict[str, Any]]:
        parties = {}
        for item in self.sheet.of("parties"):
            value = item.value or {}
            for name in (value.get("name") or "", *(value.get("defined") or ())):
                if item.key in self.refs:
                    parties[plain(name)] = self.refs[item.key]
        found: list[dict[str, Any]] = []
        for item in self.sheet.of("signatories"):
            value = item.value or {}
            party = parties.get(plain(value.get("party") or ""))
            if not party or not value.get("name"):
                who, of = value.get("name") or "A signature without a name", value.get("party") or "nobody named"
                self.done.left.append(f"{who}, for {of}: not one of the parties above.")
                continue
            signed = self.chosen.executed.isoformat() if value.get("signed") and self.chosen.executed else None
            signatory = {"party": party, "name": value["name"][:200], "title": (value.get("title") or "")[:200]}
            if signatory not in [{name: one[name] for name in signatory} for one in found]:
                found.append({**signatory, "signed": signed})
        return found

    def _waiver(self, covers: list[dict[str, Any]], triggers: list[dict[str, Any]]) -> dict[str, Any]:
        chosen, kind = self.chosen, str(self.sheet.value("kind") or "")
        if not self.dated:
            self.done.faults.append("The date of the document is not confirmed; a waiver bears one.")
        words = [item.words for name in ("waived", "ends", "triggers") for item in self.sheet.of(name) if item.words]
        made: dict[str, Any] = {
            "ref": chosen.ref,
            "instrument": self.done.under,
            "granted_by": self._granted_by(),
            "kind": "forbearance" if "forbearance" in kind else "waiver",
            "title": (self.sheet.value("title") or kind.replace("_", " ").capitalize() or "Waiver")[:500],
            "dated_as_of": self.dated or "",
            "executed": chosen.executed.isoformat() if chosen.executed else None,
            "effective_from": chosen.effective.isoformat(),
            "conditions": [{"text": item.value["text"][:5000]} for item in self.sheet.of("conditions") if item.value],
            "covers": covers,
            "ends_on": triggers,
            "text": "\n\n".join(words),
            "signatories": self._signatories(),
        }
        if chosen.until:
            made["until"] = {
                "date": chosen.until.isoformat(),
                "text": chosen.until_text[:500],
                "inclusive": chosen.inclusive,
            }
        if chosen.extends:
            made["extends"] = chosen.extends
        return made
