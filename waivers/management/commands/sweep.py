"""`manage.py sweep [--as-of DATE] [--all]`: raise what is due by a date, without a worker."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from alerts.operations import beat
from audit.dates import day
from waivers.positions import all_groups
from waivers.sweeps import reckon, sweep, sweep_what_changed


class Command(BaseCommand):
    help = "Raise every alert that is due by a date (default: today) and was not raised before."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", type=day, help="a date, YYYY-MM-DD (default: today)")
        parser.add_argument(
            "--all", action="store_true", help="recompute the whole register, and say what the sweeps had missed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        today, as_of = timezone.localdate(now), options["as_of"]
        if as_of is not None:
            swept = sweep(all_groups(), as_of, at=now)
        elif options["all"]:
            swept, missed = reckon(today, at=now)
            beat("reckoning", at=timezone.now(), **swept.counts(), missed=missed)
            self.stderr.write(f"{swept.due} matter(s) due in {swept.groups} group(s); {missed} had not been raised.")
        else:
            swept = sweep_what_changed(today, at=now)
        if as_of is None:
            beat("sweep", at=timezone.now(), **swept.counts())
        self.stderr.write(f"{swept.raised} alert(s) raised.")
