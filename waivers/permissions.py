"""Who may record facts of what."""

from __future__ import annotations

from agreements.models import Instrument
from audit.models import User
from audit.permissions import NotAllowedError, Permission, check_may


def check_can_record(user: User, instrument: Instrument) -> None:
    """Raise `NotAllowedError` unless the user may record facts of the instrument."""
    check_may(user, Permission.RECORD)
    if not Instrument.objects.visible_to(user).filter(pk=instrument.pk).exists():
        raise NotAllowedError("This instrument is not on one of your desks.")


def can_record(user: User, instrument: Instrument) -> bool:
    """Whether the user may record facts of the instrument."""
    try:
        check_can_record(user, instrument)
    except NotAllowedError:
        return False
    return True
