"""The credit officer's pages: what needs attention, a borrower, an instrument, a waiver, recording, exports."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from agreements.models import Instrument, LoanDocument, Party
from alerts.models import Alert
from alerts.states import State as AlertState
from audit.middleware import SignedRequest
from audit.models import User
from notes.models import Deferral, HolderAction
from waivers.exports import EXPORTS, Request, stream
from waivers.forms import HolderActionForm, MomentForm
from waivers.models import Waiver
from waivers.operations import (
    NotYoursError,
    Preview,
    check_can_record,
    check_records,
    preview_holder_action,
    record_holder_action,
)
from waivers.position.rules import ONE_DAY, Line, State, due_on, is_missed, worst
from waivers.position.rules import Status as WaiverStatus
from waivers.positions import answer, groups_at, groups_of
from waivers.reminders import watchlist

SOON = timedelta(days=60)
PER_PAGE = 50


def home(request: SignedRequest) -> HttpResponse:
    """What needs a person now: alerts not acknowledged, waivers about to end, dead alerts; and the borrowers."""
    today = timezone.localdate()
    alerts = Alert.objects.filter(recipient=request.user, acknowledged_at=None).order_by(
        "-urgent", "contractual_date", "id"
    )
    candidates = (
        Waiver.objects.visible_to(request.user)
        .standing()
        .filter(executed__isnull=False, until_date__range=(today, today + SOON + ONE_DAY))
        .select_related("instrument")
        .order_by("until_date", "ref")[:200]
    )
    lasting = _last_days(list(candidates), today)
    ending = [(found, lasting[found.ref]) for found in candidates if found.ref in lasting]
    query = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    borrowers = Party.objects.visible_to(request.user).borrowers().order_by("name", "ref")
    if query:
        borrowers = borrowers.filter(Q(name__icontains=query) | Q(ref__icontains=query))
    page = Paginator(borrowers, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "alerts": alerts[:6],
        "alert_count": alerts.count(),
        "dead": Alert.objects.filter(state=AlertState.DEAD).count() if request.user.is_staff else 0,
        "ending": ending[:20],
        "borrowers": page,
        "states": _states_of(list(page), today),
        "query": query,
        "today": today,
    }
    return render(request, "home.html", context)


def _last_days(found: list[Waiver], today: date) -> dict[str, date]:
    """The last day of those that are in force or to come, and end soon."""
    groups = {waiver.instrument.group for waiver in found}
    positions = [item for group in groups_at(groups, today=today) for item in group.timeline.position(today).waivers]
    live = (WaiverStatus.IN_FORCE, WaiverStatus.PENDING)
    return {
        item.ref: item.last_day
        for item in positions
        if item.status in live and item.last_day is not None and today <= item.last_day <= today + SOON
    }


def _states_of(parties: list[Party], today: date) -> dict[str, State]:
    """The worst state of each borrower's instruments today."""
    lines: dict[str, list[Line]] = {party.ref: [] for party in parties}
    instruments = Instrument.objects.of_obligors(Party.objects.filter(pk__in=[party.pk for party in parties]))
    for group in groups_at(groups_of(instruments), today=today):
        obligors = {ref: found.obligors for ref, found in group.timeline.case.instruments.items()}
        for line in group.timeline.day(today).lines.values():
            for ref in obligors[line.instrument] & lines.keys():
                lines[ref].append(line)
    return {ref: worst(found) for ref, found in lines.items()}


def borrower(request: SignedRequest, ref: str) -> HttpResponse:
    """A borrower's position as of a date, as known at a moment, each line with its reasons."""
    party = get_object_or_404(Party.objects.visible_to(request.user).borrowers(), ref=ref)
    today = timezone.localdate()
    moment = MomentForm(request.GET or None)
    as_of, known_at = moment.asked(today)
    numbers = groups_of(Instrument.objects.of_obligors(Party.objects.filter(pk=party.pk)))
    groups = list(groups_at(numbers, today=today, known_at=known_at))
    names = watchlist(numbers)
    found = answer(groups, as_of, borrower=party, known_at=known_at)
    turns = sorted({on for group in groups for on in group.timeline.critical_dates})
    context = {
        "party": party,
        "position": found,
        "names": names,
        "moment": MomentForm(initial={"as_of": as_of, "known_at": known_at}),
        "faults": [fault for faults in moment.errors.values() for fault in faults] if moment.is_bound else [],
        "as_of": as_of,
        "known_at": known_at,
        "today": today,
        "disputed": [
            fact
            for group in groups
            for fact in group.timeline.case.disputed
            if party.ref in group.timeline.case.instruments[fact.instrument].obligors
        ],
        "earlier": max((on for on in turns if on < as_of), default=None),
        "later": min((on for on in turns if on > as_of), default=None),
    }
    return render(request, "borrower.html", context)


def instrument(request: SignedRequest, ref: str) -> HttpResponse:
    """An instrument: parties, clauses, payments, papers, what holders did, and the waivers under it."""
    found = get_object_or_404(Instrument.objects.visible_to(request.user), ref=ref)
    today = timezone.localdate()
    groups = list(groups_at([found.group], today=today))
    position = next(
        item for group in groups for item in group.timeline.position(today).instruments if item.ref == found.ref
    )
    facts = {
        payment.ref: payment
        for group in groups
        for payment in group.timeline.case.facts.payments
        if payment.instrument == ref
    }
    payments = [
        {"row": row, "due": due_on(facts[row.ref], today), "missed": is_missed(facts[row.ref], today)}
        for row in found.payments.standing().prefetch_related(Prefetch("deferrals", Deferral.objects.standing()))
    ]
    context = {
        "instrument": found,
        "names": watchlist([found.group]),
        "position": position,
        "roles": found.roles.standing().select_related("party"),
        "clauses": found.clauses.standing().prefetch_related("reaches__instrument"),
        "payments": payments,
        "papers": found.documents.standing().select_related("parent"),
        "actions": found.holder_actions.all(),
        "waivers": found.waivers.standing().order_by("-effective_from", "ref")[:100],
        "aliases": found.aliases.standing(),
        "today": today,
    }
    return render(request, "instrument.html", context)


def waiver(request: SignedRequest, ref: str) -> HttpResponse:
    """A waiver: its words and their reading, what it covers, what ends it, what it holds back on a date."""
    found = get_object_or_404(
        Waiver.objects.visible_to(request.user).select_related("instrument", "extends", "document"), ref=ref
    )
    today = timezone.localdate()
    moment = MomentForm(request.GET or None)
    as_of, known_at = moment.asked(today)
    groups = list(groups_at([found.instrument.group], today=today, known_at=known_at))
    names = watchlist([found.instrument.group])
    position = answer(groups, as_of, known_at=known_at)
    scopes: dict[int, list[Any]] = defaultdict(list)
    for line in found.scope_lines.standing().select_related("instrument", "default_event"):
        scopes[line.number].append(line)
    context = {
        "waiver": found,
        "paper": names.papers[found.ref],
        "now": next((item for item in position.waivers if item.ref == found.ref), None),
        "held": [line for item in position.instruments for line in item.lines if line.waiver == found.ref],
        "warnings": [warning for warning in position.warnings if warning.about == found.ref],
        "scopes": dict(scopes),
        "triggers": found.triggers.standing().prefetch_related("targets__instrument", "targets__waiver"),
        "conditions": found.conditions.standing(),
        "grantors": found.grantors.standing().select_related("party"),
        "signatories": found.signatories.standing().select_related("party"),
        "extensions": found.extensions.standing(),
        "history": (found.history.filter(history_date__lte=known_at) if known_at else found.history).order_by(
            "-history_date", "-history_id"
        )[:20],
        "names": names,
        "moment": MomentForm(initial={"as_of": as_of, "known_at": known_at}),
        "faults": [fault for faults in moment.errors.values() for fault in faults] if moment.is_bound else [],
        "as_of": as_of,
        "known_at": known_at,
        "today": today,
    }
    return render(request, "waiver.html", context)


def record_action(request: SignedRequest) -> HttpResponse:
    """Record what a holder or trustee did: fill in, see what it would change, then record."""
    today = timezone.localdate()
    try:
        check_records(request.user)
    except NotYoursError as error:
        raise PermissionDenied(str(error)) from error
    if request.method != "POST":
        first = {name: request.GET[name] for name in HolderActionForm.Meta.fields if name in request.GET}
        form = HolderActionForm(initial={"reported": today, "status": "alleged", **first}, user=request.user)
        return render(request, "record_action.html", {"form": form})
    form = HolderActionForm(request.POST, user=request.user)
    if form.is_valid():
        action = form.instance
        try:
            check_can_record(request.user, action.instrument)
            if "record" not in request.POST:
                preview = preview_holder_action(action, today=today)
                return render(
                    request, "record_action.html", {"form": form, **_previewed(preview, action, request.user)}
                )
            reason = form.cleaned_data["reason"]
            raised = record_holder_action(action=action, by=request.signature, reason=reason, today=today)
        except NotYoursError as error:
            raise PermissionDenied(str(error)) from error
        except ValidationError as error:
            form.add_error(None, error)
        else:
            told = "1 alert was" if raised == 1 else f"{raised} alerts were"
            messages.success(request, f"Recorded as {action.ref}. {told} raised.")
            return redirect("instrument", ref=action.instrument.ref)
    return render(request, "record_action.html", {"form": form}, status=422)


def _previewed(preview: Preview, action: HolderAction, user: User) -> dict[str, Any]:
    """The changes that the user may see: a group can reach into another desk's debts."""
    names = watchlist([action.instrument.group])
    visible = Instrument.objects.visible_to(user).filter(group=action.instrument.group)
    seen = {*visible.values_list("ref", flat=True)}
    seen_waivers = {ref for ref, paper in names.papers.items() if paper.instrument in seen}
    changes = [
        {
            "change": change,
            "through": change.end - ONE_DAY if change.end else None,
            "title": (names.papers if change.what == "waiver" else names.instruments)[change.ref].title,
        }
        for change in preview.changes
        if change.ref in (seen_waivers if change.what == "waiver" else seen)
        and change.before != WaiverStatus.EXPIRED  # that it is called rescinded from then on changes nothing
    ]
    return {"previewed": True, "changes": changes, "action": action}


def document_file(request: SignedRequest, ref: str) -> FileResponse:
    """The file of a paper, as an attachment."""
    visible = Instrument.objects.visible_to(request.user)
    paper = get_object_or_404(LoanDocument.objects.filter(instrument__in=visible).exclude(file=""), ref=ref)
    return FileResponse(paper.file.open("rb"), as_attachment=True, filename=paper.file_name)


def export(request: SignedRequest, name: str) -> StreamingHttpResponse | HttpResponse:
    """One of counsel's CSV files, streamed: ?as_of, ?known_at, ?borrower, ?bom=1."""
    if name not in EXPORTS:
        raise Http404
    now = timezone.now()
    today = timezone.localdate(now)
    moment = MomentForm(request.GET)
    if not moment.is_valid():
        return HttpResponse("\n".join(str(fault) for faults in moment.errors.values() for fault in faults), status=400)
    as_of, known_at = moment.asked(today)
    visible = Instrument.objects.visible_to(request.user)
    if request.GET.get("borrower"):
        ref = request.GET["borrower"].replace("\x00", "")
        party = get_object_or_404(Party.objects.visible_to(request.user), ref=ref)
        visible = visible.filter(pk__in=Instrument.objects.of_obligors(Party.objects.filter(pk=party.pk)))
    asked = Request(
        instruments=frozenset(visible.values_list("ref", flat=True)),
        groups=tuple(groups_of(visible)),
        as_of=as_of,
        known_at=known_at,
        made_at=now,
        today=today,
    )
    lines = stream(name, asked, mark=request.GET.get("bom") == "1")
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{as_of.isoformat()}.csv"'
    return response
