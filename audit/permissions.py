"""What each role may do, as data; every route declares which of it it needs."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from audit.models import Role, User


class Permission(StrEnum):
    """What a route needs. What of it a person sees is another question: `visible_to(user)`."""

    PUBLIC = "public"  # nobody need be signed in
    READ = "read"
    EXPORT = "export"
    RECORD = "record"


GRANTED: dict[str, frozenset[Permission]] = {
    Role.OFFICER: frozenset({Permission.PUBLIC, Permission.READ, Permission.EXPORT, Permission.RECORD}),
    Role.COUNSEL: frozenset({Permission.PUBLIC, Permission.READ, Permission.EXPORT}),
    Role.AUDITOR: frozenset({Permission.PUBLIC, Permission.READ, Permission.EXPORT}),
    Role.ADMINISTRATOR: frozenset({Permission.PUBLIC, Permission.READ, Permission.EXPORT, Permission.RECORD}),
}

WHY_NOT = {
    Permission.RECORD: "Counsel and auditors read the register; they record nothing in it.",
    Permission.EXPORT: "Your role does not export from the register.",
    Permission.READ: "Your role does not read the register.",
}


class NotAllowedError(PermissionDenied):
    """The person may not do this; the message says why, in a sentence."""


def check_may(user: User, permission: Permission) -> None:
    """Raise `NotAllowedError` unless the user's role has the permission."""
    if permission not in GRANTED.get(user.role, frozenset()):
        raise NotAllowedError(WHY_NOT[permission])


def may(user: User, permission: Permission) -> bool:
    """Whether the user's role has the permission."""
    return permission in GRANTED.get(user.role, frozenset())


View = Callable[..., HttpResponseBase]


def needs(permission: Permission) -> Callable[[View], View]:
    """Declare what a view needs. Who has not signed in is sent to do so, unless it is public; others get a 403."""

    def declare(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if permission is not Permission.PUBLIC:
                check_may(request.user, permission)  # type: ignore[arg-type]
            return view(request, *args, **kwargs)

        checked.permission = permission  # type: ignore[attr-defined]
        return login_not_required(checked) if permission is Permission.PUBLIC else checked

    return declare
