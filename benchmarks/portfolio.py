"""A portfolio document of any size, the same for the same seed.

`python -m benchmarks.portfolio --waivers 1000 --seed 1 > portfolio.json`

A borrower has 2 to 5 instruments and 30 waivers whatever the size, and is made of the seed and its own number alone:
a smaller portfolio is the beginning of a larger one, so that one borrower can be compared at several sizes. Most
waivers are long over; about a tenth is in force on `REFERENCE_DAY`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from intake.portfolio import FORMAT

Item = dict[str, Any]

REFERENCE_DAY = date(2026, 6, 30)
WAIVERS_PER_BORROWER = 30
CREDITORS = 200
FIRST_PAYMENT = date(2018, 9, 1)
QUARTERS = 34
NOT_BINDING = 0.02  # unexecuted; and as many with a condition left open
EVENT_KINDS = ("covenant", "representation", "judgment", "reporting", "change_of_control")
RANKINGS = ("senior", "senior_subordinated", "subordinated", "junior_subordinated")
WORDS = ("Waiver", "Limited Waiver", "Waiver and Amendment", "Extension of Waiver", "Agreement")


def portfolio(waivers: int, seed: int = 1) -> Item:
    """A document with exactly this many waivers."""
    document: Item = {"format": FORMAT, "title": f"Benchmark: {waivers} waivers, seed {seed}", "parties": []}
    lists = ("agreements", "note_series", "waivers", "holder_actions", "default_events", "termination_notices")
    document |= {name: [] for name in lists}
    creditors: set[str] = set()
    for number, start in enumerate(range(0, waivers, WAIVERS_PER_BORROWER)):
        borrower = _Borrower(number, Random(f"{seed}/{number}"), min(WAIVERS_PER_BORROWER, waivers - start))
        borrower.make()
        document["parties"] += borrower.parties
        for name in lists:
            document[name] += getattr(borrower, name)
        creditors |= borrower.creditors
    document["parties"] += [_creditor(ref) for ref in sorted(creditors)]
    return document


def _creditor(ref: str) -> Item:
    kinds = ("Bank", "Credit Fund", "Trust Company", "Insurance Company")
    number = int(ref.removeprefix("cr-"))
    return {"ref": ref, "name": f"Creditor {number} {kinds[number % 4]}", "entity_type": "corporation"}


@dataclass(slots=True)
class _Debt:
    """An instrument as it is being made. `payments` by due date; `event_clauses` by ref."""

    item: Item
    creditors: list[str]
    payments: dict[date, Item] = field(default_factory=dict)
    event_clauses: list[str] = field(default_factory=list)

    @property
    def ref(self) -> str:
        return self.item["ref"]


@dataclass(slots=True)
class _Borrower:
    """One borrower with its debts, its troubles, and the chains of waivers that they led to."""

    number: int
    dice: Random
    wanted: int
    parties: list[Item] = field(default_factory=list)
    agreements: list[Item] = field(default_factory=list)
    note_series: list[Item] = field(default_factory=list)
    waivers: list[Item] = field(default_factory=list)
    holder_actions: list[Item] = field(default_factory=list)
    default_events: list[Item] = field(default_factory=list)
    termination_notices: list[Item] = field(default_factory=list)
    creditors: set[str] = field(default_factory=set)
    debts: list[_Debt] = field(default_factory=list)

    @property
    def ref(self) -> str:
        return f"b{self.number:06d}"

    def make(self) -> None:
        self.parties.append(
            {
                "ref": self.ref,
                "name": f"Borrower {self.number} Corporation",
                "entity_type": "corporation",
                "jurisdiction": self.dice.choice(("Delaware", "New York", "Texas", "Ohio")),
                "identifiers": {"cik": f"{self.number:010d}"},
            }
        )
        if self.dice.random() < 0.3:
            self.parties.append({"ref": f"{self.ref}-sub", "name": f"Borrower {self.number} Holdings, LLC"})
        count = self.dice.randint(2, 5)
        refs = [f"{self.ref}-i{place}" for place in range(count)]
        for place, ref in enumerate(refs):
            agreement = place == 0 or self.dice.random() < 0.4
            debt = self._agreement(ref) if agreement else self._series(ref)
            self._schedule(debt)
            debt.item["events_of_default"] = list(self._clauses(debt, place, refs))
            self.debts.append(debt)
        self._chains()

    # debts

    def _syndicate(self, most: int) -> list[str]:
        chosen = [f"cr-{number}" for number in self.dice.sample(range(CREDITORS), self.dice.randint(1, most))]
        self.creditors |= set(chosen)
        return chosen

    def _money(self, low: int, high: int) -> str:
        return f"{self.dice.randint(low, high) * 1000}"

    def _agreement(self, ref: str) -> _Debt:
        lenders = self._syndicate(6)
        item: Item = {
            "ref": ref,
            "title": self.dice.choice(("Credit Agreement", "Loan and Security Agreement", "Term Loan Agreement")),
            "dated_as_of": "2018-06-01",
            "obligors": [party["ref"] for party in self.parties[: self.dice.randint(1, 2)]],
            "lenders": lenders,
            "governing_law": "New York",
            "principal_outstanding": self._money(5_000, 300_000),
            "stated_maturity": "2028-06-01",
            "documents": [
                {"ref": f"{ref}.ca", "kind": "credit_agreement", "title": "Agreement", "dated_as_of": "2018-06-01"}
            ],
        }
        if len(lenders) > 1:
            item["agent"] = lenders[0]
        if self.dice.random() < 0.3:
            amendment = {"ref": f"{ref}.a1", "parent": f"{ref}.ca", "kind": "amendment", "title": "Amendment No. 1"}
            item["documents"].append(amendment | {"dated_as_of": "2021-03-15"})
        if self.dice.random() < 0.2:
            letter = {"ref": f"{ref}.ror", "kind": "reservation_of_rights", "title": "Reservation of rights"}
            item["documents"].append(letter | {"dated_as_of": self._day(2024, 2026).isoformat()})
        self.agreements.append(item)
        return _Debt(item, lenders)

    def _series(self, ref: str) -> _Debt:
        holders = self._syndicate(4)
        coupon = f"{self.dice.randint(16, 56) / 4:g}"
        item: Item = {
            "ref": ref,
            "designation": f"{coupon}% Notes due June 1, 2029",
            "issuer": self.ref,
            "ranking": self.dice.choice(RANKINGS),
            "rate": {"kind": "fixed", "coupon": coupon},
            "principal_outstanding": self._money(1_000, 200_000),
            "stated_maturity": "2029-06-01",
            "holders": holders,
        }
        if self.dice.random() < 0.1:
            del item["principal_outstanding"]
        if self.dice.random() < 0.6:
            item["trustee"] = self._syndicate(1)[0]
        self.note_series.append(item)
        return _Debt(item, holders)

    def _schedule(self, debt: _Debt) -> None:
        """Quarterly payments, nearly all paid on their day, a few some days late."""
        month = self.dice.randint(0, 2)
        amount = self._money(50, 3_000)
        for quarter in range(QUARTERS):
            months = FIRST_PAYMENT.month - 1 + month + 3 * quarter
            due = date(FIRST_PAYMENT.year + months // 12, months % 12 + 1, 1)
            kind = "principal" if quarter % 8 == 7 else "fee" if quarter % 12 == 5 else "interest"
            payment: Item = {"ref": f"{due.isoformat()}-{kind}", "kind": kind, "due": due.isoformat(), "amount": amount}
            if due <= REFERENCE_DAY:
                late = self.dice.randint(1, 12) if self.dice.random() < 0.03 else 0
                payment["paid"] = min(due + timedelta(late), REFERENCE_DAY).isoformat()
            debt.payments[due] = payment
        debt.item["payments"] = list(debt.payments.values())

    def _clauses(self, debt: _Debt, place: int, refs: list[str]) -> Iterator[Item]:
        others = [ref for ref in refs if ref != debt.ref]
        yield {
            "ref": "payment",
            "kind": "payment",
            "section": "8.1(a)",
            "grace_days": self.dice.choice((0, 3, 5, 10, 30)),
        }
        for number in range(self.dice.randint(1, 2)):
            debt.event_clauses.append(f"event-{number}")
            yield {"ref": f"event-{number}", "kind": "event", "section": f"8.1({'bc'[number]})"}
        kinds = ["cross_payment_default", "cross_default", "cross_acceleration"]
        chosen = self.dice.sample(kinds, self.dice.randint(1, 2)) if place else kinds
        for kind in chosen:
            clause: Item = {"ref": kind.replace("_", "-"), "kind": kind, "section": "8.1(f)"}
            if self.dice.random() < 0.3:
                clause["grace_days"] = self.dice.choice((5, 10, 30))
            if self.dice.random() < 0.3:
                clause["reaches"] = sorted(self.dice.sample(others, self.dice.randint(1, len(others))))
            if self.dice.random() < 0.5:
                operator = self.dice.choice((">", ">="))
                clause["threshold"] = {"amount": self._money(500, 20_000), "operator": operator}
                clause["threshold"]["aggregate"] = self.dice.random() < 0.3
            yield clause

    # troubles and waivers

    def _day(self, first_year: int, last_year: int) -> date:
        span = date(last_year, 6, 1) - date(first_year, 1, 1)
        return date(first_year, 1, 1) + timedelta(self.dice.randint(0, span.days))

    def _chains(self) -> None:
        """Chains of waivers until there are as many as wanted; a tenth of the wanted waivers ends after the day."""
        live = max(1, round(self.wanted / 10)) if self.wanted else 0
        while len(self.waivers) < self.wanted:
            left = self.wanted - len(self.waivers)
            self._chain(min(left, self.dice.choice((1, 2, 2, 3, 3, 4, 5))), live=live > 0)
            live -= 1

    def _chain(self, length: int, *, live: bool) -> None:
        """One trouble, and the waivers that held it back one after the other."""
        debt = self.dice.choice(self.debts)
        lengths = [self.dice.randint(45, 150) for _ in range(length)]
        if live:
            end = REFERENCE_DAY + timedelta(self.dice.randint(1, lengths[-1] - 10))
        else:
            end = self._day(2021, 2026)
        begin = end - timedelta(sum(lengths))
        covers, events = self._trouble(debt, begin, None if live else end)
        earlier: str | None = None
        starts = begin
        for place, days in enumerate(lengths):
            ends = starts + timedelta(days)
            # Most links are seamless, some overlap, some leave a gap.
            slack = timedelta(self.dice.choice((0, 0, 0, 0, 0, -5, 6))) if place else timedelta(0)
            if place == length - 1:
                ends = end
            earlier = self._waiver(debt, starts + slack, ends, covers, earlier, events)
            starts = ends
        if self.dice.random() < 0.12:
            self._action(debt, covers, begin, end)

    def _trouble(self, debt: _Debt, begin: date, over: date | None) -> tuple[list[Item], list[str]]:
        """A payment missed or deferred, an event, or both; what the waivers of it cover, and the kinds of event."""
        source = self.dice.choice(self.debts)
        covers: list[Item] = []
        kinds: list[str] = []
        what = self.dice.random()
        if what < 0.6:
            missed = self._missed(source, begin, over)
            scope: Item = {"instruments": [source.ref]}
            if self.dice.random() < 0.7:
                scope["kinds"] = ["principal", "interest"]
            if missed and self.dice.random() < 0.7:
                scope["due"] = missed
            covers.append({"failure_to_pay": scope, "paragraph": "1(a)"})
        if what > 0.5:
            event: Item = {
                "ref": f"{self.ref}-e{len(self.default_events)}",
                "instrument": debt.ref,
                "clause": self.dice.choice(debt.event_clauses),
                "event_kind": self.dice.choice(EVENT_KINDS),
                "occurred": (begin + timedelta(self.dice.randint(-20, 5))).isoformat(),
                "status": self.dice.choice(("verified", "verified", "verified", "alleged", "disputed")),
            }
            if over is not None and self.dice.random() < 0.985:
                event["cured"] = (over - timedelta(self.dice.randint(0, 30))).isoformat()
            self.default_events.append(event)
            kinds = [event["event_kind"]]
            covers.append({"default_events": [event["ref"]], "paragraph": "1(b)"})
        if self.dice.random() < 0.15:
            covers.append({"acceleration_of": [other.ref for other in self.debts if other is not debt]})
        if self.dice.random() < 0.15:
            covers.append({"all_of": [self.dice.choice(self.debts).ref]})
        return covers, kinds

    def _missed(self, source: _Debt, begin: date, over: date | None) -> list[str]:
        """Two payments about the begin of the trouble are missed or deferred; paid when it is over. Their dates."""
        near = sorted(source.payments, key=lambda due: abs((due - begin).days))[: self.dice.randint(1, 2)]
        dates: list[str] = []
        for due in sorted(near):
            payment = source.payments[due]
            dates.append(due.isoformat())
            payment.pop("paid", None)
            if over is not None and self.dice.random() < 0.995:
                payment["paid"] = max(due, over - timedelta(self.dice.randint(0, 10))).isoformat()
            if self.dice.random() < 0.25 and "deferrals" not in payment:
                later = (due + timedelta(self.dice.choice((30, 60, 90)))).isoformat()
                took = (due + timedelta(self.dice.randint(-5, 5))).isoformat()
                payment["deferrals"] = [{"effective": took, "to": later, "instrument_title": "Amendment"}]
                dates.append(later)
        return sorted(set(dates))

    def _waiver(
        self, debt: _Debt, starts: date, ends: date, covers: list[Item], earlier: str | None, events: list[str]
    ) -> str:
        ref = f"{self.ref}-w{len(self.waivers)}"
        inclusive = self.dice.random() < 0.3
        words = f"{'through and including' if inclusive else 'until'} {ends:%B} {ends.day}, {ends.year}"
        executed = starts + timedelta(self.dice.choice((0, 0, 0, -3, 2, 7)))
        forbearance = self.dice.random() < 0.15
        waiver: Item = {
            "ref": ref,
            "instrument": debt.ref,
            "granted_by": sorted(self.dice.sample(debt.creditors, self.dice.randint(1, min(3, len(debt.creditors))))),
            "kind": "forbearance" if forbearance else "waiver",
            "title": "Forbearance Agreement" if forbearance else self.dice.choice(WORDS),
            "dated_as_of": starts.isoformat(),
            "executed": executed.isoformat(),
            "effective_from": starts.isoformat(),
            "until": {"date": ends.isoformat(), "text": words, "inclusive": inclusive},
            "covers": covers,
            "text": f"The Lender hereby waives the Specified Defaults {words}, subject to the conditions below.",
            "signatories": [
                {"party": self.ref, "name": "Jane Roe", "title": "President", "signed": executed.isoformat()}
            ],
        }
        if earlier is not None:
            waiver["extends"] = earlier
        if self.dice.random() < 0.25:
            met = (starts + timedelta(self.dice.randint(-2, 5))).isoformat()
            waiver["conditions"] = [{"text": "Payment of the waiver fee", "satisfied": met}]
        if self.dice.random() < NOT_BINDING:
            del waiver["executed"]
        elif self.dice.random() < NOT_BINDING:
            waiver.setdefault("conditions", []).append({"text": "Delivery of audited financial statements"})
        triggers = list(self._triggers(events, earlier))
        if triggers:
            waiver["ends_on"] = triggers
        self.waivers.append(waiver)
        return ref

    def _triggers(self, events: list[str], earlier: str | None) -> Iterator[Item]:
        chance = self.dice.random()
        if chance < 0.6:
            trigger: Item = {"on": ["acceleration", "remedies"], "by": ["holder", "trustee"], "effect": "automatic"}
            yield trigger | {"paragraph": "3"}
        if 0.5 < chance < 0.6:
            yield {"on": ["other_default"], "effect": "on_notice"}
        if 0.6 < chance < 0.65 and events:
            unlike = [kind for kind in EVENT_KINDS if kind not in events]
            yield {"on": ["event"], "events": [self.dice.choice(unlike)], "effect": "automatic"}
        if 0.65 < chance < 0.7 and earlier is not None:
            yield {"on": ["waiver_ended"], "waivers": [earlier], "effect": "automatic"}

    def _action(self, debt: _Debt, covers: list[Item], begin: date, end: date) -> None:
        """A holder acts on a covered instrument while the chain runs; a notice may follow."""
        named = [ref for scope in covers for ref in (scope.get("failure_to_pay") or {}).get("instruments", [])]
        occurred = min(begin + timedelta(self.dice.randint(1, max(2, (end - begin).days))), REFERENCE_DAY)
        action: Item = {
            "ref": f"{self.ref}-a{len(self.holder_actions)}",
            "instrument": named[0] if named else debt.ref,
            "kind": self.dice.choice(("acceleration_sought", "acceleration_declared", "remedy")),
            "by": self.dice.choice(("holder", "trustee")),
            "occurred": occurred.isoformat(),
            "reported": (occurred + timedelta(self.dice.randint(0, 20))).isoformat(),
            "status": self.dice.choice(("verified", "verified", "alleged", "disputed", "recorded_in_error")),
        }
        undone = (occurred + timedelta(self.dice.randint(5, 90))).isoformat()
        if action["kind"] == "acceleration_declared":
            action["annulled"] = undone
        elif self.dice.random() < 0.3:
            action["withdrawn"] = undone
        self.holder_actions.append(action)
        on_notice = [
            waiver
            for waiver in self.waivers
            if any(trigger["effect"] == "on_notice" for trigger in waiver.get("ends_on") or [])
        ]
        if on_notice:
            notice = {"ref": f"{self.ref}-n{len(self.termination_notices)}", "waiver": on_notice[-1]["ref"]}
            given = on_notice[-1]["effective_from"]
            effective = (date.fromisoformat(given) + timedelta(20)).isoformat()
            self.termination_notices.append(notice | {"given": given, "effective": effective})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--waivers", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    json.dump(portfolio(options.waivers, options.seed), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
