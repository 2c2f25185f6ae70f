"""Says when the watch itself has stopped (rule 15 of docs/reliability.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from alerts.models import Alert, Heartbeat
from alerts.states import State

OLDEST_PENDING = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Pulse:
    """What is wrong with the watch, in sentences; empty if all is well."""

    complaints: tuple[str, ...]

    @property
    def alive(self) -> bool:
        return not self.complaints


def check_pulse(now: datetime) -> Pulse:
    """Compare the heartbeats and the outbox with what they should be."""
    seconds = {"sweep": settings.SWEEP_SECONDS, "dispatch": settings.DISPATCH_SECONDS}
    beats = {beat.name: beat for beat in Heartbeat.objects.all()}
    complaints = []
    for name, period in seconds.items():
        if name not in beats:
            complaints.append(f"The {name} has never run.")
        elif now - beats[name].at > 3 * timedelta(seconds=period):
            complaints.append(
                f"The {name} last ran at {beats[name].at.isoformat(timespec='seconds')}; three beats were missed."
            )
        elif beats[name].counts.get("failed"):
            complaints.append(f"The last {name} failed: {beats[name].counts['failed']}")
    waiting = Alert.objects.filter(state=State.PENDING, attempts=0, raised_at__lt=now - OLDEST_PENDING).count()
    if waiting:
        complaints.append(f"{waiting} alert(s) have waited in the outbox for more than two minutes.")
    dead = Alert.objects.filter(state=State.DEAD).count()
    if dead:
        complaints.append(f"{dead} alert(s) are dead: they reached nobody.")
    return Pulse(tuple(complaints))
