"""What alerts ask of the register that they speak of, without knowing it.

Alerts know no waiver. Whoever raises them answers three questions, and `settings.ALERT_REGISTER` names that object.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from alerts.models import Alert
from audit.models import User


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may be told of some topics. `desk` is told unless it wants otherwise; `heads` are told what nobody wants.

    `others` see the matter too, and are told if they subscribe. `last` is told where there is no desk at all.
    """

    desk: tuple[User, ...] = ()
    heads: tuple[User, ...] = ()
    others: tuple[User, ...] = ()
    last: tuple[User, ...] = ()

    def everyone(self) -> dict[int, User]:
        """All who may be told, by id."""
        return {person.pk: person for person in (*self.last, *self.others, *self.heads, *self.desk)}


class Register(Protocol):
    """The questions."""

    def audience_of(self, topics: Collection[str]) -> Audience:
        """Who may be told of these topics today."""

    def settle(self, alerts: Collection[Alert], at: datetime) -> None:
        """Read again what these alerts, claimed and not sent yet, are about: supersede those that are no longer so."""

    def look_again(self, topics: Iterable[str]) -> None:
        """At the next sweep, look at what these topics are about, even if no fact of it has changed."""

    def desks_of(self, user: User) -> list[str]:
        """The topics of the desks that a person is on."""

    def sees(self, user: User, topics: Collection[str]) -> bool:
        """Whether a person may see what these topics are about."""


@cache
def register() -> Register:
    """The register that `settings.ALERT_REGISTER` names."""
    return import_string(settings.ALERT_REGISTER)
