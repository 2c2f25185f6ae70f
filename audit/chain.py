"""The head of the audit chain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Head:
    """The last link: its number, its hash, and the moment of it."""

    number: int
    hash: str
    at: datetime


def head() -> Head:
    """The last link of the chain."""
    return Head(0, "0" * 64, datetime.min.replace(tzinfo=UTC))
