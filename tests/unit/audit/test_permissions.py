"""Role x permission, as a table; and a view that declares what it needs."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse

from audit.models import Role, User
from audit.permissions import WHY_NOT, NotAllowedError, Permission, check_may, may, needs

TABLE = {  # read, export, record
    Role.OFFICER: (True, True, True),
    Role.COUNSEL: (True, True, False),
    Role.AUDITOR: (True, True, False),
    Role.ADMINISTRATOR: (True, True, True),
}
ASKED = (Permission.READ, Permission.EXPORT, Permission.RECORD)


@pytest.mark.parametrize("role", Role)
def test_each_role_may_what_the_table_says(role: Role) -> None:
    assert tuple(may(User(role=role), permission) for permission in ASKED) == TABLE[role]


def test_a_role_that_is_not_known_may_nothing() -> None:
    assert not any(may(User(role="intern"), permission) for permission in ASKED)


@pytest.mark.parametrize("permission", ASKED)
def test_a_refusal_says_why_in_a_sentence(permission: Permission) -> None:
    with pytest.raises(NotAllowedError, match=WHY_NOT[permission]):
        check_may(User(role="intern"), permission)


def test_a_view_asks_for_what_it_declares_and_says_so() -> None:
    @needs(Permission.RECORD)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("done")

    request = HttpRequest()
    request.user = User(role=Role.OFFICER)
    assert view(request).content == b"done"
    assert view.permission is Permission.RECORD
    request.user = User(role=Role.AUDITOR)
    with pytest.raises(NotAllowedError):
        view(request)


def test_a_public_view_needs_nobody_signed_in() -> None:
    @needs(Permission.PUBLIC)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("open")

    assert view.login_required is False
    assert view(HttpRequest()).content == b"open"
