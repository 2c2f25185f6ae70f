"""Wakes the sweep, and once a day the reckoning."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from alerts.models import Heartbeat
from alerts.operations import beat
from alerts.watch import LONGEST_RECKONING
from waivers.sweeps import reckon, sweep_what_changed

RECKON_EVERY = timedelta(hours=24)


@shared_task(name="waivers.sweep")
def sweep_register() -> None:
    """Raise whatever is due by now. Safe to run any number of times at once; a missed run loses nothing."""
    now = timezone.now()
    try:
        swept = sweep_what_changed(timezone.localdate(now), at=now)
    except Exception as error:
        beat("sweep", at=timezone.now(), failed=str(error)[:300])
        raise
    beat("sweep", at=timezone.now(), **swept.counts())


@shared_task(name="waivers.reckon")
def reckon_register() -> None:
    """Once a day, recompute everything from the facts and compare it with what was raised. Woken each hour."""
    now = timezone.now()
    done = Heartbeat.objects.filter(name="reckoning", at__gt=now - RECKON_EVERY)
    # One that was begun long ago and never came to its end, since its worker was killed, counts for nothing.
    if done.exclude(counts__has_key="begun", at__lt=now - LONGEST_RECKONING).exists():
        return
    beat("reckoning", at=now, begun=now.isoformat(timespec="seconds"))  # another worker need not begin it too
    try:
        swept, missed = reckon(timezone.localdate(now), at=now)
    except Exception as error:
        beat("reckoning", at=timezone.now(), failed=str(error)[:300])
        raise
    beat("reckoning", at=timezone.now(), **swept.counts(), missed=missed)
