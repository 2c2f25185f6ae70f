"""From the register to a portfolio document. Facts recorded in error stay out, save where a status says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models

from agreements.models import Clause, ClauseReach, DefaultEvent, Instrument, InstrumentParty, LoanDocument, Party
from intake.portfolio import FORMAT
from intake.portfolio.schema import LISTS
from notes.models import Alias, Deferral, HolderAction, Payment
from waivers.models import Condition, Grantor, ScopeLine, Signatory, TerminationNotice, Trigger, TriggerTarget, Waiver

Item = dict[str, Any]
CHUNK = 1000
AGREEMENT = Instrument.Kind.CREDIT_AGREEMENT  # whose papers the file has; of notes it has none


def dump_register() -> Item:
    """The whole register as one portfolio document."""
    document: Item = {"format": FORMAT}
    for name in LISTS:
        document[name] = list(dump_list(name))
    return document


def dump_list(name: str, refs: Iterable[str] | None = None) -> Iterator[Item]:
    """One list of the document, sorted by ref; only the items with these refs, if any are given."""
    model, dump = DUMPERS[name]
    rows = model.objects.all()
    if name in ("agreements", "note_series"):
        kind = Instrument.Kind.CREDIT_AGREEMENT if name == "agreements" else Instrument.Kind.NOTE_SERIES
        rows = rows.filter(kind=kind)
    if model not in (HolderAction, DefaultEvent):
        rows = rows.filter(recorded_in_error=False)
    chosen = None if refs is None else set(refs)
    if chosen is not None and len(chosen) <= CHUNK:
        rows = rows.filter(ref__in=chosen)
    wanted = list(rows.order_by("ref").values_list("id", "ref"))
    if chosen is not None:
        wanted = [(pk, ref) for pk, ref in wanted if ref in chosen]
    for start in range(0, len(wanted), CHUNK):
        ids = [pk for pk, _ in wanted[start : start + CHUNK]]
        yield from dump(rows.filter(id__in=ids).order_by("ref"), ids)


def sparse(**fields: Any) -> Item:
    """An item without what is absent."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def day(on: date | None) -> str | None:
    return on.isoformat() if on else None


def amount(value: Decimal | None) -> str | None:
    """A decimal in plain digits, without trailing zeros."""
    if value is None:
        return None
    digits = format(value, "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def children(model: type[models.Model], parent: str, ids: list[int], *related: str) -> Mapping[int, list[Any]]:
    """The standing rows of a child model that relate to standing ones, by their parent's id, in the model's order."""
    found = model.objects.filter(**{f"{parent}__in": ids}, recorded_in_error=False)  # type: ignore[attr-defined]
    for name in related:
        if name != "default_event":  # an event says by its own status that it never happened
            found = found.exclude(**{f"{name}__recorded_in_error": True})
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in found.select_related(*related):
        rows[getattr(row, f"{parent}_id")].append(row)
    return rows


def _parties(rows: models.QuerySet, ids: list[int]) -> Iterator[Item]:
    for party in rows:
        yield sparse(
            ref=party.ref,
            name=party.name,
            entity_type=party.entity_type,
            jurisdiction=party.jurisdiction,
            identifiers=sparse(cik=party.cik, lei=party.lei),
        )


def _instruments(rows: models.QuerySet, ids: list[int]) -> Iterator[Item]:
    roles = children(InstrumentParty, "instrument", ids, "party")
    papers = children(LoanDocument, "instrument", ids, "parent")
    clauses = children(Clause, "instrument", ids)
    payments = children(Payment, "instrument", ids)
    aliases = children(Alias, "instrument", ids)
    clause_ids = [clause.id for found in clauses.values() for clause in found]
    reaches = children(ClauseReach, "clause", clause_ids, "instrument")
    payment_ids = [payment.id for found in payments.values() for payment in found]
    deferrals = children(Deferral, "payment", payment_ids)
    for row in rows.select_related("credit_agreement", "note_series"):
        parties: dict[str, list[str]] = defaultdict(list)
        for role in roles[row.id]:
            parties[role.role].append(role.party.ref)
        common = {
            "currency": row.currency if row.currency != "USD" else None,
            "principal_outstanding": amount(row.principal_outstanding),
            "stated_maturity": day(row.stated_maturity),
        }
        schedule = [_payment(payment, deferrals[payment.id]) for payment in payments[row.id]]
        defaults = [_clause(clause, reaches[clause.id]) for clause in clauses[row.id]]
        if row.kind == Instrument.Kind.CREDIT_AGREEMENT:
            yield sparse(
                ref=row.ref,
                title=row.title,
                dated_as_of=day(row.credit_agreement.dated_as_of),
                obligors=parties["obligor"],
                lenders=parties["lender"],
                guarantors=parties["guarantor"],
                agent=next(iter(parties["agent"]), None),
                governing_law=row.credit_agreement.governing_law,
                **common,
                documents=[_paper(paper) for paper in papers[row.id]],
                payments=schedule,
            ) | {"events_of_default": defaults}
        else:
            series = row.note_series
            yield sparse(
                ref=row.ref,
                designation=row.title,
                issuer=parties["obligor"][0],
                ranking=series.ranking,
                rate=sparse(kind=series.rate_kind, coupon=amount(series.coupon)),
                convertible=series.convertible,
                **common,
                aliases=[{"designation": alias.designation, "from": day(alias.used_from)} for alias in aliases[row.id]],
                trustee=next(iter(parties["trustee"]), None),
                holders=parties["holder"],
            ) | {"payments": schedule, "events_of_default": defaults}


def _paper(paper: LoanDocument) -> Item:
    return sparse(
        ref=paper.ref,
        parent=paper.parent.ref if paper.parent else None,
        kind=paper.kind,
        title=paper.title,
        dated_as_of=day(paper.dated_as_of),
    )


def _payment(payment: Payment, deferrals: list[Deferral]) -> Item:
    return sparse(
        ref=payment.ref,
        kind=payment.kind,
        due=day(payment.due),
        amount=amount(payment.amount),
        paid=day(payment.paid),
        deferrals=[
            sparse(effective=day(deferral.effective), to=day(deferral.to), instrument_title=deferral.instrument_title)
            for deferral in deferrals
        ],
    )


def _clause(clause: Clause, reaches: list[ClauseReach]) -> Item:
    threshold = None
    if clause.threshold_amount is not None:
        threshold = {
            "amount": amount(clause.threshold_amount),
            "operator": clause.threshold_operator,
            "aggregate": clause.threshold_aggregate,
        }
    return sparse(
        ref=clause.ref,
        kind=clause.kind,
        section=clause.section,
        grace_days=clause.grace_days or None,
        reaches=[reach.instrument.ref for reach in reaches],
        threshold=threshold,
    )


def _waivers(rows: models.QuerySet, ids: list[int]) -> Iterator[Item]:
    grantors = children(Grantor, "waiver", ids, "party")
    conditions = children(Condition, "waiver", ids)
    scope_lines = children(ScopeLine, "waiver", ids, "instrument", "default_event")
    triggers = children(Trigger, "waiver", ids)
    signatories = children(Signatory, "waiver", ids, "party")
    trigger_ids = [trigger.id for found in triggers.values() for trigger in found]
    targets = children(TriggerTarget, "trigger", trigger_ids, "instrument", "waiver")
    for row in rows.select_related("instrument", "extends", "document"):
        until = None
        if row.until_date:
            until = sparse(date=day(row.until_date), text=row.until_text) | {"inclusive": row.until_inclusive}
        yield sparse(
            ref=row.ref,
            instrument=row.instrument.ref,
            granted_by=[grantor.party.ref for grantor in grantors[row.id]],
            kind=row.kind,
            title=row.title,
            dated_as_of=day(row.dated_as_of),
            executed=day(row.executed),
            effective_from=day(row.effective_from),
            until=until,
            conditions=[sparse(text=found.text, satisfied=day(found.satisfied)) for found in conditions[row.id]],
            extends=row.extends.ref if row.extends else None,
        ) | sparse(
            covers=list(_scopes(scope_lines[row.id])),
            ends_on=[_trigger(trigger, targets[trigger.id]) for trigger in triggers[row.id]],
            text=row.text,
            document=row.document.ref if row.document and row.instrument.kind == AGREEMENT else None,
            signatories=[
                sparse(party=found.party.ref, name=found.name, title=found.title, signed=day(found.signed))
                for found in signatories[row.id]
            ],
        )


def _scopes(lines: list[ScopeLine]) -> Iterator[Item]:
    numbered: dict[int, list[ScopeLine]] = defaultdict(list)
    for line in lines:
        numbered[line.number].append(line)
    for _number, group in sorted(numbered.items()):
        first = group[0]
        if first.form == ScopeLine.Form.DEFAULT_EVENTS:
            targets = list(dict.fromkeys(line.default_event.ref for line in group if line.default_event))
        else:
            targets = list(dict.fromkeys(line.instrument.ref for line in group if line.instrument))
        what: Any = targets
        if first.form == ScopeLine.Form.FAILURE_TO_PAY:
            due = sorted({line.due for line in group if line.due})
            what = sparse(
                instruments=targets,
                kinds=first.kinds.split(",") if first.kinds else None,
                due=[day(on) for on in due],
            )
        yield sparse(**{str(first.form): what}, paragraph=first.paragraph)


def _trigger(trigger: Trigger, targets: list[TriggerTarget]) -> Item:
    on = ("acceleration", "remedies", "other_default", "waiver_ended", "event")
    return sparse(
        on=[name for name in on if getattr(trigger, f"on_{name}")],
        by=trigger.by.split(",") if trigger.by else None,
        instruments=[target.instrument.ref for target in targets if target.instrument],
        waivers=[target.waiver.ref for target in targets if target.waiver],
        events=[target.event_kind for target in targets if target.event_kind],
        effect=trigger.effect,
        paragraph=trigger.paragraph,
    )


def _holder_actions(rows: models.QuerySet, ids: list[int]) -> Iterator[Item]:
    for row in rows.select_related("instrument"):
        yield sparse(
            ref=row.ref,
            instrument=row.instrument.ref,
            kind=row.kind,
            by=row.by,
            occurred=day(row.occurred),
            reported=day(row.reported),
            annulled=day(row.annulled),
            withdrawn=day(row.withdrawn),
            status=row.status,
        )


def _default_events(rows: models.QuerySet, ids: list[int]) -> Iterator[Item]:
    for row in rows.select_related("clause__instrument"):
        yield sparse(
            ref=row.ref,
            instrument=row.clause.instrument.ref,
            clause=row.clause.ref,
            event_kind=row.event_kind,
            occurred=day(row.occurred),
            cured=day(row.cured),
            status=row.status,
        )


def _notices(rows: models.QuerySet, ids: list[int]) -> Iterator[Item]:
    for row in rows.select_related("waiver"):
        yield sparse(
            ref=row.ref,
            waiver=row.waiver.ref,
            given=day(row.given),
            effective=day(row.effective),
            trigger_ref=row.trigger_ref,
        )


DUMPERS: dict[str, tuple[Any, Callable[[models.QuerySet, list[int]], Iterator[Item]]]] = {
    "parties": (Party, _parties),
    "agreements": (Instrument, _instruments),
    "note_series": (Instrument, _instruments),
    "waivers": (Waiver, _waivers),
    "holder_actions": (HolderAction, _holder_actions),
    "default_events": (DefaultEvent, _default_events),
    "termination_notices": (TerminationNotice, _notices),
}
