"""What comes in: bringing it, going through its terms, and recording what was confirmed."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from agreements.models import Instrument, Party
from audit.middleware import SignedRequest
from audit.paging import Order, page_of
from audit.permissions import Permission, check_may, may, needs
from intake.forms import BringForm, RecordForm, TermForm
from intake.models import Incoming, Verdict
from intake.operations import (
    FaultyProposalError,
    NotUnderReviewError,
    OtherThanPreviewedError,
    Outlook,
    decide,
    look_ahead,
    receive,
    record_draft,
    set_aside,
)
from intake.portfolio.dump import dump_list
from intake.portfolio.faults import FaultyPortfolioError
from intake.review.checks import doubts_of
from intake.review.matches import matches_of
from intake.review.proposal import Known, Proposal, proposal_of
from intake.review.sheet import Item, Sheet, segments, sheet_of
from intake.tasks import wake_the_reader
from waivers.forms.facts import free_ref
from waivers.models import Waiver
from waivers.position.rules import ONE_DAY

PER_PAGE = 50
LATEST_FIRST = Order(("received_at",), descending=True)
SHOWN = {
    "open": ("To review", ("waiting", "reading", "read")),
    "refused": ("Not readable", ("refused",)),
    "recorded": ("Recorded", ("recorded",)),
    "aside": ("Set aside", ("set_aside",)),
    "all": ("All", ()),
}
OWN_FIELDS = ("csrfmiddlewaretoken", "step", "previewed")
GONE = "This document is not under review any more: it was recorded or set aside. Nothing was changed."


# What comes in


@needs(Permission.READ)
def intake(request: SignedRequest) -> HttpResponse:
    """What came in for the reader's desks, latest first; and bringing in more."""
    form = BringForm(user=request.user)
    if request.method == "POST":
        check_may(request.user, Permission.RECORD)
        form = BringForm(request.POST, request.FILES, user=request.user)
        if form.is_valid() and (made := _bring(request, form)):
            wake_the_reader()
            return redirect("incoming", made[0].pk) if len(made) == 1 else redirect("intake")
    show = request.GET.get("show", "open")
    states = SHOWN.get(show, SHOWN["open"])[1]
    rows = Incoming.objects.visible_to(request.user).select_related("desk", "waiver", "by", "same_as")
    rows = rows.filter(state__in=states).exclude(kind="zip") if states else rows
    asked = request.GET
    page = page_of(
        rows.defer("text", "draft", "places"),
        LATEST_FIRST,
        size=PER_PAGE,
        after=asked.get("after", ""),
        before=asked.get("before", ""),
    )
    waiting = Incoming.objects.visible_to(request.user).filter(state__in=("waiting", "reading")).count()
    context = {
        "form": form,
        "page": page,
        "show": show if show in SHOWN else "open",
        "tabs": [(name, title) for name, (title, _) in SHOWN.items()],
        "waiting": waiting,
    }
    return render(request, "intake.html", context, status=422 if form.errors else 200)


def _bring(request: SignedRequest, form: BringForm) -> list[Incoming]:
    """Keep the files that were sent; a file that cannot be kept is told in the form, and the others are kept."""
    made = []
    for file in form.cleaned_data["documents"]:
        try:
            made.append(
                receive(
                    name=file.name,
                    data=file.read(),
                    desk=form.cleaned_data["desk"],
                    exhibit=form.cleaned_data["exhibit"],
                    owner=request.user,
                    by=request.signature,
                )
            )
        except ValidationError as error:
            form.add_error("documents", error)
    if made and form.errors:
        messages.warning(request, f"{len(made)} of {len(form.cleaned_data['documents'])} files were kept.")
    return made


def _incoming(request: SignedRequest, number: int) -> Incoming:
    rows = Incoming.objects.visible_to(request.user).select_related(
        "desk", "by", "waiver", "paper", "parent", "same_as"
    )
    return cast("Incoming", get_object_or_404(rows, pk=number))


@needs(Permission.READ)
@require_GET
def incoming(request: SignedRequest, number: int) -> HttpResponse:
    """One document: how far its reading is, or its terms beside its text. For htmx only what changes meanwhile."""
    found = _incoming(request, number)
    fragment = bool(request.htmx) and not request.htmx.boosted and not request.htmx.history_restore_request
    if fragment or found.kind == "zip" or found.draft is None:
        parts = found.documents.select_related("waiver", "same_as").defer("text", "draft", "places").order_by("id")
        states = list(parts.values_list("state", flat=True))
        done = sum(state not in ("waiting", "reading") for state in states)
        context = {
            "incoming": found,
            "parts": list(parts[:PER_PAGE]),
            "most": PER_PAGE,
            "total": len(states),
            "done": done,
            "refused": states.count("refused"),
            "repeats": states.count("duplicate"),
            "busy": found.is_under_way or done < len(states),
        }
        return render(request, "_incoming.html" if fragment else "incoming.html", context)
    sheet = _sheet(request, found)
    return _review(request, sheet, opened=request.GET.get("correct", ""))


def _sheet(request: SignedRequest, found: Incoming) -> Sheet:
    return sheet_of(found, found.verdicts.order_by("id"), matches_of(found.draft or {}, request.user))


def _may_judge(request: SignedRequest, sheet: Sheet) -> bool:
    return sheet.incoming.state == Incoming.State.READ and may(request.user, Permission.RECORD)


def _review(request: SignedRequest, sheet: Sheet, *, opened: str = "", form: TermForm | None = None) -> HttpResponse:
    doubts = doubts_of(sheet)
    by_key: dict[str, list[str]] = {}
    for doubt in doubts:
        by_key.setdefault(doubt.key, []).append(doubt.words)
    item = sheet.item(opened) if opened else None
    context = {
        "incoming": sheet.incoming,
        "sheet": sheet,
        "segments": segments(sheet.incoming.text, sheet.items),
        "doubts": by_key,
        "general": by_key.get("", []),
        "opened": item.key if item else "",
        "new": item if item is not None and sheet.item(item.key) not in sheet.items else None,
        "form": form or (TermForm(item=item) if item else None),
        "under_review": _may_judge(request, sheet),
    }
    return render(request, "review.html", context, status=422 if form is not None and form.errors else 200)


@needs(Permission.RECORD)
def term(request: SignedRequest, number: int, key: str) -> HttpResponse:
    """One term: GET its form, POST a verdict. With htmx only the term and how far the review is come back."""
    found = _incoming(request, number)
    if found.draft is None:
        raise Http404
    sheet = _sheet(request, found)
    item = sheet.item(key)
    if item is None:
        raise Http404
    if request.method != "POST":
        if request.htmx:
            return _term(request, sheet, item, TermForm(item=item))
        return redirect(f"{reverse('incoming', args=[number])}?correct={key}#{item.anchor}")
    outcome = request.POST.get("outcome", "")
    if outcome not in Verdict.Outcome.values:
        raise Http404
    value: Any = item.proposed
    form = None
    if outcome in (Verdict.Outcome.CORRECTED, Verdict.Outcome.ADDED):
        outcome = Verdict.Outcome.ADDED if item.proposed is None else Verdict.Outcome.CORRECTED
        form = TermForm(request.POST, item=item)
        if not form.is_valid():
            return _term(request, sheet, item, form) if request.htmx else _review(request, sheet, opened=key, form=form)
        value = form.value
    elif outcome == Verdict.Outcome.ACCEPTED:
        if item.proposed is None:
            raise Http404
        if item.match is not None:
            value = {**item.proposed, "register": _as_shown(request, item)}
    try:
        decide(incoming=found, item=item, outcome=outcome, value=value, owner=request.user, by=request.signature)
    except NotUnderReviewError:
        messages.error(request, GONE)
        return redirect("incoming", number)
    if not request.htmx:
        after = _sheet(request, found)
        following = _next_open(after, key)
        return redirect(f"{reverse('incoming', args=[number])}#{following.anchor if following else 'record'}")
    sheet = _sheet(request, found)
    return _term(request, sheet, sheet.item(key) or item, None)


def _as_shown(request: SignedRequest, item: Item) -> str:
    """The record that the reader saw beside the term, if it can still be it."""
    shown = request.POST.get("register", "")
    return shown if item.match and shown in dict(item.match.choices) else ""


def _next_open(sheet: Sheet, key: str) -> Item | None:
    keys = [item.key for item in sheet.items]
    at = keys.index(key) if key in keys else 0
    later = [item for item in sheet.items[at + 1 :] if item.state == "open"]
    return next(iter(later or sheet.open), None)


def _term(request: SignedRequest, sheet: Sheet, item: Item, form: TermForm | None) -> HttpResponse:
    doubts = [doubt.words for doubt in doubts_of(sheet) if doubt.key == item.key]
    context = {
        "incoming": sheet.incoming,
        "sheet": sheet,
        "item": item,
        "form": form,
        "said": doubts,
        "under_review": _may_judge(request, sheet),
        "whole": False,
    }
    return render(request, "_term.html", context, status=422 if form is not None and form.errors else 200)


@needs(Permission.READ)
@require_GET
def incoming_file(request: SignedRequest, number: int) -> HttpResponseBase:
    """The file as it came, to keep; never shown in the page."""
    found = _incoming(request, number)
    return FileResponse(
        found.file.open("rb"), as_attachment=True, filename=found.name, content_type="application/octet-stream"
    )


@needs(Permission.RECORD)
@require_POST
def put_aside(request: SignedRequest, number: int) -> HttpResponse:
    """Put a document aside, or take it back."""
    found = _incoming(request, number)
    back = request.POST.get("back") == "yes"
    try:
        set_aside(incoming=found, back=back)
    except NotUnderReviewError:
        messages.error(request, GONE)
    return redirect("incoming", number)


# Recording


@needs(Permission.RECORD)
def record(request: SignedRequest, number: int) -> HttpResponse:
    """What the confirmed terms would become: the last questions, the positions before and after, and the record."""
    found = _incoming(request, number)
    if found.draft is None:
        raise Http404
    sheet = _sheet(request, found)
    if found.state != Incoming.State.READ:
        messages.warning(request, GONE)
        return redirect("incoming", number)
    if sheet.open:
        count = len(sheet.open)
        said = f"{count} term{'s wait' if count > 1 else ' waits'} for a verdict; nothing enters the register before."
        messages.warning(request, said)
        return redirect(f"{reverse('incoming', args=[number])}#{sheet.open[0].anchor}")
    return _Recording(request, sheet).answer()


class _Recording:
    """One request of a recording: `GET` the questions, `POST` with step=preview or step=record."""

    def __init__(self, request: SignedRequest, sheet: Sheet) -> None:
        self.request, self.sheet, self.incoming = request, sheet, sheet.incoming
        self.signer = Signer(salt=f"intake/{sheet.incoming.pk}/{request.user.pk}")

    def answer(self) -> HttpResponse:
        data = self.request.POST if self.request.method == "POST" else None
        form = RecordForm(data, sheet=self.sheet, user=self.request.user, free=lambda ref: free_ref(Waiver, ref))
        if data is None:
            first = RecordForm(
                {**form.initial, "desk": self.incoming.desk_id, "offers": []},
                sheet=self.sheet,
                user=self.request.user,
                free=lambda ref: ref,
            )
            if first.is_valid():
                form.offer(self._proposal(first).offers)
            return self._page(form)
        keys = data.getlist("offers")
        field: Any = form.fields["offers"]
        field.choices = [(key, key) for key in keys]
        if not form.is_valid():
            return self._page(form, status=422)
        proposal = self._proposal(form)
        form.offer(proposal.offers)
        try:
            if data.get("step") == "record":
                return self._record(form, proposal)
            return self._preview(form, proposal)
        except FaultyProposalError as error:
            return self._page(form, faults=error.faults, left=proposal.left, status=422)
        except FaultyPortfolioError as error:
            return self._page(form, faults=[str(fault) for fault in error.faults], left=proposal.left, status=422)
        except ValidationError as error:
            return self._page(form, faults=error.messages, left=proposal.left, status=422)

    def _proposal(self, form: RecordForm) -> Proposal:
        refs = {item.register_ref for item in self.sheet.items if item.counts and item.register_ref}
        known = Known(
            agreements={item["ref"]: item for item in dump_list("agreements", refs)},
            note_series={item["ref"]: item for item in dump_list("note_series", refs)},
            taken=_is_taken,
        )
        return proposal_of(self.sheet, form.chosen(), known)

    def _data_print(self) -> str:
        kept = QueryDict(mutable=True)
        for name, values in sorted(self.request.POST.lists()):
            if name not in OWN_FIELDS:
                kept.setlist(name, values)
        verdicts = [item.verdict.pk for item in self.sheet.items if item.verdict]
        return f"{kept.urlencode()}/{max(verdicts, default=0)}"

    def _preview(self, form: RecordForm, proposal: Proposal, *, said: str = "", status: int = 200) -> HttpResponse:
        outlook = look_ahead(
            incoming=self.incoming,
            proposal=proposal,
            desk=form.cleaned_data["desk"],
            by=self.request.signature,
            today=self.request.moment.today,
        )
        seen = set(
            Instrument.objects.visible_to(self.request.user)
            .filter(ref__in=outlook.preview.before.case.instruments)
            .values_list("ref", flat=True)
        )
        fresh = outlook.preview.after.case.instruments.keys() - outlook.preview.before.case.instruments.keys()
        owner = {waiver.ref: waiver.instrument for waiver in outlook.preview.after.case.facts.waivers}
        titles = dict(Instrument.objects.filter(ref__in=seen).values_list("ref", "title"))
        changes = [
            {
                "change": change,
                "title": titles.get(change.ref, "This waiver" if change.what == "waiver" else "New to the register"),
                "through": change.end - ONE_DAY if change.end else None,
            }
            for change in outlook.preview.changes
            if (owner.get(change.ref, "") if change.what == "waiver" else change.ref) in seen | fresh
        ]
        return self._page(
            form,
            status=status,
            said=said,
            asked=True,
            changes=changes,
            stands=self._stands(form, proposal, outlook),
            differs=outlook.differs,
            left=proposal.left,
            previewed=self.signer.sign(f"{outlook.preview.print}:{self._data_print()}"),
        )

    def _stands(self, form: RecordForm, proposal: Proposal, outlook: Outlook) -> list[tuple[date, Any, Any]]:
        """How the instrument stands before and after: on the waiver's first day, and today."""
        today = self.request.moment.today
        days = sorted({min(form.cleaned_data["effective"], today), today})
        lines = (outlook.preview.before, outlook.preview.after)
        return [
            (
                on,
                *(
                    next((one for one in line.position(on).instruments if one.ref == proposal.under), None)
                    for line in lines
                ),
            )
            for on in days
        ]

    def _record(self, form: RecordForm, proposal: Proposal) -> HttpResponse:
        try:
            signed = self.signer.unsign(self.request.POST.get("previewed", ""))
        except BadSignature:
            return self._preview(form, proposal, said="See first what it would change; then record it.", status=409)
        consequences, _, data = signed.partition(":")
        if data != self._data_print():
            said = "The answers or the terms were changed after the preview. This is what it would change now."
            return self._preview(form, proposal, said=said, status=409)
        source = f"Read from {self.incoming.name} (incoming {self.incoming.pk}), each term confirmed"
        reason = f"{form.cleaned_data['reason'].strip()}. {source}" if form.cleaned_data["reason"].strip() else source
        try:
            done = record_draft(
                incoming=self.incoming,
                proposal=proposal,
                desk=form.cleaned_data["desk"],
                by=self.request.signature,
                reason=reason,
                today=self.request.moment.today,
                previewed=consequences,
            )
        except OtherThanPreviewedError:
            said = "The register has changed since the preview. Nothing was recorded; this is what it would do now."
            return self._preview(form, proposal, said=said, status=409)
        except NotUnderReviewError:
            messages.error(self.request, GONE)
            return redirect("incoming", self.incoming.pk)
        told = "1 alert was" if done.raised == 1 else f"{done.raised} alerts were"
        messages.success(self.request, f"Recorded as {done.waiver.ref}. {told} raised.")
        return redirect("waiver", done.waiver.ref)

    def _page(self, form: RecordForm, *, status: int = 200, **more: Any) -> HttpResponse:
        for name in form.errors:
            if name in form.fields:
                form.fields[name].widget.attrs["aria-invalid"] = "true"
                form.fields[name].widget.attrs["aria-describedby"] = f"id_{name}_errors"
        context = {"incoming": self.incoming, "sheet": self.sheet, "form": form, **more}
        return render(self.request, "record_draft.html", context, status=status)


def _is_taken(ref: str) -> bool:
    """Whether any record that a draft makes has this ref."""
    return any(model._default_manager.filter(ref=ref).exists() for model in (Party, Instrument, Waiver))
