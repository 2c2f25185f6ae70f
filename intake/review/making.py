"""From confirmed terms to portfolio items (docs/portfolio-format.md): what the register gains, and what is missing.

Nothing is guessed here: what a record needs and the document does not say is a sentence in `faults`, and what a paper
says and the register cannot hold is one in `left`. What is narrowed in the paper is never wider in the register.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from alerts.letters import spoken
from intake.portfolio import FORMAT
from intake.review.matches import OBLIGORS, plain
from intake.review.proposal import Chosen, Held, Offer, Proposal
from intake.review.sheet import Item, Sheet

CREDITORS = ("lender", "agent", "administrative_agent", "collateral_agent", "issuing_bank")
HOLDERS = ("holder", "trustee")
ON = {
    "accelerate": "acceleration",
    "exercise_remedies": "remedies",
    "other_default": "other_default",
    "insolvency": "event",
}
MOST_WORDS = 200_000  # characters of a waiver's own words that the register keeps
IN_SCOPE = ("principal", "interest")
CLAUSES = ("reservation_of_rights", "no_other_waiver", "ratification", "release", "counterparts")


def proposal_of(sheet: Sheet, chosen: Chosen, held: Held, today: date) -> Proposal:
    """What is to be recorded of the confirmed terms."""
    return _Maker(sheet, chosen, held, today).make()


def _aliases(held: Mapping[str, Any]) -> set[str]:
    return {plain(one["designation"]) for one in held.get("aliases") or ()}


def slug(words: str) -> str:
    """A ref made of words."""
    found = re.sub(r"[^a-z0-9]+", "-", words.lower().replace("%", "")).strip("-")
    return found[:60].strip("-") or "unnamed"


class _Maker:
    def __init__(self, sheet: Sheet, chosen: Chosen, held: Held, today: date) -> None:
        self.sheet, self.chosen, self.held, self.today = sheet, chosen, held, today
        self.done = Proposal()
        self.refs: dict[str, str] = {}
        self.given: set[str] = set()
        self.gained: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
        self.dated = sheet.value("dated")

    def make(self) -> Proposal:
        for item in self.sheet.items:
            if item.counts and item.register_ref and not self.held.has(item.register_ref):
                said = (
                    f"{item.kind.label} {item.number} is to be a record that you may not see: give it a verdict anew."
                )
                self.done.faults.append(said)
        parties = self._parties()
        debts = self._debts()
        under = self.chosen.under
        if under not in self.refs:
            self.done.faults.append("Say under which agreement or notes it waives: confirm one, and choose it.")
            return self.done
        self.done.under = self.refs[under]
        covers, events = self._covers()
        triggers = self._triggers(covers)
        self._leave_what_is_not_held()
        self._offer_what_it_implies(covers)
        instruments = self._instruments(debts)
        self._bring_to_the_desk([one for items in instruments.values() for one in items])
        self.done.debts = {"format": FORMAT, "parties": parties, **instruments}
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
        while ref in self.given or self.held.taken(ref):
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
                self.done.new.append(f"{value['name']} as a new party")
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
                name = value.get("title") or value.get("designation") or ""
                self.refs[item.key] = self._free(slug(name))
                self.done.new.append(f"{name}, new to the register")
                self.done.new_debts.add(self.refs[item.key])
            if needed:
                found[self.refs[item.key]] = item
            elif value.get("relation") == "waived_under":
                said = (
                    f"{value.get('title')}: what is waived under it too is not recorded here; record it with the form."
                )
                self.done.left.append(said)
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

    def _bring_to_the_desk(self, instruments: Collection[Mapping[str, Any]]) -> None:
        """Known parties of no desk that come to owe something."""
        fresh = [one for one in instruments if one["ref"] in self.done.new_debts]
        owing = dict.fromkeys(ref for one in fresh for ref in (*one.get("obligors", ()), one.get("issuer")))
        self.done.to_the_desk = [ref for ref in owing if ref in self.held.on_no_desk]
        self.done.new += [f"{ref}, which is on no desk, on the document's" for ref in self.done.to_the_desk]

    def _agreement(self, ref: str, item: Item) -> dict[str, Any]:
        value = item.value or {}
        obligors, lenders = self._with_role(*OBLIGORS), self._with_role("lender", "issuing_bank")
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
        issuers = self._with_role(*OBLIGORS)
        needs = (("ranking", "its ranking"), ("maturity", "the day on which it is due"))
        for box, what in needs:
            if not value.get(box):
                said = (
                    f"{name} is new to the register and needs {what}. Correct it, choose the notes it is, or reject it"
                )
                self.done.faults.append(f"{said} if the document only mentions it.")
        if len(issuers) != 1:
            said = f"{name} is new to the register and needs one issuer: there are {len(issuers)} borrowers. "
            self.done.faults.append(said + "Choose the notes it is, or reject it if the document only mentions it.")
        for role in ("holder", "trustee"):
            if value.get(role):
                self.done.left.append(f"The {role} of {name}: {value[role]}")
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

    def _of(self, item: Item) -> list[str]:
        """The refs of the notes that a term names."""
        keys = [f"debts.{number}" for number in (item.value or {}).get("debts") or ()]
        if not all(key in self.refs for key in keys):
            said = f"{item.kind.label} {item.number} names notes that were rejected: correct it, or confirm the notes."
            self.done.faults.append(said)
        return [self.refs[key] for key in keys if key in self.refs]

    def _covers(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        covers: list[dict[str, Any]] = []
        events: list[dict[str, Any]] = []
        for item in self.sheet.of("waived"):
            value = item.value or {}
            named = self._of(item)
            said = value.get("payments") or ()
            kinds = [kind for kind in said if kind in IN_SCOPE]
            if len(kinds) < len(said):
                self.done.left.append(f"Default {item.number}: a scope names principal and interest, and no fee.")
                if not kinds:
                    continue
            due = [value["due"]] if value.get("due") else []
            scope: dict[str, Any]
            if value.get("kind") == "payment" or (value.get("kind") == "cross_default" and (kinds or due)):
                scope = {"failure_to_pay": {"instruments": named or [self.done.under]}}
                scope["failure_to_pay"] |= ({"kinds": kinds} if kinds else {}) | ({"due": due} if due else {})
            elif value.get("kind") == "cross_default" and named:
                scope = {"all_of": named}
            else:
                known = self._known_event(item)
                event = None if known else self._event(item)
                if not known and event is None:
                    continue
                events += [event] if event else []
                scope = {"default_events": [known or (event or {})["ref"]]}
            if value.get("sections"):
                scope["paragraph"] = ", ".join(value["sections"])[:100]
            covers.append(scope)
        if not covers:
            self.done.faults.append("Nothing that is waived is confirmed; a waiver covers at least one default.")
        return covers, events

    def _known_event(self, item: Item) -> str | None:
        """The default event that the register has already: of the same section and day, or the extended waiver's."""
        value = item.value or {}
        section = ", ".join(value.get("sections") or ())[:100]
        day = value.get("period_end") or value.get("due")
        for event in self.held.events.get(self.done.under, ()):
            extended = bool(self.chosen.extends) and self.chosen.extends in event.waivers
            if event.section == section and (event.occurred.isoformat() == day or (day is None and extended)):
                return event.ref
        return None

    def _event(self, item: Item) -> dict[str, Any] | None:
        """The default itself, which a waiver of a covenant names (rule 15); None for one that lies ahead."""
        value = item.value or {}
        on = value.get("period_end") or value.get("due") or self.dated or ""
        told = spoken(date.fromisoformat(on)) if on else "no day at all"
        if on and date.fromisoformat(on) > self.today:
            said = (
                f"Default {item.number} would be of {told}: what may happen is no fact yet, and no event to be covered."
            )
            self.done.left.append(said)
            return None
        stated = value.get("period_end") or value.get("due")
        how = "" if stated else ", the document's own date, since none is stated"
        how += "; that lies after the document's date" if self.dated and on > self.dated else ""
        self.done.new.append(f"Default {item.number} as a default event of {told}, alleged{how}")
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
        gained = self.gained[self.done.under]["events_of_default"]
        for clause in gained:
            if clause["kind"] == "event" and clause.get("section") == section:
                return str(clause["ref"])
        taken = {clause["ref"] for clause in [*gained, *(self._held(self.done.under).get("events_of_default") or ())]}
        wanted = f"{self.done.under[:60]}-{slug(section or 'event')[:30]}"
        ref = next(one for one in (wanted, *(f"{wanted}-{n}" for n in range(2, 10_000))) if one not in taken)
        self._gain(self.done.under, "events_of_default", {"ref": ref, "kind": "event", "section": section})
        self.done.new.append(f"A clause of the agreement: {f'section {section}' if section else 'no section stated'}")
        return ref

    # what instruments gain

    def _held(self, ref: str) -> Mapping[str, Any]:
        """What the register says of an instrument; nothing of one that is new."""
        return self.held.agreements.get(ref) or self.held.note_series.get(ref) or {}

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
            held = self.held.note_series.get(self.refs[item.key])
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
        paid_late = [scope["failure_to_pay"]["instruments"] for scope in covers if "failure_to_pay" in scope]
        if any(self.done.under in named for named in paid_late) and "payment" not in kinds:
            words = "the clause by which a missed payment of its own is a default (its section is not stated)"
            if self._taken("own-clause", words):
                ref = f"{self.done.under[:70]}-payment"
                self._gain(self.done.under, "events_of_default", {"ref": ref, "kind": "payment"})
        if elsewhere and not kinds & {"cross_payment_default", "cross_default"}:
            words = "the clause by which a missed payment of the notes is a default here (its section is not stated)"
            if self._taken("clause", words):
                ref = f"{self.done.under[:70]}-cross-payment-default"
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
                self._gain(ref, "payments", {"ref": f"{ref[:70]}-{due}-{kind}", "kind": kind, "due": due})

    def _taken(self, key: str, words: str) -> bool:
        if key not in {offer.key for offer in self.done.offers}:
            self.done.offers.append(Offer(key, words))
            if key in self.chosen.offers:
                self.done.new.append(words[0].upper() + words[1:])
        return key in self.chosen.offers

    def _leave_what_is_not_held(self) -> None:
        """Say what was confirmed and has no place in the register; the verdicts keep it."""
        until = self.chosen.until.isoformat() if self.chosen.until else None
        ends = {(item.value or {}).get("day") for item in self.sheet.of("ends")}
        if self.chosen.until and until not in ends:
            self.done.new.append(f"Its end, {spoken(self.chosen.until)}, is yours: no confirmed term says it")
        for item in self.sheet.of("ends"):
            value = item.value or {}
            day = spoken(date.fromisoformat(value["day"])) if value.get("day") else "no day"
            if value.get("day") != until:
                self.done.left.append(f"Another end: {value.get('words') or day}")
            self.done.left += [f"The hour of its end: {value['hour']}"] if value.get("hour") else []
            self.done.left += [
                f"It ends at the earliest of: {'; '.join(parts)}" for parts in [value.get("earliest_of")] if parts
            ]
            self.done.left += ["An end on notice"] if value.get("on_notice") else []
        kept = {kind: len(self.sheet.of(kind)) for kind in ("fees", "definitions", *CLAUSES)}
        names = ", ".join(kind.replace("_", " ") for kind, count in kept.items() if count)
        if names:
            self.done.left.append(f"Kept with the paper and the verdicts only: {names}")

    # the waiver

    def _triggers(self, covers: Collection[Mapping[str, Any]]) -> list[dict[str, Any]]:
        about_debts = any("default_events" not in scope for scope in covers)
        found = []
        for item in self.sheet.of("triggers"):
            value = item.value or {}
            acts = value.get("acts") or ()
            on = list(dict.fromkeys(ON[act] for act in acts if act in ON))
            if len(on) < len(acts) or not on:
                names = ", ".join(act.replace("_", " ") for act in acts if act not in ON) or "what it names"
                self.done.left.append(f"Trigger {item.number}: the register has no trigger for {names}.")
            if not on:
                continue
            by = [who for who in value.get("by") or () if who in ("holder", "trustee")]
            others = [who for who in value.get("by") or () if who not in by]
            if others and set(on) & {"acceleration", "remedies"}:
                said = f"Trigger {item.number}: what {' or '.join(others)} does fires no trigger of the register."
                self.done.left.append(said)
                if not by:
                    continue
            trigger: dict[str, Any] = {"on": on, "effect": "automatic" if value.get("automatic") else "on_notice"}
            trigger |= ({"by": by} if by else {}) | ({"events": ["insolvency"]} if "event" in on else {})
            if named := self._of(item):
                trigger["instruments"] = named
            elif set(on) & {"acceleration", "remedies"} and not about_debts:
                said = f"Trigger {item.number} is about debts that neither it nor the scope names: it could never fire."
                self.done.left.append(said)
                continue
            found.append(trigger)
        return found

    def _granted_by(self) -> list[str]:
        named = self._with_role(*(CREDITORS if self.chosen.under.startswith("papers") else HOLDERS))
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
            if (party, value["name"]) in {(one["party"], one["name"]) for one in found}:
                continue  # who signs for one party in two capacities signs it once
            signatory = {"party": party, "name": value["name"][:200], "title": (value.get("title") or "")[:200]}
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
            "kind": "forbearance" if "forbear" in kind.lower() else "waiver",
            "title": (self.sheet.value("title") or kind.replace("_", " ").capitalize() or "Waiver")[:500],
            "dated_as_of": self.dated or "",
            "executed": chosen.executed.isoformat() if chosen.executed else None,
            "effective_from": chosen.effective.isoformat(),
            "conditions": [{"text": item.value["text"][:5000]} for item in self.sheet.of("conditions") if item.value],
            "covers": covers,
            "ends_on": triggers,
            "text": "\n\n".join(words)[:MOST_WORDS],
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
