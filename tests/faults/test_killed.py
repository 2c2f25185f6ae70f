"""Real processes are killed in the middle of their work; what they leave is what others finish.

A worker under a lease of seconds stands for one under five minutes: the moments at which it can die are the same.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from random import Random

import pytest
from celery import Celery
from django.db import transaction
from django.db.models import Sum

from alerts.models import Alert, Attempt
from alerts.operations import raise_alerts
from alerts.register import Audience
from audit.signing import sign_for_the_system
from intake.portfolio.load import import_portfolio
from tests.factories import DeskMemberFactory, UserFactory, WebhookFactory
from tests.faults.world import LAST_DAY, LONG, NOW, Workers, borrowers, hook, letter, process, told, until
from tests.integration.alerts.sink import smtp_sink
from waivers.positions import all_groups
from waivers.sweeps import sweep

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

KILLS, ALERTS = (1000, 30_000) if LONG else (20, 600)
RAISED_AT_ONCE = 2000


def wait_for(client: Celery, limit: float) -> None:
    def done() -> bool:
        client.send_task("alerts.dispatch")
        return not Alert.objects.exclude(state="accepted").exists()

    until(done, limit, every=0.5)


@pytest.mark.broker
def test_workers_killed_at_random_lose_no_alert_and_say_of_each_repeat_that_it_may_be_one(
    broker_url: str, tmp_path: Path
) -> None:
    """Half of the alerts go by mail, where a repeat is possible; half to a webhook that can be asked, where none is."""
    to = UserFactory()
    started, chance, raised = time.monotonic(), Random(20000131), 0
    with smtp_sink() as sink, hook() as other, closing(Celery(broker=broker_url)) as client:
        WebhookFactory(url=other.url, topic="desk:faults", can_look_up=True)
        environment = {
            "REDIS_URL": broker_url,
            "STANDSTILL_VAR": str(tmp_path),
            "ALERT_LEASE_SECONDS": "5",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(sink.port),
        }
        with Workers(2, ("--concurrency", "2"), environment) as workers:
            while workers.kills < KILLS or raised < ALERTS:
                if Alert.objects.filter(state="pending").count() < RAISED_AT_ONCE // 4:
                    numbers = range(raised, raised + (RAISED_AT_ONCE if LONG else 300), 2)
                    letters = [(letter(number, topics=("desk:faults",)), Audience(desk=(to,))) for number in numbers]
                    raised += raise_alerts(letters, raised_for=NOW.date(), at=NOW)
                client.send_task("alerts.dispatch")
                time.sleep(chance.uniform(0.02, 0.3))
                if workers.kills < KILLS:
                    workers.kill_one(chance)
            wait_for(client, 600 if LONG else 90)
            kills = workers.kills
    mailed = Counter(sink.ids())
    repeats = {message_id: times - 1 for message_id, times in mailed.items() if times > 1}
    by_mail = {alert.message_id: alert for alert in Alert.objects.exclude(recipient=None)}
    hooked = Alert.objects.exclude(webhook=None)
    lost = Attempt.objects.filter(outcome="").count()
    tries = Alert.objects.aggregate(all=Sum("attempts"))["all"]
    missing = raised - Alert.objects.filter(state="accepted").count()
    told(f"{kills:,} SIGKILLs over {raised:,} alerts in {time.monotonic() - started:.0f} s: {missing} lost")
    told(f"{tries:,} attempts, of which {lost:,} never came back")
    told(f"repeats: {sum(repeats.values())} by mail, {other.taken.total() - len(other.taken)} where a key can be asked")
    assert (raised >= ALERTS, kills >= KILLS) == (True, True)
    assert set(by_mail) == set(mailed), "each was accepted, under the Message-ID that arrived"
    assert len(other.taken) == hooked.count(), "each arrived at the webhook"
    assert set(other.taken.values()) == {1}, "and none twice, since it can be asked"
    assert sum(repeats.values()) <= kills
    assert all(by_mail[message_id].possible_repeat for message_id in repeats)
    unmarked = [mail for mail in sink.got if not mail["Subject"].startswith("Possible repeat")]
    assert len({mail["Message-ID"] for mail in unmarked}) == len(unmarked), "every repeat says that it may be one"
    assert lost > 0, "workers were killed while they had claimed alerts"


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
