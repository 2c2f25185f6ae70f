"""The life of an alert, as data. docs/reliability.md draws it from here, and a test compares the two."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    DEAD = "dead"
    SUPERSEDED = "superseded"

    @property
    def label(self) -> str:
        return self.value.capitalize()


TRANSITIONS: dict[tuple[State, State], str] = {
    (State.PENDING, State.SENDING): "claimed by a dispatcher, under a lease",
    (State.PENDING, State.SUPERSEDED): "what it says is no longer so, or something nearer is told",
    (State.PENDING, State.ACCEPTED): "went out in a daily digest",
    (State.PENDING, State.DEAD): "the digest that carried it is dead",
    (State.SENDING, State.ACCEPTED): "the server took it",
    (State.SENDING, State.PENDING): "a passing failure, tried again later",
    (State.SENDING, State.DEAD): "a lasting failure, or 72 hours of passing ones",
    (State.SENDING, State.SENDING): "the lease ran out: uncertain, sent again as a possible repeat",
    (State.SENDING, State.SUPERSEDED): "read again before it was sent: no longer so",
    (State.ACCEPTED, State.DELIVERED): "the provider reported delivery",
    (State.ACCEPTED, State.BOUNCED): "the provider reported a bounce",
    (State.ACCEPTED, State.SUPERSEDED): "what it said is no longer so, and a correction is raised",
    (State.DELIVERED, State.BOUNCED): "the provider reported a bounce after all",
    (State.DELIVERED, State.SUPERSEDED): "what it said is no longer so, and a correction is raised",
    (State.BOUNCED, State.SUPERSEDED): "what it would have said is no longer so",
    (State.DEAD, State.PENDING): "put back by a person, with a reason",
    (State.DEAD, State.SUPERSEDED): "what it would have said is no longer so",
}


class ImpossibleTransitionError(ValueError):
    """An alert was about to go from one state to another that does not follow it."""


def may_become(before: str, after: str) -> bool:
    """Whether the table has the step."""
    return (State(before), State(after)) in TRANSITIONS


def before(after: State) -> list[State]:
    """The states from which a step leads to this one: what a guarded update may find."""
    return [earlier for earlier, later in TRANSITIONS if later is after and earlier is not after]


def check_transition(before: str, after: str) -> None:
    """Raise `ImpossibleTransitionError` unless the table has the step."""
    if not may_become(before, after):
        raise ImpossibleTransitionError(f"An alert cannot go from {before} to {after}.")


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> pending: raised"]
    lines += [f"    {before} --> {after}: {why}" for (before, after), why in TRANSITIONS.items()]
    return "\n".join(lines)
