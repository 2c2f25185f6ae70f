"""The lists of borrowers, agreements, note series and waivers, and how a person likes to see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from audit.middleware import SignedRequest
from audit.moments import Moment
from audit.paging import Order, count_of, page_of
from audit.permissions import Permission, needs
from audit.views import asks_for_a_file, file_of
from waivers.models import SavedView
from waivers.registers import (
    AGREEMENTS,
    BORROWERS,
    NOTES,
    REGISTERS,
    WAIVERS,
    Answers,
    Column,
    Link,
    Record,
    Register,
    listing_of,
    records_of,
)

PER_PAGE = 25
MOST_VIEWS = 30
LONGEST_NAME, LONGEST_QUERY = 80, 1000
NO_SUCH_ORDER = "This list has no such order, so it is in its own."
OF_THE_MOMENT = ("as_of", "known_at")
OF_THE_PLACE = ("after", "before", "format")


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading: where it leads to be sorted by, and how it is sorted now, in ARIA's words."""

    column: Column
    address: str = ""
    sorted: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a row says in a column. `id` is where an answer of the rules is put, `pending` until it comes."""

    column: Column
    value: Any
    id: str
    pending: bool

    @property
    def links(self) -> list[Link]:
        found = self.value if isinstance(self.value, list) else [self.value]
        return [link for link in found if link is not None]

    @property
    def text(self) -> str:
        return self.column.say(self.value)

    @property
    def is_empty(self) -> bool:
        return not self.pending and self.value in (None, "", [])


@needs(Permission.READ)
@require_GET
def borrowers(request: SignedRequest) -> Any:
    """Who owes."""
    return _list(request, BORROWERS)


@needs(Permission.READ)
@require_GET
def agreements(request: SignedRequest) -> Any:
    """The credit agreements."""
    return _list(request, AGREEMENTS)


@needs(Permission.READ)
@require_GET
def notes(request: SignedRequest) -> Any:
    """The note series."""
    return _list(request, NOTES)


@needs(Permission.READ)
@require_GET
def waivers(request: SignedRequest) -> Any:
    """The waivers and forbearances."""
    return _list(request, WAIVERS)


def _list(request: SignedRequest, register: Register) -> HttpResponseBase:
    """A list: ?q and its other filters, ?sort=name or -name, ?columns, ?after or ?before, ?format=csv.

    The states come later, in a request of their own: ?derived=1 gives them as a fragment to htmx, and to a browser
    without JavaScript the page with them in it. An address without a query opens the list as its owner has said.
    """
    asked, moment = request.GET, request.moment
    views = list(SavedView.objects.filter(owner=request.user, page=register.name))
    opens_as = next((view for view in views if not view.name and view.query), None)
    if opens_as and not moment.faults and not set(asked) - {*OF_THE_MOMENT}:
        return redirect(_address_of(register, opens_as.query, moment))
    filters = register.filters(asked, register.rows_for(request.user, moment), request=request)
    faults = [f"{filters.form.fields[name].label}: {said}" for name, of in filters.errors.items() for said in of]
    own: Any = register.order_of(register.columns[0].name)
    sorted_by, order = register.order_of(asked.get("sort", "")) or own
    if asked.get("sort") and (sorted_by, order) == own and asked["sort"] != sorted_by.name:
        faults.append(NO_SUCH_ORDER)
    columns = register.chosen(asked.getlist("columns"), sorted_by)
    if asks_for_a_file(request):
        listing = listing_of(register, filters.qs, order, columns, moment, tuple(filters.said()))
        return file_of(request, listing, faults=faults)
    derived = asked.get("derived") == "1"
    page = page_of(filters.qs, order, size=PER_PAGE, after=asked.get("after", ""), before=asked.get("before", ""))
    answers = Answers(register, moment) if derived else None
    records = records_of(register, page.rows, moment, answers)
    rows = [[_cell(column, record, derived=derived) for column in columns] for record in records]
    if derived and request.htmx:
        cells = [cell for row in rows for cell in row if cell.column.derived]
        return render(request, "_register_states.html", {"cells": cells})
    said = filters.said()
    context = {
        "register": register,
        "rows": rows,
        "headings": [_heading(request, column, sorted_by, order) for column in columns],
        "columns": [(column, column in columns) for column in register.columns[1:]],
        "count": count_of(filters.qs),
        "faults": [*faults, *([page.fault] if page.fault else [])],
        "said": said,
        "form": filters.form,
        "at_hand": [filters.form[name] for name in register.at_hand],
        "others": [filters.form[name] for name in filters.filters if name not in register.at_hand],
        "others_used": any(filters.form.cleaned_data.get(n) for n in filters.filters if n not in register.at_hand),
        "hidden": [(name, asked[name]) for name in (*OF_THE_MOMENT, "sort", "derived") if asked.get(name)],
        "earlier": page.before and _changed(request, before=page.before),
        "later": page.after and _changed(request, after=page.after),
        "states": _changed(request, stay=True, derived="1"),
        "states_pending": not derived and bool(rows) and any(column.derived for column in columns),
        "file": _changed(request, format="csv", derived=None),
        "all": _address_of(register, "all=1", moment),
        "views": [(view, _address_of(register, view.query or "all=1", moment)) for view in views],
        "opens_as": opens_as,
        "query": kept_of(register, asked),
    }
    return render(request, "register.html", context)


def _cell(column: Column, record: Record, *, derived: bool) -> Cell:
    pending = column.derived and not derived
    return Cell(column, None if pending else column.read(record), f"{column.name}-{record.row.id}", pending)


def _heading(request: SignedRequest, column: Column, sorted_by: Column, order: Order) -> Heading:
    if not column.order:
        return Heading(column)
    if column is not sorted_by:
        return Heading(column, _changed(request, sort=column.name))
    turned = column.name if order.descending else f"-{column.name}"
    return Heading(column, _changed(request, sort=turned), "descending" if order.descending else "ascending")


def _changed(request: SignedRequest, *, stay: bool = False, **changes: str | None) -> str:
    """The address of this list with some parameters changed, None taking one out; at its beginning unless it stays."""
    query = request.GET.copy()
    for name in () if stay else OF_THE_PLACE:
        query.pop(name, None)
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"?{query.urlencode()}"


def _address_of(register: Register, query: str, moment: Moment) -> str:
    """The address of a list as a view has it, at the moment that is looked at."""
    parts = "&".join(part for part in (query, moment.query()) if part)
    return f"{reverse(register.name)}{'?' if parts else ''}{parts}"


# How a person likes to see a list


def kept_of(register: Register, asked: QueryDict) -> str:
    """What a view keeps of an address: its filters, its order and its columns, and nothing else."""
    kept = QueryDict(mutable=True)
    for name in (*register.filters.base_filters, "sort", "columns"):
        if values := [value for value in asked.getlist(name) if value]:
            kept.setlist(name, values)
    return kept.urlencode()


@needs(Permission.READ)
@require_POST
def save_view(request: SignedRequest) -> HttpResponse:
    """Keep how a list is: `page`, `query`, `name`. Without a name, the list opens so from now on."""
    register = REGISTERS.get(request.POST.get("page", ""))
    if register is None:
        raise Http404
    query = kept_of(register, QueryDict(request.POST.get("query", "")))
    name = " ".join(request.POST.get("name", "").replace("\x00", "").split())
    there = SavedView.objects.filter(owner=request.user, page=register.name)
    if len(name) > LONGEST_NAME:
        messages.error(request, f"Not saved: a name has at most {LONGEST_NAME} letters.")
    elif len(query) > LONGEST_QUERY:
        messages.error(request, "Not saved: this view has more in its address than can be kept.")
    elif not there.filter(name=name).exists() and there.count() >= MOST_VIEWS:
        messages.error(request, f"Not saved: this list has {MOST_VIEWS} views already; delete one of them first.")
    else:
        _, made = SavedView.objects.update_or_create(
            owner=request.user, page=register.name, name=name, defaults={"query": query}
        )
        if not name:
            messages.success(request, "This list opens like this from now on.")
        elif made:
            messages.success(request, f"Saved as “{name}”.")
        else:
            messages.success(request, f"“{name}” was there; it is replaced by what you see.")
    return redirect(_address_of(register, query or "all=1", request.moment))


@needs(Permission.READ)
@require_POST
def delete_view(request: SignedRequest, number: int) -> HttpResponse:
    """Delete a view of one's own."""
    view = get_object_or_404(SavedView, owner=request.user, pk=number)
    view.delete()
    messages.success(request, f"Deleted “{view.name}”." if view.name else "This list opens as everybody's again.")
    page = view.page if view.page in REGISTERS else WAIVERS.name
    return redirect(_address_of(REGISTERS[page], "all=1", request.moment))
