"""Wakes the dispatcher, and raises the canary of the day."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from alerts.dispatch import send_and_pass_on
from alerts.operations import beat, raise_canary


@shared_task(name="alerts.dispatch")
def dispatch_alerts() -> None:
    """Send what waits in the outbox, and pass on what nobody acknowledged. Safe to run any number of times at once."""
    send_and_pass_on(timezone.now)


@shared_task(name="alerts.canary")
def canary() -> None:
    """Raise the canary of the day, once, whenever it is woken."""
    now = timezone.now()
    raised = raise_canary(today=timezone.localdate(now), at=now)
    beat("canary", at=now, raised=raised)
