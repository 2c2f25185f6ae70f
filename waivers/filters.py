"""What each list can be narrowed by. Every filter is a condition of the database on rows as they are or were.

Desk and officer are of today, also where the rows are those of a past moment: who runs a borrower says who looks, not
what was.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Exists, OuterRef, Q, QuerySet

from agreements.models import Desk, Instrument, Party
from agreements.querysets import sees_all
from agreements.search import INSTRUMENTS, PARTIES
from audit.models import User
from audit.moments import DATE_WORDS, EARLIEST, LATEST, DateInput
from notes.models import NoteSeries
from waivers.models import Waiver
from waivers.position.rules import ONE_DAY
from waivers.search import WAIVERS

TERMS: dict[str, tuple[str, Callable[[date], Q]]] = {  # each executed waiver is in one of them, on any date
    "draft": ("Draft, not executed", lambda on: Q(executed__isnull=True)),
    "to_come": ("To come", lambda on: Q(executed__isnull=False, effective_from__gt=on)),
    "running": ("Running", lambda on: _begun(on) & _lasts_to(on)),
    "over": ("Over", lambda on: _begun(on) & Q(until_date__isnull=False) & ~_lasts_to(on)),
    "no_end": ("No end stated", lambda on: _begun(on) & Q(until_date__isnull=True)),
}


def _begun(on: date) -> Q:
    return Q(executed__isnull=False, effective_from__lte=on)


def _lasts_to(on: date) -> Q:
    """The last day by its words is this day or later (rule 2)."""
    return Q(until_date__gte=on) & (Q(until_date__gt=on) | Q(until_inclusive=True))


def desks_for(request: Any) -> QuerySet:
    """The desks that somebody may choose from: those that they see."""
    desks = Desk.objects.standing()
    own = request.user.desk_memberships.standing().values("desk_id")
    return desks if sees_all(request.user) else desks.filter(id__in=own)


def officers_for(request: Any) -> QuerySet:
    """The people of those desks."""
    members = User.objects.filter(
        desk_memberships__recorded_in_error=False, desk_memberships__desk__in=desks_for(request)
    )
    return User.objects.filter(id__in=members.values("id"), is_active=True).order_by("username")


class _PersonField(django_filters.fields.ModelChoiceField):
    def label_from_instance(self, user: Any) -> str:
        return user.get_full_name() or user.username


class _PersonFilter(django_filters.ModelChoiceFilter):
    field_class = _PersonField


def _date(label: str, **options: Any) -> django_filters.DateFilter:
    return django_filters.DateFilter(
        label=label,
        widget=DateInput,
        input_formats=["%Y-%m-%d"],
        validators=[MinValueValidator(EARLIEST, DATE_WORDS), MaxValueValidator(LATEST, DATE_WORDS)],
        error_messages={"invalid": DATE_WORDS},
        **options,
    )


class RegisterFilters(django_filters.FilterSet):
    """What every list has: words, desk, officer. `request.moment` is the moment that the rows are of."""

    words_in: tuple[str, ...] = ("ref", "title")
    words_index = INSTRUMENTS
    instrument = "id"  # the column that names the instrument whose obligors are meant

    q = django_filters.CharFilter(label="Words", method="with_words", max_length=100)
    desk = django_filters.ModelChoiceFilter(
        label="Desk", queryset=desks_for, to_field_name="ref", empty_label="any desk", method="on_desk"
    )
    officer = _PersonFilter(
        label="Officer in charge",
        queryset=officers_for,
        to_field_name="username",
        empty_label="anybody",
        method="of_officer",
    )

    def with_words(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """By the index of words; the history has none, so there it is what the columns hold."""
        if self.request.moment.known_at is None:
            return self.words_index.matching(rows, value)
        found = Q()
        for column in self.words_in:
            found |= Q(**{f"{column}__icontains": value})
        return rows.filter(found)

    def on_desk(self, rows: QuerySet, name: str, desk: Desk) -> QuerySet:
        return self.of_obligors(rows, desk_id=desk.pk)

    def of_officer(self, rows: QuerySet, name: str, officer: User) -> QuerySet:
        return self.of_obligors(rows, officer_id=officer.pk)

    def of_obligors(self, rows: QuerySet, **them: Any) -> QuerySet:
        obligors = Q(**{f"party__{column}": value for column, value in them.items()})
        return Instrument.objects.limit_to_debts_of(rows, obligors, by=self.instrument)

    def said(self) -> list[str]:
        """The filters that are on, in words."""
        found = []
        for name, value in self.form.cleaned_data.items():
            if value not in (None, ""):
                field = self.form.fields[name]
                if isinstance(field, forms.ModelChoiceField):
                    value = field.label_from_instance(value)
                else:
                    value = dict(getattr(field, "choices", ())).get(value, value)
                found.append(f"{field.label}: {value}")
        return found


class BorrowerFilters(RegisterFilters):
    words_in = ("ref", "name")
    words_index = PARTIES

    def of_obligors(self, rows: QuerySet, **them: Any) -> QuerySet:
        return Party.objects.limit_to_those(rows, Q(**them))


class DebtFilters(RegisterFilters):
    maturity_from = _date("Matures from", field_name="stated_maturity", lookup_expr="gte")
    maturity_to = _date("Matures to", field_name="stated_maturity", lookup_expr="lte")


class NoteFilters(DebtFilters):
    ranking = django_filters.ChoiceFilter(
        label="Ranking", choices=NoteSeries.Ranking.choices, empty_label="any ranking", method="of_ranking"
    )

    def of_ranking(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        series = NoteSeries.objects.known_at(self.request.moment.known_at)
        return rows.filter(Exists(series.filter(instrument_id=OuterRef("id"), ranking=value)))


class WaiverFilters(RegisterFilters):
    words_index = WAIVERS
    instrument = "instrument_id"

    kind = django_filters.ChoiceFilter(label="Kind", choices=Waiver.Kind.choices, empty_label="any kind")
    term = django_filters.ChoiceFilter(
        label="Term by its words",
        choices=[(name, words) for name, (words, _) in TERMS.items()],
        empty_label="any term",
        method="in_term",
    )
    last_day_from = _date("Last day from", method="lasting_to")
    last_day_to = _date("Last day to", method="over_by")

    def in_term(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(TERMS[value][1](self.request.moment.as_of))

    def lasting_to(self, rows: QuerySet, name: str, on: date) -> QuerySet:
        return rows.filter(_lasts_to(on))

    def over_by(self, rows: QuerySet, name: str, on: date) -> QuerySet:
        return rows.filter(until_date__isnull=False).exclude(_lasts_to(on + ONE_DAY))
