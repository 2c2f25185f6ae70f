"""Counsel's packs: asking for one, seeing how far it is, and taking it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from agreements.models import Instrument, Party
from audit.exports import Lines
from audit.middleware import SignedRequest
from audit.operations import begin_export
from audit.permissions import Permission, needs
from audit.views import sent
from waivers.models import Pack, Waiver
from waivers.packs.jobs import order_pack
from waivers.packs.tables import TABLES
from waivers.tasks import wake_the_packer

MOST_LISTED = 100
BLOCK = 1 << 18


@needs(Permission.EXPORT)
@require_GET
def packs(request: SignedRequest) -> HttpResponse:
    """What the reader asked for, latest first."""
    rows = Pack.objects.filter(owner=request.user).select_related("party", "waiver")
    return render(request, "packs.html", {"packs": list(rows[:MOST_LISTED]), "most": MOST_LISTED})


@needs(Permission.EXPORT)
def new(request: SignedRequest) -> HttpResponse:
    """Ask for a pack about ?borrower or ?waiver, as of the date and moment that are looked at."""
    party, waiver = _subject(request)
    moment, at = request.moment, request.signature.at
    known_at = moment.known_at or at
    faults = [*moment.faults]
    if known_at > at:
        faults.append("Known at lies ahead. A pack says what was known at a moment that has passed.")
    if request.method == "POST" and not faults:
        by = request.signature
        made = order_pack(party=party, waiver=waiver, as_of=moment.as_of, known_at=known_at, by=by, owner=request.user)
        wake_the_packer()
        messages.success(request, f"Asked for as pack {made.pk}. You are told when it is ready.")
        return redirect("pack", made.pk)
    context = {"party": party, "waiver": waiver, "known_at": known_at, "faults": faults, "tables": len(TABLES)}
    return render(request, "pack_new.html", context, status=422 if faults else 200)


def _subject(request: SignedRequest) -> tuple[Party, Waiver | None]:
    asked = {name: request.GET.get(name, "").replace("\x00", "") for name in ("borrower", "waiver")}
    borrowers = Party.objects.visible_to(request.user).borrowers()
    if not asked["waiver"]:
        return get_object_or_404(borrowers, ref=asked["borrower"]), None
    waiver = get_object_or_404(
        Waiver.objects.visible_to(request.user).select_related("instrument"), ref=asked["waiver"]
    )
    party = borrowers.obligors_of(waiver.instrument).order_by("ref").first()
    if party is None:
        raise Http404
    return cast("Party", party), waiver


def _pack(request: SignedRequest, number: int) -> Pack:
    """One's own, as long as one sees what it is about."""
    rows = Pack.objects.filter(owner=request.user).select_related("party", "waiver", "certificate")
    found = get_object_or_404(rows, pk=number)
    visible = Instrument.objects.visible_to(request.user).filter(ref__in=found.instruments)
    if visible.count() < len(found.instruments) or not Party.objects.visible_to(request.user).filter(pk=found.party_id):
        raise Http404
    return found


@needs(Permission.EXPORT)
@require_GET
def pack(request: SignedRequest, number: int) -> HttpResponse:
    """How far a pack is, and once it is done, where to take it; for htmx only what changes meanwhile."""
    found = _pack(request, number)
    is_fragment = request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request
    return render(request, "_pack.html" if is_fragment else "pack.html", {"pack": found})


@needs(Permission.EXPORT)
@require_GET
def pack_file(request: SignedRequest, number: int) -> HttpResponseBase:
    """The pack itself, streamed and logged like any other export."""
    found = _pack(request, number)
    if found.state != Pack.State.DONE:
        raise Http404
    export = begin_export(
        by=request.signature,
        what="counsel's pack",
        said=[found.name],
        columns=[],
        as_of=found.as_of,
        known_at=found.known_at,
        path=request.get_full_path(),
    )
    response = sent(export, _blocks(found), f"{found.name}.zip", "application/zip")
    response["Content-Length"] = str(found.size)
    return response


def _blocks(found: Pack) -> Iterator[Lines]:
    file: Any
    with found.file.open("rb") as file:
        while block := file.read(BLOCK):
            yield block, 0
