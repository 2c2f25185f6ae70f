"""Facts that are only supposed."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from alerts.letters import spoken
from audit.moments import EARLIEST, LATEST, DateInput
from notes.models import HolderAction
from waivers.position import facts as f
from waivers.position.rules import PaymentKey

MOST_PAYMENTS = 60
IN_RANGE = "This must be a date of the calendar from 1900 to 2199, as YYYY-MM-DD."


class WhatIfForm(forms.Form):
    """What a holder or trustee might do, and which payments might be missed. Nothing is recorded.

    `debts`: the borrower's instruments with their titles. `upcoming`: its unpaid payments with their due dates.
    """

    by = forms.ChoiceField(label="If", choices=[("trustee", "the trustee"), ("holder", "a holder")], required=False)
    kind = forms.ChoiceField(
        label="does this",
        choices=[
            ("", "nothing"),
            ("acceleration_sought", "seeks acceleration"),
            ("acceleration_declared", "declares acceleration"),
            ("remedy", "enforces or exercises a remedy"),
        ],
        required=False,
    )
    instrument = forms.ChoiceField(label="in respect of", required=False)
    on = forms.DateField(
        label="on",
        widget=DateInput,
        input_formats=["%Y-%m-%d"],
        validators=[MinValueValidator(EARLIEST, IN_RANGE), MaxValueValidator(LATEST, IN_RANGE)],
        error_messages={"invalid": IN_RANGE, "required": "Give the day to suppose it on, as YYYY-MM-DD."},
    )
    missed = forms.MultipleChoiceField(
        label="And if these payments are missed", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, *args: Any, debts: list[tuple[str, str]], upcoming: list[tuple[f.Payment, date]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.upcoming = upcoming
        fields: dict[str, Any] = self.fields
        fields["instrument"].choices = [("", "choose a debt"), *debts]
        fields["missed"].choices = [
            (f"{row.instrument}/{row.ref}", f"{row.kind.capitalize()} of {row.instrument} due {spoken(due)}")
            for row, due in upcoming[:MOST_PAYMENTS]
        ]
        fields["missed"].widget.attrs["class"] = "choices"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("kind") and not data.get("instrument") and "instrument" not in self.errors:
            self.add_error("instrument", "Choose the debt in respect of which it is done.")
        if not data.get("kind") and not data.get("missed") and not self.errors:
            self.add_error("kind", "Suppose something: an act, or a payment that is missed.")
        return data

    @property
    def unpaid(self) -> frozenset[PaymentKey]:
        """The payments supposed to be missed."""
        chosen = set(self.cleaned_data["missed"])
        keys = ((payment.instrument, payment.ref) for payment, _ in self.upcoming)
        return frozenset(key for key in keys if "/".join(key) in chosen)

    def actions(self, facts: f.Facts) -> list[f.HolderAction]:
        """What is supposed to be done, if it is in respect of an instrument among these facts."""
        data = self.cleaned_data
        if not data["kind"] or data["instrument"] not in {instrument.ref for instrument in facts.instruments}:
            return []
        by = f.Actor(data["by"] or "trustee")
        return [
            f.HolderAction(
                "supposed", data["instrument"], f.ActionKind(data["kind"]), by, data["on"], standing=f.Standing.VERIFIED
            )
        ]

    def said(self) -> list[str]:
        """What is supposed, in words; nothing where it could not be read."""
        if not self.is_valid():
            return []
        data, missed = self.cleaned_data, dict(self.fields["missed"].choices)  # type: ignore[attr-defined]
        act = [f"If the {data['by'] or 'trustee'}: {data['kind'].replace('_', ' ')}, {data['instrument']}"]
        return [
            *(act if data["kind"] else ()),
            f"On: {data['on']}",
            *(f"Missed: {missed[key]}" for key in data["missed"]),
        ]

    def faults(self) -> list[str]:
        """Why nothing can be supposed, in sentences."""
        told = [str(fault) for of in self.errors.values() for fault in of]
        return told or ["Suppose something: an act, or a payment that is missed."]

    def record_query(self) -> str:
        """What fills in the form that records the act for real; "" where no act is supposed."""
        data = self.cleaned_data
        if not data["kind"] or data["kind"] not in HolderAction.Kind.values:
            return ""
        return urlencode(
            {
                "instrument": data["instrument"],
                "kind": data["kind"],
                "by": data["by"] or "trustee",
                "occurred": data["on"],
            }
        )
