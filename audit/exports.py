"""The one home of CSV: what a cell may hold, how a file is headed and streamed, and that each is logged.

Whoever has a list gives a `Listing`: its columns, and rows of typed values, which another kind of file can take as
well. Where the rows are plain columns of the database (`Plain`), the database itself writes the lines: PostgreSQL by
COPY, SQLite by a bare cursor. Both roads give the same bytes, which a test holds over nasty text.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from io import StringIO
from itertools import islice
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models import F, Func, QuerySet, TextField

from audit.models import Export
from audit.operations import end_export

BYTE_ORDER_MARK = "\ufeff"
NEUTRALISED = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "\x00")
ROWS_AT_ONCE = 1000
CR = ord("\r")

Row = tuple[Any, ...]
Lines = tuple[bytes, int]  # some lines of a file, and how many of them are rows of the list


def safe_cell(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula, and from which the text can be had back.

    Text that begins with `= + - @`, TAB, CR, LF, NUL or an apostrophe gets an apostrophe before it, and NULs go;
    numbers stay numbers, dates are YYYY-MM-DD, nothing is an empty cell.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    text = str(value)
    return ("'" if text.startswith(NEUTRALISED) else "") + text.replace("\x00", "")


# What is exported


@dataclass(frozen=True, slots=True)
class Plain:
    """Rows that are columns of the database and nothing else. `rows`: in their order; `paths`: as `values` takes them.

    They are typed values to whoever goes through them, and lines of a file to whom the database writes it.
    """

    rows: QuerySet
    paths: tuple[str, ...]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows.values_list(*self.paths).iterator(chunk_size=ROWS_AT_ONCE))


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as it is shown: its name, its columns, all its rows (typed, made as they are read), its filter in words.

    Without `tells_filter` the file is headed without the filter, which is logged all the same.
    """

    name: str
    columns: tuple[str, ...]
    rows: Iterable[Row]
    said: tuple[str, ...] = ()
    tells_filter: bool = True


def head_of(listing: Listing, export: Export) -> list[Row]:
    """What stands above the columns: which list it is, of when, made when, and how it was narrowed."""
    head: list[Row] = [
        ("export", export.what),
        ("as of", export.as_of),
        ("known at", export.known_at or "now"),
        ("made at", export.at),
    ]
    return [*head, ("filter", export.filter or "none")] if listing.tells_filter else head


# How it is written


def lines_of(listing: Listing, head: Iterable[Row], *, mark: bool = False) -> Iterator[Lines]:
    """The file, some lines at a time: the head, an empty line, the columns, the rows. `mark`: a byte order mark first.

    A list of one column is written by hand, since an empty line and an empty cell are then the same to CSV.
    """
    top = written([*head, (), listing.columns])
    yield (BYTE_ORDER_MARK.encode() if mark else b"") + top, 0
    rows = listing.rows
    if not isinstance(rows, Plain) or len(rows.paths) == 1:
        yield from _by_hand(rows)
    elif connections[rows.rows.db].vendor == "postgresql":
        yield from _by_copy(rows)
    else:
        yield from _by_cursor(rows)


def written(rows: Iterable[Row]) -> bytes:
    """Rows as lines of CSV."""
    return _encoded([safe_cell(cell) for cell in row] for row in rows)


def _encoded(cells: Iterable[Iterable[Any]]) -> bytes:
    lines = StringIO(newline="")
    csv.writer(lines).writerows(cells)
    # A JSON column may hold half a surrogate pair, which is no text that can be sent.
    return lines.getvalue().encode(errors="replace")


def _by_hand(rows: Iterable[Row]) -> Iterator[Lines]:
    left = iter(rows)
    while some := list(islice(left, ROWS_AT_ONCE)):
        yield written(some), len(some)


def _by_copy(plain: Plain) -> Iterator[Lines]:
    """PostgreSQL writes the lines, one snapshot for all. The connection is busy until the last is taken."""
    connection = connections[plain.rows.db]
    select = _select(plain)
    if select is None:
        return
    bound = connection.ops.compose_sql(*select)  # type: ignore[attr-defined]  # by psycopg: COPY binds nothing itself
    with connection.cursor() as cursor:
        if not connection.connection.info.parameter_status("DateStyle").startswith(
            "ISO"
        ):  # as nearly every server has it
            cursor.execute("SET datestyle TO ISO")
        with cursor.copy(f"COPY ({bound}) TO STDOUT (FORMAT csv)") as copy:
            block, rows = bytearray(), 0
            for line in copy:  # each a row, ended by LF
                block += line
                block.insert(-1, CR)
                rows += 1
                if rows == ROWS_AT_ONCE:
                    yield bytes(block), rows
                    block, rows = bytearray(), 0
            if rows:
                yield bytes(block), rows


def _by_cursor(plain: Plain) -> Iterator[Lines]:
    """SQLite makes the cells, and `csv` the lines. Its functions do not see a NUL, so that goes last."""
    select = _select(plain)
    if select is None:
        return
    with connections[plain.rows.db].cursor() as cursor:
        cursor.execute(*select)
        while some := cursor.fetchmany(ROWS_AT_ONCE):
            yield _encoded(some).replace(b"\x00", b""), len(some)


def _select(plain: Plain) -> tuple[str, tuple[Any, ...]] | None:
    """The query whose columns are the cells of the file, by Django's compiler; None if it would find nothing."""
    try:
        return plain.rows.values_list(*(_Cell(path) for path in plain.paths)).query.sql_with_params()
    except EmptyResultSet:
        return None


# `safe_cell` in SQL. Letters come first among the cases, since nearly all text begins with one.
_GUARDED = "(9, 10, 13, 39, 43, 45, 61, 64)"
_COLUMN = "%(expressions)s"
_AS_IT_IS: dict[str, str] = {"postgresql": _COLUMN, "sqlite": _COLUMN}
_CELLS: tuple[tuple[tuple[type[models.Field], ...], dict[str, str]], ...] = (
    (
        (models.CharField, models.TextField),
        {
            "postgresql": f"CASE WHEN ascii({_COLUMN}) > 64 THEN {_COLUMN}"
            f" WHEN ascii({_COLUMN}) IN {_GUARDED} THEN '''' || {_COLUMN} ELSE nullif({_COLUMN}, '') END",
            # A text that begins with NUL has no first character there, and neither has one that is empty.
            "sqlite": f"CASE WHEN unicode({_COLUMN}) > 64 THEN {_COLUMN}"
            f" WHEN coalesce(unicode({_COLUMN}) IN {_GUARDED}, {_COLUMN} <> '') THEN '''' || {_COLUMN}"
            f" ELSE {_COLUMN} END",
        },
    ),
    (
        (models.BooleanField,),
        dict.fromkeys(("postgresql", "sqlite"), f"CASE WHEN {_COLUMN} THEN 'yes' WHEN NOT {_COLUMN} THEN 'no' END"),
    ),
    (
        (models.DateTimeField,),
        {
            "postgresql": f"replace(to_char({_COLUMN} AT TIME ZONE 'UTC',"
            """ 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '')""",
            "sqlite": f"replace({_COLUMN}, ' ', 'T') || '+00:00'",
        },
    ),
    ((models.DateField, models.IntegerField), _AS_IT_IS),
)


class _Cell(Func):
    """A column as `safe_cell` would write it. Raises `TypeError` for a column of a kind that is not plain."""

    arity = 1

    def __init__(self, path: Any, **extra: Any) -> None:
        super().__init__(F(path) if isinstance(path, str) else path, output_field=TextField(), **extra)

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> Any:  # type: ignore[override]
        [column] = self.get_source_expressions()
        return super().as_sql(
            compiler, connection, template=_template(column.output_field, connection.vendor), **context
        )


def _template(field: models.Field, vendor: str) -> str:
    if isinstance(field, models.DecimalField):
        # SQLite has no decimals: it keeps a number, which is told with the places that the column has.
        exact = f"CASE WHEN {_COLUMN} IS NOT NULL THEN printf('%%%%.{field.decimal_places}f', {_COLUMN}) END"
        return _COLUMN if vendor == "postgresql" else exact
    for kinds, by_vendor in _CELLS:
        if isinstance(field, kinds):
            return by_vendor[vendor]
    raise TypeError(f"{field!r} is no plain column of a file.")


# How it leaves, and is logged


class Sent:
    """The bytes of a file as they leave. Its end is logged when the last has left, or when they broke off.

    A class, and no generator: one that was never begun is closed without a word, and so would an export be whose
    reader was gone before the first byte. `clock` says when it ended.
    """

    def __init__(self, export: Export, lines: Iterator[Lines], clock: Callable[[], datetime]) -> None:
        self.export, self.lines, self.clock = export, lines, clock
        self.rows = self.size = 0
        self.hash = sha256()
        self.ended = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            sent, rows = next(self.lines)
        except StopIteration:
            self._end(complete=True)
            raise
        except BaseException:
            self.close()
            raise
        self.rows += rows
        self.size += len(sent)
        self.hash.update(sent)
        return sent

    def close(self) -> None:
        """Break off, unless it has ended. Whatever the lines come from is let go first."""
        if not self.ended:
            self.lines.close()  # type: ignore[attr-defined]
            self._end(complete=False)

    def _end(self, *, complete: bool) -> None:
        if self.ended:
            return
        self.ended = True
        end_export(
            export=self.export,
            at=self.clock(),
            rows=self.rows,
            size=self.size,
            sha256=self.hash.hexdigest(),
            complete=complete,
        )
