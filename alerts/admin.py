from typing import Any

from django import forms
from django.contrib import admin

from alerts.channels.webhook import signing_key
from alerts.models import Act, Alert, Attempt, CalendarFeed, Heartbeat, Preference, Subscription, Webhook
from alerts.register import register
from audit.admin import OwnAdmin, ReadOnlyAdmin
from audit.models import Role
from audit.querysets import keeps


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ("id", "about", "kind", "version", "recipient", "webhook", "state", "late", "raised_for", "note")
    list_filter = ("state", "kind")
    list_select_related = ("recipient", "webhook")

    def get_queryset(self, request: Any) -> Any:
        rows = super().get_queryset(request)
        return rows if keeps(request.user) else rows.filter(recipient=request.user)


class OfAlertAdmin(ReadOnlyAdmin):
    """What hangs on an alert is seen by whoever sees the alert."""

    def get_queryset(self, request: Any) -> Any:
        rows = super().get_queryset(request)
        return rows if keeps(request.user) else rows.filter(alert__recipient=request.user)


@admin.register(Attempt)
class AttemptAdmin(OfAlertAdmin):
    list_display = ("alert", "number", "begun_at", "ended_at", "outcome", "detail")
    list_select_related = ("alert",)


@admin.register(Act)
class ActAdmin(OfAlertAdmin):
    list_display = ("alert", "kind", "at", "by", "said")
    list_select_related = ("alert", "by")


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("name", "at", "counts")


@admin.register(CalendarFeed)
class CalendarFeedAdmin(OwnAdmin):
    list_display = ("owner", "opaque", "made_at", "expires_at", "revoked_at", "used_at")
    exclude = ("token_hash",)


@admin.register(Preference)
class PreferenceAdmin(OwnAdmin):
    list_display = ("owner", "follows_desks", "daily", "quiet_from", "quiet_until", "away_from", "away_until", "deputy")


@admin.register(Subscription)
class SubscriptionAdmin(OwnAdmin):
    list_display = ("owner", "topic", "kinds", "lead_days", "daily")


class WebhookForm(forms.ModelForm):
    url = forms.URLField(max_length=500, assume_scheme="https")

    class Meta:
        model = Webhook
        fields = ("ref", "url", "topic", "kinds", "headings", "can_look_up", "generation", "is_active")


@admin.register(Webhook)
class WebhookAdmin(admin.ModelAdmin):
    """Set up by an administrator: what it is told of leaves the register."""

    form = WebhookForm
    list_display = ("ref", "url", "topic", "kinds", "headings", "is_active")
    readonly_fields = ("key_that_signs",)

    @admin.display(description="Key that signs", empty_value="shown once it is saved")
    def key_that_signs(self, webhook: Webhook) -> str | None:
        return signing_key(webhook) if webhook.pk else None

    def has_module_permission(self, request: Any) -> bool:
        return _administers(request)

    def has_view_permission(self, request: Any, obj: Webhook | None = None) -> bool:
        return _administers(request)

    def has_add_permission(self, request: Any) -> bool:
        return _administers(request)

    def has_change_permission(self, request: Any, obj: Webhook | None = None) -> bool:
        return _administers(request)

    def has_delete_permission(self, request: Any, obj: Webhook | None = None) -> bool:
        return False  # its alerts name it; switch it off instead

    def save_model(self, request: Any, obj: Webhook, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        register().look_again([obj.topic])


def _administers(request: Any) -> bool:
    return request.user.is_active and (request.user.is_superuser or request.user.role == Role.ADMINISTRATOR)
