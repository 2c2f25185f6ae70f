"""`manage.py position --as-of DATE`: who is in default, why, what holds it back, until when."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from agreements.models import Instrument, Party
from audit.dates import day, moment
from waivers.positions import Answer, all_groups, answer, groups_at, groups_of


class Command(BaseCommand):
    help = "The default position as of a date, as known now or at an earlier moment."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", type=day, help="a date, YYYY-MM-DD (default: today)")
        parser.add_argument("--known-at", type=moment, help="answer from what the register knew at this moment")
        parser.add_argument("--borrower", help="only the instruments of the party with this ref")
        parser.add_argument("--format", choices=["table", "json"], default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.localdate()
        on: date = options["as_of"] or today
        borrower = None
        groups = all_groups
        if options["borrower"]:
            borrower = Party.objects.filter(ref=options["borrower"]).first()
            if borrower is None:
                raise CommandError(f"There is no party {options['borrower']!r} in the register.")
            groups = lambda: groups_of(Instrument.objects.ever_of(borrower))  # noqa: E731
        known_at = options["known_at"]
        ref = borrower.ref if borrower else None
        found = answer(groups_at(groups(), today=today, known_at=known_at), on, borrower=ref, known_at=known_at)
        if options["format"] == "json":
            self.stdout.write(json.dumps(found.as_json(), indent=1))
        else:
            self.table(found)

    def table(self, found: Answer) -> None:
        known = f", as known at {found.known_at:%-d %B %Y %H:%M %Z}" if found.known_at else ""
        self.stdout.write(f"Position as of {found.as_of:%-d %B %Y, %a}{known}\n\n")
        for instrument in found.instruments:
            through = f" through {instrument.waived_through:%-d %B %Y}" if instrument.waived_through else ""
            self.stdout.write(f"{instrument.ref:<30} {instrument.state.replace('_', ' ')}{through}\n")
            for line in instrument.lines:
                via = f" via {' > '.join(line.via)}" if line.via else ""
                held = f", {line.state.replace('_', ' ')}" + (f" by {line.waiver}" if line.waiver else "")
                self.stdout.write(f"    {line.clause}: {line.root.ref}{via}, since {line.since:%-d %B %Y}{held}\n")
                for doubt in line.uncertain:
                    self.stdout.write(f"        uncertain: {doubt}\n")
        self.stdout.write("\n" if found.waivers else "")
        for waiver in found.waivers:
            last = f"last day {waiver.last_day:%-d %B %Y}" if waiver.last_day else "no end date"
            end = f", ended on {waiver.end.ended_on:%-d %B %Y} by {waiver.end.ref}" if waiver.end else ""
            self.stdout.write(f"{waiver.ref:<30} {waiver.status.replace('_', ' ')}, {last}{end}\n")
        self.stdout.write("\n" if found.warnings else "")
        for warning in found.warnings:
            self.stdout.write(f"warning {warning.rule}: {warning.text}\n")
