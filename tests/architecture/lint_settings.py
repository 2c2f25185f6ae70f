"""Settings for `manage.py lintmigrations` only: the linter is a development package, which the app does not name."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]
# The tables of an initial migration are empty: what would lock or break a full one does no harm there.
# The others named add columns with a default, which locks nothing; the linter reads SQLite's rebuilt table as one
# without. While they run nothing else does (docs/operations.md, "Upgrade").
MIGRATION_LINTER_OPTIONS = {
    "ignore_name_contains": "_initial",
    "ignore_name": ["0003_officer_and_words", "0006_sweeps_and_subjects", "0004_pipeline"],
    "no_cache": True,
}
