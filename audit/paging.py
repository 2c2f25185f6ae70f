"""Keyset pages of a queryset: the last page of a million rows is as quick as the first, whatever is added meanwhile.

There is no COUNT and no OFFSET over the whole. A page begins beyond a place, and the place is a row's own values: the
address bears it as `after=` or `before=`, signed, since it goes back into a query.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import BooleanField, F, Func, QuerySet, Value

MOST_COUNTED = 1000
NOT_READ = "The place in this list that the address names could not be read, so this is its beginning."
NOTHING_BEYOND = "Nothing lies beyond the place that the address names any more, so this is the beginning of the list."

_signer = Signer(salt="audit.paging")

Place = tuple[Any, ...]


class BadCursorError(ValueError):
    """A cursor that we did not make, or made for another order."""


@dataclass(frozen=True, slots=True)
class Order:
    """By these columns and then by id, all one way. The first may be null, and is then last whichever way it goes."""

    columns: tuple[str, ...]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a page; the cursors of the pages before and after it, "" where there is none; what went wrong."""

    rows: list[Any]
    before: str
    after: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows there are, counted up to `MOST_COUNTED`."""

    number: int
    or_more: bool

    def __str__(self) -> str:
        return f"{self.number:,}{'+' if self.or_more else ''}"


def page_of(rows: QuerySet, order: Order, *, size: int, after: str = "", before: str = "") -> Page:
    """The page after a cursor, or before one, or the first; a cursor of no use gives the first, and says so."""
    place, backwards, fault = None, bool(before and not after), ""
    if after or before:
        try:
            place = place_in(after or before, rows.model, order)
        except BadCursorError:
            backwards, fault = False, NOT_READ
    found = _take(_ranges(rows, order, place, backwards=backwards), size + 1)
    if place is not None and not found:
        place, backwards, fault = None, False, NOTHING_BEYOND
        found = _take(_ranges(rows, order, None), size + 1)
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    earlier, later = (more, True) if backwards else (place is not None, more)
    return Page(
        found,
        cursor_of(found[0], order) if earlier else "",
        cursor_of(found[-1], order) if later else "",
        fault,
    )


def walk(rows: QuerySet, order: Order, *, size: int) -> Iterator[list[Any]]:
    """All rows, some at a time, without holding a cursor of the database open meanwhile."""
    place: Place | None = None
    while found := _take(_ranges(rows, order, place), size):
        yield found
        place = _place_of(found[-1], order)


def ordered(rows: QuerySet, order: Order) -> QuerySet:
    """All rows in the same order as `walk` gives them, for one query that reads them all."""
    first, *others = order.columns
    if not rows.model._meta.get_field(first).null:
        return rows.order_by(*(f"{'-' * order.descending}{column}" for column in (*order.columns, "id")))
    by = F(first).desc(nulls_last=True) if order.descending else F(first).asc(nulls_last=True)
    return rows.order_by(by, *(f"{'-' * order.descending}{column}" for column in (*others, "id")))


def count_of(rows: QuerySet) -> Count:
    """How many rows there are, as far as it costs little to know."""
    found = rows.order_by()[: MOST_COUNTED + 1].count()
    return Count(min(found, MOST_COUNTED), found > MOST_COUNTED)


def cursor_of(row: Any, order: Order) -> str:
    """The place of a row in an order, for an address."""
    *values, pk = _place_of(row, order)
    fields = [row._meta.get_field(column) for column in order.columns]
    told = [None if value is None else field.value_to_string(row) for field, value in zip(fields, values, strict=True)]
    return _signer.sign_object([list(order.columns), told, pk], compress=True)


def place_in(cursor: str, model: Any, order: Order) -> Place:
    """The place that a cursor names. Raises `BadCursorError` for what we did not sign, or signed for another order."""
    try:
        columns, told, pk = _signer.unsign_object(cursor)
    except BadSignature as error:
        raise BadCursorError("We did not sign this cursor.") from error
    if columns != list(order.columns):
        raise BadCursorError("The cursor is of another order.")
    fields = [model._meta.get_field(column) for column in columns]
    return (*(field.to_python(value) for field, value in zip(fields, told, strict=True)), pk)


def _place_of(row: Any, order: Order) -> Place:
    return (*(getattr(row, column) for column in order.columns), row.id)


def _take(ranges: list[QuerySet], size: int) -> list[Any]:
    found: list[Any] = []
    for rows in ranges:
        found += rows[: size - len(found)]
        if len(found) == size:
            break
    return found


def _ranges(rows: QuerySet, order: Order, place: Place | None, *, backwards: bool = False) -> list[QuerySet]:
    """What lies beyond a place, nearest first: the rows that have a value, and the tail of those that have none.

    Two ranges and not `NULLS LAST`, which an index gives one way only, and on one database only.
    """
    first, columns = order.columns[0], (*order.columns, "id")
    downwards = order.descending != backwards
    ranges = [rows]
    if nullable := rows.model._meta.get_field(first).null:
        known, tail = rows.filter(**{f"{first}__isnull": False}), rows.filter(**{f"{first}__isnull": True})
        ranges = [tail, known] if backwards else [known, tail]
    if place is not None:
        of_tail = place[0] is None
        if nullable and of_tail != backwards:  # the place lies in the farther range: nothing of the nearer is left
            del ranges[0]
        # In the tail the first column is null in every row, and no row compares with a null.
        compared = slice(1 if of_tail else 0, None)
        ranges[0] = ranges[0].filter(_beyond(rows, columns[compared], place[compared], downwards=downwards))
    return [found.order_by(*(f"-{column}" if downwards else column for column in columns)) for found in ranges]


def _beyond(rows: QuerySet, columns: tuple[str, ...], values: Place, *, downwards: bool) -> Func:
    """`(a, id) > (:a, :id)`, compared as rows: either database seeks just that place in an index on (a, id).

    `a > :a OR (a = :a AND id > :id)` would be scanned, and with `a >= :a` before it, so would be all rows that tie.
    """
    fields = [rows.model._meta.get_field(column) for column in columns]
    given = [Value(value, output_field=field) for value, field in zip(values, fields, strict=True)]
    return Func(
        _row(*(F(column) for column in columns)),
        _row(*given),
        template="%(expressions)s",
        arg_joiner=" < " if downwards else " > ",
        output_field=BooleanField(),
    )


def _row(*parts: Any) -> Func:
    # A row has no type of its own in Django; nothing reads this one.
    return Func(*parts, template="(%(expressions)s)", output_field=BooleanField())
