from django.contrib import admin

from audit.admin import ReadOnlyAdmin
from notes.models import Alias, NoteSeries


@admin.register(NoteSeries, Alias)
class SeriesAdmin(ReadOnlyAdmin):
    pass
