"""Forms of the credit officer."""

from __future__ import annotations

from typing import Any

from django import forms

from agreements.models import Instrument
from audit.models import User
from audit.moments import DateInput
from notes.models import HolderAction

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
