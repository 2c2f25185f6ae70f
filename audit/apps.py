from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        pre_migrate.connect(_lift, sender=self)
        post_migrate.connect(_install, sender=self)
        checks.register(_sealed, deploy=True)


def _sealed(app_configs: Any, **kwargs: Any) -> list[checks.Warning]:
    """In production the record is sealed."""
    if settings.SEAL_KEY:
        return []
    hint = "Make one with `manage.py seal --new-key`, and name in SEAL_TO who keeps the seals."
    return [
        checks.Warning(
            "SEAL_KEY is not set: nothing outside the database vouches for its record.", hint, id="audit.W001"
        )
    ]


def _lift(using: str, **kwargs: Any) -> None:
    from audit import guards

    if connections[using].vendor == "sqlite":
        guards.lift(connections[using])


def _install(using: str, **kwargs: Any) -> None:
    from audit import guards

    guards.install(connections[using])
