"""What is asked of whoever brings a document in, corrects a term, or records a draft."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from agreements.models import Desk
from agreements.querysets import desks_of, sees_all
from audit.models import REF_PATTERN, REF_WORDS, User
from intake.review.proposal import Chosen, Offer
from intake.review.sheet import Item, Sheet
from intake.review.terms import Box
from waivers.forms.facts import date_field
from waivers.models import Waiver

MOST_FILES = 50


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list) and data else [data or None]
        if len(files) > MOST_FILES:
            raise ValidationError(f"These are {len(files)} files; at most {MOST_FILES} at once, or one zip of more.")
        return [super(FilesField, self).clean(file, initial) for file in files]


class BringForm(forms.Form):
    """Files to read, and for which desk."""

    documents = FilesField(
        label="Documents",
        widget=FilesInput(),
        help_text="Plain text, a page or a whole submission as filed, a PDF with text, a .docx; or a zip of these.",
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
    )
    desk = forms.ModelChoiceField(
        Desk.objects.none(), label="For the desk", empty_label=None, error_messages={"required": "Choose the desk."}
    )
    exhibit = forms.CharField(
        label="Which exhibit",
        required=False,
        max_length=40,
        help_text="Of a whole submission with several: its number, such as 10-106. Otherwise leave it empty.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["desk"]
        field.queryset = open_desks(user)
        for name in self.fields:
            self.fields[name].widget.attrs["aria-describedby"] = f"id_{name}_helptext"


def open_desks(user: User) -> Any:
    """The desks for which a person may bring documents in."""
    desks = Desk.objects.standing().order_by("name")
    return desks if sees_all(user) else desks.filter(pk__in=desks_of(user))


# Terms


def field_of(box: Box, debts: Iterable[str], now: Any) -> forms.Field:
    """The form field of one part of a term; what it says `now` can be chosen, also where nothing else could."""
    said = tuple(now) if isinstance(now, list | tuple) else (now,) if isinstance(now, str) and now else ()
    offered = dict.fromkeys((*box.choices, *map(str, said)))
    match box.kind:
        case "words":
            return forms.CharField(
                label=box.label, required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
            )
        case "day":
            return date_field(box.label, required=False)
        case "flag":
            return forms.BooleanField(label=box.label, required=False)
        case "one":
            choices = [("", "not stated"), *((one, one.replace("_", " ")) for one in offered)]
            return forms.ChoiceField(label=box.label, required=False, choices=choices)
        case "many" if box.choices:
            choices = [(one, one.replace("_", " ")) for one in offered]
            return forms.MultipleChoiceField(
                label=box.label,
                required=False,
                choices=choices,
                widget=forms.CheckboxSelectMultiple(attrs={"class": "choices"}),
            )
        case "debts":
            choices = [(str(number), name) for number, name in enumerate(debts)]
            return forms.MultipleChoiceField(
                label=box.label,
                required=False,
                choices=choices,
                widget=forms.CheckboxSelectMultiple(attrs={"class": "choices"}),
            )
        case "many":
            return forms.CharField(
                label=f"{box.label}, one a line",
                required=False,
                max_length=5000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        case "number":
            return forms.DecimalField(
                label=box.label,
                required=False,
                min_value=0,
                max_digits=20,
                decimal_places=6,
                error_messages={"invalid": "This is not a number; expected digits with a point, such as 12.75."},
            )
        case _:
            return forms.CharField(label=box.label, required=False, max_length=500)


class TermForm(forms.Form):
    """One term as a person corrects it, filled in with what was read; and which record of the register it is."""

    def __init__(self, data: Any = None, *, item: Item) -> None:
        value = item.value or item.proposed or {}
        first = {box.name: _first(box, value.get(box.name)) for box in item.kind.boxes}
        super().__init__(data, initial={**first, "register": item.register_ref}, prefix=item.anchor)
        self.item = item
        for box in item.kind.boxes:
            self.fields[box.name] = field_of(box, item.debts, value.get(box.name))
        if item.match is not None:
            choices = [("", "a new one"), *item.match.choices]
            self.fields["register"] = forms.ChoiceField(label="In the register", required=False, choices=choices)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not any(data.get(box.name) for box in self.item.kind.boxes):
            raise ValidationError("Nothing is filled in. To say that the document has no such term, reject it.")
        return data

    @property
    def value(self) -> dict[str, Any]:
        """The term as a draft has it."""
        data, before = self.cleaned_data, self.item.value or self.item.proposed or {}
        filled = {box.name: _value(box, data[box.name], before.get(box.name)) for box in self.item.kind.boxes}
        found = {**(self.item.proposed or {}), **filled}
        match = self.item.match
        return found | ({"register": data["register"], "offered": match.ref} if match else {})


def _first(box: Box, value: Any) -> Any:
    if box.kind == "many" and not box.choices:
        return "\n".join(value or ())
    if box.kind == "debts":
        return [str(number) for number in value or ()]
    return value


def _value(box: Box, data: Any, before: Any) -> Any:
    match box.kind:
        case "day":
            return data.isoformat() if data else None
        case "many" if not box.choices:
            return [line.strip() for line in data.splitlines() if line.strip()]
        case "many":
            return list(data)
        case "debts":
            return [int(number) for number in data]
        case "flag":
            return True if data else None if before is None else False
        case "number":
            return None if data is None else f"{data.normalize():f}"
        case _:
            return data or None


# Recording


class RecordForm(forms.Form):
    """What the document does not say, or says in words that want a reading, filled in from the confirmed terms."""

    under = forms.ChoiceField(
        label="It waives under", error_messages={"required": "Choose the agreement or the notes."}
    )
    ref = forms.CharField(
        label="Ref of the waiver",
        max_length=90,
        validators=[RegexValidator(REF_PATTERN, f"A ref is made of {REF_WORDS}.")],
        help_text="How it is cited: in addresses, mails and files.",
    )
    executed = date_field("Executed on", required=False, help_text="Empty: it is not signed yet, and does not count.")
    effective = date_field("Effective from")
    until = date_field("Until", required=False)
    until_text = forms.CharField(label="In its words", required=False, max_length=500)
    inclusive = forms.BooleanField(label="The date itself is still covered", required=False)
    extends = forms.ModelChoiceField(
        Waiver.objects.none(), label="It extends", required=False, empty_label="no earlier waiver", to_field_name="ref"
    )
    offers = forms.MultipleChoiceField(
        label="Also record, since the register lacks it",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices"}),
    )
    reason = forms.CharField(
        label="Source or reason", required=False, max_length=400, help_text="Kept in the history, with the document."
    )

    def __init__(self, data: Any, *, sheet: Sheet, user: User, free: Any) -> None:
        super().__init__(data, initial=None if data else first_values(sheet, free))
        fields: dict[str, Any] = self.fields
        fields["under"].choices = [(item.key, _called(item)) for item in candidates(sheet)]
        refs = [item.register_ref for item in candidates(sheet) if item.register_ref]
        fields["extends"].queryset = Waiver.objects.visible_to(user).standing().filter(instrument__ref__in=refs)
        for name, field in fields.items():
            if field.help_text:
                field.widget.attrs["aria-describedby"] = f"id_{name}_helptext"

    def offer(self, offers: Iterable[Offer]) -> None:
        """Let what the document implies be taken."""
        field: Any = self.fields["offers"]
        field.choices = [(one.key, one.words) for one in offers]

    def clean_ref(self) -> str:
        ref = str(self.cleaned_data["ref"])
        if Waiver.objects.filter(ref=ref).exists():
            raise ValidationError("This ref is taken; choose another.")
        return ref

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("until") and data.get("effective") and data["until"] < data["effective"]:
            self.add_error("until", "It cannot end before it takes effect.")
        if (data.get("until_text") or data.get("inclusive")) and not data.get("until"):
            self.add_error("until", "Words of an end, or its reading, need the date itself.")
        return data

    def chosen(self) -> Chosen:
        data = self.cleaned_data
        return Chosen(
            under=data["under"],
            ref=data["ref"],
            executed=data["executed"],
            effective=data["effective"],
            until=data["until"],
            until_text=data["until_text"],
            inclusive=data["inclusive"],
            extends=data["extends"].ref if data["extends"] else "",
            offers=frozenset(data["offers"]),
        )


def candidates(sheet: Sheet) -> list[Item]:
    """Under what a document may waive: the agreements and the notes that are confirmed, the waived one first."""
    papers = sheet.of("papers")
    papers.sort(key=lambda item: (item.value or {}).get("relation") != "waived_under")
    return [*papers, *sheet.of("debts")]


def _called(item: Item) -> str:
    value = item.value or {}
    name = value.get("title") or value.get("designation") or "unnamed"
    return f"{name} ({item.register_ref or 'new to the register'})"


def first_values(sheet: Sheet, free: Any) -> dict[str, Any]:
    """What the confirmed terms say of the questions that are asked last."""
    unders = candidates(sheet)
    dated = sheet.value("dated")
    on = _day(dated)
    ends = [{"words": item.words, **(item.value or {})} for item in sheet.of("ends")]
    end = min((end for end in ends if end.get("day")), key=lambda end: str(end["day"]), default={})
    signatories = [item.value or {} for item in sheet.of("signatories")]
    all_signed = bool(signatories) and all(one.get("signed") for one in signatories)
    signed = [day for item in sheet.of("signed") if (day := _day((item.value or {}).get("value")))]
    base = (unders[0].register_ref[:75] or "waiver") if unders else "waiver"
    return {
        "under": unders[0].key if unders else "",
        "ref": free(f"{base}-{dated}" if dated else base),
        "executed": max(signed) if signed else on if all_signed else None,
        "effective": _day(sheet.value("effective")) or on,
        "until": _day(end.get("day")),
        "until_text": (end.get("words") or "")[:500],
        "inclusive": end.get("inclusive") is True,
    }


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None
