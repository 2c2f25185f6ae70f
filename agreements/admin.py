from django.contrib import admin

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
from audit.admin import FactAdmin, ReadOnlyAdmin


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


@admin.register(LoanDocument)
class LoanDocumentAdmin(FactAdmin):
    list_display = ("ref", "title", "kind", "instrument", "dated_as_of")
    search_fields = ("ref", "title")
    raw_id_fields = ("instrument", "parent")
    readonly_fields = ("file", "file_name", "sha256")
    list_select_related = ("instrument",)


@admin.register(Instrument)
class InstrumentAdmin(ReadOnlyAdmin):
    list_display = ("ref", "title", "kind", "principal_outstanding", "currency", "stated_maturity")
    search_fields = ("ref", "title")


@admin.register(CreditAgreement, InstrumentParty, Clause, ClauseReach)
class TermsAdmin(ReadOnlyAdmin):
    pass
