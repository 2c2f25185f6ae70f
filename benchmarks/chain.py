"""What the chain costs whoever writes, and how long it takes to verify it; each measurement in a process of its own.

Writes are what the application does: one save of a fact with its history, by one writer and by eight at once, and a
bulk recording of many. Beside each stands the same with the triggers that link taken away, in shuffled rounds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings

if TYPE_CHECKING:
    from benchmarks.__main__ import Run

WRITES = {"one writer": (1, 150), "eight at once": (8, 20), "in bulk": (0, 3000)}  # writers, and writes of each
MODES = ["not linked", "linked", "linked again"]
AT_ONCE = 20_000


def measure_chain(run: Run) -> None:
    from benchmarks.__main__ import seconds, times, told

    database = run.scratch.fresh("chain")
    found = _in_a_process(database.url, "write", str(max(run.rounds, 5)))
    run.scratch.drop(database)
    rows: list[tuple[Any, ...]] = [("writes", "not linked", "linked", "ratio", "again")]
    for what in WRITES:
        bare, linked, again = (median(found[what][mode]) for mode in MODES)
        rows.append((what, seconds(bare), seconds(linked), times(linked / bare), times(again / linked)))
    told("Writing facts, with the chain and without (goal: 1.15x)", *rows)
    rows = [("links", "verified in", "peak", "grew by", "checked")]
    for number in run.rows:
        database = run.scratch.fresh(f"links_{number}")
        one = _in_a_process(database.url, "verify", str(number))
        grown = f"{one['grew']:.0f} MB"
        rows.append((f"{number:,}", seconds(one["seconds"]), f"{one['peak']:.0f} MB", grown, one["head"][:12]))
        run.scratch.drop(database)
    told("Verifying everything that is kept (goal: a million in 10 s, in flat memory)", *rows)


def _in_a_process(url: str, *what: str) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.chain", *what]
    done = subprocess.run(
        command, env={**os.environ, "DATABASE_URL": url}, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout)


# In a process of its own


def write(rounds: int) -> dict[str, dict[str, list[float]]]:
    """Seconds for each kind of writing in each mode; the modes by turns, in shuffled rounds, in one register."""
    from django.db import connection, connections
    from django.utils import timezone

    from agreements.models import Party
    from audit import guards
    from audit.signing import sign_for_the_system, signed

    def parties(tag: str, number: int) -> list[Party]:
        name = "A name of the usual length, Incorporated (fictional)"
        return [
            Party(ref=f"{tag}-{n}", name=name, entity_type="corporation", jurisdiction="Delaware")
            for n in range(number)
        ]

    def one_by_one(tag: str, number: int) -> None:
        for party in parties(tag, number):
            with signed(sign_for_the_system("benchmarks", timezone.now()), "Benchmark"):
                party.save()
        connections.close_all()

    def take(tag: str, writers: int, number: int) -> None:
        if writers == 0:
            with signed(sign_for_the_system("benchmarks", timezone.now()), "Benchmark"):
                Party.objects.record_all(parties(tag, number))
            return
        threads = [threading.Thread(target=one_by_one, args=(f"{tag}-{n}", number)) for n in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    dice = Random(1)
    found: dict[str, dict[str, list[float]]] = {what: {mode: [] for mode in MODES} for what in WRITES}
    for turn in range(rounds):
        for mode in dice.sample(MODES, len(MODES)):
            guards.install(connection)
            if mode == "not linked":
                _take_away("standstill_link_", guards.installed(connection))
            for what, (writers, number) in WRITES.items():
                start = time.perf_counter()
                take(f"{mode}-{turn}-{what}".replace(" ", "-"), writers, number)
                found[what][mode].append(time.perf_counter() - start)
    return found


def _take_away(prefix: str, installed: list[tuple[str, str]]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for name, table in installed:
            if name.startswith(prefix):
                on = f' ON "{table}"' if connection.vendor == "postgresql" else ""
                cursor.execute(f'DROP TRIGGER "{name}"{on}')


def verify(number: int) -> dict[str, Any]:
    """Seconds and memory for a look at everything, of a register with so many links."""
    from django.db import connection
    from django.utils import timezone

    from agreements.models import Party
    from audit.signing import sign_for_the_system, signed
    from audit.verify import verify as look
    from benchmarks.whole import peak

    with signed(sign_for_the_system("benchmarks", timezone.now()), "Benchmark"):
        for start in range(0, number, AT_ONCE):
            some = range(start, min(start + AT_ONCE, number))
            name = "A name of the usual length, Incorporated (fictional)"
            Party.objects.record_all(
                [Party(ref=f"p-{n}", name=name, entity_type="corporation", jurisdiction="Delaware") for n in some],
                mark=False,
            )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    before, start = peak(), time.perf_counter()
    verdict = look(connection)
    took = time.perf_counter() - start
    if verdict.faults or verdict.head.number != number:
        raise AssertionError(f"{verdict.faults[:1]}, {verdict.head.number} links")
    return {"seconds": took, "peak": peak(), "grew": peak() - before, "head": verdict.head.hash}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
    what, argument = sys.argv[1:]
    print(json.dumps(write(int(argument)) if what == "write" else verify(int(argument))))


if __name__ == "__main__":
    main()
