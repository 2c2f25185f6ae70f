"""Settings for `manage.py lintmigrations` only: the linter is a development package, which the app does not name."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]
