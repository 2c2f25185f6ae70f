"""One form for each kind of fact: few fields, sensible first values, and the entry that is made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from agreements.models import Clause, DefaultEvent, Instrument
from alerts.letters import spoken
from audit.models import Fact, User
from audit.moments import EARLIEST, LATEST, DateInput
from notes.models import Deferral, HolderAction, Payment
from waivers.models import Condition, TerminationNotice, Waiver
from waivers.operations import Entry, save

NOT_A_DATE = "This is not a date of the calendar from 1900 to 2199; expected YYYY-MM-DD, such as 2000-05-01."
ON_ITS_DAY = "Recorded on the day on which it happened"
AHEAD = "Recorded ahead of its day"


def date_field(label: str, *, required: bool = True, missing: str = "", help_text: str = "") -> forms.DateField:
    """A date typed as YYYY-MM-DD; `missing` is what is said when it is not given."""
    return forms.DateField(
        label=label,
        required=required,
        widget=DateInput,
        input_formats=["%Y-%m-%d"],
        help_text=help_text,
        validators=[MinValueValidator(EARLIEST, NOT_A_DATE), MaxValueValidator(LATEST, NOT_A_DATE)],
        error_messages={"invalid": NOT_A_DATE, "required": missing or "Give the date, as YYYY-MM-DD."},
    )


class RowChoice(forms.ModelChoiceField):
    """A record of this instrument, chosen by a sentence about it."""

    def __init__(self, label: str, says: Callable[[Any], str], *, missing: str, **options: Any) -> None:
        self.says = says
        super().__init__(
            queryset=None,
            label=label,
            widget=forms.Select(attrs={"class": "long"}),
            empty_label="choose",
            error_messages={"required": missing, "invalid_choice": "There is no such record under this instrument."},
            **options,
        )

    def label_from_instance(self, obj: Any) -> str:
        return self.says(obj)


class FactForm(forms.Form):
    """What all of them share: the instrument, the key against recording twice, and the reason.

    `title` and `hint` introduce it; `happened` names the field with the day of the fact: a day before today changes the
    past, and then the reason is asked for. `past`: the fields whose day cannot lie ahead, with what has happened then.
    `corrects`: it changes what was recorded, so the reason is always asked for.
    """

    title: ClassVar[str]
    hint: ClassVar[str] = ""
    happened: ClassVar[str] = ""
    past: ClassVar[dict[str, str]] = {}
    corrects: ClassVar[bool] = False

    reason = forms.CharField(
        label="Source or reason",
        required=False,
        max_length=500,
        help_text="How the desk knows: a letter, a call, a filing. Kept in the history. "
        "It may be left out only where nothing before today changes.",
    )

    def __init__(
        self, *args: Any, instrument: Instrument, user: User, today: date, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.instrument, self.user, self.today, self.at = instrument, user, today, at
        self.choose()
        self.order_fields([name for name in self.fields if name != "reason"])
        for name, field in self.fields.items():
            if field.help_text:
                field.widget.attrs["aria-describedby"] = f"id_{name}_helptext"

    def choose(self) -> None:
        """Fill in what can be chosen under this instrument."""

    def rows(self, name: str, queryset: models.QuerySet) -> None:
        """Let a field choose among these records."""
        field: Any = self.fields[name]
        field.queryset = queryset

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["reason"] = (data.get("reason") or "").strip()
        self.cleaned_data = data
        for name, what in self.past.items():
            if data.get(name) and data[name] > self.today:
                self.add_error(name, f"It cannot have {what} after today ({spoken(self.today)}).")
        on = data.get(self.happened)
        if self.corrects:
            self.need_reason("This changes what is recorded")
        elif isinstance(on, date) and on < self.today:
            self.need_reason("This lies before today, so it changes the past")
        return data

    def need_reason(self, why: str) -> None:
        """Ask for the reason, unless there is one."""
        if not self.cleaned_data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", f"{why}: say how the desk knows, or why it is changed.")

    @property
    def said(self) -> str:
        """The reason for the history."""
        on = self.cleaned_data.get(self.happened)
        ahead = isinstance(on, date) and on > self.today
        return self.cleaned_data["reason"] or (AHEAD if ahead else ON_ITS_DAY)

    def entry(self) -> Entry:
        """What is to be recorded. Raises `ValidationError` where the register cannot take it."""
        raise NotImplementedError

    def path(self) -> str:
        """Where what was recorded can be seen."""
        return f"/instruments/{self.instrument.ref}/"

    def new(self, fact: Any, *, ties: Iterable[int] = ()) -> Entry:
        """An entry that is one new record."""
        return Entry(self.instrument, lambda: save(fact, self.today), ties=tuple(ties))

    def changed(self, fact: Any, **values: Any) -> Entry:
        """An entry that changes a record. Raises `ValidationError` if it says so already."""
        if all(getattr(fact, name) == value for name, value in values.items()):
            raise ValidationError("The register says just this already; there is nothing to record.")

        def write() -> Fact:
            row = type(fact)._default_manager.get(pk=fact.pk)
            for name, value in values.items():
                setattr(row, name, value)
            return save(row, self.today)

        return Entry(self.instrument, write, subject=fact)


def free_ref(model: Any, wanted: str, **within: Any) -> str:
    """The ref, or the ref with the next number behind it, that no record has yet."""
    wanted = wanted[:95]
    taken = set(model._default_manager.filter(ref__startswith=wanted, **within).values_list("ref", flat=True))
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return wanted if wanted not in taken else next(ref for ref in numbered if ref not in taken)


def payment_words(payment: Payment) -> str:
    paid = f"paid {spoken(payment.paid)}" if payment.paid else "not paid"
    amount = f", {payment.amount:,.2f}" if payment.amount else ""
    return f"{payment.get_kind_display()} due {spoken(payment.due)}{amount} ({payment.ref}; {paid})"


class PaymentForm(FactForm):
    """A payment made, or not made after all."""

    title = "A payment made or missed"
    hint = "A payment that is due and not paid is missed by itself. Record that it was paid, or take that back."
    happened = "paid"
    past = {"paid": "been paid"}

    payment = RowChoice("Payment", payment_words, missing="Choose the payment.")
    outcome = forms.ChoiceField(
        label="What happened",
        choices=[("paid", "It was paid"), ("missed", "It was not paid")],
        initial="paid",
        widget=forms.RadioSelect(attrs={"class": "choices"}),
    )
    paid = date_field("Paid on", required=False)

    def choose(self) -> None:
        self.rows("payment", self.instrument.payments.standing().order_by("due", "ref"))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("outcome") == "paid" and not data.get("paid") and "paid" not in self.errors:
            self.add_error("paid", "Give the day on which it was paid.")
        if data.get("outcome") == "missed" or (data.get("payment") and data["payment"].paid):
            self.need_reason("This takes back what was recorded")
        return data

    def entry(self) -> Entry:
        data = self.cleaned_data
        return self.changed(data["payment"], paid=data["paid"] if data["outcome"] == "paid" else None)


class ScheduleForm(FactForm):
    title = "A payment that falls due"
    hint = "One amount of principal, interest or fee, with the day on which it falls due."
    happened = "due"

    kind = forms.ChoiceField(label="Kind", choices=Payment.Kind.choices)
    due = date_field("Due on")
    amount = forms.DecimalField(
        label="Amount",
        required=False,
        max_digits=20,
        decimal_places=2,
        min_value=Decimal("0.01"),
        help_text="Leave empty where it is not known.",
        error_messages={
            "invalid": "This is not an amount; expected a number such as 12500.00.",
            "min_value": "The amount of a payment is more than zero; leave it empty where it is not known.",
        },
    )

    def entry(self) -> Entry:
        data = self.cleaned_data
        wanted = f"{self.instrument.ref}-{data['due']}-{data['kind']}"
        ref = free_ref(Payment, wanted, instrument=self.instrument)
        amount = data["amount"] or None
        return self.new(Payment(ref=ref, instrument=self.instrument, kind=data["kind"], due=data["due"], amount=amount))


class DeferralForm(FactForm):
    title = "A deferral"
    hint = "Agreed under the payment's own instrument: from the day it takes effect, the payment falls due later."
    happened = "effective"

    payment = RowChoice("Payment", payment_words, missing="Choose the payment.")
    effective = date_field("Takes effect on")
    to = date_field("New due date")
    paper = forms.CharField(label="By which paper", required=False, max_length=500)

    def choose(self) -> None:
        self.rows("payment", self.instrument.payments.standing().filter(paid=None).order_by("due", "ref"))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        payment, to = data.get("payment"), data.get("to")
        if payment and to and to <= payment.due:
            self.add_error("to", f"A deferral moves a payment to a later day than {spoken(payment.due)}.")
        return data

    def entry(self) -> Entry:
        data = self.cleaned_data
        return self.new(
            Deferral(
                payment=data["payment"], effective=data["effective"], to=data["to"], instrument_title=data["paper"]
            )
        )


class HolderActionForm(FactForm):
    title = "What a holder or trustee did"
    hint = "The attempt is enough. A waiver ends on the day of the act, not on the day of the report."
    happened = "occurred"
    past = {"occurred": "occurred", "reported": "been reported"}

    kind = forms.ChoiceField(label="What was done", choices=HolderAction.Kind.choices)
    by = forms.ChoiceField(label="By", choices=HolderAction.By.choices)
    occurred = date_field("Occurred on", missing="Give the day on which it happened.")
    reported = date_field("Reported on", required=False, help_text="The day on which the desk heard of it.")
    status = forms.ChoiceField(
        label="How sure it is",
        help_text="Both count. What is alleged is marked as unverified.",
        choices=[("alleged", "Alleged"), ("verified", "Verified")],
    )

    def entry(self) -> Entry:
        data = self.cleaned_data
        wanted = f"{self.instrument.ref}-{data['occurred']}-{data['kind'].replace('_', '-')}"
        return self.new(
            HolderAction(
                ref=free_ref(HolderAction, wanted),
                instrument=self.instrument,
                **{name: data[name] for name in ("kind", "by", "occurred", "reported", "status")},
            )
        )


class DefaultEventForm(FactForm):
    title = "A default event"
    hint = "A covenant breached, a false representation, an insolvency, a judgment."
    happened = "occurred"
    past = {"occurred": "occurred"}

    clause = RowChoice(
        "Under which clause",
        lambda clause: f"{clause.ref}{f', section {clause.section}' if clause.section else ''}",
        missing="Choose the clause. If there is none, this instrument has no event clause in the register.",
    )
    event_kind = forms.CharField(label="What kind", max_length=50, help_text="For example: financial covenant.")
    occurred = date_field("Occurred on", missing="Give the day on which it happened.")
    status = forms.ChoiceField(
        label="How sure it is",
        help_text="Both count. What is alleged is marked as unverified.",
        choices=[("alleged", "Alleged"), ("verified", "Verified")],
    )

    def choose(self) -> None:
        self.rows("clause", self.instrument.clauses.standing().filter(kind=Clause.Kind.EVENT))

    def clean_event_kind(self) -> str:
        return "_".join(self.cleaned_data["event_kind"].lower().split())

    def entry(self) -> Entry:
        data = self.cleaned_data
        wanted = f"{self.instrument.ref}-{data['occurred']}-{data['event_kind'].replace('_', '-')}"
        fields = {name: data[name] for name in ("clause", "event_kind", "occurred", "status")}
        return self.new(DefaultEvent(ref=free_ref(DefaultEvent, _plain(wanted)), **fields))


def _plain(ref: str) -> str:
    """A ref without what a ref may not hold."""
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._:-") else "-" for letter in ref)


def waiver_words(waiver: Waiver) -> str:
    until = f", until {spoken(waiver.until_date)}" if waiver.until_date else ""
    return f"{waiver.title} ({waiver.ref}), from {spoken(waiver.effective_from)}{until}"


class ConditionForm(FactForm):
    title = "A condition satisfied"
    hint = "A waiver begins once each of its conditions precedent is satisfied, or waived by the creditor."
    happened = "satisfied"
    past = {"satisfied": "been satisfied"}

    condition = RowChoice(
        "Condition",
        lambda row: f"{row.waiver.ref}, {row.number}: {row.text[:120]}",
        missing="Choose the condition. If there is none, no waiver here has an open one.",
    )
    satisfied = date_field("Satisfied or waived on")

    def choose(self) -> None:
        rows = Condition.objects.standing().filter(waiver__in=self.instrument.waivers.standing(), satisfied=None)
        self.rows("condition", rows.select_related("waiver").order_by("waiver__ref", "number"))

    def entry(self) -> Entry:
        return self.changed(self.cleaned_data["condition"], satisfied=self.cleaned_data["satisfied"])

    def path(self) -> str:
        return f"/waivers/{self.cleaned_data['condition'].waiver.ref}/"


class ExecutionForm(FactForm):
    title = "A waiver executed"
    hint = "An unexecuted waiver never counts."
    happened = "executed"
    past = {"executed": "been executed"}

    waiver = RowChoice("Waiver", waiver_words, missing="Choose the waiver. If there is none, all are executed.")
    executed = date_field("Executed on")

    def choose(self) -> None:
        self.rows("waiver", self.instrument.waivers.standing().filter(executed=None))

    def entry(self) -> Entry:
        return self.changed(self.cleaned_data["waiver"], executed=self.cleaned_data["executed"])

    def path(self) -> str:
        return f"/waivers/{self.cleaned_data['waiver'].ref}/"


class NoticeForm(FactForm):
    title = "A termination notice"
    hint = "For a waiver whose trigger is on notice: it ends on the later of the days given and effective."
    happened = "given"
    past = {"given": "been given"}

    waiver = RowChoice("Waiver", waiver_words, missing="Choose the waiver.")
    given = date_field("Given on")
    effective = date_field("Effective on")
    cites = forms.CharField(label="What it cites", required=False, max_length=100)

    def choose(self) -> None:
        self.rows("waiver", self.instrument.waivers.standing())

    def entry(self) -> Entry:
        data = self.cleaned_data
        ref = free_ref(TerminationNotice, f"{data['waiver'].ref}-notice-{data['given']}")
        return self.new(
            TerminationNotice(
                ref=ref,
                waiver=data["waiver"],
                given=data["given"],
                effective=data["effective"],
                trigger_ref=data["cites"],
            )
        )

    def path(self) -> str:
        return f"/waivers/{self.cleaned_data['waiver'].ref}/"
