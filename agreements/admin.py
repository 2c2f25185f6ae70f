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
    list_display = ("ref", "name", "entity_type", "jurisdiction", "desk", "officer")
    search_fields = ("ref", "name")
    list_select_related = ("desk", "officer")

    def get_readonly_fields(self, request: Any, obj: Party | None = None) -> tuple[str, ...]:
        return ("ref",) if obj else ()


class OnOwnDesks(admin.ModelAdmin):
    """Rows, and what they may point to, of the user's own desks; `path` leads from the row to its instrument."""

    path = "instrument"

    def get_queryset(self, request: Any) -> Any:
        mine = Instrument.objects.visible_to(request.user)
        return super().get_queryset(request).filter(**{f"{self.path}__in": mine})

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        mine = Instrument.objects.visible_to(request.user)
        model = db_field.related_model
        if model is Instrument:
            kwargs["queryset"] = mine
        elif any(field.name == "instrument" for field in model._meta.get_fields()):
            kwargs["queryset"] = model.objects.filter(instrument__in=mine)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class LoanDocumentForm(ReasonForm):
    """A paper, with its file."""

    upload = forms.FileField(required=False, help_text="The paper itself. It is kept with its SHA-256.")

    def clean_upload(self) -> UploadedFile | None:
        upload = self.cleaned_data["upload"]
        if upload is not None:
            check_size(upload.name, upload.size)
        return upload


@admin.register(LoanDocument)
class LoanDocumentAdmin(OnOwnDesks, FactAdmin):
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
class InstrumentAdmin(OnOwnDesks, ReadOnlyAdmin):
    list_display = ("ref", "title", "kind", "principal_outstanding", "currency", "stated_maturity")
    search_fields = ("ref", "title")
    path = "pk"


@admin.register(CreditAgreement, InstrumentParty, Clause)
class TermsAdmin(OnOwnDesks, ReadOnlyAdmin):
    pass


@admin.register(ClauseReach)
class ClauseReachAdmin(OnOwnDesks, ReadOnlyAdmin):
    path = "clause__instrument"
