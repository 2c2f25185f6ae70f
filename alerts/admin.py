from django.contrib import admin

from alerts.models import Alert, Attempt, Heartbeat
from audit.admin import ReadOnlyAdmin


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ("id", "about", "kind", "version", "recipient", "state", "late", "raised_for", "note")
    list_filter = ("state", "kind")
    list_select_related = ("recipient",)


@admin.register(Attempt, Heartbeat)
class PulseAdmin(ReadOnlyAdmin):
    pass
