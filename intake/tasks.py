"""Wakes who reads what came in."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from celery.exceptions import OperationalError
from django.db import transaction
from django.utils import timezone

from intake.models import Incoming
from intake.review.jobs import read_what_waits

log = logging.getLogger(__name__)

AT_A_TIME = timedelta(seconds=20)


@shared_task(name="intake.read")
def read_incoming() -> None:
    """Read what came in. Woken when something does, and each minute, so that a killed worker loses nothing.

    One reads at a time, and not for long: what is to be told must not wait behind a thousand papers.
    """
    now = timezone.now()
    if Incoming.objects.filter(state="reading", lease_expires_at__gte=now).exists():
        return
    read_what_waits(timezone.now, until=now + AT_A_TIME)
    if Incoming.objects.all().to_read(timezone.now()).exists():
        _send_reader()


def wake_the_reader() -> None:
    """Have it read once what came in is committed. Where no broker answers, the next beat does it."""
    transaction.on_commit(_send_reader)


def _send_reader() -> None:
    try:
        read_incoming.apply_async(retry=False)
    except OperationalError:
        log.warning("No broker answers; what came in is read at the next beat.")
