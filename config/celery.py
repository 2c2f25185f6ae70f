"""The Celery application. Tasks only wake workers: no business date rides on a message."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("standstill")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
