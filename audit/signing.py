"""Who changes a fact, as what, when, in which request, and why.

Every write of a tracked model happens inside `signed(...)`; outside it the model refuses to be saved. The clock is
read where the signature is made (a view, a task, a command), so that all rows of one operation bear one moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from audit.models import User


class UnsignedChangeError(RuntimeError):
    """A tracked model was about to change with nobody answering for it."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who acts (copied, since names and roles change), at which moment (aware), in which request."""

    at: datetime
    name: str
    role: str
    user_id: int | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A signature with the reason for one change."""

    by: Signature
    reason: str


_current: ContextVar[Change | None] = ContextVar("standstill_change", default=None)


def sign(user: User, at: datetime, request_id: str = "") -> Signature:
    """The signature of a person."""
    return Signature(at, user.get_username(), user.role, user.pk, request_id or uuid4().hex)


def sign_for_the_system(name: str, at: datetime) -> Signature:
    """The signature of a command or a task that acts by itself."""
    return Signature(at, name, "system", None, uuid4().hex)


@contextmanager
def signed(by: Signature, reason: str) -> Iterator[Change]:
    """Attribute every change of a tracked model inside the block. `reason` must say something."""
    if not reason.strip():
        raise UnsignedChangeError("A change needs a reason in words.")
    token = _current.set(Change(by, reason.strip()))
    try:
        yield Change(by, reason.strip())
    finally:
        _current.reset(token)


def current_change() -> Change:
    """The change under way. Raises `UnsignedChangeError` if there is none."""
    change = _current.get()
    if change is None:
        raise UnsignedChangeError("A tracked record changes only inside signed(by, reason).")
    return change
