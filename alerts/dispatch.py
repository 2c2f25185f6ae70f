"""Gets alerts from the outbox to people (rules 5-13 of docs/reliability.md).

A dispatcher claims a few alerts under a lease, commits that, reads again whether they are still so, sends outside any
transaction, and records the outcome only if the lease is still its own. Redis and Celery merely wake it: a lost task
loses nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from alerts.channels import Channel, LastingFailureError, PassingFailureError
from alerts.channels.email import EmailChannel
from alerts.channels.webhook import WebhookChannel
from alerts.letters import Letter, spoken
from alerts.models import Alert, Attempt
from alerts.operations import put
from alerts.recipients import Told
from alerts.register import register
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
    superseded: int = 0
    lost_lease: int = 0

    def counts(self) -> dict[str, int]:
        return {part.name: getattr(self, part.name) for part in fields(self)}


@dataclass(slots=True)
class Channels:
    """The channels of one run, each opened when it is first needed."""

    stack: ExitStack
    opened: dict[type, Channel] = field(default_factory=dict)

    def of(self, alert: Alert) -> Channel:
        kind: Any = WebhookChannel if alert.webhook_id else EmailChannel
        if kind not in self.opened:
            self.opened[kind] = self.stack.enter_context(kind())
        return self.opened[kind]


def dispatch(clock: Clock, *, most: int = 10_000) -> Tally:
    """Send what is ready, urgent first, over few connections; return what happened."""
    tally = Tally()
    gather_digests(clock())
    with ExitStack() as stack:
        channels = Channels(stack)
        while most > 0:
            claimed = claim(clock(), limit=min(AT_ONCE, most))
            if not claimed:
                break
            most -= len(claimed)
            for alert in _settled(claimed, clock, tally):
                _send(alert, channels, clock, tally)
    return tally


def claim(now: datetime, *, limit: int) -> list[Alert]:
    """Take some alerts under a lease of our own, and note the attempts, all committed before anything is sent."""
    lease = uuid4().hex
    with transaction.atomic():
        waiting = Alert.objects.ready(now).order_by("-urgent", "next_attempt_at", "id")
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True)
        found = list(waiting.values_list("pk", "state")[:limit])
        for state in {state for _, state in found}:
            check_transition(state, State.SENDING)
        uncertain = [pk for pk, state in found if state == State.SENDING]
        sending = {"state": State.SENDING, "lease": lease, "lease_expires_at": now + settings.ALERT_LEASE}
        # Row locks are silently ignored on SQLite: the guard in the filter is what claims there.
        ready = Alert.objects.ready(now)
        ready.filter(pk__in=uncertain).update(**sending, attempts=F("attempts") + 1, possible_repeat=True)
        fresh = [pk for pk, state in found if state == State.PENDING]
        ready.filter(pk__in=fresh).update(**sending, attempts=F("attempts") + 1)
        mine = Alert.objects.filter(pk__in=[pk for pk, _ in found], lease=lease)
        claimed = list(mine.select_related("recipient", "webhook").order_by("-urgent", "id"))
        Attempt.objects.bulk_create(Attempt(alert=alert, number=alert.attempts, begun_at=now) for alert in claimed)
    return claimed


def _settled(claimed: list[Alert], clock: Clock, tally: Tally) -> list[Alert]:
    """Read again what was claimed (rule 10); what of it is still to be sent.

    A failure of this reading holds up no alert: what a register cannot judge is sent as it was raised.
    """
    spoken_of = [alert for alert in claimed if alert.topic]
    if not spoken_of:
        return claimed
    try:
        register().settle(spoken_of, clock())
    except Exception as error:  # noqa: BLE001 (kept with the attempts; the sweep fails loudly over the same)
        _note(claimed, f"not read again: {type(error).__name__}: {error}")
        return claimed
    numbers = [alert.pk for alert in claimed]
    gone = set(Alert.objects.filter(pk__in=numbers, state=State.SUPERSEDED).values_list("pk", flat=True))
    dropped = [alert for alert in claimed if alert.pk in gone]
    if dropped:
        _note(dropped, "read again before it was sent: no longer so", outcome=State.SUPERSEDED, ended_at=clock())
        tally.superseded += len(dropped)
    return [alert for alert in claimed if alert.pk not in gone]


def _note(alerts: list[Alert], detail: str, **columns: object) -> None:
    attempts = Q(pk__in=[])
    for alert in alerts:
        attempts |= Q(alert=alert, number=alert.attempts)
    Attempt.objects.filter(attempts).update(detail=detail[:500], **columns)


def _send(alert: Alert, channels: Channels, clock: Clock, tally: Tally) -> None:
    # A fifth of the lease is the longest a send may take, so what starts with less than that left is not started.
    if alert.lease_expires_at is None or clock() > alert.lease_expires_at - settings.ALERT_LEASE / 5:
        tally.lost_lease += 1
        return
    channel = channels.of(alert)
    try:
        if alert.possible_repeat and channel.arrived(alert):
            message_id = alert.message_id or "found where it was sent"
        else:
            message_id = channel.send(alert)
    except LastingFailureError as error:
        tally.dead += _die(alert, clock(), str(error))
    except PassingFailureError as error:
        now = clock()
        repeat = {"possible_repeat": True} if error.uncertain else {}
        begun = Attempt.objects.filter(alert=alert).order_by("number").values_list("begun_at", flat=True)[0]
        if now - begun > GIVE_UP_AFTER:
            tally.dead += _die(alert, now, f"given up after 72 hours: {error}", **repeat)
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


def _die(alert: Alert, now: datetime, why: str, **columns: object) -> bool:
    """What reached nobody is passed on at once (rule 14)."""
    unanswered = alert.recipient_id and alert.acknowledged_at is None and alert.answer_within
    return _conclude(alert, now, State.DEAD, why, **columns, **({"answer_by": now} if unanswered else {}))


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
        if done and alert.kind == DIGEST:
            _conclude_carried(alert, state, detail, now, columns)
    return done


# Daily digests

DIGEST = "digest"


def gather_digests(now: datetime) -> int:
    """Make a digest for each person whose hour has come, of all that waits for it; return how many.

    A digest is an alert of its own, and carries the others: they share its fate. Two dispatchers at once make one,
    since each alert is taken along by a guarded update, and a digest that carries nothing is not kept.
    """
    due = Q(daily=True, carried_by=None, state=State.PENDING, next_attempt_at__lte=now)
    made = 0
    for person in Alert.objects.filter(due).order_by().values_list("recipient", flat=True).distinct():
        with transaction.atomic():
            rows = Alert.objects.filter(due, recipient=person).select_for_update()
            waiting = list(rows.select_related("recipient").order_by("id"))
            if not waiting or waiting[0].recipient is None:
                continue
            last = waiting[-1].pk
            today = timezone.localdate(now)  # noqa: TID251 (of the moment handed in)
            letter = Letter(
                about=f"person:{person}",
                kind=DIGEST,
                version=str(last),
                contractual_date=min(alert.contractual_date for alert in waiting),
                reading="",
                due=today,
                heading=f"{len(waiting)} alert{'s' * (len(waiting) > 1)} of {spoken(today)}",
                what="All that can wait and was raised for you since the last of these messages.",
                why=(),
                sources=(),
                todo="Look at each, and acknowledge it in your inbox.",
                path="/alerts/",
                open_subject=True,
            )
            put([Told(letter, now, waiting[0].recipient)], raised_for=today, at=now)
            digest = Alert.objects.get(about=letter.about, kind=DIGEST, version=letter.version)
            rows.filter(pk__in=[alert.pk for alert in waiting]).update(carried_by=digest)
            made += 1
    return made


def _conclude_carried(digest: Alert, state: State, detail: str, now: datetime, columns: dict[str, object]) -> None:
    """What a digest carries is accepted or dead with it; while the digest is tried again, it waits."""
    carried = Alert.objects.filter(carried_by=digest, state=State.PENDING)
    if state is State.ACCEPTED:
        told = {"message_id": columns["message_id"], "accepted_at": columns["accepted_at"]}
        carried.update(state=State.ACCEPTED, attempts=1, **told)
    elif state is State.DEAD:
        carried.filter(acknowledged_at=None, answer_within__gt=0).update(answer_by=now)
        carried.update(state=State.DEAD, note=detail[:500])
