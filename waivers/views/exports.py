"""Counsel's CSV files."""

from __future__ import annotations

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404

from agreements.models import Instrument, Party
from audit.middleware import SignedRequest
from audit.permissions import Permission, needs
from waivers.exports import EXPORTS, Request, stream
from waivers.positions import groups_of


@needs(Permission.EXPORT)
def export(request: SignedRequest, name: str) -> StreamingHttpResponse | HttpResponse:
    """One of counsel's CSV files, streamed: ?as_of, ?known_at, ?borrower, ?bom=1."""
    if name not in EXPORTS:
        raise Http404
    moment = request.moment
    if moment.faults:
        return HttpResponse("\n".join(moment.faults), status=400, content_type="text/plain; charset=utf-8")
    visible = Instrument.objects.visible_to(request.user)
    if request.GET.get("borrower"):
        ref = request.GET["borrower"].replace("\x00", "")
        party = get_object_or_404(Party.objects.visible_to(request.user), ref=ref)
        visible = visible.filter(pk__in=Instrument.objects.of_obligors(Party.objects.filter(pk=party.pk)))
    asked = Request(
        instruments=frozenset(visible.values_list("ref", flat=True)),
        groups=tuple(groups_of(visible)),
        as_of=moment.as_of,
        known_at=moment.known_at,
        made_at=request.signature.at,
        today=moment.today,
    )
    lines = stream(name, asked, mark=request.GET.get("bom") == "1")
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{moment.as_of.isoformat()}.csv"'
    return response
