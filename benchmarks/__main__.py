"""`python -m benchmarks`: the figures of docs/performance.md.

Everything is compared with its limit inside one run, in shuffled rounds; "again" is the same thing measured twice
and tells how much of a difference is noise. Absolute times drift with the machine: read the ratios.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any

import django

from benchmarks.chain import measure_chain
from benchmarks.exports import measure_exports
from benchmarks.lists import measure_lists
from benchmarks.portfolio import REFERENCE_DAY, portfolio
from benchmarks.sweeps import measure_sweeps

if TYPE_CHECKING:
    from benchmarks.databases import Database, Scratch

SAMPLE = 20
ROWS_AT_ONCE = 20_000
LARGE = 50_000


@dataclass(slots=True)
class Run:
    """One run: its databases by size, its dice, and the seconds found, by what was measured."""

    sizes: list[int]
    rounds: int
    scratch: Scratch
    dice: Random
    clock: Callable[[], float]
    multiplied: bool = False
    rows: list[int] = field(default_factory=list)
    databases: dict[int, Database] = field(default_factory=dict)
    found: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        gc.collect()
        start = self.clock()
        yield
        self.found[what].append(self.clock() - start)

    def median(self, what: str) -> float:
        return median(self.found[what])

    def rounds_of(self, size: int) -> int:
        """Large sizes are measured once: their noise is small beside them."""
        return 1 if size >= LARGE else min(self.rounds, 3)

    def shuffled(self, *steps: Callable[[], None]) -> None:
        for step in self.dice.sample(steps, len(steps)):
            step()


def told(title: str, *rows: tuple[Any, ...]) -> None:
    print(f"\n{title}")
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        first, *rest = (str(cell) for cell in row)
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))]
        print("  " + "  ".join(cells))
    sys.stdout.flush()


def seconds(value: float) -> str:
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def times(value: float) -> str:
    return f"{value:.2f}x"


# Import


def tables() -> list[Any]:
    """The tables that an import writes, parents first."""
    from agreements import models as a
    from notes import models as n
    from waivers import models as w

    instruments = [a.Party, a.Instrument, a.CreditAgreement, n.NoteSeries, n.Alias, a.InstrumentParty, a.LoanDocument]
    terms = [a.Clause, a.ClauseReach, n.Payment, n.Deferral, n.HolderAction, a.DefaultEvent]
    promises = [w.Waiver, w.Grantor, w.Condition, w.Signatory, w.ScopeLine, w.Trigger, w.TriggerTarget]
    return [*instruments, *terms, *promises, w.TerminationNotice]


def rows_of(database: Database) -> dict[str, int]:
    """How many rows each table has; every one of them must have its history."""
    from benchmarks.databases import standing_in

    with standing_in(database):
        return {model.__name__: model.objects.count() for model in tables()}


def measure_imports(run: Run) -> None:
    rows: list[tuple[Any, ...]] = [("waivers", "rows", "import", "bare insert", "ratio", "again", "of it validation")]
    for size in run.sizes:
        document = portfolio(size)
        database = run.scratch.fresh(f"size_{size}")
        run.databases[size] = database
        _import(run, f"import {size}", database, document)
        live = rows_of(database)
        _assert_history(database, live)
        _bare(run, size, live)
        more = [
            partial(_import_and_drop, run, f"import {size}", document),
            partial(_import_and_drop, run, f"import {size} again", document),
            partial(_bare, run, size, live),
        ]
        for _ in range(run.rounds_of(size) - 1):
            run.shuffled(*more)
        _validate(run, size, document)
        whole, bare = run.median(f"import {size}"), run.median(f"bare {size}")
        again = run.found.get(f"import {size} again")
        rows.append(
            (
                size,
                sum(live.values()),
                seconds(whole),
                seconds(bare),
                times(whole / bare),
                times(median(again) / whole) if again else "-",
                f"{run.median(f'validation {size}') / whole:.0%}",
            )
        )
    told("Import with history and validation, against a bare bulk insert of the same rows (goal: 3x)", *rows)


def import_once(run: Run) -> None:
    """The registers themselves, for what is measured alone."""
    for size in run.sizes:
        run.databases[size] = run.scratch.fresh(f"size_{size}")
        _import(run, f"import {size}", run.databases[size], portfolio(size))


def _import(run: Run, what: str, database: Database, document: Any) -> None:
    from django.utils import timezone

    from audit.signing import sign_for_the_system
    from benchmarks.databases import standing_in
    from intake.portfolio.load import import_portfolio

    signature = sign_for_the_system("benchmarks", timezone.now())
    with standing_in(database), run.timed(what):
        import_portfolio(document, by=signature, reason="Benchmark", monitored_from=REFERENCE_DAY)


def _import_and_drop(run: Run, what: str, document: Any) -> None:
    database = run.scratch.fresh("import")
    _import(run, what, database, document)
    run.scratch.drop(database)


def _assert_history(database: Database, live: dict[str, int]) -> None:
    from benchmarks.databases import standing_in

    with standing_in(database):
        kept = {model.__name__: model.history.count() for model in tables()}
    if kept != live:
        raise AssertionError(f"rows without their history: {live} {kept}")


def _bare(run: Run, size: int, expected: dict[str, int]) -> None:
    """The same rows into the same tables by Django's bulk insert, in one transaction; reading them is not timed."""
    from django.db import models, transaction

    from benchmarks.databases import standing_in
    from tests.guards import lifted

    database, taken = run.scratch.fresh("bare"), 0.0
    with standing_in(database), lifted(database.connection):
        with transaction.atomic():
            for model in tables():
                last = 0
                while True:
                    with standing_in(run.databases[size]):
                        chunk = list(model.objects.filter(id__gt=last).order_by("id")[:ROWS_AT_ONCE])
                    if not chunk:
                        break
                    last = chunk[-1].pk
                    gc.collect()
                    start = run.clock()
                    models.QuerySet(model).bulk_create(chunk, batch_size=2000)
                    taken += run.clock() - start
            start = run.clock()
        taken += run.clock() - start
    run.found[f"bare {size}"].append(taken)
    if rows_of(database) != expected:
        raise AssertionError("the bare insert did not write the same number of rows")
    run.scratch.drop(database)


def _validate(run: Run, size: int, document: Any) -> None:
    from intake.portfolio.check import Known, faults_of

    with run.timed(f"validation {size}"):
        faults = faults_of(document, Known())
    if faults:
        raise AssertionError(f"the generated portfolio has faults: {faults[:3]}")


# One borrower


def measure_one_borrower(run: Run) -> None:
    """The same borrowers in registers of different sizes, in the same rounds."""
    smallest = run.sizes[0]
    refs = [f"b{number:06d}" for number in range(min(SAMPLE, -(-smallest // 30)))]
    places = [(str(size), run.databases[size]) for size in run.sizes]
    places.append((f"{smallest} again", run.databases[smallest]))
    queries = {name: _one(run, name, database, refs[0], keep=False) for name, database in places}
    if len(set(queries.values())) != 1:
        raise AssertionError(f"the number of queries depends on the size: {queries}")
    for _ in range(run.rounds):
        for ref in refs:
            for name, database in run.dice.sample(places, len(places)):
                _one(run, name, database, ref)
    base = run.median(f"one {smallest}")
    facts_base = run.median(f"facts {smallest}")
    rows: list[tuple[Any, ...]] = [("waivers", "p50", "ratio", "of it gathering", "ratio", "queries")]
    for name, _ in places:
        whole, facts = run.median(f"one {name}"), run.median(f"facts {name}")
        rows.append(
            (name, seconds(whole), times(whole / base), seconds(facts), times(facts / facts_base), queries[name])
        )
    told(f"One borrower's position, {len(refs)} borrowers x {run.rounds} rounds (goal: within 1.10x)", *rows)


def _one(run: Run, name: str, database: Database, ref: str, *, keep: bool = True) -> int:
    from agreements.models import Instrument, Party
    from benchmarks.databases import standing_in
    from benchmarks.whole import QueryCount
    from waivers.positions import answer, facts_of, groups_at, groups_of

    counter = QueryCount()
    with standing_in(database), database.connection.execute_wrapper(counter):
        start = run.clock()
        party = Party.objects.get(ref=ref)
        groups = groups_of(Instrument.objects.of_obligors(Party.objects.filter(pk=party.pk)))
        found = answer(groups_at(groups, today=REFERENCE_DAY), REFERENCE_DAY, borrower=ref)
        whole = run.clock() - start
        asked = counter.count
        start = run.clock()
        facts_of(groups)
        gathered = run.clock() - start
    if not found.waivers:
        raise AssertionError(f"{ref} has no waivers")
    if keep:
        run.found[f"one {name}"].append(whole)
        run.found[f"facts {name}"].append(gathered)
    return asked


# The whole portfolio


def measure_whole_portfolio(run: Run) -> None:
    """Each pass in a process of its own, whose memory is told too."""
    smallest = run.sizes[0]
    steps = [(str(size), size) for size in run.sizes for _ in range(run.rounds_of(size))]
    steps += [(f"{smallest} again", smallest)] * run.rounds_of(smallest)
    told_by: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name, size in run.dice.sample(steps, len(steps)):
        told_by[name].append(_whole(run, run.databases[size]))
    # One query lists the groups; each chunk of groups then takes the same number.
    each = {(found["queries"] - 1) / found["chunks"] for of in told_by.values() for found in of}
    if len(each) != 1:
        raise AssertionError(f"the number of queries a chunk depends on the size: {each}")
    header = ("waivers", "live", "pass", "a live waiver", "ratio", "gathering", "SELECT of live", "gathering/SELECT")
    rows: list[tuple[Any, ...]] = [(*header, "pass/SELECT", "queries", "peak", "grew by")]
    names = [*(str(size) for size in run.sizes), f"{smallest} again"]
    base = median(found["whole"] / found["live"] for found in told_by[names[0]])
    for name in names:
        of = told_by[name]
        whole, gathered, select = (median(found[key] for found in of) for key in ("whole", "gathered", "select"))
        live = of[0]["live"]
        rows.append(
            (
                name,
                live,
                seconds(whole),
                seconds(whole / live),
                times(whole / live / base),
                seconds(gathered),
                seconds(select),
                times(gathered / select),
                times(whole / select),
                of[0]["queries"],
                f"{median(found['memory'] for found in of):.0f} MB",
                f"{median(found['grew'] for found in of):.0f} MB",
            )
        )
    told("The whole portfolio's position (goal: the same time for each live waiver; flat memory)", *rows)
    print(f"  {each.pop():.0f} queries a chunk of groups, at every size, and one for the list of groups")


def _whole(run: Run, database: Database) -> dict[str, Any]:
    database.connection.close()
    command = [sys.executable, "-m", "benchmarks.whole", run.clock.__name__]
    done = subprocess.run(
        command, env={**os.environ, "DATABASE_URL": database.url}, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout)


ALONE: dict[str, tuple[Callable[[Run], None], ...]] = {
    "sweeps": (import_once, measure_sweeps),
    "exports": (measure_exports,),
    "chain": (measure_chain,),
}
STEPS: tuple[Callable[[Run], None], ...] = (
    measure_imports,
    measure_one_borrower,
    measure_whole_portfolio,
    measure_lists,
    measure_sweeps,
    measure_exports,
    measure_chain,
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sizes", default="1000,10000,100000", help="numbers of waivers, smallest first")
    parser.add_argument("--only", choices=ALONE, help="measure this, and nothing else")
    parser.add_argument(
        "--rows", default="100000,1000000", help="numbers of rows that are exported, and of links that are verified"
    )
    parser.add_argument(
        "--multiply", action="store_true", help="the sweep also of ten times the largest size, whose rows it copies"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1, help="of the order of the rounds")
    parser.add_argument(
        "--database", choices=["sqlite", "env"], default="sqlite", help="env: scratch databases beside DATABASE_URL's"
    )
    parser.add_argument(
        "--clock",
        choices=["wall", "cpu"],
        default="wall",
        help="cpu: of this process alone, for a busy machine and SQLite",
    )
    options = parser.parse_args()
    sizes = sorted({int(size) for size in options.sizes.split(",")})
    rows = sorted({int(number) for number in options.rows.split(",")})
    if options.rounds < 1 or sizes[0] < 100:
        parser.error("at least one round, and sizes of at least 100 waivers")
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="standstill-bench-") as folder:
        if options.database == "sqlite":
            os.environ["DATABASE_URL"] = f"sqlite:///{folder}/default.sqlite3"
        elif "DATABASE_URL" not in os.environ:
            parser.error("--database env needs DATABASE_URL")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        django.setup()
        from django.db import connection

        from benchmarks.databases import Scratch

        scratch = Scratch(Path(folder), os.environ["DATABASE_URL"])
        clock = time.process_time if options.clock == "cpu" else time.perf_counter
        run = Run(sizes, options.rounds, scratch, Random(options.seed), clock, options.multiply, rows)
        try:
            versions = f"Python {platform.python_version()}, Django {django.__version__}"
            engine = f"{connection.vendor} {_version(connection)}"
            print(f"{versions}, {engine}, {os.cpu_count()} cores; {options.rounds} rounds, {options.clock} time")
            for step in ALONE[options.only] if options.only else STEPS:
                step(run)
        finally:
            scratch.drop_all()
    print(f"\n{time.perf_counter() - started:.0f} s in all")


def _version(connection: Any) -> str:
    return ".".join(map(str, connection.get_database_version()))


if __name__ == "__main__":
    main()
