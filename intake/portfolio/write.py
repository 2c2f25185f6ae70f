"""Writes new items of a portfolio document, list by list, each with its history."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from agreements.models import (
    Clause,
    ClauseReach,
    CreditAgreement,
    DefaultEvent,
    Desk,
    Instrument,
    InstrumentParty,
    LoanDocument,
    Party,
)
from intake.portfolio.check import Step
from intake.portfolio.dump import Item
from notes.models import Alias, Deferral, HolderAction, NoteSeries, Payment
from waivers.models import Condition, Grantor, ScopeLine, Signatory, TerminationNotice, Trigger, TriggerTarget, Waiver

day = lru_cache(maxsize=100_000)(date.fromisoformat)


class Writer:
    """Writes them inside a transaction and a signature, which are the caller's."""

    def __init__(self, fresh: dict[str, list[Item]], monitored_from: date, desk: Desk | None, step: Step) -> None:
        self.fresh, self.monitored_from, self.desk, self.step = fresh, monitored_from, desk, step
        self.party = dict(Party.objects.values_list("ref", "id"))
        self.instrument = dict(Instrument.objects.values_list("ref", "id"))
        self.edges: list[tuple[int, int]] = []

    def write(self) -> Counter[str]:
        self._parties()
        self._instruments()
        self._clauses()
        self._payments()
        self._papers()
        self._holder_actions()
        self._default_events()
        self._waivers()
        self._notices()
        self._group()
        self.step(sum(map(len, self.fresh.values())))
        return Counter({name: len(items) for name, items in self.fresh.items()})

    def _parties(self) -> None:
        borrowers = {ref for item in self._instrument_items() for ref in _obligors(item)}
        made = Party.objects.record_all(
            Party(
                ref=item["ref"],
                name=item["name"],
                entity_type=item.get("entity_type") or "",
                jurisdiction=item.get("jurisdiction") or "",
                cik=(item.get("identifiers") or {}).get("cik") or "",
                lei=(item.get("identifiers") or {}).get("lei") or "",
                desk=self.desk if item["ref"] in borrowers else None,
            )
            for item in self.fresh["parties"]
        )
        self.party |= {party.ref: party.id for party in made}
        self.step(len(made))

    def _instrument_items(self) -> Iterator[Item]:
        yield from self.fresh["agreements"]
        yield from self.fresh["note_series"]

    def _instruments(self) -> None:
        new = [item for item in self._instrument_items() if not item.get("known")]
        made = Instrument.objects.record_all(
            Instrument(
                ref=item["ref"],
                kind=Instrument.Kind.NOTE_SERIES if "issuer" in item else Instrument.Kind.CREDIT_AGREEMENT,
                title=item["designation"] if "issuer" in item else item["title"],
                currency=item.get("currency") or "USD",
                principal_outstanding=_decimal(item.get("principal_outstanding")),
                stated_maturity=_day(item.get("stated_maturity")),
                monitored_from=self.monitored_from,
            )
            for item in new
        )
        self.instrument |= {instrument.ref: instrument.id for instrument in made}
        CreditAgreement.objects.record_all(
            CreditAgreement(
                instrument_id=self.instrument[item["ref"]],
                dated_as_of=day(item["dated_as_of"]),
                governing_law=item.get("governing_law") or "",
            )
            for item in new
            if "issuer" not in item
        )
        NoteSeries.objects.record_all(
            NoteSeries(
                instrument_id=self.instrument[item["ref"]],
                ranking=item["ranking"],
                rate_kind=item["rate"]["kind"],
                coupon=_decimal(item["rate"].get("coupon")),
                convertible=item.get("convertible"),
            )
            for item in new
            if "issuer" in item
        )
        Alias.objects.record_all(
            Alias(
                instrument_id=self.instrument[item["ref"]],
                designation=alias["designation"],
                used_from=day(alias["from"]),
            )
            for item in new
            for alias in item.get("aliases") or []
        )
        InstrumentParty.objects.record_all(
            InstrumentParty(instrument_id=self.instrument[item["ref"]], party_id=self.party[party], role=role)
            for item in new
            for role, party in _roles(item)
        )
        self.step(len(made))

    def _clauses(self) -> None:
        pairs = [(item, clause) for item in self._instrument_items() for clause in item.get("events_of_default") or []]
        made = Clause.objects.record_all(
            Clause(
                ref=clause["ref"],
                instrument_id=self.instrument[item["ref"]],
                kind=clause["kind"],
                section=clause.get("section") or "",
                grace_days=clause.get("grace_days") or 0,
                threshold_amount=_decimal((clause.get("threshold") or {}).get("amount")),
                threshold_operator=(clause.get("threshold") or {}).get("operator") or "",
                threshold_aggregate=(clause.get("threshold") or {}).get("aggregate") or False,
            )
            for item, clause in pairs
        )
        reaches = [
            ClauseReach(clause_id=row.id, instrument_id=self.instrument[reached])
            for row, (_, clause) in zip(made, pairs, strict=True)
            for reached in clause.get("reaches") or []
        ]
        ClauseReach.objects.record_all(reaches)
        owner = {row.id: row.instrument_id for row in made}
        self.edges += [(owner[reach.clause_id], reach.instrument_id) for reach in reaches]

    def _payments(self) -> None:
        pairs = [(item, payment) for item in self._instrument_items() for payment in item.get("payments") or []]
        made = Payment.objects.record_all(
            Payment(
                ref=payment["ref"],
                instrument_id=self.instrument[item["ref"]],
                kind=payment["kind"],
                due=day(payment["due"]),
                amount=_decimal(payment.get("amount")),
                paid=_day(payment.get("paid")),
            )
            for item, payment in pairs
        )
        Deferral.objects.record_all(
            Deferral(
                payment_id=row.id,
                effective=day(deferral["effective"]),
                to=day(deferral["to"]),
                instrument_title=deferral.get("instrument_title") or "",
            )
            for row, (_, payment) in zip(made, pairs, strict=True)
            for deferral in payment.get("deferrals") or []
        )

    def _papers(self) -> None:
        waiting = [(item, paper) for item in self._instrument_items() for paper in item.get("documents") or []]
        known = dict(LoanDocument.objects.values_list("ref", "id")) if waiting else {}

        def record(pairs: list[tuple[Item, Item]]) -> None:
            made = LoanDocument.objects.record_all(
                LoanDocument(
                    ref=paper["ref"],
                    instrument_id=self.instrument[item["ref"]],
                    parent_id=known[paper["parent"]] if paper.get("parent") else None,
                    kind=paper["kind"],
                    title=paper["title"],
                    dated_as_of=_day(paper.get("dated_as_of")),
                )
                for item, paper in pairs
            )
            known.update({row.ref: row.id for row in made})

        _parents_first(waiting, lambda pair: pair[1].get("parent"), known, record)

    def _holder_actions(self) -> None:
        HolderAction.objects.record_all(
            HolderAction(
                ref=item["ref"],
                instrument_id=self.instrument[item["instrument"]],
                kind=item["kind"],
                by=item["by"],
                occurred=day(item["occurred"]),
                reported=_day(item.get("reported")),
                annulled=_day(item.get("annulled")),
                withdrawn=_day(item.get("withdrawn")),
                status=item.get("status") or "alleged",
            )
            for item in self.fresh["holder_actions"]
        )

    def _default_events(self) -> None:
        items = self.fresh["default_events"]
        clauses = {}
        if items:
            rows = Clause.objects.filter(kind=Clause.Kind.EVENT).values_list("instrument__ref", "ref", "id")
            clauses = {(instrument, ref): pk for instrument, ref, pk in rows}
        DefaultEvent.objects.record_all(
            DefaultEvent(
                ref=item["ref"],
                clause_id=clauses[item["instrument"], item["clause"]],
                event_kind=item["event_kind"],
                occurred=day(item["occurred"]),
                cured=_day(item.get("cured")),
                status=item.get("status") or "alleged",
            )
            for item in items
        )

    def _waivers(self) -> None:
        items = self.fresh["waivers"]
        if not items:
            return
        known = dict(Waiver.objects.values_list("ref", "id"))
        papers = dict(LoanDocument.objects.values_list("ref", "id"))
        made: dict[str, Waiver] = {}

        def record(level: list[Item]) -> None:
            rows = Waiver.objects.record_all(self._waiver(item, known, papers) for item in level)
            known.update({row.ref: row.id for row in rows})
            made.update({row.ref: row for row in rows})
            self.step(len(rows))

        _parents_first(items, lambda item: item.get("extends"), known, record)
        ids = {ref: row.id for ref, row in made.items()}
        Grantor.objects.record_all(
            Grantor(waiver_id=ids[item["ref"]], party_id=self.party[party])
            for item in items
            for party in item["granted_by"]
        )
        Condition.objects.record_all(
            Condition(
                waiver_id=ids[item["ref"]],
                number=number,
                text=condition["text"],
                satisfied=_day(condition.get("satisfied")),
            )
            for item in items
            for number, condition in enumerate(item.get("conditions") or [], 1)
        )
        Signatory.objects.record_all(
            Signatory(
                waiver_id=ids[item["ref"]],
                party_id=self.party[found["party"]],
                name=found["name"],
                title=found.get("title") or "",
                signed=_day(found.get("signed")),
            )
            for item in items
            for found in item.get("signatories") or []
        )
        self._scopes(items, ids)
        self._triggers(items, ids, known)

    def _waiver(self, item: Item, known: dict[str, int], papers: dict[str, int]) -> Waiver:
        until = item.get("until") or {}
        return Waiver(
            ref=item["ref"],
            instrument_id=self.instrument[item["instrument"]],
            kind=item["kind"],
            title=item["title"],
            dated_as_of=day(item["dated_as_of"]),
            executed=_day(item.get("executed")),
            effective_from=day(item["effective_from"]),
            until_date=_day(until.get("date")),
            until_text=until.get("text") or "",
            until_inclusive=until.get("inclusive") or False,
            extends_id=known[item["extends"]] if item.get("extends") else None,
            text=item.get("text") or "",
            document_id=papers[item["document"]] if item.get("document") else None,
        )

    def _scopes(self, items: list[Item], ids: dict[str, int]) -> None:
        event_instrument: dict[str, int] = {}
        events: dict[str, int] = {}
        if any(scope.get("default_events") for item in items for scope in item["covers"]):
            for ref, pk, instrument in DefaultEvent.objects.values_list("ref", "id", "clause__instrument_id"):
                events[ref], event_instrument[ref] = pk, instrument

        def lines() -> Iterator[ScopeLine]:
            for item in items:
                own = self.instrument[item["instrument"]]
                for number, scope in enumerate(item["covers"], 1):
                    common = {
                        "waiver_id": ids[item["ref"]],
                        "number": number,
                        "paragraph": scope.get("paragraph") or "",
                    }
                    pay = scope.get("failure_to_pay")
                    for ref in scope.get("default_events") or []:
                        self.edges.append((own, event_instrument[ref]))
                        yield ScopeLine(**common, form="default_events", default_event_id=events[ref])
                    for form in ("acceleration_of", "all_of"):
                        for ref in scope.get(form) or []:
                            self.edges.append((own, self.instrument[ref]))
                            yield ScopeLine(**common, form=form, instrument_id=self.instrument[ref])
                    for ref in pay["instruments"] if pay else ():
                        self.edges.append((own, self.instrument[ref]))
                        kinds = ",".join(sorted(pay.get("kinds") or (), reverse=True))
                        for due in pay.get("due") or [None]:
                            yield ScopeLine(
                                **common,
                                form="failure_to_pay",
                                instrument_id=self.instrument[ref],
                                kinds=kinds,
                                due=_day(due),
                            )

        ScopeLine.objects.record_all(lines())

    def _triggers(self, items: list[Item], ids: dict[str, int], known: dict[str, int]) -> None:
        pairs = [(item, trigger) for item in items for trigger in enumerate(item.get("ends_on") or [], 1)]
        made = Trigger.objects.record_all(
            Trigger(
                waiver_id=ids[item["ref"]],
                number=number,
                **{f"on_{name}": True for name in trigger["on"]},
                by=",".join(sorted(trigger.get("by") or ())),
                effect=trigger.get("effect") or "automatic",
                paragraph=trigger.get("paragraph") or "",
            )
            for item, (number, trigger) in pairs
        )
        owner = dict(Waiver.objects.values_list("ref", "instrument_id")) if pairs else {}
        targets: list[TriggerTarget] = []
        for row, (item, (_, trigger)) in zip(made, pairs, strict=True):
            own = self.instrument[item["instrument"]]
            for ref in trigger.get("instruments") or []:
                targets.append(TriggerTarget(trigger_id=row.id, instrument_id=self.instrument[ref]))
                self.edges.append((own, self.instrument[ref]))
            for ref in trigger.get("waivers") or []:
                targets.append(TriggerTarget(trigger_id=row.id, waiver_id=known[ref]))
                self.edges.append((own, owner[ref]))
            targets += [TriggerTarget(trigger_id=row.id, event_kind=kind) for kind in trigger.get("events") or []]
        TriggerTarget.objects.record_all(targets)

    def _notices(self) -> None:
        items = self.fresh["termination_notices"]
        ids = dict(Waiver.objects.values_list("ref", "id")) if items else {}
        TerminationNotice.objects.record_all(
            TerminationNotice(
                ref=item["ref"],
                waiver_id=ids[item["waiver"]],
                given=day(item["given"]),
                effective=day(item["effective"]),
                trigger_ref=item.get("trigger_ref") or "",
            )
            for item in items
        )

    def _group(self) -> None:
        """Put the new instruments into their groups: those of one obligor, and those that a paper ties together."""
        group = {pk: number or pk for pk, number in Instrument.objects.values_list("id", "group")}
        leader = {number: number for number in group.values()}

        def find(number: int) -> int:
            while leader[number] != number:
                leader[number] = leader[leader[number]]
                number = leader[number]
            return number

        first_of: dict[int, int] = {}
        obligors = InstrumentParty.objects.filter(role=InstrumentParty.Role.OBLIGOR)
        for instrument, party in obligors.values_list("instrument_id", "party_id"):
            self.edges.append((first_of.setdefault(party, instrument), instrument))
        for one, other in self.edges:
            low, high = sorted((find(group[one]), find(group[other])))
            leader[high] = low
        moved: dict[int, list[int]] = defaultdict(list)
        stored = dict(Instrument.objects.values_list("id", "group"))
        for pk, number in group.items():
            if stored[pk] != find(number):
                moved[find(number)].append(pk)
        Instrument.objects.all().regroup_all(moved)


def _parents_first(
    items: Iterable[Any],
    parent: Callable[[Any], str | None],
    known: dict[str, int],
    record: Callable[[list[Any]], None],
) -> None:
    """Record items in rounds, each after the one that it points to. `record` adds to `known`; no cycle is left."""
    waiting = list(items)
    while waiting:
        ready = [item for item in waiting if parent(item) is None or parent(item) in known]
        waiting = [item for item in waiting if parent(item) is not None and parent(item) not in known]
        record(ready)


def _obligors(item: Item) -> list[str]:
    return item.get("obligors") or ([item["issuer"]] if "issuer" in item else [])


def _roles(item: Item) -> Iterator[tuple[str, str]]:
    for party in _obligors(item):
        yield "obligor", party
    for role, field in (("lender", "lenders"), ("guarantor", "guarantors"), ("holder", "holders")):
        for party in item.get(field) or []:
            yield role, party
    for role in ("agent", "trustee"):
        if item.get(role):
            yield role, item[role]


def _day(text: str | None) -> date | None:
    return day(text) if text else None


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
