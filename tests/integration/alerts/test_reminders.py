"""Each kind of thing that is told, to whom, and that it is told once however many look."""

from __future__ import annotations

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.core.management import call_command
from django.db import connection

from alerts.models import Alert
from alerts.recipients import NobodyToTellError
from audit.models import Role, User
from audit.signing import signed
from tests.integration.alerts.test_lexington import CIT, action
from tests.integration.alerts.world import BY, desk_of, interest, load, look, person, told, waiver
from waivers.models import Waiver


def june(day: int) -> date:
    return date(2024, 6, day)


@pytest.mark.slow
def test_a_grace_about_to_end_is_told_at_seven_three_and_one_day_and_then_the_event_of_default(officer: User) -> None:
    load(desk_of(officer), payments=(interest("coupon", "2024-06-01"),), grace_days=10)
    look(*(june(day) for day in range(1, 13)))
    rows = Alert.objects.filter(about__contains="notes").values_list("about", "kind", "version", "raised_for", "late")
    line = "line:notes:payment:coupon"
    assert set(rows) == {
        (line, "grace_ending", "2024-06-11:7", june(4), False),
        (line, "grace_ending", "2024-06-11:3", june(8), False),
        (line, "grace_ending", "2024-06-11:1", june(10), False),
        ("instrument:notes", "event_of_default", "2024-06-11", june(11), False),
    }
    assert "payment (section: 6.01(a))" in Alert.objects.get(version="2024-06-11:3").content["sources"][0]


@pytest.mark.slow
def test_a_payment_under_an_instrument_that_a_live_waiver_names_is_told_before_and_on_its_day(officer: User) -> None:
    moved = [{"effective": "2024-06-10", "to": "2024-06-28"}]
    load(
        desk_of(officer),
        waiver("w"),
        payments=(
            interest("coupon", "2024-06-12", deferrals=moved),
            interest("paid", "2024-06-12", paid="2024-06-03"),
        ),
    )
    look(*(june(day) for day in range(1, 30)))
    rows = Alert.objects.filter(kind="payment_due").values_list("about", "version", "raised_for")
    assert set(rows) == {
        ("payment:notes:coupon", "2024-06-12:7", june(5)),
        ("payment:notes:coupon", "2024-06-28:7", june(21)),
        ("payment:notes:coupon", "2024-06-28:1", june(27)),
        ("payment:notes:coupon", "2024-06-28:0", june(28)),
    }
    assert "It was first due on 12 June 2024" in Alert.objects.get(version="2024-06-28:1").content["what"]


def test_each_warning_of_the_rules_30_to_34_is_told_once(officer: User) -> None:
    only_june = [{"failure_to_pay": {"instruments": ["notes"], "due": ["2024-06-01"]}}]
    load(
        desk_of(officer),
        waiver("w", covers=only_june),
        waiver("later", covers=only_june, extends="w", effective_from="2024-10-01", until=None),
        waiver("other", "line", "fund", until=None),
        waiver("draft", covers=only_june, executed=None),
        payments=(interest("coupon", "2024-06-01"), interest("next", "2024-09-03")),
    )
    look(date(2024, 5, 1), june(20), date(2024, 7, 5), date(2024, 7, 5))
    kinds = {(about, kind, version) for about, kind, version in told() if kind.startswith("warning")}
    assert kinds >= {
        ("waiver:w", "warning_30", "next:2024-09-03"),
        ("waiver:later", "warning_31", "w:2024-09-01"),
        ("waiver:other", "warning_32", "w:2024-08-31"),
        ("instrument:notes", "warning_33", ":2024-06-01"),
        ("waiver:draft", "warning_34", "unexecuted:2024-01-01"),
    }
    assert {kind for _, kind, _ in kinds} == {f"warning_{rule}" for rule in (30, 31, 32, 33, 34)}
    assert Alert.objects.get(kind="warning_33").raised_for == date(2024, 7, 5)


def test_what_ended_before_the_instrument_was_watched_is_history(officer: User) -> None:
    load(
        desk_of(officer),
        waiver("w"),
        waiver("over", until={"date": "2024-03-01"}),
        monitored_from=date(2024, 5, 1),
    )
    look(date(2024, 5, 1), date(2024, 9, 1))
    assert told(kind="waiver_expired") == {("waiver:w", "waiver_expired", "2024-08-31")}


def test_the_desk_is_told_and_nobody_who_has_left_it(officer: User) -> None:
    away = person("away", is_active=False)
    person("stranger")
    person("admin", role=Role.ADMINISTRATOR)
    load(desk_of(officer, away), waiver("w"))
    look(date(2024, 8, 31))
    assert set(Alert.objects.values_list("recipient__username", flat=True)) == {"officer"}


def test_where_nobody_is_on_the_desk_the_administrators_are_told_then_anybody_and_then_it_fails(officer: User) -> None:
    load(None, waiver("w"))
    admin = person("admin", role=Role.ADMINISTRATOR)
    look(date(2024, 8, 30))
    assert set(Alert.objects.values_list("recipient__username", flat=True)) == {"admin"}
    User.objects.filter(pk=admin.pk).update(is_active=False)
    look(date(2024, 8, 31))
    assert Alert.objects.get(version="2024-08-31:0").recipient == officer
    User.objects.update(is_active=False)
    with pytest.raises(NobodyToTellError, match="Nobody can be told: w has expired"):
        look(date(2024, 9, 1))
    assert not Alert.objects.filter(kind="waiver_expired").exists()


def test_a_changed_end_is_another_version_and_is_told_anew(officer: User) -> None:
    load(desk_of(officer), waiver("w"))
    look(date(2024, 8, 24))
    with signed(BY, "misread"):
        row = Waiver.objects.get()
        row.until_inclusive = True
        row.save()
    look(date(2024, 8, 25))
    assert told(kind="waiver_ending") == {
        ("waiver:w", "waiver_ending", "2024-08-31:7"),
        ("waiver:w", "waiver_ending", "2024-09-01:7"),
    }


def at_once(work: object, threads: int) -> None:
    """Run something in so many threads, begun together, each with a connection of its own."""
    faults: list[BaseException] = []
    start = Barrier(threads)

    def run() -> None:
        try:
            start.wait()
            work()
        except BaseException as fault:  # noqa: BLE001 (handed to the test)
            faults.append(fault)
        finally:
            connection.close()

    running = [Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(60)
    assert faults == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_sweeping_from_several_threads_at_once_is_sweeping_once() -> None:
    load(desk_of(person("officer"), person("colleague")), waiver("w"), waiver("o", "line", "fund"))
    at_once(lambda: look(date(2024, 8, 1), date(2024, 8, 31)), 4)
    assert told(recipient__username="officer") == told(recipient__username="colleague")
    ending = Alert.objects.filter(kind="waiver_ending", recipient__username="officer")
    assert sorted(ending.values_list("about", "version")) == [
        (f"waiver:{ref}", f"2024-08-31:{lead}") for ref in "ow" for lead in (0, 30)
    ]
    assert look(date(2024, 8, 31)) == 0


@pytest.mark.slow
def test_replay_learns_of_an_action_only_on_the_day_of_its_report(lexington: User) -> None:
    with signed(BY, "known afterwards"):
        action().save()
    call_command("replay", "--from", "2000-03-14", "--to", "2000-03-21")
    rows = Alert.objects.filter(about=CIT).exclude(kind="warning_30").values_list("kind", "raised_for", "late")
    assert set(rows) == {
        ("waiver_ending", date(2000, 3, 14), True),  # 60 days were on 1 March
        ("waiver_rescinded", date(2000, 3, 15) + timedelta(days=5), False),
    }


@pytest.mark.django_db
def test_a_payment_that_fell_due_while_nobody_watched_is_told_once_and_late() -> None:
    load(desk_of(person("late-reader")), waiver("w"), payments=(interest("coupon", "2024-03-01"),))
    for _ in range(2):
        look(date(2024, 3, 5))
    (alert,) = Alert.objects.filter(kind="payment_due")
    assert (alert.late, alert.version) == (True, "2024-03-01:0")
    assert "was due" in alert.content["heading"]
