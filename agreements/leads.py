"""How many days before a date people are told of it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

DEFAULT_LEAD_DAYS = (60, 30, 14, 7, 3, 1, 0)


def validate_lead_days(value: Any) -> None:
    """A list of distinct whole numbers from 0 to 366."""
    whole = isinstance(value, list) and all(type(days) is int and 0 <= days <= 366 for days in value)
    if not whole or not value or len(set(value)) != len(value):
        raise ValidationError("Lead times are a list of different whole numbers from 0 to 366, such as [30, 7, 1, 0].")
