"""The admin of whatever can change a position: what may be recorded here goes through `operations.record`."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils import timezone

from agreements.admin import OnOwnDesks
from agreements.models import DefaultEvent
from audit.admin import FactAdmin, OwnAdmin, ReadOnlyAdmin, ReasonForm
from audit.models import Fact
from audit.permissions import Permission, may
from notes.models import Deferral, HolderAction, Payment
from waivers.models import (
    Certificate,
    Condition,
    Grantor,
    Pack,
    Receipt,
    SavedView,
    ScopeLine,
    Signatory,
    TerminationNotice,
    Trigger,
    TriggerTarget,
    Waiver,
)
from waivers.operations import instrument_of, record
from waivers.permissions import can_record, check_can_record


class PositionAdmin(OnOwnDesks, FactAdmin):
    """Facts whose every change is evaluated and told at once. `fixed` names what is never edited once recorded."""

    fixed: tuple[str, ...] = ()

    def get_readonly_fields(self, request: Any, obj: Fact | None = None) -> tuple[str, ...]:
        return self.fixed if obj else ()

    def has_add_permission(self, request: Any) -> bool:
        return super().has_add_permission(request) and may(request.user, Permission.RECORD)

    def has_change_permission(self, request: Any, obj: Fact | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or can_record(request.user, instrument_of(obj)))

    def save_model(self, request: Any, obj: Fact, form: ReasonForm, change: bool) -> None:
        by = request.signature
        check_can_record(request.user, instrument_of(obj))
        record(fact=obj, by=by, reason=form.cleaned_data["change_reason"], today=timezone.localdate(by.at))


@admin.register(Payment)
class PaymentAdmin(PositionAdmin):
    list_display = ("ref", "instrument", "kind", "due", "amount", "paid")
    search_fields = ("ref", "instrument__ref")
    list_select_related = ("instrument",)
    raw_id_fields = ("instrument",)
    fixed = ("ref", "instrument", "kind", "due")


@admin.register(HolderAction)
class HolderActionAdmin(PositionAdmin):
    """Verified, disputed, annulled, withdrawn or voided here; recorded on its own page, which shows the effect."""

    list_display = ("ref", "instrument", "kind", "by", "occurred", "reported", "status")
    list_filter = ("kind", "status")
    list_select_related = ("instrument",)
    fixed = ("ref", "instrument", "kind", "by", "occurred")

    def has_add_permission(self, request: Any) -> bool:
        return False


@admin.register(Deferral)
class DeferralAdmin(PositionAdmin):
    list_display = ("payment", "effective", "to", "instrument_title")
    list_select_related = ("payment",)
    raw_id_fields = ("payment",)
    fixed = ("payment", "effective", "to")
    path = "payment__instrument"


@admin.register(DefaultEvent)
class DefaultEventAdmin(PositionAdmin):
    list_display = ("ref", "clause", "event_kind", "occurred", "cured", "status")
    list_select_related = ("clause",)
    raw_id_fields = ("clause",)
    fixed = ("ref", "clause", "event_kind", "occurred")
    path = "clause__instrument"


@admin.register(Waiver)
class WaiverAdmin(PositionAdmin):
    """Execution and lead times only: an end date is never edited to extend a waiver (rule 25)."""

    list_display = ("ref", "instrument", "kind", "executed", "effective_from", "until_date", "until_inclusive")
    search_fields = ("ref", "title")
    list_filter = ("kind",)
    list_select_related = ("instrument",)
    fixed = (
        *("ref", "instrument", "kind", "title", "dated_as_of", "effective_from", "until_date", "until_text"),
        *("until_inclusive", "extends", "text", "document"),
    )

    def has_add_permission(self, request: Any) -> bool:
        return False


@admin.register(Condition)
class ConditionAdmin(PositionAdmin):
    list_display = ("waiver", "number", "text", "satisfied")
    list_select_related = ("waiver",)
    fixed = ("waiver", "number", "text")
    path = "waiver__instrument"

    def has_add_permission(self, request: Any) -> bool:
        return False


@admin.register(TerminationNotice)
class TerminationNoticeAdmin(PositionAdmin):
    list_display = ("ref", "waiver", "given", "effective")
    list_select_related = ("waiver",)
    raw_id_fields = ("waiver",)
    fixed = ("ref", "waiver", "given", "effective")
    path = "waiver__instrument"


@admin.register(Signatory)
class SignatoryAdmin(OnOwnDesks, FactAdmin):
    list_display = ("waiver", "party", "name", "title", "signed")
    raw_id_fields = ("waiver", "party")
    list_select_related = ("waiver", "party")
    path = "waiver__instrument"


@admin.register(Grantor, ScopeLine, Trigger)
class PartsAdmin(OnOwnDesks, ReadOnlyAdmin):
    path = "waiver__instrument"


@admin.register(TriggerTarget)
class TriggerTargetAdmin(OnOwnDesks, ReadOnlyAdmin):
    path = "trigger__waiver__instrument"


@admin.register(SavedView)
class SavedViewAdmin(OwnAdmin):
    list_display = ("owner", "page", "name", "query")


@admin.register(Receipt)
class ReceiptAdmin(OwnAdmin):
    list_display = ("at", "owner", "said", "path")


@admin.register(Pack)
class PackAdmin(OwnAdmin):
    list_display = ("id", "owner", "party", "waiver", "as_of", "known_at", "state", "asked_at")
    list_select_related = ("owner", "party", "waiver")


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    list_display = ("ref", "party", "as_of", "known_at", "at", "actor_name")
    list_select_related = ("party",)

    def get_queryset(self, request: Any) -> Any:
        rows: Any = super().get_queryset(request)
        return rows.visible_to(request.user)
