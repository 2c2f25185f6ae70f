"""The file of any list, and what was exported by whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from audit.exports import Lines, Listing, Plain, Sent, head_of, lines_of
from audit.forms import ExportFilters
from audit.middleware import SignedRequest
from audit.models import Export
from audit.moments import Moment
from audit.operations import begin_export
from audit.paging import Order, count_of, ordered, page_of
from audit.permissions import Permission, check_may, needs

PER_PAGE = 50
LATEST_FIRST = Order(("at",), descending=True)
COLUMNS = {  # of the file: heading, and where it stands
    "at": "at",
    "by": "actor_name",
    "as": "actor_role",
    "list": "what",
    "filter": "filter",
    "as of": "as_of",
    "known at": "known_at",
    "address": "path",
    "ended at": "end__at",
    "rows": "end__rows",
    "bytes": "end__size",
    "SHA-256": "end__sha256",
    "whole": "end__complete",
}


def asks_for_a_file(request: SignedRequest) -> bool:
    """Whether a list is asked for as a file: ?format=csv."""
    return request.method == "GET" and request.GET.get("format") == "csv"


def file_of(
    request: SignedRequest,
    listing: Listing,
    *,
    moment: Moment | None = None,
    faults: Iterable[str] = (),
    mark: bool = False,
) -> HttpResponseBase:
    """The CSV file of a list, streamed and logged: the one way by which a list leaves as a file.

    `moment`: that of the page unless another is given. `faults`: what of the filter could not be read; then, or where
    the moment cannot be read, the answer is 400 with the sentences. Raises `NotAllowedError` without the permission.
    """
    check_may(request.user, Permission.EXPORT)
    moment = moment or request.moment
    if told := [*moment.faults, *faults]:
        return HttpResponse("\n".join(told), status=400, content_type="text/plain; charset=utf-8")
    export = begin_export(
        by=request.signature,
        what=listing.name.replace("-", " "),
        said=listing.said,
        columns=listing.columns,
        as_of=moment.as_of,
        known_at=moment.known_at,
        path=request.get_full_path(),
    )
    lines = lines_of(listing, head_of(listing, export), mark=mark)
    return sent(export, lines, f"{listing.name}-{moment.as_of.isoformat()}.csv", "text/csv; charset=utf-8")


def sent(export: Export, lines: Iterator[Lines], name: str, content_type: str) -> StreamingHttpResponse:
    """A file that leaves, under a name: streamed, and what left of it logged as the end of the export."""
    response = StreamingHttpResponse(Sent(export, lines, timezone.now), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@needs(Permission.READ)
@require_GET
def exports(request: SignedRequest) -> HttpResponseBase:
    """What was exported, latest first: each person's own, and all for whoever keeps or audits the register."""
    asked = request.GET
    form = ExportFilters(asked, reader=request.user)
    form.is_valid()
    rows = form.narrowed(Export.objects.visible_to(request.user))
    if asks_for_a_file(request):
        plain = Plain(ordered(rows, LATEST_FIRST), tuple(COLUMNS.values()))
        listing = Listing("exports", tuple(COLUMNS), plain, form.said())
        return file_of(request, listing, moment=request.moment.now, faults=form.faults())
    page = page_of(
        rows.select_related("end"),
        LATEST_FIRST,
        size=PER_PAGE,
        after=asked.get("after", ""),
        before=asked.get("before", ""),
    )
    context = {
        "form": form,
        "said": form.said(),
        "faults": [*form.faults(), *([page.fault] if page.fault else [])],
        "page": page,
        "count": count_of(rows),
    }
    return render(request, "exports.html", context)
