from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        pre_migrate.connect(_lift, sender=self)
        post_migrate.connect(_install, sender=self)


def _lift(using: str, **kwargs: Any) -> None:
    from audit import guards

    if connections[using].vendor == "sqlite":
        guards.lift(connections[using])


def _install(using: str, **kwargs: Any) -> None:
    from audit import guards

    guards.install(connections[using])
