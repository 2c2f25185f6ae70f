"""The Celery application. Tasks only wake workers: no business date rides on a message."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("standstill")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def _catch_up(**kwargs: Any) -> None:
    """After a stop, do at once what beat would ask for at its next interval."""
    for name in ("waivers.sweep", "alerts.canary", "alerts.dispatch", "waivers.reckon", "audit.seal"):
        app.send_task(name)
