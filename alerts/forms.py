"""How a person wants to be told."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q

from alerts.models import MOST_LEAD_DAYS, Preference, Subscription
from alerts.register import register
from audit.models import User

KINDS = [
    ("waiver_ending", "a waiver is about to end"),
    ("waiver_expired", "a waiver has expired"),
    ("waiver_rescinded", "a waiver was rescinded"),
    ("waiver_terminated", "a waiver was terminated"),
    ("event_of_default", "an event of default stands"),
    ("grace_ending", "a grace period is about to end"),
    ("payment_due", "a payment falls due"),
    ("warning_30", "a payment falls due as a waiver ends (rule 30)"),
    ("warning_31", "a chain has a gap (rule 31)"),
    ("warning_32", "another creditor's waiver ends earlier (rule 32)"),
    ("warning_33", "no reservation of rights (rule 33)"),
    ("warning_34", "a waiver does not bind yet (rule 34)"),
]


def clock(label: str, help_text: str = "") -> forms.TimeField:
    """A time of day as 20:00, in any browser: a picker would show 8 PM to one and 20:00 to another."""
    widget = forms.TimeInput(format="%H:%M", attrs={"placeholder": "20:00", "inputmode": "numeric", "maxlength": 5})
    wrong = {"invalid": "Write a time of day as 20:00."}
    return forms.TimeField(
        label=label, required=False, help_text=help_text, widget=widget, input_formats=["%H:%M"], error_messages=wrong
    )


def day(label: str) -> forms.DateField:
    """A date as 2000-04-29, which nobody misreads."""
    attrs = {"placeholder": "2000-04-29", "inputmode": "numeric", "maxlength": 10}
    widget = forms.DateInput(format="%Y-%m-%d", attrs=attrs)
    wrong = {"invalid": "Write a date as 2000-04-29."}
    return forms.DateField(label=label, required=False, widget=widget, input_formats=["%Y-%m-%d"], error_messages=wrong)


class PreferenceForm(forms.ModelForm):
    """What holds for all that a person is told."""

    quiet_from = clock("From", "What is urgent comes at once all the same.")
    quiet_until = clock("Until")
    daily_at = clock("At")
    away_from = day("First day away")
    away_until = day("Last day away")

    class Meta:
        model = Preference
        fields = (
            "follows_desks",
            "daily",
            "daily_at",
            "quiet_from",
            "quiet_until",
            "zone",
            "away_from",
            "away_until",
            "deputy",
        )
        labels = {
            "follows_desks": "Tell me all that my desks are told of",
            "daily": "What can wait, once a day in one message",
            "zone": "My time zone",
            "deputy": "Meanwhile tell",
        }
        help_texts = {
            "follows_desks": "Otherwise only what you subscribe to below. What nobody wants goes to the desk's head.",
            "zone": "Such as Europe/London. Empty: the register's own.",
            "deputy": "They are told in your place, if they may see it; and next, if you do not acknowledge in time.",
        }
        error_messages = {"deputy": {"invalid_choice": "Choose somebody who may be told in your place."}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.instance.owner
        colleagues = Q(desk_memberships__desk__members__user=owner, desk_memberships__recorded_in_error=False)
        sees_all = Q(role__in=["administrator", "counsel", "auditor"])
        people = User.objects.filter(colleagues | sees_all, is_active=True).exclude(pk=owner.pk)
        deputy: Any = self.fields["deputy"]
        deputy.queryset = people.distinct().order_by("username")
        deputy.empty_label = "nobody"
        deputy.label_from_instance = lambda person: person.get_full_name() or person.username

    def clean_daily_at(self) -> Any:
        return self.cleaned_data["daily_at"] or Preference._meta.get_field("daily_at").get_default()

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if bool(found.get("quiet_from")) != bool(found.get("quiet_until")):
            self.add_error("quiet_until", "Quiet hours have a beginning and an end: give both, or neither.")
        first, last = found.get("away_from"), found.get("away_until")
        if first or last:
            if not (first and last):
                self.add_error("away_until", "An absence has a first day and a last day: give both, or neither.")
            elif last < first:
                self.add_error("away_until", "The last day away is before the first.")
            if not found.get("deputy"):
                self.add_error("deputy", "Choose who is told while you are away: an alert is never for nobody.")
        return found


class SubscriptionForm(forms.ModelForm):
    """One topic that a person wants to be told of."""

    topic = forms.CharField(
        label="Of what",
        max_length=120,
        help_text="desk:REF, borrower:REF or instrument:REF, such as borrower:lpc.",
    )
    kinds = forms.MultipleChoiceField(
        label="Only when",
        required=False,
        choices=KINDS,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: always.",
    )
    leads = forms.CharField(
        label="Days before a date",
        required=False,
        max_length=60,
        help_text="Such as 90, 30, 7, 1, 0. Empty: the desk's own.",
    )

    class Meta:
        model = Subscription
        fields = ("topic", "kinds", "daily")
        labels = {"daily": "What can wait, once a day in one message"}

    def clean_topic(self) -> str:
        topic = self.cleaned_data["topic"].strip()
        known, _, ref = topic.partition(":")
        if known not in ("desk", "borrower", "instrument") or not ref:
            raise forms.ValidationError("Say desk:REF, borrower:REF or instrument:REF.")
        # The same words for what is hidden and what is not there.
        if not register().sees(self.instance.owner, [topic]):
            raise forms.ValidationError(f"There is no {known} {ref} with debts that you see.")
        if self.instance.owner.subscriptions.filter(topic=topic).exists():
            raise forms.ValidationError("You are subscribed to this already; remove that first.")
        return topic

    def clean_leads(self) -> list[int]:
        words = [word.strip() for word in self.cleaned_data["leads"].replace(";", ",").split(",") if word.strip()]
        if not all(word.isascii() and word.isdecimal() and int(word) <= MOST_LEAD_DAYS for word in words):
            raise forms.ValidationError(f"Whole numbers from 0 to {MOST_LEAD_DAYS}, with commas, such as 30, 7, 1, 0.")
        return sorted({int(word) for word in words}, reverse=True)

    def save(self, commit: bool = True) -> Any:
        self.instance.lead_days = self.cleaned_data["leads"]
        return super().save(commit)
