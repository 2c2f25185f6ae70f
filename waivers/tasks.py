"""Wakes the sweep, who builds packs, and once a day the reckoning."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from celery.exceptions import OperationalError
from django.db import transaction
from django.utils import timezone

from alerts.models import Heartbeat
from alerts.operations import beat
from alerts.watch import LONGEST_RECKONING
from waivers.packs.jobs import work_on_packs
from waivers.sweeps import reckon, sweep_what_changed

log = logging.getLogger(__name__)

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


@shared_task(name="waivers.packs")
def build_packs() -> None:
    """Build the packs that were asked for. Woken when one is, and each minute, so that a killed worker loses none."""
    work_on_packs(timezone.now)


def wake_the_packer() -> None:
    """Have packs built once what was asked for is committed. Where no broker answers, the next beat does it."""
    transaction.on_commit(_send_packer)


def _send_packer() -> None:
    try:
        build_packs.apply_async(retry=False)
    except OperationalError:
        log.warning("No broker answers; what was asked for is built at the next beat.")


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
