"""The ways to a recipient. A channel is one small file: it sends an alert, or says how it failed."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from alerts.models import Alert


class PassingFailureError(Exception):
    """It may work later: the server is away, busy, or refuses for now. `uncertain`: it may even have gone out."""

    def __init__(self, message: str, *, uncertain: bool = False) -> None:
        super().__init__(message)
        self.uncertain = uncertain


class LastingFailureError(Exception):
    """It will not work later: there is no such mailbox, no address at all, or nothing that can be sent."""


class Channel(Protocol):
    """Use as a context, for many alerts. Its socket timeouts are a fifth of the lease (rule 7)."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None: ...

    def send(self, alert: Alert) -> str:
        """Hand an alert over; return the key under which the other side knows it. Raises one of the two failures."""

    def arrived(self, alert: Alert) -> bool | None:
        """Whether an alert whose sending was cut off did arrive; None where the channel cannot tell (rule 9)."""
