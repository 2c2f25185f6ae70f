"""Who reads what came in is killed, again and again; every document is read in the end, once, and none is lost."""

from __future__ import annotations

import io
import time
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from celery import Celery
from django.utils import timezone

from agreements.models import Desk
from audit.models import User
from audit.signing import sign
from intake.example import load_example
from intake.models import Incoming
from intake.operations import receive
from intake.review import jobs
from tests.faults.world import LONG, end, process, until, worker

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

KILLS = 40 if LONG else 4
DOCUMENTS = 30


def test_whoever_reads_is_killed_and_each_document_is_read_once(tmp_path: Path, settings: Any) -> None:
    settings.VAR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    load_example(datetime(2000, 1, 31, 12, tzinfo=UTC))
    owner, desk, now = User.objects.get(), Desk.objects.get(), timezone.now()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for number in range(DOCUMENTS):
            made.writestr(f"{number:03}.txt", f"WAIVER {number} dated as of May {number % 28 + 1}, 2000 (fictional)\n")
    whole = receive(name="many.zip", data=file.getvalue(), desk=desk, owner=owner, by=sign(owner, now))
    extra = tmp_path / "one.txt"
    extra.write_text("WAIVER (fictional)")
    chance = Random(20000131)
    for number in range(KILLS):
        extra.write_text(f"WAIVER of kill {number} (fictional)")
        running = process(
            *("manage.py", "bring_agreements", str(extra), "--by", owner.username, "--here"),
            STANDSTILL_VAR=str(tmp_path),
        )
        begun = Incoming.objects.exclude(state__in=("waiting", "reading")).count()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and running.poll() is None:
            if Incoming.objects.exclude(state__in=("waiting", "reading")).count() > begun:
                break
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.2))
        running.kill()
        running.wait()
        # What it held is free again once its lease is over.
        Incoming.objects.filter(state="reading").update(lease_expires_at=now - timedelta(minutes=1))
    jobs.read_what_waits(timezone.now)
    parts = list(whole.documents.order_by("name"))
    assert [part.name for part in parts] == [f"{number:03}.txt" for number in range(DOCUMENTS)]
    assert {(part.state, part.fault) for part in parts} == {("read", "")}
    assert [part.draft["dated"]["value"] for part in parts] == [
        f"2000-05-{number % 28 + 1:02}" for number in range(DOCUMENTS)
    ]
    assert not Incoming.objects.filter(state__in=("waiting", "reading")).exists()
    assert not [one for one in Incoming.objects.all() if one.text and not one.file.storage.exists(one.file.name)]


def test_a_zip_goes_through_celery_and_a_broker(tmp_path: Path, settings: Any, broker_url: str) -> None:
    settings.VAR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    load_example(datetime(2000, 1, 31, 12, tzinfo=UTC))
    owner, desk = User.objects.get(), Desk.objects.get()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for number in range(8):
            made.writestr(f"{number}.txt", f"WAIVER {number} dated as of May 1, 2000 (fictional)\n")
    whole = receive(name="many.zip", data=file.getvalue(), desk=desk, owner=owner, by=sign(owner, timezone.now()))
    running = worker("--pool", "solo", REDIS_URL=broker_url, STANDSTILL_VAR=str(tmp_path))
    try:
        with closing(Celery(broker=broker_url)) as client:
            client.send_task("intake.read")
            until(lambda: whole.documents.filter(state="read").count() == 8)
    finally:
        end(running)
    assert Incoming.objects.filter(state__in=("waiting", "reading")).count() == 0
