"""What else goes wrong: a sender that sleeps past its lease, a broker that forgets, a database that falls over, a mail
server that refuses and hangs, and too many who do the same at once."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import date
from pathlib import Path
from random import Random

import pytest
from celery import Celery
from django.db import connection, transaction
from django.utils import timezone
from redis import Redis

from alerts.models import Alert, Attempt
from alerts.operations import raise_alerts
from alerts.register import Audience
from audit.models import User
from audit.signing import sign_for_the_system
from intake.portfolio.load import import_portfolio
from tests import services
from tests.factories import DeskMemberFactory, UserFactory
from tests.faults.world import (
    LAST_DAY,
    LONG,
    NOW,
    QUICKLY,
    borrowers,
    end,
    letter,
    process,
    put_to_sleep,
    told,
    until,
    worker,
)
from tests.integration.alerts.sink import Sink, smtp_sink
from waivers.positions import all_groups
from waivers.sweeps import reckon, sweep

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def raised(count: int) -> User:
    to = UserFactory()
    letters = [(letter(number), Audience(desk=(to,))) for number in range(count)]
    raise_alerts(letters, raised_for=NOW.date(), at=NOW)
    return to


def environment(broker_url: str, sink: Sink, tmp_path: Path, **more: str) -> dict[str, str]:
    return {
        "REDIS_URL": broker_url,
        "STANDSTILL_VAR": str(tmp_path),
        "ALERT_LEASE_SECONDS": "2",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(sink.port),
        **more,
    }


def all_accepted() -> bool:
    return not Alert.objects.exclude(state="accepted").exists()


def loaded(count: int) -> set[tuple[str, str, str]]:
    """So many borrowers on a desk; what a sweep that nothing disturbs raises for the last day."""
    member = DeskMemberFactory()
    by = sign_for_the_system("test", NOW)
    import_portfolio(borrowers(count), by=by, reason="test", monitored_from=date(2024, 1, 1), desk=member.desk)
    with transaction.atomic():
        sweep(all_groups(), LAST_DAY, at=NOW)
        undisturbed = keys()
        transaction.set_rollback(True)
    return undisturbed


def keys() -> set[tuple[str, str, str]]:
    return set(Alert.objects.values_list("about", "kind", "version"))


@pytest.mark.broker
def test_a_sender_that_sleeps_past_its_lease_is_taken_over_and_not_heard_when_it_wakes(
    broker_url: str, tmp_path: Path
) -> None:
    raised(60)
    with smtp_sink(pause=0.01) as sink, closing(Celery(broker=broker_url)) as client, ExitStack() as stack:
        sleeper = worker("--pool", "solo", **environment(broker_url, sink, tmp_path))
        stack.callback(end, sleeper)
        client.send_task("alerts.dispatch")
        until(lambda: len(sink.got) > 3)
        put_to_sleep(sleeper)
        claimed = Alert.objects.filter(state="sending").count()
        time.sleep(2.2)
        taker = worker("--pool", "solo", **environment(broker_url, sink, tmp_path))
        stack.callback(end, taker)

        def done() -> bool:
            client.send_task("alerts.dispatch")
            return all_accepted()

        until(done, every=0.3)
        sleeper.send_signal(signal.SIGCONT)
        time.sleep(1)
        repeats = {key: times - 1 for key, times in Counter(sink.ids()).items() if times > 1}
    assert claimed > 0
    assert len(set(sink.ids())) == 60
    assert sum(repeats.values()) <= 1, "only the one under way when it fell asleep"
    assert all(Alert.objects.get(message_id=key).possible_repeat for key in repeats)
    assert all_accepted()


@pytest.mark.broker
def test_a_broker_that_forgets_and_is_begun_anew_loses_no_alert(tmp_path: Path) -> None:
    raised(200)
    with services.valkey_that_restarts() as (url, restart), smtp_sink(pause=0.005) as sink, ExitStack() as stack:
        beating = {"DISPATCH_SECONDS": "1", "SWEEP_SECONDS": "600"}
        (tmp_path / "run").mkdir()
        for command in (("worker", "--pool", "solo", *QUICKLY), ("beat", "--loglevel", "ERROR")):
            running = process("-m", "celery", "-A", "config", *command, **environment(url, sink, tmp_path, **beating))
            stack.callback(end, running)
        until(lambda: len(sink.got) > 20)
        with closing(Redis.from_url(url.replace("redis+socket", "unix"))) as redis:
            redis.flushall()
        restart()
        until(all_accepted, 90, every=0.2)
        assert Counter(sink.ids()).most_common(1)[0][1] <= 2
    assert len(set(sink.ids())) == 200


@pytest.mark.postgres
def test_a_database_that_falls_over_in_mid_sweep_leaves_nothing_half_raised(tmp_path: Path) -> None:
    undisturbed = loaded(900)
    with connection.cursor() as cursor:
        # The tests' server is told to be quick; here a commit must be in the log before it is answered, as in use.
        cursor.execute(f'ALTER DATABASE "{connection.settings_dict["NAME"]}" SET synchronous_commit TO on')
    running = process("manage.py", "sweep", "--as-of", str(LAST_DAY), STANDSTILL_VAR=str(tmp_path))
    until(lambda: Alert.objects.exists() or running.poll() is not None)
    fall_over()
    assert running.wait(60) != 0, "the sweep had its connection cut"
    with recovered():
        partly = keys()
    assert set() < partly < undisturbed
    assert len(partly) % 2 == 0, "a part of a sweep is there as a whole or not at all"
    again = process("manage.py", "sweep", "--as-of", str(LAST_DAY), STANDSTILL_VAR=str(tmp_path))
    assert again.wait(120) == 0
    assert keys() == undisturbed


def fall_over() -> None:
    """Kill a process of the server itself: it drops every connection and recovers from its log, as after a crash."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        [victim, *_] = [pid for (pid,) in cursor.fetchall()]
    os.kill(victim, signal.SIGKILL)


@contextmanager
def recovered() -> Iterator[None]:
    """Our own connection is lost too; go on once the server takes new ones."""
    connection.close()

    def answers() -> bool:
        try:
            connection.ensure_connection()
            Alert.objects.exists()
        except Exception:  # noqa: BLE001 (whatever a server says that is just being begun)
            connection.close()
            return False
        return True

    until(answers, every=0.2)
    yield


@pytest.mark.broker
def test_a_mail_server_that_refuses_hangs_and_breaks_off_gets_every_alert_in_the_end(
    broker_url: str, tmp_path: Path
) -> None:
    raised(80)
    chance = Random(1)
    bad = ["451 Busy", "450 Greylisted", "drop", "hang", "ok"]
    answers = [chance.choice(bad) for _ in range(60)]
    with smtp_sink(answers=answers) as sink, closing(Celery(broker=broker_url)) as client, ExitStack() as stack:
        stack.callback(end, worker("--pool", "solo", **environment(broker_url, sink, tmp_path)))

        def done() -> bool:
            Alert.objects.filter(state="pending").update(next_attempt_at=NOW)  # not to wait for each pause
            client.send_task("alerts.dispatch")
            return all_accepted()

        until(done, 120, every=0.3)
        times = Counter(sink.ids())
    assert len(times) == 80
    twice = [key for key, number in times.items() if number > 1]
    assert all(Alert.objects.get(message_id=key).possible_repeat for key in twice)
    assert Attempt.objects.filter(outcome="pending").count() > 20


@pytest.mark.broker
@pytest.mark.postgres
def test_two_beats_three_dispatchers_and_overlapping_sweeps_are_as_if_one(broker_url: str, tmp_path: Path) -> None:
    loaded(150)
    with smtp_sink() as sink, ExitStack() as stack:
        often = environment(
            broker_url, sink, tmp_path, DISPATCH_SECONDS="1", SWEEP_SECONDS="1", ALERT_LEASE_SECONDS="60"
        )
        for number in range(3):
            stack.callback(end, worker("--concurrency", "2", "--hostname", f"w{number}@here", **often))
        for number in range(2):
            schedule = str(tmp_path / f"beat-{number}")
            beat = process(
                "-m", "celery", "-A", "config", "beat", "--loglevel", "ERROR", "--schedule", schedule, **often
            )
            stack.callback(end, beat)
        until(lambda: Alert.objects.exclude(kind="canary").exists() and all_accepted(), 120, every=0.3)
        time.sleep(3)
        until(all_accepted)
    told_once = Alert.objects.exclude(kind="canary")
    assert sorted(Counter(sink.ids()).values()) == [1] * told_once.count()
    now = timezone.now()
    assert reckon(timezone.localdate(now), at=now)[1] == 0, "what is due was raised"
    assert told_once.count() == len(set(told_once.values_list("about", "kind", "version", "recipient")))


@pytest.mark.broker
@pytest.mark.postgres
@pytest.mark.skipif(not LONG, reason="only with `make faults`: it takes two minutes of a quiet machine")
def test_ten_thousand_alerts_due_in_one_minute_are_drained_by_two_workers_in_two(
    broker_url: str, tmp_path: Path
) -> None:
    raised(10_000)
    with smtp_sink() as sink, closing(Celery(broker=broker_url)) as client, ExitStack() as stack:
        whole = environment(broker_url, sink, tmp_path, ALERT_LEASE_SECONDS="300")
        for number in range(2):
            stack.callback(end, worker("--pool", "solo", "--hostname", f"w{number}@here", **whole))
        started = time.monotonic()
        for _ in range(4):
            client.send_task("alerts.dispatch")

        def done() -> bool:
            client.send_task("alerts.dispatch")
            return all_accepted()

        until(done, 300, every=1)
        taken = time.monotonic() - started
    told(f"10,000 alerts drained by two workers in {taken:.0f} s, their start included")
    assert len(set(sink.ids())) == 10_000
    assert len(sink.ids()) == 10_000, "each once"
