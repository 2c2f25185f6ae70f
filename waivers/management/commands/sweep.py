"""`manage.py sweep [--as-of DATE]`: raise what is due by a date, without a worker."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from alerts.operations import beat
from audit.dates import day
from waivers.positions import all_groups
from waivers.reminders import sweep


class Command(BaseCommand):
    help = "Raise every alert that is due by a date (default: today) and was not raised before."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", type=day, help="a date, YYYY-MM-DD (default: today)")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        groups = all_groups()
        raised = sweep(groups, options["as_of"] or timezone.localdate(now), at=now)
        if options["as_of"] is None:
            beat("sweep", at=now, groups=len(groups), raised=raised)
        self.stderr.write(f"{raised} alert(s) raised.")
