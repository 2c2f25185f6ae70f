"""Wakes the dispatcher, and raises the canary of the day."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from alerts.dispatch import dispatch
from alerts.operations import beat, pass_on, raise_canary


@shared_task(name="alerts.dispatch")
def dispatch_alerts() -> None:
    """Pass on what nobody acknowledged, and send what waits in the outbox. Safe to run any number of times at once."""
    now = timezone.now()
    passed = pass_on(today=timezone.localdate(now), at=now)
    tally = dispatch(timezone.now)
    beat("dispatch", at=timezone.now(), passed_on=passed, **tally.counts())


@shared_task(name="alerts.canary")
def canary() -> None:
    """Raise the canary of the day, once, whenever it is woken."""
    now = timezone.now()
    raised = raise_canary(today=timezone.localdate(now), at=now)
    beat("canary", at=now, raised=raised)
