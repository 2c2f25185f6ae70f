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
from django_htmx.http import HttpResponseClientRedirect

from agreements.models import Instrument
from audit.middleware import SignedRequest
from audit.paging import Order, page_of
from audit.permissions import Permission, check_may, may, needs
from intake.forms import BringForm, RecordForm, TermForm
from intake.models import Incoming, Verdict
from intake.operations import (
    FaultyProposalError,
    JudgedMeanwhileError,
    NotUnderReviewError,
    Outlook,
    decide,
    last_verdict,
    look_ahead,
    receive,
    record_draft,
    set_aside,
    take_back,
)
from intake.portfolio.faults import FaultyPortfolioError
from intake.review.checks import doubts_of
from intake.review.held import held_of
from intake.review.making import proposal_of
from intake.review.matches import matches_of
from intake.review.proposal import Offer, Proposal
from intake.review.sheet import Item, Sheet, as_judged, segments, sheet_of
from intake.tasks import wake_the_reader
from waivers.forms.facts import free_ref
from waivers.models import Waiver
from waivers.operations import OtherConsequencesError
from waivers.position.rules import ONE_DAY, Status

PER_PAGE = 50
MOST_DIGITS = 19
LATEST_FIRST = Order(("received_at",), descending=True)
SHOWN = {
    "open": ("To review", ("waiting", "reading", "read")),
    "refused": ("Not readable", ("refused",)),
    "recorded": ("Recorded", ("recorded",)),
    "aside": ("Set aside", ("set_aside",)),
    "all": ("All", ()),
}
OWN_FIELDS = ("csrfmiddlewaretoken", "step", "previewed")
MOVED = "What the register has for it is not what was shown any more. Look at it again."
JUDGED = "Somebody else gave a verdict on this meanwhile. This is what it is now."
GONE = "This document is not under review any more: it was recorded or set aside. Nothing was changed."


# What comes in


@needs(Permission.READ)
def intake(request: SignedRequest) -> HttpResponse:
    """What came in for the reader's desks, latest first; and bringing in more."""
    form, faults = BringForm(user=request.user), list[str]()
    if request.method == "POST":
        check_may(request.user, Permission.RECORD)
        form = BringForm(request.POST, request.FILES, user=request.user)
        if form.is_valid():
            made, faults = _bring(request, form)
            for fault in faults:
                messages.error(request, fault)
            if made:
                wake_the_reader()
                return redirect("incoming", made[0].pk) if len(made) == 1 else redirect("intake")
    show = request.GET.get("show", "open")
    states = SHOWN.get(show, SHOWN["open"])[1]
    rows = Incoming.objects.visible_to(request.user).light().select_related("desk", "waiver", "by", "same_as")
    rows = rows.filter(state__in=states).exclude(kind="zip") if states else rows
    asked = request.GET
    page = page_of(
        rows,
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
    return render(request, "intake.html", context, status=422 if form.errors or faults else 200)


def _bring(request: SignedRequest, form: BringForm) -> tuple[list[Incoming], list[str]]:
    """Keep the files that were sent; of those that cannot be kept, a sentence each."""
    made, faults = [], []
    options = {name: form.cleaned_data[name] for name in ("desk", "exhibit")}
    for file in form.cleaned_data["documents"]:
        try:
            made.append(receive(name=file.name, data=file.read(), owner=request.user, by=request.signature, **options))
        except ValidationError as error:
            faults += error.messages
    return made, faults


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
        parts = found.documents.select_related("waiver", "same_as").light().order_by("id")
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
            "readable": sum(state in ("read", "recorded", "set_aside") for state in states),
            "fragment": fragment,
        }
        return render(request, "_incoming.html" if fragment else "incoming.html", context)
    sheet = _sheet(request, found)
    return _review(request, sheet, opened=request.GET.get("correct", ""))


def _sheet(request: SignedRequest, found: Incoming) -> Sheet:
    verdicts = list(found.verdicts.order_by("id"))
    return sheet_of(found, verdicts, matches_of(as_judged(found.draft or {}, verdicts), request.user))


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
            shown = request.POST.get("register", "")
            if shown and shown not in dict(item.match.choices):
                return _answer(request, sheet, key, MOVED)
            value = {**item.proposed, "register": shown, "offered": item.match.ref}
    elif outcome != Verdict.Outcome.REJECTED:
        raise Http404
    seen = request.POST.get("seen", "")
    try:
        decide(
            incoming=found,
            item=item,
            outcome=outcome,
            value=value,
            owner=request.user,
            by=request.signature,
            seen=int(seen) if seen.isdecimal() and len(seen) < MOST_DIGITS else None,
        )
    except NotUnderReviewError:
        messages.error(request, GONE)
        gone = reverse("incoming", args=[number])
        return HttpResponseClientRedirect(gone) if request.htmx else redirect(gone)
    except JudgedMeanwhileError:
        return _answer(request, _sheet(request, found), key, JUDGED)
    return _answer(request, _sheet(request, found), key)


def _answer(request: SignedRequest, sheet: Sheet, key: str, fault: str = "") -> HttpResponse:
    """The term as it is now, with what went wrong; without htmx the page, at the next term that waits."""
    item = sheet.item(key)
    if item is None:
        raise Http404
    if request.htmx:
        return _term(request, sheet, item, None, fault=fault)
    if fault:
        messages.error(request, fault)
    following = item if fault else _next_open(sheet, key)
    place = following.anchor if following else "record"
    return redirect(f"{reverse('incoming', args=[sheet.incoming.pk])}#{place}")


def _next_open(sheet: Sheet, key: str) -> Item | None:
    keys = [item.key for item in sheet.items]
    at = keys.index(key) if key in keys else 0
    later = [item for item in sheet.items[at + 1 :] if item.state == "open"]
    return next(iter(later or sheet.open), None)


def _term(request: SignedRequest, sheet: Sheet, item: Item, form: TermForm | None, *, fault: str = "") -> HttpResponse:
    doubts = [doubt.words for doubt in doubts_of(sheet) if doubt.key == item.key]
    context = {
        "incoming": sheet.incoming,
        "sheet": sheet,
        "item": item,
        "form": form,
        "said": doubts,
        "fault": fault,
        "under_review": _may_judge(request, sheet),
        "whole": False,
    }
    status = 409 if fault else 422 if form is not None and form.errors else 200
    return render(request, "_term.html", context, status=status)


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
    verb = take_back if request.POST.get("back") == "yes" else set_aside
    try:
        verb(incoming=found, owner=request.user, by=request.signature)
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
        self.judged = last_verdict(sheet.incoming)
        self.signer = Signer(salt=f"intake/{sheet.incoming.pk}/{request.user.pk}")

    def answer(self) -> HttpResponse:
        if self.request.method != "POST":
            form = self._form(None)
            form.offer(self._first_offers())
            return self._page(form)
        form = self._form(self.request.POST)
        form.offer(Offer(key, key) for key in self.request.POST.getlist("offers"))
        if not form.is_valid():
            form.offer(self._first_offers())
            return self._page(form, status=422)
        proposal = self._proposal(form)
        form.offer(proposal.offers)
        try:
            if self.request.POST.get("step") == "record":
                return self._record(form, proposal)
            return self._preview(form, proposal)
        except FaultyProposalError as error:
            return self._page(form, faults=error.faults, left=proposal.left, status=422)
        except FaultyPortfolioError as error:
            return self._page(form, faults=[str(fault) for fault in error.faults], left=proposal.left, status=422)
        except ValidationError as error:
            return self._page(form, faults=error.messages, left=proposal.left, status=422)

    def _form(self, data: Any) -> RecordForm:
        return RecordForm(data, sheet=self.sheet, user=self.request.user, free=lambda ref: free_ref(Waiver, ref))

    def _first_offers(self) -> list[Offer]:
        """What the document implies, as far as the answers that the form comes with can tell."""
        form = self._form({**self._form(None).initial, "offers": []})
        return self._proposal(form).offers if form.is_valid() else []

    def _proposal(self, form: RecordForm) -> Proposal:
        held = held_of(self.sheet, self.request.user)
        return proposal_of(self.sheet, form.chosen(), held, self.request.moment.today)

    def _data_print(self) -> str:
        kept = QueryDict(mutable=True)
        for name, values in sorted(self.request.POST.lists()):
            if name not in OWN_FIELDS:
                kept.setlist(name, values)
        return f"{kept.urlencode()}/{self.judged}"

    def _preview(self, form: RecordForm, proposal: Proposal, *, said: str = "", status: int = 200) -> HttpResponse:
        request = self.request
        outlook = look_ahead(
            incoming=self.incoming, proposal=proposal, by=request.signature, today=request.moment.today
        )
        before, after = outlook.preview.before, outlook.preview.after
        visible = Instrument.objects.visible_to(request.user).filter(ref__in=before.case.instruments)
        seen = {*visible.values_list("ref", flat=True), *proposal.new_debts}
        owner = {waiver.ref: waiver.instrument for waiver in after.case.facts.waivers}
        changes = [
            {
                "change": change,
                "title": outlook.titles.get(change.ref, ""),
                "through": change.end - ONE_DAY if change.end else None,
            }
            for change in outlook.preview.changes
            # That an expired waiver is called rescinded from then on changes nothing.
            if (owner.get(change.ref, "") if change.what == "waiver" else change.ref) in seen
            and change.before != Status.EXPIRED
        ]
        return self._page(
            form,
            status=status,
            said=said,
            asked=True,
            changes=changes,
            stands=self._stands(form, proposal, outlook),
            differs=outlook.differs,
            says=outlook.says,
            new=proposal.new,
            left=proposal.left,
            previewed=self.signer.sign(f"{outlook.print}:{self._data_print()}"),
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
                by=self.request.signature,
                reason=reason,
                today=self.request.moment.today,
                judged=self.judged,
                previewed=consequences,
            )
        except JudgedMeanwhileError:
            messages.error(self.request, JUDGED)
            return redirect("incoming", self.incoming.pk)
        except OtherConsequencesError:
            said = "The register has changed since the preview. Nothing was recorded; this is what it would do now."
            return self._preview(form, proposal, said=said, status=409)
        except NotUnderReviewError:
            messages.error(self.request, GONE)
            return redirect("incoming", self.incoming.pk)
        told = "1 alert was" if done.raised == 1 else f"{done.raised} alerts were"
        ref = form.cleaned_data["ref"]
        messages.success(self.request, f"Recorded as {ref}. {told} raised.")
        return redirect("waiver", ref)

    def _page(self, form: RecordForm, *, status: int = 200, **more: Any) -> HttpResponse:
        for name in form.errors:
            if name in form.fields:
                described = form.fields[name].widget.attrs.get("aria-describedby", "")
                form.fields[name].widget.attrs["aria-invalid"] = "true"
                form.fields[name].widget.attrs["aria-describedby"] = f"id_{name}_errors {described}".strip()
        context = {"incoming": self.incoming, "sheet": self.sheet, "form": form, **more}
        return render(self.request, "record_draft.html", context, status=status)
