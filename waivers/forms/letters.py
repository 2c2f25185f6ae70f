"""The creditor's letters, recorded as papers: with the file that was signed, or with the letter drafted here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from agreements.models import LoanDocument
from agreements.operations import check_size, keep_file, name_file
from audit.models import validate_ref
from waivers.forms.facts import FactForm, RowChoice, date_field, free_ref, waiver_words
from waivers.models import Waiver
from waivers.operations import Entry
from waivers.papers.letters import NOTICE, RESERVATION, Letter, NothingToSayError, notice_of_end, reservation_of_rights


class LetterForm(FactForm):
    """A letter that was sent. Its file is the one that was signed, or the letter as drafted here, or none."""

    happened = "dated"
    past = {"dated": "been sent"}
    kind: ClassVar[str]
    short: ClassVar[str]

    dated = date_field("Dated")
    name = forms.CharField(label="Title", max_length=500)
    ref = forms.CharField(
        label="Ref",
        required=False,
        max_length=100,
        validators=[validate_ref],
        help_text="How it is cited. Left empty, it is made of the debt's own.",
    )
    drafted = forms.BooleanField(
        label="Keep the letter as it is drafted here, with this date, as its file",
        required=False,
        help_text="Without the mark of a draft. Only if it was sent as it stands.",
    )
    file = forms.FileField(
        label="The file that was signed",
        required=False,
        help_text="Kept with its SHA-256. Choose it last: it is sent with “Record it”, and a preview does not keep it.",
    )

    def clean_ref(self) -> str:
        ref: str = self.cleaned_data["ref"]
        if ref and LoanDocument.objects.filter(ref=ref).exists():
            raise ValidationError(f"There is a paper {ref} already.")
        return ref

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file is not None:
            check_size(file.name, file.size)
        return file

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("drafted") and data.get("file"):
            self.add_error("file", "The file is the one that was signed, or the letter as drafted here: not both.")
        return data

    def letter(self) -> Letter:
        """The letter as drafted here, on its date, by what is known now. Raises `NothingToSayError`."""
        raise NotImplementedError

    def parent(self) -> LoanDocument | None:
        """The paper under which it lies."""
        return None

    def entry(self) -> Entry:
        data = self.cleaned_data
        paper = LoanDocument(
            ref=data["ref"] or free_ref(LoanDocument, f"{self.instrument.ref}-{self.short}-{data['dated']}"),
            instrument=self.instrument,
            parent=self.parent(),
            kind=self.kind,
            title=data["name"],
            dated_as_of=data["dated"],
        )
        held = self._file_of(paper)
        return replace(self.new(paper), keep=None if held is None else lambda: keep_file(paper, held))

    def _file_of(self, paper: LoanDocument) -> bytes | None:
        """What its file holds, once it is named in the paper; None if it has none."""
        if upload := self.cleaned_data["file"]:
            upload.seek(0)  # it is read once more where the register has changed since the preview
            data: bytes = upload.read()
            name_file(paper, name=upload.name, data=data)
            return data
        if not self.cleaned_data["drafted"]:
            return None
        try:
            letter = self.letter()
        except NothingToSayError as error:
            raise ValidationError({"drafted": f"There is no such letter to keep: {error}"}) from error
        data = letter.pdf(ref=paper.ref)
        name_file(paper, name=f"{paper.ref}.pdf", data=data, words=letter.text(draft=False))
        return data


class ReservationForm(LetterForm):
    title = "A reservation of rights"
    hint = (
        "The creditor's letter that it reserves its rights. It answers the warning of a default that stands unwaived."
    )
    kind, short = RESERVATION, "reservation"

    def choose(self) -> None:
        self.fields["name"].initial = "Reservation of rights"

    def letter(self) -> Letter:
        return reservation_of_rights(self.instrument, as_of=self.cleaned_data["dated"], known_at=self.at)


class NoticeOfEndForm(LetterForm):
    title = "A notice that a waiver ended"
    hint = "The creditor's letter that a waiver has ended. It ends nothing by itself: a termination notice does."
    kind, short = NOTICE, "notice-of-end"

    waiver = RowChoice("Waiver", waiver_words, missing="Choose the waiver that ended.")

    def choose(self) -> None:
        self.rows("waiver", self.instrument.waivers.standing())
        self.fields["name"].initial = "Notice that a waiver ended"
        self.order_fields(["waiver"])

    def letter(self) -> Letter:
        ended: Waiver = self.cleaned_data["waiver"]
        return notice_of_end(self.instrument, ended.ref, as_of=self.cleaned_data["dated"], known_at=self.at)

    def parent(self) -> LoanDocument | None:
        """The waiver's own paper, where it is one of this debt."""
        paper: LoanDocument | None = self.cleaned_data["waiver"].document
        return paper if paper is not None and paper.instrument_id == self.instrument.pk else None

    def path(self) -> str:
        return f"/waivers/{self.cleaned_data['waiver'].ref}/"
