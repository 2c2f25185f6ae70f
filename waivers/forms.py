"""Forms of the credit officer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator

from agreements.models import Instrument
from audit.models import User
from notes.models import HolderAction

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
AS_OF_WORDS = "As of must be a date of the calendar from 1900 to 2199, such as 2000-03-01."
KNOWN_AT_WORDS = "Known at must be a moment from 1900 to 2199, such as 2000-03-20 17:00."


class DateInput(forms.DateInput):
    """A date as YYYY-MM-DD: a browser's own date field writes 03/01/2000, which can be misread."""

    def __init__(self) -> None:
        attrs = {"placeholder": "YYYY-MM-DD", "size": 12, "autocomplete": "off", "inputmode": "numeric"}
        super().__init__(attrs, format="%Y-%m-%d")


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

    def asked(self, today: date) -> tuple[date, datetime | None]:
        """The date and the moment asked for; today and now where the form is empty or wrong."""
        good = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        return good.get("as_of") or today, good.get("known_at")


class HolderActionForm(forms.ModelForm):
    """What a holder or a trustee did. The ref is made from the rest where it is left empty."""

    reason = forms.CharField(
        max_length=500,
        label="Source",
        help_text="How the desk knows: a letter, a call, a filing. Kept in the history.",
        error_messages={"required": "Say how the desk knows of it: the history keeps it."},
    )

    class Meta:
        model = HolderAction
        fields = ("instrument", "kind", "by", "occurred", "reported", "status", "ref")
        widgets = {"occurred": DateInput, "reported": DateInput}
        labels = {
            "kind": "What was done",
            "by": "By",
            "occurred": "Occurred on",
            "reported": "Reported on",
            "status": "How sure it is",
            "ref": "Ref",
        }
        help_texts = {
            "ref": "Leave empty to have one made.",
            "occurred": "A waiver ends on this day, not on the day of the report.",
        }
        error_messages = {
            "occurred": {
                "required": "Give the day on which it happened.",
                "invalid": "This is not a date of the calendar; expected YYYY-MM-DD.",
            },
            "reported": {"invalid": "This is not a date of the calendar; expected YYYY-MM-DD."},
            "instrument": {
                "required": "Choose the instrument in respect of which it was done.",
                "invalid_choice": "There is no such instrument on your desks.",
            },
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["instrument"].queryset = Instrument.objects.visible_to(user).order_by("ref")
        fields["instrument"].to_field_name = "ref"
        fields["ref"].required = False
        fields["status"].choices = [c for c in fields["status"].choices if c[0] in ("alleged", "verified")]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("ref") and all(data.get(name) for name in ("instrument", "kind", "occurred")):
            kind = data["kind"].replace("_", "-")
            data["ref"] = f"{data['instrument'].ref}-{data['occurred']:%Y-%m-%d}-{kind}"[:100]
        return data
