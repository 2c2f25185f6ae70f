"""Recording a fact: fill in, see what it would change, record just that."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localtime

from agreements.models import Instrument
from alerts.letters import spoken
from audit.middleware import SignedRequest
from audit.permissions import Permission, needs
from waivers.dossier import dossier
from waivers.forms import corrections, facts, letters, waiver
from waivers.models import Waiver
from waivers.operations import (
    AlreadyRecordedError,
    ChangedMeanwhileError,
    Entry,
    OtherConsequencesError,
    Preview,
    check_once,
    name_of,
    preview,
    record_entry,
    version_of,
)
from waivers.permissions import check_can_record
from waivers.position.rules import ONE_DAY
from waivers.position.rules import Status as WaiverStatus

FORMS: dict[str, type[facts.FactForm]] = {
    "payment": facts.PaymentForm,
    "holder-action": facts.HolderActionForm,
    "default-event": facts.DefaultEventForm,
    "waiver": waiver.WaiverForm,
    "extension": waiver.ExtensionForm,
    "execution": facts.ExecutionForm,
    "condition": facts.ConditionForm,
    "notice": facts.NoticeForm,
    "deferral": facts.DeferralForm,
    "schedule": facts.ScheduleForm,
    "reservation": letters.ReservationForm,
    "notice-of-end": letters.NoticeOfEndForm,
    "verification": corrections.VerificationForm,
    "undoing": corrections.UndoingForm,
    "void": corrections.VoidForm,
}
MOST_FOUND = 20
OWN_FIELDS = ("instrument", "key", "opened", "version", "previewed", "step", "csrfmiddlewaretoken")


@needs(Permission.RECORD)
def choose(request: SignedRequest) -> HttpResponse:
    """Which instrument, and then what kind of fact."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    visible = Instrument.objects.visible_to(request.user).standing()
    if ref := request.GET.get("instrument", "").replace("\x00", ""):
        found = get_object_or_404(visible, ref=ref)
        kinds = [(what, form.title, form.hint) for what, form in FORMS.items()]
        return render(request, "record_choose.html", {"instrument": found, "kinds": kinds})
    matching = visible.filter(Q(title__icontains=query) | Q(ref__icontains=query)) if query else visible
    context = {"query": query, "found": list(matching.order_by("title", "ref")[: MOST_FOUND + 1]), "most": MOST_FOUND}
    return render(request, "record_choose.html", context)


@needs(Permission.RECORD)
def record_fact(request: SignedRequest, what: str) -> HttpResponse:
    """One kind of fact under one instrument: the form, its preview, and the record."""
    if what not in FORMS:
        raise Http404
    asked = request.POST if request.method == "POST" else request.GET
    ref = asked.get("instrument", "").replace("\x00", "")
    if not ref:
        return redirect("record")
    instrument = get_object_or_404(Instrument.objects.visible_to(request.user).standing(), ref=ref)
    check_can_record(request.user, instrument)
    return _Recording(request, what, instrument).answer()


class _Recording:
    """One request of a recording: `GET` the form, `POST` with step=preview or step=record."""

    def __init__(self, request: SignedRequest, what: str, instrument: Instrument) -> None:
        self.request, self.what, self.instrument = request, what, instrument
        self.today = request.moment.today
        self.posted = request.POST.copy()
        self.signer = Signer(salt=f"previewed/{request.user.pk}")

    def form(self, **options: Any) -> facts.FactForm:
        return FORMS[self.what](**self._who_and_when(), **options)

    def _who_and_when(self) -> dict[str, Any]:
        user, at = self.request.user, self.request.signature.at
        return {"instrument": self.instrument, "user": user, "today": self.today, "at": at}

    def answer(self) -> HttpResponse:
        if self.request.method != "POST":
            first, left = self._first_values()
            return self._page(self.form(initial=first), key=uuid4().hex, left=left)
        form = self.form(data=self.posted, files=self.request.FILES)
        key = self.posted.get("key", "")[:64] or uuid4().hex
        recording = self.posted.get("step") == "record"
        try:
            if recording:
                # Before the form is looked at: once it is recorded, it may not make sense any more.
                check_once(self._sealed(key))
            if not form.is_valid():
                return self._page(form, key=key, status=422)
            return self._record(form, key) if recording else self._preview(form, key)
        except AlreadyRecordedError as error:
            at = spoken(localtime(error.receipt.at).date())
            said = f"This was recorded already, on {at}. Nothing was recorded twice. {error.receipt.said}"
            messages.warning(self.request, said)
            return HttpResponseRedirect(error.receipt.path)
        except ValidationError as error:
            self._add(form, error)
            return self._page(form, key=key, status=422)

    def _first_values(self) -> tuple[dict[str, Any], list[str]]:
        """What the address or the waiver to extend fills in, and what of that waiver cannot be filled in."""
        asked = {name: str(value) for name, value in self.request.GET.items() if name not in OWN_FIELDS}
        if self.what == "extension" and "waiver" in asked:
            rows = Waiver.objects.standing().filter(instrument=self.instrument, ref=asked["waiver"].replace("\x00", ""))
            earlier = get_object_or_404(rows)
            blank = waiver.ExtensionForm(**self._who_and_when())
            return waiver.first_values_of_extension(earlier, blank)
        if self.what == "payment" and "payment" in asked:
            row = self.instrument.payments.standing().filter(ref=asked["payment"].replace("\x00", "")).first()
            return asked | {"payment": row.pk if row else ""}, []
        return ({"reported": self.today} | asked if self.what == "holder-action" else asked), []

    def _add(self, form: facts.FactForm, error: ValidationError) -> None:
        """Put a model's complaint beside the field that it is about, or above the form."""
        if not hasattr(error, "error_dict"):
            form.add_error(None, error)
            return
        for name, faults in error.error_dict.items():
            form.add_error(name if name in form.fields else None, faults)

    # preview

    def _preview(self, form: facts.FactForm, key: str, *, said: str = "", status: int = 200) -> HttpResponse:
        entry = form.entry()
        found = preview(entry, by=self.request.signature, today=self.today)
        if any(change.start < self.today for change in found.changes):
            form.need_reason("This changes what is shown for days before today")
            if form.errors:
                return self._page(form, key=key, status=422, said=said)
        version = self.posted.get("version", "")
        if entry.subject is None or not version.startswith(name_of(entry.subject)):
            version = version_of(entry.subject)
            if not said and (latest := self._changed_since_opened(entry)):
                who = f"{latest.actor_name} changed this record after you opened the form"
                said = f"{who} ({latest.history_change_reason}). This is what yours would change now."
                status = 409
        return self._page(
            form,
            key=key,
            status=status,
            said=said,
            version=version,
            previewed=self.signer.sign(f"{found.print}:{self._data_print()}"),
            **self._consequences(found),
        )

    def _changed_since_opened(self, entry: Entry) -> Any:
        """The last change of the record, if it came after this form was opened; None otherwise."""
        if entry.subject is None:
            return None
        try:
            opened = datetime.fromisoformat(self.posted.get("opened", ""))
        except ValueError:
            return None
        later = type(entry.subject).history.filter(id=entry.subject.pk)  # type: ignore[attr-defined]
        return later.order_by("-history_id").first() if later.filter(history_date__gt=opened).exists() else None

    def _sealed(self, key: str) -> str:
        """What tells this form of this person, with this content, from every other."""
        return hashlib.sha256(f"{self.request.user.pk}/{key}/{self._data_print()}".encode()).hexdigest()

    def _data_print(self) -> str:
        """What tells this form's content from another's."""
        kept = QueryDict(mutable=True)
        for name, values in sorted(self.posted.lists()):
            if name not in OWN_FIELDS:
                kept.setlist(name, values)
        return kept.urlencode()

    def _consequences(self, found: Preview) -> dict[str, Any]:
        """The changes that the reader may see: a group can reach into another desk's debts."""
        groups = list(
            Instrument.objects.filter(ref__in=found.after.case.instruments).values_list("group", flat=True).distinct()
        )
        papers = dossier(groups)
        visible = Instrument.objects.visible_to(self.request.user).filter(group__in=groups)
        seen = set(visible.values_list("ref", flat=True))
        papers_of = (*found.before.case.facts.waivers, *found.after.case.facts.waivers)
        owner = {paper.ref: paper.instrument for paper in papers_of}
        changes: list[dict[str, Any]] = []
        for change in found.changes:
            of = owner.get(change.ref, "") if change.what == "waiver" else change.ref
            # That an expired waiver is called rescinded from then on changes nothing.
            if of not in seen or change.before == WaiverStatus.EXPIRED:
                continue
            paper = papers.waivers.get(change.ref) if change.what == "waiver" else papers.instruments.get(change.ref)
            through = change.end - ONE_DAY if change.end else None
            changes.append({"change": change, "through": through, "title": paper.row.title if paper else "this waiver"})
        past = any(item["change"].start < self.today for item in changes)
        return {"asked": True, "changes": changes, "past": past}

    # record

    def _record(self, form: facts.FactForm, key: str) -> HttpResponse:
        try:
            signed = self.signer.unsign(self.posted.get("previewed", ""))
        except BadSignature:
            return self._preview(form, key, said="See first what it would change; then record it.", status=409)
        consequences, _, data = signed.partition(":")
        if data != self._data_print():
            return self._preview(
                form, key, said="The form was changed after the preview. This is what it would change now.", status=409
            )
        entry = form.entry()
        try:
            done = record_entry(
                entry,
                by=self.request.signature,
                owner=self.request.user,
                reason=form.said,
                today=self.today,
                key=self._sealed(key),
                version=self.posted.get("version", ""),
                previewed=consequences,
                path=form.path(),
            )
        except ChangedMeanwhileError as error:
            return self._conflict(form, key, error.latest)
        except OtherConsequencesError:
            return self._preview(
                form,
                key,
                status=409,
                said="The register has changed since the preview. Nothing was recorded; this is what it would do now.",
            )
        told = "1 alert was" if done.raised == 1 else f"{done.raised} alerts were"
        messages.success(self.request, f"Recorded as {getattr(done.fact, 'ref', done.fact)}. {told} raised.")
        return HttpResponseRedirect(form.path())

    def _conflict(self, form: facts.FactForm, key: str, latest: Any) -> HttpResponse:
        """Somebody else was quicker: say who and what, keep what was typed, and let it be looked at again."""
        said = (
            f"{latest.actor_name} changed this record meanwhile ({latest.history_change_reason}). Nothing of yours was "
            "recorded, and nothing of it is lost: it is still in the form. Below is what it would change now."
        )
        self.posted["version"] = ""
        try:
            return self._preview(form, key, said=said, status=409)
        except ValidationError as error:
            self._add(form, error)
            return self._page(form, key=key, status=409, said=said)

    def _page(self, form: facts.FactForm, *, key: str, status: int = 200, **more: Any) -> HttpResponse:
        parts = getattr(form, "parts", None) or (("", [name for name in form.fields if name != "reason"]),)
        named = [(title, [form[name] for name in names if name in form.fields]) for title, names in parts]
        for name in form.errors:
            if name in form.fields:
                form.fields[name].widget.attrs["aria-invalid"] = "true"
                form.fields[name].widget.attrs["aria-describedby"] = f"id_{name}_errors"
        opened = self.posted.get("opened", "") or self.request.signature.at.isoformat()
        context = {
            "opened": opened,
            "form": form,
            "parts": named,
            "what": self.what,
            "instrument": self.instrument,
            "key": key,
            **more,
        }
        return render(self.request, "record.html", context, status=status)
