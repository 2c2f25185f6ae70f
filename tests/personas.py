"""Who uses the register: each a plain function, so that a test names only those whom it needs."""

from __future__ import annotations

from agreements.models import Desk
from audit.models import Role, User
from tests.factories import DeskFactory, DeskMemberFactory, UserFactory


def officer(desk: Desk | None = None, *, is_head: bool = True) -> User:
    """An officer who owns: the head of a desk, a new one unless it is given."""
    member = DeskMemberFactory(
        desk=desk or DeskFactory(), user=UserFactory(username="officer", role=Role.OFFICER), is_head=is_head
    )
    return member.user


def colleague(desk: Desk) -> User:
    """An officer who shares the desk."""
    return DeskMemberFactory(desk=desk, user=UserFactory(username="colleague", role=Role.OFFICER)).user


def counsel() -> User:
    """Reads all and exports; records nothing."""
    return UserFactory(username="counsel", role=Role.COUNSEL)


def auditor() -> User:
    """Reads all, records nothing."""
    return UserFactory(username="auditor", role=Role.AUDITOR)


def administrator() -> User:
    """Keeps the register: into the admin, with every permission."""
    return UserFactory(username="administrator", role=Role.ADMINISTRATOR, is_staff=True, is_superuser=True)


def stranger() -> User:
    """An officer with no desk, who must see nothing."""
    return UserFactory(username="stranger", role=Role.OFFICER)
