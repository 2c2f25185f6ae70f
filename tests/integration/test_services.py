"""The services that the tests stand on are real, and set up as in use."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from celery import Celery
from django.db import connection
from django.db.models.functions import Now

from audit.models import User
from config.run import ROOT

SECONDS = 30


@pytest.fixture
def worker(broker_url: str, tmp_path: Path) -> Iterator[str]:
    """A Celery worker of ours as a process of its own; gives the broker's URL once the process is started."""
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "solo", "--loglevel", "WARNING"]
    environment = {**os.environ, "REDIS_URL": broker_url, "STANDSTILL_VAR": str(tmp_path)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        yield broker_url
    finally:
        process.terminate()
        process.wait(SECONDS)


@pytest.mark.broker
@pytest.mark.slow
def test_a_worker_process_takes_what_is_sent_over_the_broker(worker: str) -> None:
    deadline = time.monotonic() + SECONDS
    with closing(Celery(broker=worker)) as client:
        answers: list[dict[str, dict[str, str]]] = []
        while not answers and time.monotonic() < deadline:
            answers = client.control.ping(timeout=0.5)
    assert [list(answer.values()) for answer in answers] == [[{"ok": "pong"}]]


@pytest.mark.django_db
def test_the_database_keeps_what_it_is_given() -> None:
    user = User.objects.create_user("officer")
    assert User.objects.filter(date_joined__lte=Now()).get() == user


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite")
def test_sqlite_is_a_file_with_a_write_ahead_log_as_in_use() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)


@pytest.mark.postgres
@pytest.mark.django_db
def test_postgresql_is_a_supported_version() -> None:
    assert connection.pg_version >= 14_00_00
