"""The plain admin. Facts are signed when they are changed here; what must go through an operation is read-only."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db import models

from audit.models import Export, ExportEnd, Fact, Link, Seal, User
from audit.querysets import keeps
from audit.signing import signed


class ReadOnlyAdmin(admin.ModelAdmin):
    """All can be looked at, nothing changed: writes of these go through an operation."""

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False


class OwnAdmin(ReadOnlyAdmin):
    """What people arranged for themselves: each sees their own, and whoever keeps or audits the register all of it."""

    def get_queryset(self, request: Any) -> models.QuerySet:
        rows = super().get_queryset(request)
        return rows if keeps(request.user) else rows.filter(owner=request.user)


class ReasonForm(forms.ModelForm):
    """Every change says why."""

    change_reason = forms.CharField(
        max_length=500, label="Reason", help_text="Why it is recorded or changed. Kept in the history."
    )


class FactAdmin(admin.ModelAdmin):
    """Facts that may be corrected here, each under the person's signature and with a reason; none is deleted."""

    form = ReasonForm

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def save_model(self, request: Any, obj: Fact, form: ReasonForm, change: bool) -> None:
        with signed(request.signature, form.cleaned_data["change_reason"]):
            obj.save()

    def get_queryset(self, request: Any) -> models.QuerySet:
        rows = super().get_queryset(request)
        return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows


@admin.register(User)
class PersonAdmin(UserAdmin):
    """People: disabled, never deleted."""

    fieldsets = (*(UserAdmin.fieldsets or ()), ("Standstill", {"fields": ("role",)}))
    list_display = ("username", "email", "role", "is_active", "is_staff")

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor_name", "what", "filter", "as_of", "known_at", "path")
    list_filter = ("what",)

    def get_queryset(self, request: Any) -> models.QuerySet:
        rows: Any = super().get_queryset(request)
        return rows.visible_to(request.user)


@admin.register(ExportEnd)
class ExportEndAdmin(ReadOnlyAdmin):
    list_display = ("export", "at", "rows", "size", "sha256", "complete")
    list_select_related = ("export",)

    def get_queryset(self, request: Any) -> models.QuerySet:
        return super().get_queryset(request).filter(export__in=Export.objects.visible_to(request.user))


class KeepersAdmin(ReadOnlyAdmin):
    """For whoever keeps or audits the register."""

    def get_queryset(self, request: Any) -> models.QuerySet:
        rows = super().get_queryset(request)
        return rows if keeps(request.user) else rows.none()


@admin.register(Link)
class LinkAdmin(KeepersAdmin):
    list_display = ("number", "kind", "row", "at", "hash")
    show_full_result_count = False


@admin.register(Seal)
class SealAdmin(KeepersAdmin):
    list_display = ("at", "links", "head", "public_key")
