from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile

from agreements.models import (
    Clause,
    ClauseReach,
    CreditAgreement,
    Desk,
    DeskMember,
    Instrument,
    InstrumentParty,
    LoanDocument,
    Party,
)
from agreements.operations import attach_file, check_size
from audit.admin import FactAdmin, ReadOnlyAdmin, ReasonForm


@admin.register(Desk)
class DeskAdmin(FactAdmin):
    list_display = ("ref", "name", "lead_days")


@admin.register(DeskMember)
class DeskMemberAdmin(FactAdmin):
    list_display = ("desk", "user", "is_head")
    list_select_related = ("desk", "user")


@admin.register(Party)
class PartyAdmin(FactAdmin):
    list_display = ("ref", "name", "entity_type", "jurisdiction", "desk")
    search_fields = ("ref", "name")
    list_select_related = ("desk",)


class LoanDocumentForm(ReasonForm):
    """A paper, with its file."""

    upload = forms.FileField(required=False, help_text="The paper itself. It is kept with its SHA-256.")

    def clean_upload(self) -> UploadedFile | None:
        upload = self.cleaned_data["upload"]
        if upload is not None:
            check_size(upload.name, upload.size)
        return upload


@admin.register(LoanDocument)
class LoanDocumentAdmin(FactAdmin):
    form = LoanDocumentForm
    list_display = ("ref", "title", "kind", "instrument", "dated_as_of")
    search_fields = ("ref", "title")
    raw_id_fields = ("instrument", "parent")
    fields = (
        "ref",
        "instrument",
        "parent",
        "kind",
        "title",
        "dated_as_of",
        "upload",
        "file_name",
        "sha256",
        "change_reason",
    )
    readonly_fields = ("file_name", "sha256")
    list_select_related = ("instrument",)

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        upload, reason = form.cleaned_data["upload"], form.cleaned_data["change_reason"]
        if upload is not None:
            attach_file(document=obj, name=upload.name, data=upload.read(), by=request.signature, reason=reason)


@admin.register(Instrument)
class InstrumentAdmin(ReadOnlyAdmin):
    list_display = ("ref", "title", "kind", "principal_outstanding", "currency", "stated_maturity")
    search_fields = ("ref", "title")


@admin.register(CreditAgreement, InstrumentParty, Clause, ClauseReach)
class TermsAdmin(ReadOnlyAdmin):
    pass
