"""Says when the watch itself has stopped (rule 15 of docs/reliability.md), and counts for a monitor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min, Q
from django.utils.timezone import localtime
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from alerts.letters import spoken
from alerts.models import Alert, Heartbeat
from alerts.querysets import CANARY
from alerts.states import State
from audit.models import Seal

OLDEST_PENDING = timedelta(minutes=2)
SOON = timedelta(minutes=15)
LONGEST_TRYING = timedelta(hours=1)
LONGEST_RECKONING = timedelta(hours=3)
CANARY_WITHIN = timedelta(hours=26)
SEALED_WITHIN = timedelta(hours=49)
DAILY = timedelta(hours=1), timedelta(hours=26)  # woken each hour; done once a day


@dataclass(frozen=True, slots=True)
class Pulse:
    """What is wrong with the watch, in sentences; empty if all is well."""

    complaints: tuple[str, ...]

    @property
    def alive(self) -> bool:
        return not self.complaints


def check_pulse(now: datetime, *, detail: bool = True) -> Pulse:
    """Compare the heartbeats and the outbox with what they should be. `detail`: with the words of what failed."""
    return Pulse((*_beats_missed(now, detail=detail), *_alerts_stuck(now), *_unsealed(now)))


def _beats_missed(now: datetime, *, detail: bool) -> Iterator[str]:
    longest = {
        "sweep": 3 * timedelta(seconds=settings.SWEEP_SECONDS),
        "dispatch": 3 * timedelta(seconds=settings.DISPATCH_SECONDS),
        "canary": 3 * DAILY[0],
        "reckoning": DAILY[1],
    }
    beats = {beat.name: beat for beat in Heartbeat.objects.all()}
    for name, period in longest.items():
        if name not in beats:
            yield f"The {name} has never run."
            continue
        counts, at = beats[name].counts, localtime(beats[name].at)
        if now - at > period:
            missed = "three beats were missed" if name != "reckoning" else "a day was missed"
            yield f"The {name} last ran on {spoken(at.date())} at {at:%H:%M:%S}; {missed}."
        elif counts.get("failed"):
            yield f"The last {name} failed{': ' + counts['failed'] if detail else '.'}"
        elif counts.get("begun") and now - at > LONGEST_RECKONING:
            yield f"The {name} begun on {spoken(at.date())} at {at:%H:%M:%S} has not come to its end."
        elif counts.get("missed"):
            yield (
                f"Due differed from raised: the last reckoning found {counts['missed']} alert(s) that the sweeps had "
                "missed. They are raised now; find out why."
            )


def _alerts_stuck(now: datetime) -> Iterator[str]:
    late = now - OLDEST_PENDING
    # What a daily message carries waits with it; what none was made for in time is complained of too.
    waiting = Alert.objects.filter(state=State.PENDING, attempts=0, carried_by=None, next_attempt_at__lt=late).count()
    if waiting:
        yield f"{waiting} alert(s) have waited in the outbox for more than two minutes."
    tried = Alert.objects.filter(state=State.PENDING, attempts__gt=0)
    refused = tried.filter(Q(raised_at__lt=now - LONGEST_TRYING) | Q(raised_at__lt=now - SOON, urgent=True)).count()
    if refused:
        yield f"{refused} alert(s) were tried, and no server has taken them yet."
    lost = Alert.objects.filter(state=State.SENDING, lease_expires_at__lt=late).count()
    if lost:
        yield f"{lost} alert(s) were being sent, and nobody has come back to say what became of them."
    dead = Alert.objects.dead().count()
    if dead:
        yield f"{dead} alert(s) are dead or came back: they reached nobody."
    canaries = Alert.objects.filter(kind=CANARY)
    oldest = canaries.aggregate(first=Min("raised_at"))["first"]
    if oldest is not None and now - oldest > CANARY_WITHIN:
        told = canaries.filter(accepted_at__gt=now - CANARY_WITHIN).exists()
        if not told:
            yield "No canary has got through to a mail server for more than 26 hours."


def _unsealed(now: datetime) -> Iterator[str]:
    """Where the record is to be sealed once a day, that it was."""
    if not settings.SEAL_KEY:
        return
    last = Seal.objects.order_by("-at").values_list("at", flat=True).first()
    if last is None:
        yield "The record has never been sealed."
    elif now - last > SEALED_WITHIN:
        yield f"The record was last sealed on {spoken(localtime(last).date())}; two days were missed."


# For Prometheus


class _Collector:
    """Gauges read from the database when they are asked for, so that any process gives the same."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[GaugeMetricFamily]:
        states = GaugeMetricFamily("standstill_alerts", "Alerts by state.", labels=["state"])
        found = dict(Alert.objects.order_by().values_list("state").annotate(Count("id")))
        for state in State:
            states.add_metric([state], found.get(state, 0))
        yield states
        yield self._gauge("unacknowledged", "Alerts that nobody has acknowledged.", Alert.objects.unanswered().count())
        yield self._gauge("reached_nobody", "Alerts dead or bounced, not set aside.", Alert.objects.dead().count())
        waiting = Alert.objects.filter(state=State.PENDING, daily=False, next_attempt_at__lte=self.now)
        oldest = waiting.aggregate(first=Min("next_attempt_at"))["first"]
        age = (self.now - oldest).total_seconds() if oldest else 0
        yield self._gauge("oldest_waiting_seconds", "How long the oldest alert that could go out has waited.", age)
        beats = GaugeMetricFamily("standstill_heartbeat_age_seconds", "Since each last ran.", labels=["name"])
        counts = GaugeMetricFamily("standstill_heartbeat_count", "What each last counted.", labels=["name", "what"])
        for beat in Heartbeat.objects.order_by("name"):
            beats.add_metric([beat.name], (self.now - beat.at).total_seconds())
            for what, number in beat.counts.items():
                if isinstance(number, int):
                    counts.add_metric([beat.name, what], number)
        yield beats
        yield counts
        alive = check_pulse(self.now).alive
        yield self._gauge("alive", "1 if check_alive has nothing to complain of.", int(alive))

    def _gauge(self, name: str, said: str, value: float) -> GaugeMetricFamily:
        return GaugeMetricFamily(f"standstill_{name}", said, value=value)


def metrics(now: datetime) -> bytes:
    """Counts and ages in the text format of Prometheus; no facts, no names."""
    registry = CollectorRegistry()
    registry.register(_Collector(now))  # type: ignore[arg-type]
    return generate_latest(registry)
