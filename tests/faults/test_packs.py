"""Who builds a pack is killed, again and again; whoever comes next goes on, and what comes out proves itself."""

from __future__ import annotations

import subprocess
import sys
import time
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from agreements.models import LoanDocument, Party
from agreements.operations import attach_file
from audit.models import User
from audit.signing import sign, sign_for_the_system
from intake.example import load_example
from tests.factories import LoanDocumentFactory
from tests.faults.world import LONG, process, told
from waivers.models import Pack
from waivers.packs import jobs

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

KILLS = 60 if LONG else 6
PAPERS = 80


def test_a_pack_whose_builders_are_killed_is_finished_and_verifies(tmp_path: Path, settings: Any) -> None:
    settings.VAR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    load_example(datetime(2000, 1, 31, 12, tzinfo=UTC))
    owner, lexington = User.objects.get(), Party.objects.get(ref="lpc")
    by, debt = sign_for_the_system("test", datetime(2000, 2, 1, tzinfo=UTC)), LoanDocument.objects.first().instrument
    for number in range(PAPERS):
        paper = LoanDocumentFactory(ref=f"paper-{number}", instrument=debt)
        attach_file(document=paper, name="paper.txt", data=bytes(100_000) + bytes([number]), by=by, reason="test")
    now = timezone.now()
    when = {"party": lexington, "as_of": date(2000, 5, 15), "known_at": now, "by": sign(owner, now), "owner": owner}
    pack = jobs.order_pack(**when, waiver=None)
    chance, done = Random(20000131), set()
    for _ in range(KILLS):
        running = process("manage.py", "build_packs", STANDSTILL_VAR=str(tmp_path))
        before = Pack.objects.get(pk=pack.pk).done
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and running.poll() is None:
            found = Pack.objects.get(pk=pack.pk)
            if found.state == "working" and found.done > before and found.done < PAPERS:
                break
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.03))
        running.kill()
        running.wait()
        found = Pack.objects.get(pk=pack.pk)
        if found.state == "done":
            break
        done.add(found.done)
        # As if its lease were over; whoever comes further than anybody before begins to count the tries anew.
        Pack.objects.filter(pk=pack.pk).update(lease_expires_at=timezone.now() - timedelta(minutes=1))
    last = process("manage.py", "build_packs", STANDSTILL_VAR=str(tmp_path))
    assert last.wait(120) == 0
    pack.refresh_from_db()
    assert (pack.state, pack.fault) == ("done", ""), pack.doing
    assert len(done) > 1, f"it was killed in the middle, at {done}"
    told(f"a pack whose builders were killed at {sorted(done)} of {pack.steps} files: finished")
    with zipfile.ZipFile(pack.file.path) as whole:
        assert whole.testzip() is None
        whole.extractall(tmp_path / "unpacked")
    verified = subprocess.run(
        [sys.executable, "-I", "verify.py"],
        cwd=tmp_path / "unpacked" / pack.name,
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout
