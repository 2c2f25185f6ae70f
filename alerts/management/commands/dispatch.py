"""`manage.py dispatch`: pass on what is overdue and send what waits in the outbox, without a worker."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from alerts.dispatch import send_and_pass_on


class Command(BaseCommand):
    help = "Pass on what nobody acknowledged in time, and send what waits in the outbox."

    def handle(self, *args: Any, **options: Any) -> None:
        tally, passed = send_and_pass_on(timezone.now)
        self.stderr.write(
            f"{tally.accepted} accepted, {tally.retried} to be tried again, {tally.dead} dead, {passed} passed on."
        )
