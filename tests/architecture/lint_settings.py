"""Settings for `manage.py lintmigrations` only: the linter is a development package, which the app does not name."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]
# The tables of an initial migration are empty: what would lock or break a full one does no harm there.
# 0003 adds a column with a default of the database, which locks nothing; the linter reads SQLite's rebuilt table as
# one without.
MIGRATION_LINTER_OPTIONS = {
    "ignore_name_contains": "_initial",
    "ignore_name": ["0003_officer_and_words"],
    "no_cache": True,
}
