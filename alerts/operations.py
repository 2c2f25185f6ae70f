"""Writes of the outbox: raising and acknowledging. Sending is `alerts.dispatch`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from alerts.letters import Letter
from alerts.models import Alert, Heartbeat
from audit.models import User


class NobodyToTellError(RuntimeError):
    """There is no active user at all to whom an alert could go."""


def raise_alerts(letters: Iterable[tuple[Letter, Iterable[User]]], *, raised_for: date, at: datetime) -> int:
    """Put each letter into the outbox, once for each person; return how many were new.

    What was raised before is left alone: the key (about, kind, version, recipient) is unique. Raises
    `NobodyToTellError` if a letter has no recipient, so that no alert is lost in silence.
    """
    wanted: dict[tuple[str, str, str, int], Alert] = {}
    for letter, people in letters:
        told = False
        for person in people:
            told = True
            key = (letter.about, letter.kind, letter.version, person.pk)
            wanted[key] = Alert(
                about=letter.about,
                kind=letter.kind,
                version=letter.version,
                recipient=person,
                urgent=letter.urgent,
                contractual_date=letter.contractual_date,
                zone=settings.TIME_ZONE,
                reading=letter.reading,
                content=letter.content(),
                raised_for=raised_for,
                raised_at=at,
                late=letter.due < raised_for,
                next_attempt_at=at,
            )
        if not told:
            raise NobodyToTellError(f"Nobody can be told: {letter.heading}")
    with transaction.atomic():
        raised = _raised({key[0] for key in wanted})
        fresh = [alert for key, alert in wanted.items() if key not in raised]
        Alert.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=500)
    return len(fresh)


def _raised(abouts: set[str]) -> set[tuple[str, str, str, int]]:
    found: set[tuple[str, str, str, int]] = set()
    names = sorted(abouts)
    for start in range(0, len(names), 500):
        rows = Alert.objects.filter(about__in=names[start : start + 500])
        found.update(rows.values_list("about", "kind", "version", "recipient_id"))
    return found


def acknowledge(*, alert: Alert, by: User, at: datetime) -> None:
    """Note that a person has taken an alert in hand. The first acknowledgement stands."""
    Alert.objects.filter(pk=alert.pk, acknowledged_at=None).update(acknowledged_at=at, acknowledged_by=by)


def beat(name: str, *, at: datetime, **counts: int | str) -> None:
    """Write down that something which must not stop has run, and what it counted."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at, "counts": counts})
