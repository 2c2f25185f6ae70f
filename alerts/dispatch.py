"""Gets alerts from the outbox to people (rules 5-13 of docs/reliability.md).

A dispatcher claims a few alerts under a lease, commits that, reads again whether they are still so, sends outside any
transaction, and records the outcome only if the lease is still its own. Redis and Celery merely wake it: a lost task
loses nothing.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from alerts.channels import Channel, LastingFailureError, PassingFailureError
from alerts.channels.email import EmailChannel
from alerts.channels.webhook import WebhookChannel
from alerts.letters import Letter, spoken
from alerts.models import Act, Alert, Attempt
from alerts.operations import beat, pass_on, put
from alerts.permissions import may_be_told
from alerts.recipients import Told
from alerts.register import register
from alerts.states import State, check_transition

Clock = Callable[[], datetime]
log = logging.getLogger(__name__)

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


def send_and_pass_on(clock: Clock) -> tuple[Tally, int]:
    """One beat of the dispatcher: pass on what is overdue, send, and write down that it beat."""
    now, passed, fault = clock(), 0, None
    try:
        passed = pass_on(today=timezone.localdate(now), at=now)  # noqa: TID251 (of the moment handed in)
    except Exception as error:  # noqa: BLE001 (told once the others are sent)
        fault = error
    tally = dispatch(clock)
    if fault is not None:
        beat("dispatch", at=clock(), failed=str(fault)[:300], **tally.counts())
        raise fault
    beat("dispatch", at=clock(), passed_on=passed, **tally.counts())
    return tally, passed


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
                try:
                    _send(alert, channels, clock, tally)
                except Exception:
                    # What cannot even be recorded is taken up again when its lease has run out, and told by the pulse.
                    log.exception("What became of alert %s could not be recorded", alert.pk)
    return tally


def claim(now: datetime, *, limit: int) -> list[Alert]:
    """Take some alerts under a lease of our own, and note the attempts, all committed before anything is sent."""
    lease = uuid4().hex
    with transaction.atomic():
        waiting = Alert.objects.ready(now).order_by("-urgent", "next_attempt_at", "id")
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True, no_key=True)
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

    A failure of this reading holds up no alert: what cannot be judged is sent as it was raised.
    """
    carried = Alert.objects.filter(carried_by__in=[alert for alert in claimed if alert.kind == DIGEST])
    inside = list(carried.filter(state=State.PENDING).select_related("recipient"))
    spoken_of = [alert for alert in [*claimed, *inside] if alert.topic]
    if spoken_of:
        try:
            register().settle(spoken_of, clock())
        except Exception:
            # The sweep fails loudly over the same group; meanwhile its alerts go out as they were raised.
            log.exception("Alerts %s could not all be read again", [alert.pk for alert in spoken_of])
    if inside:
        _keep_from_strangers(inside, clock())
    standing = Alert.objects.filter(pk__in=[alert.pk for alert in claimed]).values_list("pk", "state", "lease")
    ours = {pk for pk, state, lease in standing if state == State.SENDING and lease == claimed[0].lease}
    full = set(carried.filter(state=State.PENDING).values_list("carried_by", flat=True))
    still = []
    for alert in claimed:
        if alert.pk not in ours:
            _end_attempt(alert, clock(), State.SUPERSEDED, "read again before it was sent: no longer so")
            tally.superseded += 1
        elif alert.kind == DIGEST and alert.pk not in full:
            tally.superseded += _conclude(alert, clock(), State.SUPERSEDED, "Nothing of it is so any more.")
        else:
            still.append(alert)
    return still


def _keep_from_strangers(carried: list[Alert], now: datetime) -> None:
    """Take out of a digest what its reader may not see any more; it is passed on at once."""
    for alert in carried:
        if not may_be_told(alert):
            rows = Alert.objects.filter(pk=alert.pk, state=State.PENDING)
            again = {"answer_by": now, "snoozed_until": None} if alert.answer_within else {}
            rows.update(state=State.DEAD, note=f"{alert.recipient} may not see it any more.", **again)


def _send(alert: Alert, channels: Channels, clock: Clock, tally: Tally) -> None:
    # A fifth of the lease is the longest a send may take, so what starts with less than that left is not started.
    if alert.lease_expires_at is None or clock() > alert.lease_expires_at - settings.ALERT_LEASE / 5:
        tally.lost_lease += 1
        return
    channel = channels.of(alert)
    try:
        message_id = _handed_over(alert, channel)[:200]
    except LastingFailureError as error:
        tally.dead += _die(alert, clock(), str(error))
    except PassingFailureError as error:
        now = clock()
        repeat = {"possible_repeat": True} if error.uncertain else {}
        if now - _tried_since(alert) > GIVE_UP_AFTER:
            tally.dead += _die(alert, now, f"given up after 72 hours: {error}", **repeat)
        else:
            later = now + pause(alert.attempts)
            tally.retried += _conclude(alert, now, State.PENDING, str(error), next_attempt_at=later, **repeat)
    else:
        now = clock()
        done = _conclude(alert, now, State.ACCEPTED, "", message_id=message_id, accepted_at=now)
        tally.accepted += done
        tally.lost_lease += not done


def _tried_since(alert: Alert) -> datetime:
    """When the first attempt was begun, since a person put it back if one did."""
    tries = Attempt.objects.filter(alert=alert)
    put_back = alert.acts.filter(kind=Act.Kind.SENT_AGAIN).order_by("-at").values_list("at", flat=True)[:1]
    found = tries.filter(begun_at__gte=put_back[0]) if put_back else tries
    return found.order_by("number").values_list("begun_at", flat=True)[0]


def _handed_over(alert: Alert, channel: Channel) -> str:
    """Send an alert, unless it is found where it was sent before; its key there. Raises one of the two failures."""
    if not may_be_told(alert):
        raise LastingFailureError(f"{alert.recipient} may not see it any more.")
    try:
        if alert.possible_repeat and channel.arrived(alert):
            return alert.message_id or "found where it was sent"
        return channel.send(alert)
    except (LastingFailureError, PassingFailureError):
        raise
    except Exception as error:
        # A fault of ours: it backs off alone (rule 13), and may have gone out.
        log.exception("Alert %s could not be sent", alert.pk)
        raise PassingFailureError(f"{type(error).__name__}: {error}", uncertain=True) from error


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 10 s doubling to 15 min, half to the whole of it at random."""
    longest = min(FIRST_RETRY * 2 ** min(attempts - 1, 10), LONGEST_RETRY)
    return longest * random.uniform(0.5, 1)  # noqa: S311 (jitter, not a secret)


def _die(alert: Alert, now: datetime, why: str, **columns: object) -> bool:
    """What reached nobody is passed on at once (rule 14)."""
    unanswered = alert.recipient_id and alert.acknowledged_at is None and alert.answer_within
    return _conclude(
        alert, now, State.DEAD, why, **columns, **({"answer_by": now, "snoozed_until": None} if unanswered else {})
    )


def _conclude(alert: Alert, now: datetime, state: State, detail: str, **columns: object) -> bool:
    """Record the outcome, if the lease is still ours; else somebody else took the alert over."""
    check_transition(State.SENDING, state)
    detail = detail.replace("\x00", "")  # a server may say anything, and PostgreSQL keeps no NUL
    with transaction.atomic():
        ours = Alert.objects.filter(pk=alert.pk, state=State.SENDING, lease=alert.lease)
        done = bool(ours.update(state=state, lease="", lease_expires_at=None, note=detail[:500], **columns))
        _end_attempt(alert, now, state if done else "lease lost", detail)
        if done and alert.kind == DIGEST:
            _conclude_carried(alert, state, detail, now, columns)
    return done


def _end_attempt(alert: Alert, now: datetime, outcome: str, detail: str) -> None:
    ours = Attempt.objects.filter(alert=alert, number=alert.attempts)
    ours.update(ended_at=now, outcome=str(outcome), detail=detail[:500])


# Daily digests

DIGEST = "digest"


def gather_digests(now: datetime) -> int:
    """Make a digest for each person whose hour has come, of all that waits for it; return how many.

    A digest is an alert of its own, and carries the others: they share its fate. Two dispatchers at once make one,
    since the second waits for the first and then finds nothing left.
    """
    waiting = Alert.objects.filter(daily=True, carried_by=None, state=State.PENDING, next_attempt_at__lte=now)
    made = 0
    for person in waiting.order_by().values_list("recipient", flat=True).distinct():
        try:
            with transaction.atomic():
                made += _gather_digest(waiting.filter(recipient=person), now)
        except Exception:
            # It holds up nobody else's; what it was to carry waits, and the pulse complains of that.
            log.exception("The daily message to person %s could not be made", person)
    return made


def _gather_digest(waiting: QuerySet[Alert], now: datetime) -> int:
    alerts = list(waiting.select_for_update(of=("self",), no_key=True).select_related("recipient").order_by("id"))
    if not alerts or alerts[0].recipient is None:
        return 0
    person, today = alerts[0].recipient, timezone.localdate(now)  # noqa: TID251 (of the moment handed in)
    letter = Letter(
        about=f"person:{person.pk}",
        kind=DIGEST,
        version=str(alerts[-1].pk),
        contractual_date=min(alert.contractual_date for alert in alerts),
        reading="",
        due=today,
        heading=f"{len(alerts)} alert{'s' * (len(alerts) > 1)} of {spoken(today)}",
        what="All that can wait and was raised for you since the last of these messages.",
        why=(),
        sources=(),
        todo="Look at each, and acknowledge it in your inbox.",
        path="/alerts/",
        open_subject=True,
    )
    put([Told(letter, now, person)], raised_for=today, at=now)
    digest = Alert.objects.get(about=letter.about, kind=DIGEST, version=letter.version)
    return int(bool(waiting.filter(pk__in=[alert.pk for alert in alerts]).update(carried_by=digest)))


def _conclude_carried(digest: Alert, state: State, detail: str, now: datetime, columns: dict[str, object]) -> None:
    """What a digest carries is accepted or dead with it; while the digest is tried again, it waits."""
    carried = Alert.objects.filter(carried_by=digest, state=State.PENDING)
    if state is State.ACCEPTED:
        told = {"message_id": columns["message_id"], "accepted_at": columns["accepted_at"]}
        carried.update(state=State.ACCEPTED, attempts=1, **told)
    elif state is State.DEAD:
        carried.filter(acknowledged_at=None, answer_within__gt=0).update(answer_by=now, snoozed_until=None)
        carried.update(state=State.DEAD, note=detail[:500])
