"""`manage.py dispatch`: pass on what is overdue and send what waits in the outbox, without a worker."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from alerts.dispatch import dispatch
from alerts.operations import beat, pass_on


class Command(BaseCommand):
    help = "Pass on what nobody acknowledged in time, and send what waits in the outbox."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        passed = pass_on(today=timezone.localdate(now), at=now)
        tally = dispatch(timezone.now)
        beat("dispatch", at=timezone.now(), passed_on=passed, **tally.counts())
        self.stderr.write(f"{tally.accepted} accepted, {tally.retried} to be tried again, {tally.dead} dead.")
