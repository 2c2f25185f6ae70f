"""A borrower: its position, what covers it, and what would change it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, render

from agreements.models import Instrument, Party
from audit.exports import Listing
from audit.middleware import SignedRequest
from audit.moments import Moment
from audit.permissions import Permission, needs
from audit.views import asks_for_a_file, file_of
from waivers.chains import chains
from waivers.dossier import Dossier, Row, dossier
from waivers.drawings import Scale, draw_timeline, draw_web
from waivers.forms import WhatIfForm
from waivers.matrix import MOST_ROOTS, matrix
from waivers.position.coverage import Cell, CoverageRow
from waivers.position.coverage import coverage as coverage_of
from waivers.position.rules import State, Status, due_on
from waivers.position.timeline import Position, Timeline, difference, timeline
from waivers.position.warnings import DAYS_AFTER_THE_LAST, Warn, warnings
from waivers.positions import Answer, Group, answer, day_seen_from, groups_at, groups_of
from waivers.reasons import Reasons
from waivers.turns import shortcuts
from waivers.views.files import (
    COVERAGE_COLUMNS,
    SUPPOSED_COLUMNS,
    coverage_rows,
    position_columns,
    position_rows,
    supposed_row,
)

CSV = (
    ("waivers", "waivers"),
    ("default-lines", "default lines"),
    ("payments", "payments"),
    ("holder-actions", "holder actions"),
)
LIVE = (Status.IN_FORCE, Status.PENDING, Status.DRAFT)
SPANS = (("quarter", "3 months"), ("year", "1 year"), ("three-years", "3 years"), ("life", "The whole life"))


@dataclass(frozen=True, slots=True)
class Borrower:
    """A borrower at a moment: everything that its pages are made of. `party`: as it was known then."""

    party: Row
    moment: Moment
    groups: list[Group]
    papers: Dossier
    own: frozenset[str]
    seen: frozenset[str]

    @property
    def reasons(self) -> Reasons:
        return Reasons(self.groups, self.papers, self.moment.as_of)

    def answer(self) -> Answer:
        return answer(self.groups, self.moment.as_of, borrower=self.party.ref, known_at=self.moment.known_at)


def _borrower(request: SignedRequest, ref: str) -> Borrower:
    """The borrower that an address names. Raises `Http404` where there is none, or none that the reader may see."""
    party = get_object_or_404(
        Party.objects.visible_to(request.user).borrowers().select_related("desk", "officer"), ref=ref
    )
    moment = request.moment
    numbers = groups_of(Instrument.objects.ever_of(party))
    groups = list(groups_at(numbers, today=moment.today, known_at=moment.known_at))
    known = Party.objects.known_at(moment.known_at).filter(id=party.pk).first() if moment.known_at else None
    visible = Instrument.objects.visible_to(request.user).filter(group__in=numbers)
    seen = frozenset(visible.values_list("ref", flat=True))
    own = frozenset(
        found for group in groups for found, row in group.timeline.case.instruments.items() if party.ref in row.obligors
    )
    return Borrower(known or party, moment, groups, dossier(numbers, moment.known_at, seen), own, seen)


@needs(Permission.READ)
def position(request: SignedRequest, ref: str) -> HttpResponseBase:
    """Where a borrower stands: the matrix with its reasons, the timeline, the web, warnings and waivers.

    ?format=csv gives the matrix as a file, with all root causes.
    """
    found = _borrower(request, ref)
    told = found.answer()
    if asks_for_a_file(request):
        whole = matrix(told, found.reasons, found.papers, most=None)
        listing = Listing("position", position_columns(whole), position_rows(whole), (f"Borrower: {ref}",))
        return file_of(request, listing)
    span = request.GET.get("span", "")
    asked_all = request.GET.get("roots") == "all"
    titles = {ref: found.papers.title(ref) for ref in found.own}
    drawing = draw_timeline(found.groups, found.papers, found.own, found.moment.as_of, found.moment.today, span)
    context = {
        "tab": "position",
        "csv": CSV,
        "party": found.party,
        "position": told,
        "waivers": [item for item in told.waivers if item.status in LIVE],
        "over": [item for item in told.waivers if item.status not in LIVE],
        "papers": found.papers,
        "matrix": matrix(told, found.reasons, found.papers, most=None if asked_all else MOST_ROOTS),
        "timeline": drawing,
        "slider": _slider(drawing.scale, found.moment.as_of),
        "spans": SPANS,
        "span": span,
        "web": draw_web(found.groups, titles, found.moment.as_of),
        "disputed": [
            fact for group in found.groups for fact in group.timeline.case.disputed if fact.instrument in found.own
        ],
        "shortcuts": shortcuts(found.groups, found.own, found.moment.as_of),
    }
    return render(request, "borrower.html", context)


def _slider(scale: Scale, on: date) -> dict[str, Any]:
    """The range that lies over the timeline: a day a step."""
    return {"first": scale.first, "max": scale.days, "value": (on - scale.first).days}


# Coverage


@needs(Permission.READ)
def coverage(request: SignedRequest, ref: str) -> HttpResponseBase:
    """Debt x payment date x creditor, and the chains of waivers with what changed from one to the next.

    ?format=csv gives the former as a file, a row for each payment and creditor.
    """
    found = _borrower(request, ref)
    moment = found.moment
    rows: list[CoverageRow] = []
    today = day_seen_from(moment.today, moment.known_at)
    for group in found.groups:
        judged = coverage_of(group.timeline.case.facts, moment.as_of, today=today)
        rows += [row for row in judged if row.payment.instrument in found.own]
    creditors = sorted({instrument for row in rows for instrument in row.cells} | found.own)
    creditors = [instrument for instrument in creditors if instrument in found.seen]
    named = [(ref, found.papers.title(ref), _creditors_of(found.papers, ref)) for ref in creditors]
    told = [
        {
            "row": row,
            "title": found.papers.title(row.payment.instrument),
            "cells": [(cell, _ends_early(cell, maturity)) for cell in map(row.cells.get, creditors)],
            "maturity": maturity,
        }
        for row in rows
        for maturity in [_maturity(found.papers, row)]
    ]
    if asks_for_a_file(request):
        listing = Listing("coverage", COVERAGE_COLUMNS, coverage_rows(told, named), (f"Borrower: {found.party.ref}",))
        return file_of(request, listing)
    context = {
        "tab": "coverage",
        "party": found.party,
        "papers": found.papers,
        "creditors": named,
        "rows": told,
        "gaps": sum(row.cells[ref].cover == "gap" for row in rows for ref in creditors if ref in row.cells),
        "chains": chains(found.papers, set(found.own)),
        "statuses": {
            item.ref: item for group in found.groups for item in group.timeline.position(moment.as_of).waivers
        },
        "warnings": [warning for warning in found.answer().warnings if warning.rule in (30, 31, 32)],
        "shortcuts": shortcuts(found.groups, found.own, moment.as_of),
    }
    return render(request, "coverage.html", context)


def _creditors_of(papers: Dossier, ref: str) -> str:
    record = papers.instruments[ref]
    names = [party.name for role in ("lender", "holder", "trustee") for party in record.parties(role)]
    return "; ".join(dict.fromkeys(names)) or "holders not recorded"


def _maturity(papers: Dossier, row: CoverageRow) -> date | None:
    record = papers.instruments.get(row.payment.instrument)
    return record.row.stated_maturity if record else None


def _ends_early(cell: Cell | None, maturity: date | None) -> date | None:
    """The day, at most a week after the waivers' last, on which more of the debt falls due or it matures."""
    if cell is None or cell.through is None:
        return None
    days = [cell.ends_before, maturity]
    near = [day for day in days if day is not None and 0 <= (day - cell.through).days <= DAYS_AFTER_THE_LAST]
    return min(near, default=None)


# What if


@needs(Permission.READ)
def what_if(request: SignedRequest, ref: str) -> HttpResponseBase:
    """Two positions side by side: as recorded, and with facts that are only supposed (rule 29). Nothing is recorded.

    ?format=csv gives them as a file, which says what was supposed.
    """
    found = _borrower(request, ref)
    moment = found.moment
    today = day_seen_from(moment.today, moment.known_at) or moment.today
    upcoming = [
        (payment, due_on(payment, moment.as_of))
        for group in found.groups
        for payment in group.timeline.case.facts.payments
        if payment.instrument in found.own and payment.paid is None and due_on(payment, today) > today
    ]
    upcoming.sort(key=lambda pair: (pair[1], pair[0].ref))
    debts = [(ref, found.papers.title(ref)) for ref in sorted(found.own & found.seen)]
    asked = any(name in request.GET for name in ("kind", "missed", "on"))
    form = WhatIfForm(request.GET if asked else None, debts=debts, upcoming=upcoming, initial={"on": moment.as_of})
    context: dict[str, Any] = {
        "tab": "what-if",
        "party": found.party,
        "papers": found.papers,
        "form": form,
        "shortcuts": shortcuts(found.groups, found.own, moment.as_of),
    }
    if asked and form.is_valid():
        context |= _supposed(found, form)
    if asks_for_a_file(request):
        rows = map(supposed_row, context.get("rows", ()))
        said = (f"Borrower: {ref}", *form.said())
        faults = () if form.is_valid() else form.faults()
        return file_of(request, Listing("what-if", SUPPOSED_COLUMNS, rows, said), faults=faults)
    return render(request, "what_if.html", context, status=422 if asked and not form.is_valid() else 200)


def _supposed(found: Borrower, form: WhatIfForm) -> dict[str, Any]:
    """Both positions on the day supposed, what differs, and what stands behind it."""
    moment, on = found.moment, form.cleaned_data["on"]
    today = day_seen_from(moment.today, moment.known_at)
    before: list[Timeline] = [group.timeline for group in found.groups]
    after: list[Timeline] = []
    for line in before:
        facts = line.case.facts
        with_it = replace(facts, holder_actions=(*facts.holder_actions, *form.actions(facts)))
        after.append(timeline(with_it, today=today, missed=form.unpaid))
    changes = [
        change
        for pair in zip(before, after, strict=True)
        for change in difference(*pair)
        if _instrument_of(change.what, change.ref, found.papers) in found.own & found.seen
    ]
    seen_on = max([on, *(due for payment, due in form.upcoming if (payment.instrument, payment.ref) in form.unpaid)])
    rows = [
        {
            "ref": ref,
            "record": found.papers.instruments.get(ref),
            "creditors": _creditors_of(found.papers, ref),
            "before": _of(before, ref, seen_on),
            "after": _of(after, ref, seen_on),
        }
        for ref in sorted(found.own & found.seen)
    ]
    falling = [change for change in changes if change.what == "waiver" and change.after in ("rescinded", "terminated")]
    return {
        "asked": True,
        "on": seen_on,
        "rows": rows,
        "falling": [(change, found.papers.waivers[change.ref]) for change in falling if change.before != "expired"],
        "changes": [change for change in changes if change.what == "instrument"],
        "amounts": _amounts(rows),
        "new_warnings": _new_warnings(before, after, seen_on, found.own),
        "record_query": form.record_query(),
    }


def _instrument_of(what: str, ref: str, papers: Dossier) -> str:
    return papers.waivers[ref].instrument if what == "waiver" and ref in papers.waivers else ref


def _of(timelines: list[Timeline], ref: str, on: date) -> Any:
    positions: list[Position] = [line.position(on) for line in timelines if ref in line.case.instruments]
    return next((item for found in positions for item in found.instruments if item.ref == ref), None)


def _amounts(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Principal outstanding that stands in an event of default, by currency; with what is not known counted."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        record = row["record"]
        sums = found.setdefault(
            record.row.currency, {"currency": record.row.currency, "before": 0, "after": 0, "unknown": 0}
        )
        for side in ("before", "after"):
            if row[side] is not None and row[side].state is State.EVENT_OF_DEFAULT:
                if record.row.principal_outstanding is None:
                    sums["unknown"] += side == "after"
                else:
                    sums[side] += record.row.principal_outstanding
    return [sums for _, sums in sorted(found.items())]


def _new_warnings(before: list[Timeline], after: list[Timeline], on: date, own: frozenset[str]) -> list[Warn]:
    """What would be warned of that is not now, about the borrower's own instruments and the waivers under them."""

    def of(lines: list[Timeline]) -> set[Warn]:
        return {found for line in lines for found in warnings(line, on, unwaived_days=settings.UNWAIVED_DAYS)}

    papers = {waiver.ref for line in before for waiver in line.case.facts.waivers if waiver.instrument in own}
    return sorted(found for found in of(after) - of(before) if found.about in own | papers)
