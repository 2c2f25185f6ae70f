"""A waiver or a forbearance, and its extension as a waiver of its own (rule 25)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.db import models

from agreements.models import DefaultEvent, Instrument, InstrumentParty, Standing
from alerts.letters import spoken
from audit.models import Fact
from notes.models import Deferral, Payment
from waivers.dossier import reading
from waivers.forms.facts import FactForm, RowChoice, date_field, free_ref, waiver_words
from waivers.models import Condition, Grantor, ScopeLine, Trigger, Waiver
from waivers.operations import Entry, save
from waivers.position.rules import ONE_DAY, last_day_by_words

Boxes = forms.CheckboxSelectMultiple
Parts = tuple[tuple[str, tuple[str, ...]], ...]
SAID_BY_THE_PAPER = (
    *("kind", "dated_as_of", "executed", "effective_from"),
    *("until_date", "until_text", "until_inclusive", "text"),
)


def kind_in_scope(payment: Payment) -> str:
    """The kind by which a scope can name a payment; "" (any) for a fee, which papers do not name by its kind."""
    return payment.kind if payment.kind in ("principal", "interest") else ""


def boxes(label: str, **options: Any) -> forms.MultipleChoiceField:
    """Some of several things."""
    wrong = {"invalid_choice": "%(value)s is not among what can be chosen."}
    return forms.MultipleChoiceField(
        label=label, required=False, widget=Boxes(attrs={"class": "choices"}), error_messages=wrong, **options
    )


class WaiverForm(FactForm):
    """The paper, how long, what it covers, what ends it."""

    title = "A waiver or forbearance"
    hint = "It covers exactly what is ticked, and nothing else: a default that also has another cause is not held back."
    happened = "effective_from"
    past = {"executed": "been executed"}

    kind = forms.ChoiceField(label="Kind", choices=Waiver.Kind.choices)
    name = forms.CharField(
        label="Title of the paper", max_length=500, error_messages={"required": "Give the paper's title."}
    )
    dated_as_of = date_field("Dated as of")
    executed = date_field(
        "Executed on", required=False, help_text="Leave empty while it is not signed: it does not count."
    )
    effective_from = date_field("Effective from")
    until_date = date_field("Until", required=False, help_text="Leave empty where the paper states no end.")
    until_text = forms.CharField(
        label="The paper’s own words of the end",
        required=False,
        max_length=500,
        help_text="For example: until May 1, 2000.",
    )
    until_inclusive = forms.BooleanField(
        label="The date itself is still covered",
        required=False,
        help_text="Only where the paper says so (“through”, “including”). Otherwise the day before is the last.",
    )
    granted_by = boxes("Granted by")
    payments = boxes("Covers the failure to make these payments")
    events = boxes("Covers these default events")
    accelerations = boxes("Covers acceleration of")
    everything = boxes("Covers every default that springs from")
    scope_paragraph = forms.CharField(label="Its paragraph", required=False, max_length=100)
    ends_on = boxes(
        "Ends before its time on",
        choices=[
            ("acceleration", "acceleration sought or declared"),
            ("remedies", "a remedy enforced or exercised"),
            ("other_default", "another event of default that it does not cover"),
        ],
    )
    by = forms.ChoiceField(label="By whom", choices=Trigger.By.choices, required=False, initial="holder,trustee")
    effect = forms.ChoiceField(label="How", choices=Trigger.Effect.choices, required=False, initial="automatic")
    trigger_paragraph = forms.CharField(label="Its paragraph", required=False, max_length=100)
    conditions = forms.CharField(
        label="Conditions precedent", required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="One a line."
    )
    text = forms.CharField(label="Verbatim text", required=False, widget=forms.Textarea(attrs={"rows": 5}))

    parts: Parts = (
        ("The paper", ("kind", "name", "dated_as_of", "executed", "granted_by")),
        ("How long", ("effective_from", "until_date", "until_text", "until_inclusive")),
        ("What it covers", ("payments", "events", "accelerations", "everything", "scope_paragraph")),
        ("What ends it", ("ends_on", "by", "effect", "trigger_paragraph")),
        ("Conditions and words", ("conditions", "text")),
    )

    def choose(self) -> None:
        """The debts that this instrument's clauses can reach: those of its group that the reader may open."""
        group = Instrument.objects.visible_to(self.user).standing().filter(group=self.instrument.group)
        self.debts = {debt.ref: debt for debt in group.order_by("ref")}
        payments = Payment.objects.standing().filter(instrument__in=self.debts.values(), paid=None)
        unpaid = payments.select_related("instrument").prefetch_related(
            models.Prefetch("deferrals", Deferral.objects.standing())
        )
        self.unpaid = {
            f"{row.instrument.ref}/{row.ref}/{due}": (row, due)
            for row in unpaid.order_by("instrument__ref", "due")
            for due in sorted({row.due, *(deferral.to for deferral in row.deferrals.all())})
        }
        found = DefaultEvent.objects.filter(clause__instrument__in=self.debts.values())
        self.default_events = {event.ref: event for event in found.exclude(status=Standing.RECORDED_IN_ERROR)}
        roles = InstrumentParty.objects.standing().filter(instrument=self.instrument).exclude(role="obligor")
        self.creditors = {
            role.party.ref: role.party
            for role in roles.exclude(role="guarantor").select_related("party").order_by("party__ref")
        }
        titles = [(ref, debt.title) for ref, debt in self.debts.items()]
        fields: dict[str, Any] = self.fields
        fields["payments"].choices = [
            (key, f"{row.get_kind_display()} of {row.instrument.title} due {spoken(due)}")
            for key, (row, due) in self.unpaid.items()
        ]
        fields["events"].choices = [(ref, str(event)) for ref, event in self.default_events.items()]
        fields["accelerations"].choices = fields["everything"].choices = titles
        fields["granted_by"].choices = [(ref, party.name) for ref, party in self.creditors.items()]
        for name in ("payments", "events", "granted_by"):
            if not fields[name].choices:
                del fields[name]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        until, begins = data.get("until_date"), data.get("effective_from")
        inclusive = bool(data.get("until_inclusive"))
        if until and begins and last_day_by_words(until, inclusive=inclusive) < begins:
            said = (
                f"Its last day would be before its first, {spoken(begins)}; tick the box below if the date is covered."
            )
            self.add_error("until_date", said)
        if not until and (data.get("until_text") or data.get("until_inclusive")) and "until_date" not in self.errors:
            self.add_error("until_date", "Words of an end, or their reading, need the date itself.")
        if not any(data.get(name) for name in ("payments", "events", "accelerations", "everything")):
            first = next(name for name in ("payments", "events", "everything") if name in self.fields)
            if not self.errors:
                self.add_error(first, "Tick what it covers: a waiver of nothing holds nothing back.")
        if more := self._covered_too(data.get("payments", ())):
            said = "A scope names an instrument, a kind (principal or interest) and dates, so this covers as well"
            self.add_error("payments", f"{said}: {'; '.join(more)}. Tick that too, or record it by a portfolio file.")
        return data

    def _covered_too(self, keys: Iterable[str]) -> list[str]:
        """The payments that the scopes of those ticked would cover although they are not ticked (rule 15)."""
        ticked = {self.unpaid[key][0].pk for key in keys if key in self.unpaid}
        named = {
            (row.instrument_id, kind_in_scope(row), due)
            for row, due in (self.unpaid[key] for key in keys if key in self.unpaid)
        }
        return sorted(
            {
                f"{row.get_kind_display().lower()} {row.ref} of {row.instrument.title}"
                for row, due in self.unpaid.values()
                if row.pk not in ticked
                and {(row.instrument_id, kind_in_scope(row), due), (row.instrument_id, "", due)} & named
            }
        )

    @property
    def reading(self) -> str:
        """How the words of the end are read."""
        data = self.cleaned_data
        return reading(data["until_date"], data["until_text"], inclusive=data["until_inclusive"])

    def extended(self) -> Waiver | None:
        """The waiver that this one extends."""
        return None

    def entry(self) -> Entry:
        data = self.cleaned_data
        earlier = self.extended()
        ref = free_ref(Waiver, f"{self.instrument.ref}-{data['dated_as_of']}")
        self.made = ref

        def write() -> Fact:
            waiver = Waiver(
                ref=ref,
                instrument=self.instrument,
                title=data["name"],
                extends=earlier,
                **{name: data[name] for name in SAID_BY_THE_PAPER},
            )
            save(waiver, self.today)
            for party in dict.fromkeys(data.get("granted_by", ())):
                save(Grantor(waiver=waiver, party=self.creditors[party]), self.today)
            for number, text in enumerate(filter(None, map(str.strip, data["conditions"].splitlines())), 1):
                save(Condition(waiver=waiver, number=number, text=text), self.today)
            for line in self._scope_lines(waiver):
                save(line, self.today)
            if data["ends_on"]:
                fires = {f"on_{word}": True for word in data["ends_on"]}
                rest = {
                    "by": data["by"],
                    "effect": data["effect"] or "automatic",
                    "paragraph": data["trigger_paragraph"],
                }
                save(Trigger(waiver=waiver, number=1, **fires, **rest), self.today)
            return waiver

        named = {row.instrument_id for row, _ in map(self.unpaid.__getitem__, data.get("payments", ()))}
        named |= {self.debts[ref].pk for name in ("accelerations", "everything") for ref in data[name]}
        return Entry(self.instrument, write, ties=tuple(sorted(named - {self.instrument.pk})))

    def _scope_lines(self, waiver: Waiver) -> Iterable[ScopeLine]:
        """One scope for each instrument and kind, so that no date of one is taken for a date of another (rule 15)."""
        data, number = self.cleaned_data, 0
        paragraph = data["scope_paragraph"]
        together: dict[tuple[int, str], list[tuple[Payment, date]]] = defaultdict(list)
        for key in data.get("payments", ()):
            row, due = self.unpaid[key]
            together[row.instrument_id, kind_in_scope(row)].append((row, due))
        for (instrument, kinds), rows in together.items():
            number += 1
            for due in sorted({due for _, due in rows}):
                yield ScopeLine(
                    waiver=waiver, number=number, form="failure_to_pay", instrument_id=instrument, kinds=kinds,
                    due=due, paragraph=paragraph,
                )  # fmt: skip
        named = [("acceleration_of", data["accelerations"]), ("all_of", data["everything"])]
        for form, refs in named:
            number += bool(refs)
            for ref in refs:
                yield ScopeLine(
                    waiver=waiver, number=number, form=form, instrument=self.debts[ref], paragraph=paragraph
                )
        number += bool(data.get("events"))
        for ref in data.get("events", ()):
            event = self.default_events[ref]
            yield ScopeLine(
                waiver=waiver, number=number, form="default_events", default_event=event, paragraph=paragraph
            )

    def path(self) -> str:
        return f"/waivers/{self.made}/"


class ExtensionForm(WaiverForm):
    """The same terms for longer, unless they are changed here."""

    title = "An extension"
    hint = "A new waiver that extends an earlier one. What the earlier one says is filled in; its own end date stays."

    extends = RowChoice("Extends", waiver_words, missing="Choose the waiver that it extends.")

    parts: Parts = (("What it extends", ("extends",)), *WaiverForm.parts)

    def choose(self) -> None:
        super().choose()
        self.rows("extends", self.instrument.waivers.standing().order_by("-effective_from", "ref"))
        self.order_fields(["extends"])

    def extended(self) -> Waiver:
        return self.cleaned_data["extends"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        earlier, begins = data.get("extends"), data.get("effective_from")
        if earlier is not None and begins is not None and begins < earlier.effective_from:
            self.add_error("effective_from", f"{earlier.ref} begins later, on {spoken(earlier.effective_from)}.")
        return data


def first_values_of_extension(waiver: Waiver, form: WaiverForm) -> tuple[dict[str, Any], list[str]]:
    """What the earlier waiver says, as far as the form can say it again, and what it says beside that.

    The next one begins where it ends.
    """
    lines = list(waiver.scope_lines.standing().select_related("instrument", "default_event"))
    triggers = list(waiver.triggers.standing().prefetch_related("targets__instrument", "targets__waiver"))
    trigger = triggers[0] if triggers else None
    payments, left = [], []

    def called(instrument: Instrument) -> str:
        return form.debts[instrument.ref].title if instrument.ref in form.debts else instrument.ref

    for line in lines:
        found = [key for key, (row, due) in form.unpaid.items() if _names(line, row, due)]
        payments += found
        named = called(line.instrument) if line.instrument else str(line.default_event)
        known = form.debts if line.instrument else form.default_events
        ref = (line.instrument or line.default_event).ref  # type: ignore[union-attr]
        when = f", due {spoken(line.due)}" if line.due else ", at whatever date"
        if line.form == "failure_to_pay" and (line.due is None or not found):
            left.append(f"{line.get_form_display().lower()}: {named}{when}")
        elif ref not in known:
            left.append(f"{line.get_form_display().lower()}: {named}")
    left += [f"trigger {found.number}" for found in triggers[1:]]
    if trigger is not None:
        left += [f"trigger {trigger.number}: the end of another waiver"] * trigger.on_waiver_ended
        left += [f"trigger {trigger.number}: a recorded default event"] * trigger.on_event
        for target in trigger.targets.all():
            of = called(target.instrument) if target.instrument else target.waiver or target.event_kind
            left.append(f"trigger {trigger.number}, in respect of {of}")
    left += [f"the condition: {condition.text}" for condition in waiver.conditions.standing()]
    grantors = [grantor.party for grantor in waiver.grantors.standing().select_related("party")]
    left += [f"granted by {party.name}" for party in grantors if party.ref not in form.creditors]
    paragraphs = {line.paragraph for line in lines if line.paragraph}
    left += [f"its paragraphs {', '.join(sorted(paragraphs))}"] * (len(paragraphs) > 1)
    until = waiver.until_date
    fires = ("acceleration", "remedies", "other_default")
    values = {
        "extends": waiver.pk,
        "kind": waiver.kind,
        "effective_from": until and last_day_by_words(until, inclusive=waiver.until_inclusive) + ONE_DAY,
        "granted_by": [party.ref for party in grantors],
        "payments": list(dict.fromkeys(payments)),
        "events": [line.default_event.ref for line in lines if line.default_event],
        "accelerations": [line.instrument.ref for line in lines if line.form == "acceleration_of" and line.instrument],
        "everything": [line.instrument.ref for line in lines if line.form == "all_of" and line.instrument],
        "scope_paragraph": paragraphs.pop() if len(paragraphs) == 1 else "",
        "ends_on": [word for word in fires if trigger is not None and getattr(trigger, f"on_{word}")],
        "by": trigger.by if trigger else "holder,trustee",
        "effect": trigger.effect if trigger else "automatic",
        "trigger_paragraph": trigger.paragraph if trigger else "",
    }
    return values, left


def _names(line: ScopeLine, payment: Payment, due: date) -> bool:
    """Whether a line of a scope names a payment by its instrument, its kind and this date of it."""
    return (
        line.form == "failure_to_pay"
        and line.instrument_id == payment.instrument_id
        and (not line.kinds or payment.kind in line.kinds.split(","))
        and (line.due is None or line.due == due)
    )
