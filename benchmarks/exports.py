"""A long list as a file, beside the database's own way of writing the same columns; each in a process of its own.

The list is that of holder actions: nine columns, one of them through a key, in order. "File" is what a browser gets,
from the request to the last byte, with its log and its SHA-256. "By hand" is the road of lists whose cells have to be
worked out, over the same rows.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from io import StringIO
from statistics import median
from typing import TYPE_CHECKING, Any

import django

from benchmarks.whole import peak

if TYPE_CHECKING:
    from benchmarks.__main__ import Run
    from benchmarks.databases import Database

DEBTS = 10  # one for so many rows
AT_ONCE = 1000


def measure_exports(run: Run) -> None:
    """Every road at every number of rows, in shuffled rounds."""
    from benchmarks.__main__ import seconds, times, told

    header = ("rows", "bytes", "bare", "again", "file", "by hand", "values_list", "file grew by", "by hand", "peak")
    table: list[tuple[Any, ...]] = [header]
    for rows in run.rows:
        database = run.scratch.fresh(f"exports_{rows}")
        _fill(database, rows)
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        roads = ["bare", "again", "file", "by hand", "values_list"] * run.rounds
        for road in run.dice.sample(roads, len(roads)):
            found[road].append(_in_a_process(run, database, road))
        if {one["rows"] for of in found.values() for one in of} != {rows}:
            raise AssertionError(f"not every road gives all {rows} rows")
        run.scratch.drop(database)
        took = {road: median(one["seconds"] for one in of) for road, of in found.items()}
        grew = {road: max(one["grew"] for one in of) for road, of in found.items()}
        table.append(
            (
                f"{rows:,}",
                f"{found['file'][0]['size']:,}",
                seconds(took["bare"]),
                *(times(took[road] / took["bare"]) for road in ("again", "file", "by hand", "values_list")),
                *(f"{grew[road]:.0f} MB" for road in ("file", "by hand")),
                f"{max(one['peak'] for one in found['file']):.0f} MB",
            )
        )
    bare = "a bare cursor and csv.writer" if run.scratch.sqlite else "COPY of the same columns"
    told(f"A list as a file, against {bare} (goal: 1.5x, and flat memory)", *table)


def _in_a_process(run: Run, database: Database, road: str) -> dict[str, Any]:
    database.connection.close()
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.exports", run.clock.__name__, road]
    done = subprocess.run(
        command, env={**os.environ, "DATABASE_URL": database.url}, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout)


def _fill(database: Database, rows: int) -> None:
    """Holder actions, and a debt for every ten of them, written in SQL: nobody reads their history here."""
    from benchmarks.databases import standing_in
    from tests.guards import lifted

    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})"
    days = (
        "date '2000-01-01' + i % 5000"
        if not database.url.startswith("sqlite")
        else ("date('2000-01-01', (i % 5000) || ' days')")
    )
    debts = (
        "INSERT INTO agreements_instrument (id, recorded_in_error, ref, kind, title, currency, monitored_from,"
        ' "group", changes, swept) '
        f"{numbers.format(rows // DEBTS)} SELECT i, false, 'debt-' || i, 'note_series', 'Notes of series ' || i,"
        " 'USD', '2000-01-01', i, 1, 1 FROM n"
    )
    acts = (
        "INSERT INTO notes_holderaction (ref, instrument_id, kind, by, occurred, reported, status) "
        f"{numbers.format(rows)} SELECT 'act-' || i, 1 + i % {rows // DEBTS}, 'acceleration_sought', 'trustee',"
        f" {days}, {days}, 'alleged' FROM n"
    )
    with standing_in(database), lifted(database.connection), database.connection.cursor() as cursor:
        cursor.execute(debts)
        cursor.execute(acts)
        cursor.execute("ANALYZE")


# One road, in its own process


def _rows() -> Any:
    from audit.exports import Plain
    from waivers.exports import file_named

    found = file_named("holder-actions", _request()).rows
    assert isinstance(found, Plain)
    return found


def _request() -> Any:
    from datetime import date

    from agreements.models import Instrument
    from waivers.exports import Request

    return Request(Instrument.objects.all(), date(2199, 1, 1), None, date(2199, 1, 1))


def bare() -> Iterator[tuple[bytes, int]]:
    """The same query, and nothing done to its cells: by COPY, or on SQLite by a cursor and `csv.writer`."""
    from django.db import connection

    plain = _rows()
    sql, params = plain.rows.values_list(*plain.paths).query.sql_with_params()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY ({connection.ops.compose_sql(sql, params)}) TO STDOUT (FORMAT csv)") as copy:
                for line in copy:
                    yield line, 1
        else:
            cursor.execute(sql, params)
            while some := cursor.fetchmany(AT_ONCE):
                yield _written(some), len(some)


def _written(rows: Iterable[Any]) -> bytes:
    lines = StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue().encode()


def values_list() -> Iterator[tuple[bytes, int]]:
    """As it is usually done, without a guard."""
    plain, some = _rows(), []
    for row in plain.rows.values_list(*plain.paths).iterator(AT_ONCE):
        some.append(row)
        if len(some) == AT_ONCE:
            yield _written(some), len(some)
            some = []
    yield _written(some), len(some)


def by_hand() -> Iterator[tuple[bytes, int]]:
    from audit.exports import Listing, lines_of

    return lines_of(Listing("x", ("x",), (row for row in _rows())), [])


def file() -> Iterator[tuple[bytes, int]]:
    """What an auditor's browser gets; the rows are those that the log has."""
    from django.test import Client

    from audit.models import ExportEnd, User

    user, _ = User.objects.get_or_create(username="auditor", role="auditor")
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(user)
    for chunk in browser.get("/exports/holder-actions.csv?as_of=2199-01-01"):
        yield chunk, 0
    yield b"", ExportEnd.objects.order_by("-id").values_list("rows", flat=True)[0]


ROADS: dict[str, Callable[[], Iterator[tuple[bytes, int]]]] = {
    "bare": bare,
    "again": bare,
    "file": file,
    "by hand": by_hand,
    "values_list": values_list,
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings
    from django.db import connection

    settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
    clock = getattr(time, sys.argv[1])
    list(_rows().rows[:1])  # whatever is imported and connected once
    if sys.argv[2] == "file":
        from django.test import Client

        Client(SERVER_NAME="localhost").get("/sign-in/")
    before = peak()
    start, rows, size = clock(), 0, 0
    for lines, count in ROADS[sys.argv[2]]():
        rows += count
        size += len(lines)
    taken, after = clock() - start, peak()
    connection.close()
    print(json.dumps({"seconds": taken, "rows": rows, "size": size, "grew": after - before, "peak": after}))


if __name__ == "__main__":
    main()
