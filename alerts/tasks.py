"""Wakes the dispatcher."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from alerts.dispatch import dispatch
from alerts.operations import beat


@shared_task(name="alerts.dispatch")
def dispatch_alerts() -> None:
    """Send what waits in the outbox. Safe to run any number of times at once."""
    tally = dispatch(timezone.now)
    beat("dispatch", at=timezone.now(), accepted=tally.accepted, retried=tally.retried, dead=tally.dead)
