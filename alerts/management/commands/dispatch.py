"""`manage.py dispatch`: send what waits in the outbox, without a worker."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from alerts.dispatch import dispatch
from alerts.operations import beat


class Command(BaseCommand):
    help = "Send what waits in the outbox now."

    def handle(self, *args: Any, **options: Any) -> None:
        tally = dispatch(timezone.now)
        beat("dispatch", at=timezone.now(), accepted=tally.accepted, retried=tally.retried, dead=tally.dead)
        self.stderr.write(f"{tally.accepted} accepted, {tally.retried} to be tried again, {tally.dead} dead.")
