"""`manage.py check_alive`: exit status 0 if the watch is alive, 1 if not, with the reasons."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from alerts.watch import check_pulse


class Command(BaseCommand):
    help = "Check that sweeps and dispatchers are running and that no alert is stuck; for any monitor."

    def handle(self, *args: Any, **options: Any) -> None:
        pulse = check_pulse(timezone.now())
        if not pulse.alive:
            raise CommandError("\n".join(pulse.complaints), returncode=1)
        self.stdout.write("Alive.")
