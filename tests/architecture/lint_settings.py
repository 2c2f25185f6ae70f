"""Settings for `manage.py lintmigrations` only: the linter is a development package, which the app does not name."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]
# The tables of an initial migration are empty: what would lock or break a full one does no harm there.
MIGRATION_LINTER_OPTIONS = {"ignore_name_contains": "_initial", "no_cache": True}
