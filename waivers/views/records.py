"""An instrument and a waiver, with all that is recorded of them, as of a date and as known at a moment."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render

from agreements.models import Instrument, LoanDocument, Party
from audit.exports import Listing
from audit.middleware import SignedRequest
from audit.moments import Shortcut
from audit.permissions import Permission, needs
from audit.trail import Part, Trail
from audit.views import asks_for_a_file, file_of
from waivers.chains import changes as changes_of
from waivers.chains import scope_words, trigger_words
from waivers.dossier import Dossier, InstrumentRecord, dossier
from waivers.histories import parts_of_instruments, parts_of_waiver
from waivers.models import Waiver
from waivers.papers.letters import ENDED
from waivers.permissions import can_record
from waivers.position.rules import ONE_DAY, Line, due_on, is_missed, last_day
from waivers.positions import Group, answer, groups_at
from waivers.reasons import Reasons, held_back
from waivers.turns import shortcuts, turns_around
from waivers.views.files import SCHEDULE_COLUMNS, schedule_rows

MOST_CHANGES = 6
MOST_PAYMENTS = 60


def _seen(request: SignedRequest, group: int) -> frozenset[str]:
    visible = Instrument.objects.visible_to(request.user).filter(group=group)
    return frozenset(visible.values_list("ref", flat=True))


@needs(Permission.READ)
def instrument(request: SignedRequest, ref: str) -> HttpResponseBase:
    """An agreement or a note series: terms, document tree, clauses, parties, schedule, acts, and waivers.

    ?format=csv gives the whole schedule of payments as a file.
    """
    live = get_object_or_404(Instrument.objects.visible_to(request.user), ref=ref)
    moment = request.moment
    groups = list(groups_at([live.group], today=moment.today, known_at=moment.known_at))
    seen = _seen(request, live.group)
    papers = dossier([live.group], moment.known_at, seen)
    record = papers.instruments.get(ref)
    reasons = Reasons(groups, papers, moment.as_of)
    told = answer(groups, moment.as_of, known_at=moment.known_at)
    found = next((item for item in told.instruments if item.ref == ref), None)
    payments = _schedule(groups, record, moment.as_of) if record else []
    if asks_for_a_file(request):
        rows = schedule_rows(payments, record.row.currency if record else "")
        return file_of(request, Listing("schedule", SCHEDULE_COLUMNS, rows, (f"Instrument: {ref}",)))
    every = request.GET.get("payments") == "all"
    borrowers = Party.objects.visible_to(request.user).obligors_of(live)
    context = {
        "live": live,
        "record": record,
        "papers": papers,
        "position": found,
        "reasons": [reasons.reason(line) for line in found.lines] if found else [],
        "warnings": [warning for warning in told.warnings if warning.about == ref],
        "payments": payments if every else _near(payments, moment.as_of),
        "payment_count": len(payments),
        "tree": _tree(record) if record else [],
        "waivers": [item for item in told.waivers if record and item.ref in record.waivers],
        "reached_by": [
            (other.row.title, clause)
            for other in papers.instruments.values()
            if other.row.ref in seen
            for clause in other.clauses
            if ref in clause.reaches and not clause.row.recorded_in_error
        ],
        "borrowers": borrowers,
        "may_record": can_record(request.user, live),
        **_latest(moment.known_at, parts_of_instruments([live.pk])),
        "shortcuts": shortcuts(groups, frozenset({ref}), moment.as_of),
    }
    return render(request, "instrument.html", context)


def _schedule(groups: list[Group], record: InstrumentRecord, on: date) -> list[dict[str, Any]]:
    """Each payment with the date on which it falls due as of the day, and how it stands."""
    facts = {
        payment.ref: payment
        for group in groups
        for payment in group.timeline.case.facts.payments
        if payment.instrument == record.row.ref
    }
    rows = []
    for found in record.payments:
        payment = facts.get(found.row.ref)
        if payment is None or found.row.recorded_in_error:
            rows.append({"record": found, "due": found.row.due, "stands": "void"})
            continue
        due = due_on(payment, on)
        paid = payment.paid if payment.paid is not None and payment.paid <= on else None
        open_ = "missed" if is_missed(payment, on) else "deferred" if due != payment.due else "to come"
        late = paid is not None and paid > due
        rows.append({"record": found, "due": due, "stands": "paid" if paid else open_, "late": late})
    return sorted(rows, key=lambda row: (row["due"], row["record"].row.ref))


def _near(payments: list[dict[str, Any]], on: date) -> list[dict[str, Any]]:
    """What is missed or deferred, and the payments nearest to the date: a schedule can have hundreds."""
    if len(payments) <= MOST_PAYMENTS:
        return payments
    nearest = sorted(
        payments, key=lambda row: (row["stands"] not in ("missed", "deferred"), abs((row["due"] - on).days))
    )
    kept = {id(row) for row in nearest[:MOST_PAYMENTS]}
    return [row for row in payments if id(row) in kept]


def _tree(record: InstrumentRecord) -> list[dict[str, Any]]:
    """The papers, each with its depth under the one that it amends."""
    children: dict[int | None, list[Any]] = {}
    ids = {paper.id for paper in record.papers}
    for paper in record.papers:
        children.setdefault(paper.parent_id if paper.parent_id in ids else None, []).append(paper)
    found: list[dict[str, Any]] = []

    def walk(parent: int | None, depth: int) -> None:
        for paper in children.get(parent, ()):
            found.append({"row": paper, "depth": depth})
            walk(paper.id, depth + 1)

    walk(None, 0)
    return found


def _latest(known_at: datetime | None, parts: list[Part]) -> dict[str, Any]:
    """The latest changes of some records, up to the moment of knowledge."""
    page = Trail(parts, known_at=known_at).page(size=MOST_CHANGES)
    return {"trail": page, "changes_made": [(change, None) for change in page.changes]}


@needs(Permission.READ)
def waiver(request: SignedRequest, ref: str) -> HttpResponse:
    """A waiver: its words and their reading, what it covers, what ends it, what it holds back, and its history."""
    live = get_object_or_404(Waiver.objects.visible_to(request.user).select_related("instrument"), ref=ref)
    moment = request.moment
    group = live.instrument.group
    groups = list(groups_at([group], today=moment.today, known_at=moment.known_at))
    papers = dossier([group], moment.known_at, _seen(request, group))
    record = papers.waivers.get(ref)
    reasons = Reasons(groups, papers, moment.as_of)
    told = answer(groups, moment.as_of, known_at=moment.known_at)
    now = next((item for item in told.waivers if item.ref == ref), None)
    context: dict[str, Any] = {
        "live": live,
        "record": record,
        "papers": papers,
        "now": now,
        "ended": now is not None and now.status in ENDED,
        "ending": reasons.ending(now.end) if now and now.end else "",
        "held": [reasons.reason(line) for line in _held(groups, ref, moment.as_of)],
        "warnings": [warning for warning in told.warnings if warning.about == ref],
        "extensions": [found.row for found in papers.waivers.values() if found.extends == ref],
        "decided": _decided(live, moment.known_at),
        "may_record": can_record(request.user, live.instrument),
        **_latest(moment.known_at, parts_of_waiver(live)),
        "borrowers": Party.objects.visible_to(request.user).obligors_of(live.instrument),
        "shortcuts": _shortcuts(groups, ref, moment.as_of),
    }
    if record is not None:
        context |= _terms(record, papers)
        context["instrument_title"] = papers.title(record.instrument)
    return render(request, "waiver.html", context)


def _held(groups: list[Group], ref: str, on: date) -> list[Line]:
    """What a waiver holds back on a day; nothing where the register does not know it, or it counts for nothing."""
    for group in groups:
        position = group.timeline.position(on)
        if any(paper.ref == ref for paper in position.waivers):
            return held_back(group, position, ref)
    return []


def _terms(record: Any, papers: Dossier) -> dict[str, Any]:
    """What it covers and what ends it, in words, and what changed since the waiver that it extends."""
    earlier = papers.waivers.get(record.extends) if record.extends else None
    return {
        "scopes": [(scope, scope_words(scope, papers)) for scope in record.scopes],
        "triggers": [(trigger, trigger_words(trigger, papers)) for trigger in record.triggers],
        "earlier": earlier,
        "changes": changes_of(earlier, record, papers) if earlier else [],
    }


def _decided(waiver: Waiver, known_at: datetime | None) -> Any:
    """The history row that first had the present reading of the end: who decided it, and when."""
    rows = waiver.history.order_by("history_id")  # type: ignore[attr-defined]
    rows = list(rows.filter(history_date__lte=known_at) if known_at else rows)
    decided = None
    for row in rows:
        reading = (row.until_date, row.until_text, row.until_inclusive)
        if decided is None or reading != (decided.until_date, decided.until_text, decided.until_inclusive):
            decided = row
    return decided


def _shortcuts(groups: list[Group], ref: str, on: date) -> list[Shortcut]:
    """The waiver's own last day and the day after, between the turns before and after."""
    facts = next(
        (waiver for group in groups for waiver in group.timeline.case.facts.waivers if waiver.ref == ref), None
    )
    last = last_day(facts) if facts else None
    own = frozenset({facts.instrument}) if facts else frozenset()
    found = turns_around(groups, own, on)
    if last is not None:
        found += [Shortcut("Its last day", last), Shortcut("The day after", last + ONE_DAY)]
    return found


@needs(Permission.READ)
def document_file(request: SignedRequest, ref: str) -> FileResponse:
    """The file of a paper, as an attachment."""
    visible = Instrument.objects.visible_to(request.user)
    papers = LoanDocument.objects.filter(instrument__in=visible).exclude(file="").defer("words")
    paper = get_object_or_404(papers, ref=ref)
    return FileResponse(paper.file.open("rb"), as_attachment=True, filename=paper.file_name)
