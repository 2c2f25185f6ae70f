"""As of, and known at: the two times of every question, as a page's address carries them (rule 4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils.timezone import localtime

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
AS_OF_WORDS = "As of must be a date of the calendar from 1900 to 2199, such as 2000-03-01."
DATE_WORDS = "A date is written YYYY-MM-DD and lies between 1900 and 2199, such as 2000-03-01."
KNOWN_AT_WORDS = "Known at must be a moment from 1900 to 2199, such as 2000-03-20 17:00."


class DateInput(forms.DateInput):
    """A date as YYYY-MM-DD: a browser's own date field writes 03/01/2000, which can be misread."""

    def __init__(self) -> None:
        attrs = {"placeholder": "YYYY-MM-DD", "size": 12, "autocomplete": "off", "inputmode": "numeric"}
        super().__init__(attrs, format="%Y-%m-%d")


def day_field(label: str) -> forms.DateField:
    """A date that may be left out, as YYYY-MM-DD, of our time."""
    return forms.DateField(
        label=label,
        required=False,
        widget=DateInput,
        input_formats=["%Y-%m-%d"],
        validators=[MinValueValidator(EARLIEST, DATE_WORDS), MaxValueValidator(LATEST, DATE_WORDS)],
        error_messages={"invalid": DATE_WORDS},
    )


def _in_our_time(moment: datetime) -> None:
    if not EARLIEST <= moment.date() <= LATEST:
        raise ValidationError(KNOWN_AT_WORDS)


class MomentForm(forms.Form):
    """As of, and known at."""

    as_of = forms.DateField(
        required=False,
        widget=DateInput,
        input_formats=["%Y-%m-%d"],
        validators=[MinValueValidator(EARLIEST, AS_OF_WORDS), MaxValueValidator(LATEST, AS_OF_WORDS)],
        error_messages={"invalid": AS_OF_WORDS},
    )
    known_at = forms.DateTimeField(
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"placeholder": "YYYY-MM-DD HH:MM", "size": 18}, format="%Y-%m-%d %H:%M"),
        validators=[_in_our_time],
        error_messages={"invalid": KNOWN_AT_WORDS},
    )


@dataclass(frozen=True, slots=True)
class Moment:
    """The date looked at, the moment of knowledge (None: now), and the day it is. `faults`: what could not be read."""

    as_of: date
    known_at: datetime | None
    today: date
    faults: tuple[str, ...] = field(default=())

    @property
    def is_now(self) -> bool:
        """Whether it is today, by what is known now."""
        return self.as_of == self.today and self.known_at is None

    @property
    def now(self) -> Moment:
        """Today, by what is known now, whatever was asked for: for what has no other time."""
        return Moment(self.today, None, self.today)

    def query(self, as_of: date | None = None) -> str:
        """What an address carries of it: "" for now, else "as_of=...&known_at=..."; of another date if one is given."""
        on = as_of or self.as_of
        parts = {} if on == self.today else {"as_of": on.isoformat()}
        if self.known_at is not None:
            parts["known_at"] = localtime(self.known_at).strftime("%Y-%m-%d %H:%M:%S")
        return urlencode(parts)


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A date worth looking at from a page, and why."""

    label: str
    on: date


def moment_of(asked: QueryDict, now: datetime) -> Moment:
    """The moment that an address asks for; today and now where it says nothing, or nothing that can be read."""
    today = localtime(now).date()
    form = MomentForm({name: asked.get(name, "") for name in ("as_of", "known_at")})
    form.is_valid()
    faults = tuple(str(fault) for of in form.errors.values() for fault in of)
    return Moment(form.cleaned_data.get("as_of") or today, form.cleaned_data.get("known_at"), today, faults)
