"""Counsel's CSV files."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from agreements.models import Instrument, Party
from audit.middleware import SignedRequest
from audit.permissions import Permission, needs
from audit.views import file_of
from waivers.exports import EXPORTS, Request, file_named


@needs(Permission.EXPORT)
@require_GET
def export(request: SignedRequest, name: str) -> HttpResponseBase:
    """One of counsel's CSV files, streamed: ?as_of, ?known_at, ?borrower, ?bom=1."""
    if name not in EXPORTS:
        raise Http404
    moment = request.moment
    visible = Instrument.objects.visible_to(request.user)
    borrower = request.GET.get("borrower", "").replace("\x00", "")
    if request.GET.get("borrower"):
        party = get_object_or_404(Party.objects.visible_to(request.user), ref=borrower)
        visible = visible.filter(pk__in=Instrument.objects.of_obligors(Party.objects.filter(pk=party.pk)))
    said = (f"Borrower: {borrower}",) if borrower else ()
    listing = file_named(name, Request(visible, moment.as_of, moment.known_at, moment.today), said)
    return file_of(request, listing, mark=request.GET.get("bom") == "1")
