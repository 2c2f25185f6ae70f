"""Wakes the sweep."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from alerts.operations import beat
from waivers.positions import all_groups
from waivers.reminders import sweep


@shared_task(name="waivers.sweep")
def sweep_register() -> None:
    """Raise whatever is due by now. Safe to run any number of times at once; a missed run loses nothing."""
    now = timezone.now()
    groups = all_groups()
    try:
        raised = sweep(groups, timezone.localdate(now), at=now)
    except Exception as error:
        beat("sweep", at=timezone.now(), groups=len(groups), failed=str(error)[:300])
        raise
    beat("sweep", at=timezone.now(), groups=len(groups), raised=raised)
