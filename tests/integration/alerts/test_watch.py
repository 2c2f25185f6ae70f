"""The watch is watched: each thing that stops, sticks or differs is complained of, and counted for a monitor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from alerts.dispatch import dispatch
from alerts.models import Alert, Heartbeat
from alerts.operations import beat, raise_canary
from alerts.states import State
from alerts.tasks import canary
from alerts.watch import check_pulse, metrics
from audit.models import Role, User
from audit.seals import new_key
from tests.factories import AlertFactory, SealFactory
from tests.integration.alerts.world import person

NOW = datetime(2024, 6, 1, 16, tzinfo=UTC)
BEATS = ("sweep", "dispatch", "canary", "reckoning")

pytestmark = pytest.mark.django_db


@pytest.fixture
def beating() -> None:
    for name in BEATS:
        beat(name, at=NOW, groups=3)


def complaints(hours: float = 0) -> str:
    return " ".join(check_pulse(NOW + timedelta(hours=hours)).complaints)


def test_where_all_beat_and_nothing_waits_there_is_nothing_to_complain_of(beating: None) -> None:
    assert complaints() == ""


@pytest.mark.parametrize(
    ("name", "alive", "silent"),
    [("sweep", 0.24, 0.26), ("dispatch", 0.016, 0.017), ("canary", 3, 3.1), ("reckoning", 26, 26.1)],
)
def test_each_missed_beat_is_told_with_when_it_last_was(beating: None, name: str, alive: float, silent: float) -> None:
    assert f"The {name} last" not in complaints(alive)
    assert f"The {name} last ran on 1 June 2024, Sat at 12:00:00" in complaints(silent)
    Heartbeat.objects.filter(name=name).delete()
    assert f"The {name} has never run." in complaints()


def test_a_record_that_is_not_sealed_for_two_days_is_told_where_there_is_a_key(beating: None, settings: Any) -> None:
    settings.SEAL_KEY = new_key()
    assert complaints() == "The record has never been sealed."
    SealFactory(at=NOW)
    assert "sealed" not in complaints(48)
    assert "The record was last sealed on 1 June 2024, Sat; two days were missed." in complaints(50)


def test_a_failure_and_a_difference_between_due_and_raised_are_told(beating: None) -> None:
    beat("sweep", at=NOW, failed="1 group(s) could not be judged")
    beat("reckoning", at=NOW, missed=2)
    assert "The last sweep failed: 1 group(s) could not be judged" in complaints()
    assert "Due differed from raised: the last reckoning found 2 alert(s)" in complaints()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: AlertFactory(next_attempt_at=NOW - timedelta(minutes=3)), "1 alert(s) have waited in the outbox"),
        (lambda: AlertFactory(next_attempt_at=NOW - timedelta(minutes=1)), ""),
        (lambda: AlertFactory(next_attempt_at=NOW + timedelta(hours=9), daily=True), ""),
        (lambda: AlertFactory(next_attempt_at=NOW - timedelta(minutes=3), daily=True), "1 alert(s) have waited"),
        (lambda: AlertFactory(attempts=2, raised_at=NOW - timedelta(hours=2)), "1 alert(s) were tried, and no server"),
        (lambda: AlertFactory(attempts=2, raised_at=NOW - timedelta(minutes=50), next_attempt_at=NOW), ""),
        (
            lambda: AlertFactory(state=State.SENDING, lease="x", lease_expires_at=NOW - timedelta(minutes=3)),
            "1 alert(s) were being sent, and nobody has come back",
        ),
        (lambda: AlertFactory(state=State.DEAD), "1 alert(s) are dead or came back"),
        (lambda: AlertFactory(state=State.BOUNCED), "1 alert(s) are dead or came back"),
        (lambda: AlertFactory(state=State.DEAD, set_aside_at=NOW, note="told by telephone"), ""),
        (lambda: AlertFactory(kind="canary", state=State.PENDING, raised_at=NOW - timedelta(hours=27)), "No canary"),
        (lambda: AlertFactory(kind="canary", state=State.ACCEPTED, accepted_at=NOW, raised_at=NOW), ""),
    ],
)
def test_what_sticks_is_told(beating: None, make: Callable[[], Alert], said: str) -> None:
    alert = make()
    if alert.kind == "canary":
        Alert.objects.filter(pk=alert.pk).update(next_attempt_at=NOW)
    elif alert.state in (State.DEAD, State.BOUNCED):
        pass
    found = complaints()
    assert said in found
    assert bool(found) == bool(said)


def test_a_reckoning_that_never_ended_is_told_and_what_failed_only_to_whoever_keeps_the_register(beating: None) -> None:
    beat("reckoning", at=NOW, begun=NOW.isoformat())
    assert "The reckoning begun" not in complaints(3)
    assert "The reckoning begun on 1 June 2024, Sat at 12:00:00 has not come to its end." in complaints(3.1)
    beat("sweep", at=NOW, failed="KeyError: 'a-secret-ref'")
    said = " ".join(check_pulse(NOW, detail=False).complaints)
    assert "The last sweep failed." in said
    assert "a-secret-ref" not in said


def test_the_canary_goes_the_whole_way_once_a_day_to_each_administrator_with_a_mailbox() -> None:
    keeper = person("keeper", role=Role.ADMINISTRATOR)
    person("no-mailbox", role=Role.ADMINISTRATOR, email="")
    person("officer")
    assert raise_canary(today=NOW.date(), at=NOW) == 1
    assert raise_canary(today=NOW.date(), at=NOW) == 0
    assert dispatch(lambda: NOW).accepted == 1
    alert = Alert.objects.get()
    assert (alert.recipient, alert.state, alert.answer_by) == (keeper, State.ACCEPTED, None)
    assert list(Alert.objects.told_to(keeper)) == [], "it is no business of the inbox"
    canary()
    assert Heartbeat.objects.filter(name="canary").exists()


def test_the_command_says_it_and_fails(beating: None, time_machine: Any) -> None:
    time_machine.move_to(NOW)
    said = StringIO()
    call_command("check_alive", stdout=said)
    assert said.getvalue() == "Alive.\n"
    time_machine.move_to(NOW + timedelta(hours=1))
    with pytest.raises(CommandError, match="three beats were missed") as refusal:
        call_command("check_alive")
    assert refusal.value.returncode == 1


def test_healthz_and_the_first_page_say_it_too(beating: None, time_machine: Any, client: Client) -> None:
    time_machine.move_to(NOW)
    assert client.get("/healthz").json() == {"alive": True, "complaints": 0}
    time_machine.move_to(NOW + timedelta(hours=1))
    assert client.get("/healthz").status_code == 503
    client.force_login(person("officer"))
    assert "three beats were missed" in client.get("/").content.decode()


# Metrics


def test_metrics_are_counts_for_whoever_bears_the_token(beating: None, settings: Any, client: Client) -> None:
    settings.METRICS_TOKEN = "a-long-token"
    AlertFactory(next_attempt_at=NOW - timedelta(seconds=90), about="waiver:secret-name")
    AlertFactory(state=State.DEAD)
    for wrong in ("", "Bearer", "Bearer a-long-tokem", "a-long-token"):
        assert client.get("/metrics", headers={"Authorization": wrong}).status_code == 404
    answer = client.get("/metrics", headers={"Authorization": "Bearer a-long-token"})
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    text = metrics(NOW).decode()
    for line in (
        'standstill_alerts{state="pending"} 1.0',
        'standstill_alerts{state="dead"} 1.0',
        "standstill_reached_nobody 1.0",
        "standstill_oldest_waiting_seconds 90.0",
        'standstill_heartbeat_age_seconds{name="sweep"} 0.0',
        'standstill_heartbeat_count{name="sweep",what="groups"} 3.0',
        "standstill_alive 0.0",
    ):
        assert line in text
    assert "secret-name" not in text
    assert User.objects.first().username not in text


def test_counts_are_asked_of_the_database_so_any_process_gives_the_same(beating: None) -> None:
    assert metrics(NOW) == metrics(NOW)
