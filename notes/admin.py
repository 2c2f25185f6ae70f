from django.contrib import admin

from agreements.admin import OnOwnDesks
from audit.admin import ReadOnlyAdmin
from notes.models import Alias, NoteSeries


@admin.register(NoteSeries, Alias)
class SeriesAdmin(OnOwnDesks, ReadOnlyAdmin):
    pass
