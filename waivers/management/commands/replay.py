"""`manage.py replay --from DATE --to DATE`: step the clock and raise what would have been raised."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.dates import day as calendar_day
from waivers.positions import all_groups
from waivers.sweeps import sweep


class Command(BaseCommand):
    help = "Sweep each day in turn, seeing no holder action before it was reported; for training and the example."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="first", type=calendar_day, required=True)
        parser.add_argument("--to", dest="last", type=calendar_day, required=True)

        parser.add_argument("--mail", action="store_true", help="raise them even though a mail server is set")

    def handle(self, *args: Any, **options: Any) -> None:
        if "EMAIL_HOST" in os.environ and not options["mail"]:
            raise CommandError(
                "A mail server is set (EMAIL_HOST), so what is replayed would reach people as if it were news; "
                "unset it, or say --mail if that is what you want."
            )
        day, last = options["first"], options["last"]
        if last < day:
            raise CommandError(f"--to ({last}) is before --from ({day}).")
        now, groups = timezone.now(), all_groups()
        while day <= last:
            raised = sweep(groups, day, at=now, learnt_by=day).raised
            if raised:
                self.stderr.write(f"{day:%-d %B %Y, %a}: {raised} alert(s) raised.")
            day += timedelta(days=1)
