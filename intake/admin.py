"""What came in and what was said of it, to look at: both change only by going through the review."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from audit.admin import ReadOnlyAdmin
from intake.models import Incoming, Verdict


@admin.register(Incoming)
class IncomingAdmin(ReadOnlyAdmin):
    list_display = ("id", "name", "state", "kind", "desk", "by", "received_at", "waiver")
    list_select_related = ("desk", "by", "waiver")
    list_filter = ("state", "kind")
    exclude = ("file", "text", "places", "draft", "lease")

    def get_queryset(self, request: Any) -> Any:
        rows: Any = super().get_queryset(request)
        return rows.visible_to(request.user).defer("text", "draft", "places")


@admin.register(Verdict)
class VerdictAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor_name", "incoming", "term", "outcome", "words")
    list_select_related = ("incoming",)

    def get_queryset(self, request: Any) -> Any:
        rows: Any = super().get_queryset(request)
        return rows.filter(incoming__in=Incoming.objects.visible_to(request.user))
