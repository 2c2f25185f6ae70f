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
    (State.PENDING, State.SUPERSEDED): "what it says is no longer so",
    (State.SENDING, State.ACCEPTED): "the mail server took it",
    (State.SENDING, State.PENDING): "a passing failure; tried again later",
    (State.SENDING, State.DEAD): "a lasting failure, or 72 hours of passing ones",
    (State.SENDING, State.SENDING): "the lease ran out: uncertain, sent again as a possible repeat",
    (State.ACCEPTED, State.DELIVERED): "the provider reported delivery",
    (State.ACCEPTED, State.BOUNCED): "the provider reported a bounce",
    (State.DEAD, State.PENDING): "put back by a person, with a reason",
}


class ImpossibleTransitionError(ValueError):
    """An alert was about to go from one state to another that does not follow it."""


def check_transition(before: str, after: str) -> None:
    """Raise `ImpossibleTransitionError` unless the table has the step."""
    if (State(before), State(after)) not in TRANSITIONS:
        raise ImpossibleTransitionError(f"An alert cannot go from {before} to {after}.")


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> pending: raised"]
    lines += [f"    {before} --> {after}: {why}" for (before, after), why in TRANSITIONS.items()]
    return "\n".join(lines)
