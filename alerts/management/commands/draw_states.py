"""`manage.py draw_states [--check]`: the life of an alert, drawn into docs/reliability.md from its table of steps."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from alerts.states import diagram

PAGE = "docs/reliability.md"
FIRST, LAST = "<!-- states -->\n", "<!-- /states -->"


class Command(BaseCommand):
    help = f"Draw the states of an alert into {PAGE}, from alerts/states.py."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail if the drawing is another")

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / PAGE
        text = path.read_text(encoding="utf-8")
        before, _, rest = text.partition(FIRST)
        _, _, after = rest.partition(LAST)
        drawn = f"{before}{FIRST}```mermaid\n{diagram()}\n```\n{LAST}{after}"
        if drawn == text:
            return
        if options["check"]:
            raise CommandError(f"{PAGE} does not draw alerts/states.py any more; `make fmt` draws it anew.")
        path.write_text(drawn, encoding="utf-8")
        self.stderr.write(f"{PAGE}: drawn anew.")
