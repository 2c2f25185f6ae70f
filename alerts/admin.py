from typing import Any

from django.contrib import admin

from alerts.models import Alert, Attempt, CalendarFeed, Heartbeat
from audit.admin import OwnAdmin, ReadOnlyAdmin
from audit.models import Role


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ("id", "about", "kind", "version", "recipient", "state", "late", "raised_for", "note")
    list_filter = ("state", "kind")
    list_select_related = ("recipient",)

    def get_queryset(self, request: Any) -> Any:
        rows = super().get_queryset(request)
        sees_all = request.user.is_superuser or request.user.role in (Role.ADMINISTRATOR, Role.AUDITOR)
        return rows if sees_all else rows.filter(recipient=request.user)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    def get_queryset(self, request: Any) -> Any:
        rows = super().get_queryset(request)
        sees_all = request.user.is_superuser or request.user.role in (Role.ADMINISTRATOR, Role.AUDITOR)
        return rows if sees_all else rows.filter(alert__recipient=request.user)


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    pass


@admin.register(CalendarFeed)
class CalendarFeedAdmin(OwnAdmin):
    list_display = ("owner", "opaque", "made_at", "expires_at", "revoked_at", "used_at")
    exclude = ("token_hash",)
