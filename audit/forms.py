"""What the list of exports can be narrowed by."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.timezone import make_aware

from audit.models import Export, User
from audit.moments import day_field
from audit.querysets import keeps


class ExportFilters(forms.Form):
    """By person (for whoever sees more than their own), by list, by period; days are those of the register's zone."""

    person = forms.ModelChoiceField(
        User.objects.order_by("username"), required=False, to_field_name="username", empty_label="anybody"
    )
    what = forms.ChoiceField(label="List", required=False)
    since = day_field("From")
    until = day_field("To")

    def __init__(self, asked: Any, *, reader: User) -> None:
        super().__init__(asked)
        if not keeps(reader):
            del self.fields["person"]
        names = Export.objects.visible_to(reader).order_by("what").values_list("what", flat=True).distinct()
        self.fields["what"].choices = [("", "any list"), *((name, name) for name in names)]  # type: ignore[attr-defined]

    def narrowed(self, rows: QuerySet) -> QuerySet:
        """Those of `rows` that are meant; where a field could not be read, as if it were empty."""
        found = self.cleaned_data
        if found.get("person"):
            rows = rows.filter(by=found["person"])
        if found.get("what"):
            rows = rows.filter(what=found["what"])
        if found.get("since"):
            rows = rows.filter(at__gte=_midnight(found["since"]))
        if found.get("until"):
            rows = rows.filter(at__lt=_midnight(found["until"] + timedelta(days=1)))
        return rows

    def said(self) -> tuple[str, ...]:
        """The filters that are on, in words."""
        on = {name: value for name, value in self.cleaned_data.items() if value}
        return tuple(f"{self.fields[name].label or name.capitalize()}: {value}" for name, value in on.items())

    def faults(self) -> list[str]:
        """What could not be read, in sentences."""
        return [
            f"{self.fields[name].label or name.capitalize()}: {fault}"
            for name, of in self.errors.items()
            for fault in of
        ]


def _midnight(day: Any) -> datetime:
    return make_aware(datetime.combine(day, time.min))
