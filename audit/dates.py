"""Dates and moments as people type them on a command line."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import date, datetime

from django.utils.timezone import make_aware


def day(text: str) -> date:
    """A date as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a date of the calendar such as 2000-03-01") from error


def moment(text: str) -> datetime:
    """An ISO moment; without an offset it is in the server's zone, and a bare date is the end of that day."""
    try:
        if len(text) == len("2000-01-31"):
            found = datetime.combine(date.fromisoformat(text), datetime.max.time())
        else:
            found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a moment such as 2000-03-20T17:00:00+00:00") from error
    return found if found.tzinfo else make_aware(found)
