"""One pass over the whole portfolio, in a process of its own so that its memory can be told. Prints JSON."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import django
from django.conf import settings


class QueryCount:
    """Counts the statements that pass through it."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


def peak() -> float:
    """The most memory that this process ever held, in MB (`getrusage` would count the parent's, from before exec)."""
    told = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(told[1]) / 1024 if told else 0.0


def live_rows() -> int:
    """Read the waivers that are in force by their dates; how many they are."""
    from django.db.models import F, Q

    from benchmarks.portfolio import REFERENCE_DAY
    from waivers.models import Condition, Waiver

    open_ = Condition.objects.filter(satisfied__isnull=True) | Condition.objects.filter(satisfied__gt=REFERENCE_DAY)
    last = Q(until_date__gt=REFERENCE_DAY) | Q(until_date=REFERENCE_DAY, until_inclusive=True)
    rows = Waiver.objects.filter(last | Q(until_date__isnull=True), executed__isnull=False)
    rows = rows.filter(effective_from__lte=REFERENCE_DAY).exclude(id__in=open_.values("waiver_id"))
    columns = ("ref", "instrument_id", "kind", "effective_from", "executed", "until_date", "until_inclusive")
    return sum(1 for _ in rows.order_by("id").values_list("id", *columns, F("extends_id")).iterator(chunk_size=5000))


def measure(clock: Callable[[], float]) -> dict[str, Any]:
    from django.db import connection

    from benchmarks.portfolio import REFERENCE_DAY
    from waivers.position.rules import Status
    from waivers.positions import CHUNK, all_groups, answer, facts_of, groups_at

    live_rows()
    groups = all_groups()
    answer(groups_at(groups[:3], today=REFERENCE_DAY), REFERENCE_DAY)
    before = peak()
    counter = QueryCount()
    in_force = 0
    start = clock()
    with connection.execute_wrapper(counter):
        for group in groups_at(all_groups(), today=REFERENCE_DAY):
            found = answer([group], REFERENCE_DAY)
            in_force += sum(waiver.status is Status.IN_FORCE for waiver in found.waivers)
    whole = clock() - start
    after = peak()
    start = clock()
    for first in range(0, len(groups), CHUNK):
        facts_of(groups[first : first + CHUNK])
    gathered = clock() - start
    selects = []
    for _ in range(7):
        start = clock()
        live = live_rows()
        selects.append(clock() - start)
    # Some of those whose day it is were ended before their time: that only the rules can tell.
    if not 0.8 * live <= in_force <= live:
        raise AssertionError(f"{live} waivers by their dates, but {in_force} in force by the rules")
    chunks = -(-len(groups) // CHUNK)
    return {
        "whole": whole,
        "gathered": gathered,
        "select": median(selects),
        "live": live,
        "groups": len(groups),
        "queries": counter.count,
        "chunks": chunks,
        "memory": after,
        "grew": after - before,
    }


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
    print(json.dumps(measure(getattr(time, sys.argv[1]))))


if __name__ == "__main__":
    main()
