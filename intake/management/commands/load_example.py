"""`manage.py load_example`: Lexington, and the inbox that its officer would have had from 31 January to 2 May 2000."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from intake.example import FIRST_DAY, LAST_DAY, load_example


class Command(BaseCommand):
    help = "Load the Lexington example and replay 31 January to 2 May 2000; a second time changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not load_example(timezone.now()):
            self.stderr.write("The example is loaded already.")
            return
        call_command("replay", first=FIRST_DAY, last=LAST_DAY, stderr=self.stderr)
        self.stderr.write("The example is loaded.")
