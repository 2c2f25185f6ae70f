"""Gets alerts from the outbox to people (rules 5-9 and 11-12 of docs/reliability.md).

A dispatcher claims a few alerts under a lease, commits that, sends outside any transaction, and records the outcome
only if the lease is still its own. Redis and Celery merely wake it: a lost task loses nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from alerts.channels.email import EmailChannel, LastingFailureError, PassingFailureError
from alerts.models import Alert, Attempt
from alerts.states import State, check_transition

Clock = Callable[[], datetime]

FIRST_RETRY = timedelta(seconds=10)
LONGEST_RETRY = timedelta(minutes=15)
GIVE_UP_AFTER = timedelta(hours=72)
AT_ONCE = 20


@dataclass(slots=True)
class Tally:
    """What one run of the dispatcher did."""

    accepted: int = 0
    retried: int = 0
    dead: int = 0
    lost_lease: int = 0


def ready(now: datetime) -> Q:
    """Alerts that wait to be sent, and those whose sender never came back."""
    return Q(state=State.PENDING, next_attempt_at__lte=now) | Q(state=State.SENDING, lease_expires_at__lte=now)


def dispatch(clock: Clock, *, most: int = 10_000) -> Tally:
    """Send what is ready, urgent first, over one connection; return what happened."""
    tally = Tally()
    with EmailChannel() as channel:
        while most > 0:
            claimed = claim(clock(), limit=min(AT_ONCE, most))
            if not claimed:
                return tally
            most -= len(claimed)
            for alert in claimed:
                _send(alert, channel, clock, tally)
    return tally


def claim(now: datetime, *, limit: int) -> list[Alert]:
    """Take some alerts under a lease of our own, and note the attempt, all committed before anything is sent."""
    lease = uuid4().hex
    with transaction.atomic():
        waiting = Alert.objects.filter(ready(now)).order_by("-urgent", "next_attempt_at", "id")
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True)
        for alert in waiting[:limit]:
            check_transition(alert.state, State.SENDING)
            # Row locks are silently ignored on SQLite: the guard in the filter is what claims there.
            Alert.objects.filter(ready(now), pk=alert.pk, attempts=alert.attempts).update(
                state=State.SENDING,
                lease=lease,
                lease_expires_at=now + settings.ALERT_LEASE,
                attempts=alert.attempts + 1,
                possible_repeat=alert.possible_repeat or alert.state == State.SENDING,
            )
        claimed = list(Alert.objects.filter(lease=lease).select_related("recipient").order_by("-urgent", "id"))
        Attempt.objects.bulk_create(Attempt(alert=alert, number=alert.attempts, begun_at=now) for alert in claimed)
    return claimed


def _send(alert: Alert, channel: EmailChannel, clock: Clock, tally: Tally) -> None:
    # A fifth of the lease is the longest a send may take, so what starts with less than that left is not started.
    if alert.lease_expires_at is None or clock() > alert.lease_expires_at - settings.ALERT_LEASE / 5:
        tally.lost_lease += 1
        return
    try:
        message_id = channel.send(alert)
    except LastingFailureError as error:
        tally.dead += _conclude(alert, clock(), State.DEAD, str(error))
    except PassingFailureError as error:
        now = clock()
        repeat = {"possible_repeat": True} if error.uncertain else {}
        begun = Attempt.objects.filter(alert=alert).order_by("number").values_list("begun_at", flat=True)[0]
        if now - begun > GIVE_UP_AFTER:
            tally.dead += _conclude(alert, now, State.DEAD, f"given up after 72 hours: {error}", **repeat)
        else:
            later = now + pause(alert.attempts)
            tally.retried += _conclude(alert, now, State.PENDING, str(error), next_attempt_at=later, **repeat)
    else:
        now = clock()
        done = _conclude(alert, now, State.ACCEPTED, "", message_id=message_id, accepted_at=now)
        tally.accepted += done
        tally.lost_lease += not done


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 10 s doubling to 15 min, half to the whole of it at random."""
    longest = min(FIRST_RETRY * 2 ** min(attempts - 1, 10), LONGEST_RETRY)
    return longest * random.uniform(0.5, 1)  # noqa: S311 (jitter, not a secret)


def _conclude(alert: Alert, now: datetime, state: State, detail: str, **columns: object) -> bool:
    """Record the outcome, if the lease is still ours; else somebody else took the alert over."""
    check_transition(State.SENDING, state)
    with transaction.atomic():
        ours = Alert.objects.filter(pk=alert.pk, state=State.SENDING, lease=alert.lease)
        done = bool(ours.update(state=state, lease="", lease_expires_at=None, note=detail[:500], **columns))
        outcome = str(state) if done else "lease lost"
        Attempt.objects.filter(alert=alert, number=alert.attempts).update(
            ended_at=now, outcome=outcome, detail=detail[:500]
        )
    return done
