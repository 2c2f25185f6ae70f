"""Real processes are killed in the middle of their work; what they leave is what others finish.

A worker under a lease of two seconds stands for one under five minutes: the moments at which it can die are the same.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from celery import Celery
from django.db import connection, transaction

from alerts.letters import Letter
from alerts.models import Alert, Attempt
from alerts.operations import raise_alerts
from alerts.register import Audience
from audit.signing import sign_for_the_system
from config.run import ROOT
from intake.portfolio.load import import_portfolio
from tests.factories import DeskMemberFactory, UserFactory
from tests.integration.alerts.sink import Sink, smtp_sink
from waivers.positions import all_groups
from waivers.sweeps import sweep

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

KILLS, ALERTS = 10, 300
QUICKLY = ("--loglevel", "ERROR", "--without-mingle", "--without-gossip", "--without-heartbeat")
NOW = datetime(2024, 6, 1, tzinfo=UTC)
LAST_DAY = date(2024, 8, 31)


def process(*command: str, **environment: str) -> subprocess.Popen[bytes]:
    """A process of ours on the tests' own database."""
    name = connection.settings_dict["NAME"]
    url = f"sqlite:///{name}"
    if connection.vendor == "postgresql":
        url = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url, "LOG_LEVEL": "ERROR", **environment},
        stderr=subprocess.DEVNULL,
    )


def until(true: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def letter(number: int) -> Letter:
    said = {"heading": f"w-{number} ends", "what": "-", "why": ("-",), "sources": ("-",), "todo": "-", "path": "/"}
    day = LAST_DAY
    return Letter(about=f"waiver:{number}", kind="k", version="v", contractual_date=day, reading="", due=day, **said)


@pytest.mark.broker
def test_a_worker_killed_ten_times_loses_no_alert_and_says_of_each_repeat_that_it_may_be_one(
    broker_url: str, tmp_path: Path
) -> None:
    to = UserFactory()
    raise_alerts([(letter(number), Audience(desk=(to,))) for number in range(ALERTS)], raised_for=NOW.date(), at=NOW)
    with smtp_sink(pause=0.005) as sink, closing(Celery(broker=broker_url)) as client:
        environment = {
            "REDIS_URL": broker_url,
            "STANDSTILL_VAR": str(tmp_path),
            "ALERT_LEASE_SECONDS": "2",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(sink.port),
        }
        chance = random.Random(20000131)
        for round_ in range(KILLS + 1):
            command = ("-m", "celery", "-A", "config", "worker", "--pool", "solo", *QUICKLY)
            worker = process(*command, **environment)
            try:
                if round_ < KILLS:
                    _kill_while_it_sends(worker, sink, client, chance)
                else:
                    _let_it_finish(client)
            finally:
                worker.kill()
                worker.wait()
    sent = Counter(sink.ids())
    repeated = {message_id: times - 1 for message_id, times in sent.items() if times > 1}
    alerts = {alert.message_id: alert for alert in Alert.objects.all()}
    assert set(alerts) == set(sent), "each was accepted, under the Message-ID that arrived"
    assert {alert.state for alert in alerts.values()} == {"accepted"}
    assert sum(repeated.values()) <= KILLS
    assert all(alerts[message_id].possible_repeat for message_id in repeated)
    assert Attempt.objects.filter(outcome="").count() >= KILLS, "the worker was killed while it had claimed alerts"


def _kill_while_it_sends(worker: subprocess.Popen, sink: Sink, client: Celery, chance: random.Random) -> None:
    before = len(sink.got)
    client.send_task("alerts.dispatch")

    def sends() -> bool:
        assert worker.poll() is None
        return len(sink.got) > before or not Alert.objects.exclude(state="accepted").exists()

    until(sends)
    time.sleep(chance.uniform(0, 0.15))
    worker.kill()


def _let_it_finish(client: Celery) -> None:
    def done() -> bool:
        client.send_task("alerts.dispatch")
        time.sleep(0.5)
        return not Alert.objects.exclude(state="accepted").exists()

    until(done)


def borrowers(count: int) -> dict[str, object]:
    """So many borrowers, each with a loan and a waiver that ends within the week."""
    numbers = range(count)
    return {
        "format": "standstill/portfolio/1",
        "title": "Many mills (fictional)",
        "parties": [{"ref": "bank", "name": "Bank (fictional)"}]
        + [{"ref": f"mill-{number}", "name": f"Mill {number} (fictional)"} for number in numbers],
        "agreements": [
            {
                "ref": f"loan-{number}",
                "title": "Loan",
                "dated_as_of": "2020-01-01",
                "obligors": [f"mill-{number}"],
                "lenders": ["bank"],
                "events_of_default": [{"ref": "missed", "kind": "payment"}],
                "payments": [{"ref": "coupon", "kind": "interest", "due": "2024-05-01"}],
            }
            for number in numbers
        ],
        "waivers": [
            {
                "ref": f"waiver-{number}",
                "instrument": f"loan-{number}",
                "granted_by": ["bank"],
                "kind": "waiver",
                "title": "Waiver",
                "dated_as_of": "2024-05-01",
                "executed": "2024-05-01",
                "effective_from": "2024-05-01",
                "until": {"date": str(LAST_DAY), "inclusive": True},
                "covers": [{"failure_to_pay": {"instruments": [f"loan-{number}"]}}],
            }
            for number in numbers
        ],
    }


def keys() -> set[tuple[str, str, str]]:
    return set(Alert.objects.values_list("about", "kind", "version"))


def test_a_sweep_that_is_killed_and_run_again_raises_what_one_that_was_never_killed_does(tmp_path: Path) -> None:
    member = DeskMemberFactory()
    by = sign_for_the_system("test", NOW)
    import_portfolio(borrowers(900), by=by, reason="test", monitored_from=date(2024, 1, 1), desk=member.desk)
    with transaction.atomic():
        sweep(all_groups(), LAST_DAY, at=NOW)
        never_killed = keys()
        transaction.set_rollback(True)
    assert len(never_killed) == 2 * 900  # for each borrower the waiver that ends, and the coupon that was due
    partly = set()
    for pause in (0.0, 0.02, 0.1):
        before = Alert.objects.count()
        running = process("manage.py", "sweep", "--as-of", str(LAST_DAY), STANDSTILL_VAR=str(tmp_path))
        with suppress(AssertionError):
            until(lambda then=before, it=running: Alert.objects.count() > then or it.poll() is not None)
        time.sleep(pause)
        running.kill()
        running.wait()
        partly.add(Alert.objects.count())
        assert keys() < never_killed or keys() == never_killed
    assert partly & set(range(1, len(never_killed))), f"no sweep was killed in the middle: {partly}"
    again = process("manage.py", "sweep", "--as-of", str(LAST_DAY), STANDSTILL_VAR=str(tmp_path))
    assert again.wait(60) == 0
    assert keys() == never_killed
    assert Alert.objects.count() == len(never_killed)
