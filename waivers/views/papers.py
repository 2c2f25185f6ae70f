"""Papers that leave the house: position certificates, and drafts of letters."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import is_aware

from agreements.models import Instrument, Party
from audit.chain import head
from audit.middleware import SignedRequest
from audit.operations import begin_export
from audit.permissions import Permission, needs
from audit.views import sent
from waivers.models import Certificate, Waiver
from waivers.operations import issue_certificate
from waivers.papers.certificate import Issue, NothingKnownError, check, content, issued_under
from waivers.papers.letters import Letter, NothingToSayError, lettered, notice_of_end, reservation_of_rights
from waivers.papers.render import PaperTooLargeError
from waivers.permissions import can_record

LOOKED_AT = timedelta(minutes=15)
AGAIN = "You opened this page a while ago. This is what the certificate would say now."


def _borrower(request: SignedRequest, ref: str) -> Party:
    return get_object_or_404(Party.objects.visible_to(request.user).borrowers(), ref=ref)


# Certificates


@needs(Permission.READ)
def certificates(request: SignedRequest, ref: str) -> HttpResponse:
    """The certificates of a borrower, latest first."""
    party = _borrower(request, ref)
    rows = Certificate.objects.visible_to(request.user).filter(party=party).defer("content").order_by("-number")
    return render(request, "certificates.html", {"tab": "certificates", "party": party, "certificates": list(rows)})


@needs(Permission.EXPORT)
def issue(request: SignedRequest, ref: str) -> HttpResponse:
    """What a certificate would say, and, once that is confirmed, the certificate.

    Just what was shown is issued: as known at the moment that the address names, or else at which the page was opened.
    """
    party, moment, at = _borrower(request, ref), request.moment, request.signature.at
    opened = _opened(request.POST.get("opened", ""), at) if request.method == "POST" else None
    known_at = moment.known_at or opened or at
    faults = [*moment.faults]
    if known_at > at:
        faults.append("Known at lies ahead. A certificate says what was known at a moment that has passed.")
    if request.method == "POST" and moment.known_at is None and opened is None:
        faults.append(AGAIN)
    context: dict[str, Any] = {"party": party, "known_at": known_at, "faults": faults}
    try:
        if request.method == "POST" and not faults:
            made = issue_certificate(
                party=party, as_of=moment.as_of, known_at=known_at, by=request.signature, owner=request.user
            )
            messages.success(request, f"Issued as {made.ref}.")
            return HttpResponseRedirect(reverse("certificate", args=[made.number]))
        if known_at <= at:
            by, seal = request.signature, head()
            shown = Issue(0, at, by.name, by.role, by.request_id, seal.number, seal.hash, issued_under())
            context["said"] = content(party, as_of=moment.as_of, known_at=known_at, issue=shown)
    except (NothingKnownError, PaperTooLargeError) as error:
        faults.append(str(error))
    status = 409 if request.method == "POST" else 422 if faults else 200
    return render(request, "certificate_issue.html", context, status=status)


def _opened(text: str, at: datetime) -> datetime | None:
    """When the page was opened, if that was just now."""
    try:
        opened = datetime.fromisoformat(text)
    except ValueError:
        return None
    return opened if is_aware(opened) and at - LOOKED_AT <= opened <= at else None


def _certificate(request: SignedRequest, number: int) -> Certificate:
    rows = Certificate.objects.visible_to(request.user).select_related("party")
    return get_object_or_404(rows, number=number)


@needs(Permission.READ)
def certificate(request: SignedRequest, number: int) -> HttpResponse:
    """A certificate as it was issued; with ?check=1 also whether the register still gives the same, to the byte."""
    found = _certificate(request, number)
    checked = request.GET.get("check") == "1"
    context = {
        "certificate": found,
        "party": found.party,
        "said": json.loads(found.content),
        "checked": checked,
        "faults": check(found) if checked else [],
    }
    return render(request, "certificate.html", context)


@needs(Permission.EXPORT)
def certificate_file(request: SignedRequest, number: int, form: str) -> HttpResponseBase:
    """A certificate to take away: its PDF or its JSON, to the byte as it was issued."""
    found = _certificate(request, number)
    if form not in ("pdf", "json"):
        raise Http404
    if form == "json":
        body, kind = found.content.encode(), "application/json"
    else:
        with found.pdf.open("rb") as file:
            body, kind = file.read(), "application/pdf"
    said = [f"{found.ref}, {form.upper()}"]
    return _taken(request, "certificate", said, body, f"{found.ref}.{form}", kind, found.as_of, found.known_at)


def _taken(
    request: SignedRequest,
    what: str,
    said: list[str],
    body: bytes,
    name: str,
    kind: str,
    as_of: date,
    known_at: datetime,
) -> HttpResponseBase:
    """A paper that is taken away, logged like any export."""
    export = begin_export(
        by=request.signature,
        what=what,
        said=said,
        columns=[],
        as_of=as_of,
        known_at=known_at,
        path=request.get_full_path(),
    )
    return sent(export, (block for block in [(body, 0)]), name, kind)


# Letters


@needs(Permission.EXPORT)
def draft_reservation(request: SignedRequest, ref: str) -> HttpResponseBase:
    """The draft of a reservation of rights under an instrument, as of the date and moment that are looked at."""
    instrument = get_object_or_404(Instrument.objects.visible_to(request.user).standing(), ref=ref)
    record = f"{reverse('record-fact', args=['reservation'])}?instrument={instrument.ref}"
    return _draft(request, instrument, record, lambda **when: reservation_of_rights(instrument, **when))


@needs(Permission.EXPORT)
def draft_notice(request: SignedRequest, ref: str) -> HttpResponseBase:
    """The draft of a notice that a waiver ended, as of the date and moment that are looked at."""
    visible = Waiver.objects.visible_to(request.user).standing().select_related("instrument")
    waiver = get_object_or_404(visible, ref=ref)
    instrument = waiver.instrument
    record = f"{reverse('record-fact', args=['notice-of-end'])}?instrument={instrument.ref}&waiver={waiver.pk}"
    return _draft(request, instrument, record, lambda **when: notice_of_end(instrument, waiver.ref, **when))


def _draft(
    request: SignedRequest, instrument: Instrument, record: str, write: Callable[..., Letter]
) -> HttpResponseBase:
    """A draft as a page; with ?format=pdf or txt, as a file to take away."""
    moment, form = request.moment, request.GET.get("format", "")
    context: dict[str, Any] = {"instrument": instrument, "known_at": moment.known_at or request.signature.at}
    try:
        letter = write(as_of=moment.as_of, known_at=context["known_at"])
    except NothingToSayError as error:
        return render(request, "letter.html", {**context, "why_not": str(error)}, status=404 if form else 200)
    if form in ("pdf", "txt"):
        return _file(request, letter, form)
    context |= {
        "letter": letter,
        "parts": [(part, list(lettered(part.items))) for part in letter.parts],
        "may_record": can_record(request.user, instrument),
        "record": f"{record}&dated={letter.as_of.isoformat()}&drafted=on",
    }
    return render(request, "letter.html", context)


def _file(request: SignedRequest, letter: Letter, form: str) -> HttpResponseBase:
    body, kind = (letter.pdf(), "application/pdf") if form == "pdf" else (letter.text().encode(), "text/plain")
    about = letter.waiver or letter.instrument
    name = f"draft-{letter.kind.replace('_', '-')}-{about}-{letter.as_of.isoformat()}.{form}"
    kind = f"{kind}; charset=utf-8" if form == "txt" else kind
    return _taken(request, "draft of a letter", [name], body, name, kind, letter.as_of, letter.known_at)
