"""Wakes who reads what came in."""

from __future__ import annotations

import logging

from celery import shared_task
from celery.exceptions import OperationalError
from django.db import transaction
from django.utils import timezone

from intake.review.jobs import read_what_waits

log = logging.getLogger(__name__)


@shared_task(name="intake.read")
def read_incoming() -> None:
    """Read what came in. Woken when something does, and each minute, so that a killed worker loses nothing."""
    read_what_waits(timezone.now)


def wake_the_reader() -> None:
    """Have it read once what came in is committed. Where no broker answers, the next beat does it."""
    transaction.on_commit(_send_reader)


def _send_reader() -> None:
    try:
        read_incoming.apply_async(retry=False)
    except OperationalError:
        log.warning("No broker answers; what came in is read at the next beat.")
