"""Wakes the sealing."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from audit.seals import is_due, seal


@shared_task(name="audit.seal")
def seal_register() -> None:
    """Seal the record once a day. Woken each hour, so that a refused mail or a stop loses no day."""
    now = timezone.now()
    if settings.SEAL_KEY and is_due(now):
        seal(now, settings.SEAL_TO)
