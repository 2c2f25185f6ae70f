"""`manage.py knowledge --borrower REF --as-of DATE --known-at MOMENT [--and-at MOMENT]`: what two moments knew."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from agreements.models import Party
from audit.dates import day, moment
from waivers.knowledge import Comparison, compare


class Command(BaseCommand):
    help = "What the register knew of a borrower at two moments, as of one date: the answers and the facts that differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--borrower", required=True, help="the ref of a party")
        parser.add_argument("--as-of", type=day, help="a date, YYYY-MM-DD (default: today)")
        parser.add_argument("--known-at", type=moment, required=True, help="the one moment")
        parser.add_argument("--and-at", type=moment, help="the other (default: now)")
        parser.add_argument("--format", choices=["table", "json"], default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        party = Party.objects.filter(ref=options["borrower"]).first()
        if party is None:
            raise CommandError(f"There is no party {options['borrower']!r} in the register.")
        now = timezone.now()
        today = timezone.localdate(now)
        found = compare(party, options["as_of"] or today, options["known_at"], options["and_at"] or now, today=today)
        if options["format"] == "json":
            self.stdout.write(json.dumps(found.as_json(), indent=1))
        else:
            self.table(found)

    def table(self, found: Comparison) -> None:
        write = self.stdout.write
        when = f"known at {found.then:%-d %B %Y %H:%M %Z} | {found.now:%-d %B %Y %H:%M %Z}"
        write(f"As of {found.as_of:%-d %B %Y, %a}, {when}")
        for pair in (*found.instruments, *found.waivers, *found.lines):
            if pair.differs:
                then, now = (state.replace("_", " ") or "not known" for state in pair.states)
                write(f"{pair.ref:<40} {then} | {now}")
        if found.is_same:
            write("Both give the same answers.")
        for fact in found.facts:
            write(f"{fact.what} {fact.name}{', not known then' if fact.is_new else ''}")
            for field in fact.fields:
                write(f"    {field.name}: {field.before or '-'} | {field.after}")
            write(f"    last changed by {fact.row.actor_name}: {fact.row.history_change_reason}")
        if found.has_more_facts:
            write("There is more; this is the first of each kind.")
