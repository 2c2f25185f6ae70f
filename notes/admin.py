from django.contrib import admin

from audit.admin import ReadOnlyAdmin
from notes.models import Alias, HolderAction, NoteSeries


@admin.register(NoteSeries, Alias)
class SeriesAdmin(ReadOnlyAdmin):
    pass


@admin.register(HolderAction)
class HolderActionAdmin(ReadOnlyAdmin):
    list_display = ("ref", "instrument", "kind", "by", "occurred", "reported", "status")
    list_filter = ("kind", "status")
    list_select_related = ("instrument",)
