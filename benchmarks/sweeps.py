"""The nightly sweep: run in a process of its own so that its memory can be told. Prints JSON.

    python -m benchmarks.sweeps CLOCK        on the database of DATABASE_URL, which it fills with alerts

`measure_sweeps` starts it for each size. The largest size is made of the one before it, row by row in SQL.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings

if TYPE_CHECKING:
    from benchmarks.__main__ import Run
    from benchmarks.databases import Database

TIMES = 10
PART = 4000


def measure(clock: Callable[[], float]) -> dict[str, Any]:
    from django.db import connection, models
    from django.db.models import F

    from agreements.models import Instrument
    from alerts.models import Act, Alert
    from alerts.operations import raise_alerts
    from alerts.recipients import Wishes
    from audit.models import User
    from benchmarks.portfolio import REFERENCE_DAY
    from benchmarks.whole import QueryCount, live_rows, peak
    from tests.guards import lifted
    from waivers.positions import all_groups, groups_at
    from waivers.reminders import People, letters, watchlist
    from waivers.sweeps import GROUPS_AT_ONCE, sweep, sweep_what_changed

    User.objects.get_or_create(username="keeper", defaults={"role": "administrator", "email": "keeper@desk.example"})
    noon = datetime(REFERENCE_DAY.year, REFERENCE_DAY.month, REFERENCE_DAY.day, 16, tzinfo=UTC)
    found: dict[str, Any] = {}

    def timed(what: str, work: Callable[[], Any]) -> Any:
        gc.collect()
        start = clock()
        done = work()
        found[what] = clock() - start
        return done

    def empty() -> None:
        with lifted():
            for model in (Act, Alert):
                models.QuerySet(model)._raw_delete("default")

    def select() -> int:
        start = clock()
        live = live_rows()
        selects.append(clock() - start)
        return live

    empty()
    models.QuerySet(Instrument).update(changes=F("swept") + 1, next_look=None)  # as if all were new
    selects: list[float] = []
    found["live"] = {select() for _ in range(5)}.pop()
    found["select"] = median(selects)
    before = peak()
    first = timed("first", lambda: sweep_what_changed(REFERENCE_DAY, at=noon))
    found |= {"groups": first.groups, "raised": first.raised, "memory": peak(), "grew": peak() - before}
    # Where all of it takes half an hour, a part of it tells: its groups are like the others.
    part = all_groups()[:PART]
    again = timed("again", lambda: sweep(part, REFERENCE_DAY, at=noon))
    found["again"] *= len(all_groups()) / len(part)
    if again.raised or not first.raised:
        raise AssertionError(f"a second sweep raised {again.raised} more alerts; the first, {first.raised}")
    counter = QueryCount()
    with connection.execute_wrapper(counter):
        nothing = timed("nothing", lambda: sweep_what_changed(REFERENCE_DAY, at=noon))
    if nothing.groups:
        raise AssertionError("a group was swept twice in one night")
    found["questions"] = counter.count
    night = timed("night", lambda: sweep_what_changed(REFERENCE_DAY + timedelta(days=1), at=noon + timedelta(days=1)))
    found |= {"night_groups": night.groups, "night_raised": night.raised}
    changed = list(Instrument.objects.order_by("?").values_list("pk", flat=True)[: max(len(all_groups()) // 100, 1)])
    models.QuerySet(Instrument).filter(next_look__isnull=False).update(next_look=None)
    models.QuerySet(Instrument).filter(pk__in=changed[:900]).update(changes=F("changes") + 1)
    few = timed("hundredth", lambda: sweep_what_changed(REFERENCE_DAY + timedelta(days=1), at=noon + timedelta(days=1)))
    found["hundredth_groups"] = few.groups

    # Raising by itself, against a bare insert of the same rows.
    some = all_groups()[: GROUPS_AT_ONCE * 5]
    wishes, people = Wishes.gather(), People.gather()
    due: list[Any] = []
    for start in range(0, len(some), GROUPS_AT_ONCE):
        chunk = some[start : start + GROUPS_AT_ONCE]
        names = watchlist(chunk, wishes, people)
        due += [
            each for group in groups_at(chunk, today=REFERENCE_DAY) for each in letters(group, names, REFERENCE_DAY)
        ]
    empty()
    count = timed("raising", lambda: raise_alerts(due, raised_for=REFERENCE_DAY, at=noon, wishes=wishes))
    bare = list(Alert.objects.all())
    if len(bare) != count:
        raise AssertionError("what was raised is not what is there")
    empty()
    timed("bare", lambda: Alert.objects.bulk_create(bare, batch_size=500))
    found["raising_count"] = count
    return found


def multiply(database: Database, models_in_order: list[Any], times: int) -> None:
    """Copy every row of a register so often, with refs of their own; without their history, which no sweep reads."""
    from django.db import connection, models
    from django.db.models import Max

    from benchmarks.databases import standing_in
    from tests.guards import lifted

    with standing_in(database), lifted(database.connection):
        last = {model: model.objects.aggregate(last=Max("id"))["last"] or 0 for model in models_in_order}
        for copy in range(1, times):
            for model in models_in_order:
                columns, values = [], []
                for field in model._meta.local_concrete_fields:
                    quoted = f'"{field.column}"'
                    target = field.related_model if isinstance(field, models.ForeignKey) else None
                    if field.primary_key:
                        value = f"{quoted} + {copy * last[model]}"
                    elif target in last:
                        value = f"{quoted} + {copy * last[target]}"
                    elif field.name == "group":
                        value = f"{quoted} + {copy * last[model]}"
                    elif field.name == "ref":
                        value = f"{quoted} || '-{copy}'"
                    else:
                        value = quoted
                    columns.append(quoted)
                    values.append(value)
                table = model._meta.db_table
                with connection.cursor() as cursor:
                    cursor.execute(
                        f'INSERT INTO "{table}" ({", ".join(columns)}) SELECT {", ".join(values)} FROM "{table}" '
                        f"WHERE id <= {last[model]}"
                    )


def measure_sweeps(run: Run) -> None:
    """Each size in a process of its own, on a copy of its register."""
    from benchmarks.__main__ import seconds, tables, times, told
    from benchmarks.databases import standing_in

    rows: list[tuple[Any, ...]] = [
        (
            "waivers",
            "live",
            "groups",
            "SELECT of live",
            "first",
            "again, all",
            "a night",
            "its groups",
            "nothing",
            "peak",
        )
    ]
    ratios: list[tuple[Any, ...]] = [
        ("waivers", "first", "again", "a night", "a hundredth changed", "nothing", "raising to a bare insert")
    ]
    largest = max(run.sizes)
    for size in [*run.sizes, *([largest * TIMES] if run.multiplied else [])]:
        database = run.databases.get(size)
        if database is None:
            database = run.databases[largest]
            multiply(database, tables(), TIMES)
        with standing_in(database):
            database.connection.close()
        command = [sys.executable, "-m", "benchmarks.sweeps", run.clock.__name__]
        environment = {**os.environ, "DATABASE_URL": database.url}
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(done.stdout)
        select = found["select"]
        rows.append(
            (
                size,
                found["live"],
                found["groups"],
                seconds(select),
                seconds(found["first"]),
                seconds(found["again"]),
                seconds(found["night"]),
                found["night_groups"],
                seconds(found["nothing"]),
                f"{found['memory']:.0f} MB, +{found['grew']:.0f}",
            )
        )
        ratios.append(
            (
                size,
                times(found["first"] / select),
                times(found["again"] / select),
                times(found["night"] / select),
                f"{times(found['hundredth'] / select)} ({found['hundredth_groups']} groups)",
                f"{found['nothing'] / select:.4f}x ({found['questions']} queries)",
                f"{times(found['raising'] / found['bare'])} ({found['raising_count']} alerts)",
            )
        )
    told("The sweep, in seconds", *rows)
    told("The sweep, to the bare SELECT of the live waivers (and raising, to a bare insert)", *ratios)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
    print(json.dumps(measure(getattr(time, sys.argv[1]))))


if __name__ == "__main__":
    main()
