"""Forms for what changes a recorded fact: verified or disputed, undone, or never so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from agreements.models import DefaultEvent, Standing
from notes.models import Deferral, HolderAction
from waivers.forms.facts import FactForm, date_field
from waivers.models import TerminationNotice
from waivers.operations import Entry


class _Happening(FactForm):
    """What was done or what occurred under the instrument, as one list."""

    fact = forms.ChoiceField(
        label="Which",
        widget=forms.Select(attrs={"class": "long"}),
        error_messages={"required": "Choose what it is about.", "invalid_choice": "There is no such record."},
    )

    def choose(self) -> None:
        acts = self.instrument.holder_actions.exclude(status=Standing.RECORDED_IN_ERROR)
        events = DefaultEvent.objects.filter(clause__instrument=self.instrument)
        found: list[Any] = [*acts, *events.exclude(status=Standing.RECORDED_IN_ERROR)]
        self.facts: dict[str, HolderAction | DefaultEvent] = {fact.ref: fact for fact in found}
        field: Any = self.fields["fact"]
        chosen = [(ref, f"{fact} ({fact.get_status_display().lower()})") for ref, fact in self.facts.items()]
        field.choices = [("", "choose"), *chosen]

    def happening(self) -> HolderAction | DefaultEvent:
        return self.facts[self.cleaned_data["fact"]]


class VerificationForm(_Happening):
    title = "Verification or dispute"
    hint = "Alleged and verified acts and events count; a disputed one does not, and is listed as a risk."
    corrects = True

    status = forms.ChoiceField(
        label="It is now",
        choices=[("verified", "Verified"), ("disputed", "Disputed: it no longer counts"), ("alleged", "Alleged again")],
        widget=forms.RadioSelect(attrs={"class": "choices"}),
    )

    def entry(self) -> Entry:
        return self.changed(self.happening(), status=self.cleaned_data["status"])


class UndoingForm(_Happening):
    title = "A withdrawal, an annulment or a cure"
    hint = "It ends the act's or event's own effect from its day on. A rescinded waiver does not come back by it."
    happened = "on"
    past = {"on": "happened"}

    how = forms.ChoiceField(
        label="What happened",
        choices=[
            ("withdrawn", "The act was withdrawn"),
            ("annulled", "The acceleration was annulled"),
            ("cured", "The event was cured"),
        ],
        widget=forms.RadioSelect(attrs={"class": "choices"}),
    )
    on = date_field("On")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        fact = self.facts.get(data.get("fact", ""))
        how = data.get("how")
        if fact is not None and how and (how == "cured") is not isinstance(fact, DefaultEvent):
            said = "An act is withdrawn or annulled" if isinstance(fact, HolderAction) else "An event is cured"
            self.add_error("how", f"{said}; choose that.")
        return data

    def entry(self) -> Entry:
        return self.changed(self.happening(), **{self.cleaned_data["how"]: self.cleaned_data["on"]})


class VoidForm(FactForm):
    """What was never so. The record stays, with who voided it and why."""

    title = "Something recorded in error"
    hint = "It never was so. Every answer is worked out as if it had not been recorded; the record stays to be seen."
    corrects = True

    fact = forms.ChoiceField(
        label="Which",
        widget=forms.Select(attrs={"class": "long"}),
        error_messages={"required": "Choose what was recorded in error.", "invalid_choice": "There is no such record."},
    )

    def choose(self) -> None:
        own = self.instrument
        kinds: list[tuple[str, Iterable[Any]]] = [
            ("Act", own.holder_actions.exclude(status=Standing.RECORDED_IN_ERROR)),
            (
                "Event",
                DefaultEvent.objects.filter(clause__instrument=own).exclude(status=Standing.RECORDED_IN_ERROR),
            ),
            ("Payment", own.payments.standing()),
            ("Deferral", Deferral.objects.standing().filter(payment__instrument=own).select_related("payment")),
            ("Waiver", own.waivers.standing()),
            ("Notice", TerminationNotice.objects.standing().filter(waiver__instrument=own)),
            ("Paper", own.documents.standing().defer("words")),
        ]
        self.facts = {f"{kind.lower()}:{fact.pk}": (kind, fact) for kind, rows in kinds for fact in rows}
        field: Any = self.fields["fact"]
        field.choices = [("", "choose"), *((key, f"{kind}: {fact}") for key, (kind, fact) in self.facts.items())]

    def entry(self) -> Entry:
        _, fact = self.facts[self.cleaned_data["fact"]]
        if isinstance(fact, HolderAction | DefaultEvent):
            return self.changed(fact, status=Standing.RECORDED_IN_ERROR)
        return self.changed(fact, recorded_in_error=True)
