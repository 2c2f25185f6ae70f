"""What the desk of Lexington would have been told between 31 January and 2 May 2000, worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agreements.models import Desk, Instrument
from alerts.models import Alert
from alerts.recipients import NobodyToTellError
from audit.models import User
from audit.signing import sign, signed
from intake.example import load_example
from notes.models import HolderAction
from tests.integration.alerts.world import BY, look, told
from waivers import operations
from waivers.models import Waiver

FIRST, LAST = date(2000, 1, 31), date(2000, 5, 2)
CIT = "waiver:cit-2000-01-31"
NOON = datetime(2000, 3, 20, 17, tzinfo=UTC)

ENDING = {  # lead time: the day that lies so many days before 30 April 2000
    60: date(2000, 3, 1),
    30: date(2000, 3, 31),
    14: date(2000, 4, 16),
    7: date(2000, 4, 23),
    3: date(2000, 4, 27),
    1: date(2000, 4, 29),
    0: date(2000, 4, 30),
}
EXPIRED = ("waiver_expired", "2000-04-30", date(2000, 5, 1))
AT_STAKE = {  # instrument: since when an event of default stands unwaived on 2 May 2000
    "jr14": date(2000, 2, 1),
    "sr-sub": date(2000, 2, 1),
    "cit-lsa": date(2000, 5, 1),
    "jr-conv": date(2000, 5, 1),
    "sr-unsec": date(2000, 5, 1),
}


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def action() -> HolderAction:
    return HolderAction(
        ref="trustee-moves",
        instrument=Instrument.objects.get(ref="sr-sub"),
        kind="acceleration_sought",
        by="trustee",
        occurred=date(2000, 3, 15),
        reported=date(2000, 3, 20),
    )


def record(by: User, today: date) -> int:
    return operations.record(fact=action(), by=sign(by, NOON), reason="The trustee's letter", today=today)


@pytest.mark.slow
def test_day_by_day_each_lead_time_is_told_on_its_day_and_the_end_on_the_day_after(lexington: User) -> None:
    look(*days(FIRST, LAST))
    rows = Alert.objects.filter(about=CIT).values_list("kind", "version", "raised_for")
    assert set(rows) == {
        ("warning_30", "jr14-2000-05-01-principal:2000-05-01", FIRST),
        *(("waiver_ending", f"2000-04-30:{lead}", day) for lead, day in ENDING.items()),
        EXPIRED,
    }
    assert not Alert.objects.filter(late=True).exists()
    defaults = Alert.objects.filter(kind="event_of_default").values_list("about", "version", "raised_for")
    assert set(defaults) == {(f"instrument:{ref}", str(day), day) for ref, day in AT_STAKE.items()}
    payments = Alert.objects.filter(kind="payment_due", about__startswith="payment:jr14:jr14-2000-05")
    assert list(payments.order_by("raised_for").values_list("version", "raised_for")) == [
        ("2000-05-01:7", date(2000, 4, 24)),
        ("2000-05-01:1", date(2000, 4, 30)),
        ("2000-05-01:0", date(2000, 5, 1)),
    ]
    before = Alert.objects.count()
    assert look(LAST, LAST, FIRST + timedelta(days=60)) == 0
    assert Alert.objects.count() == before


def expected(seen: list[date]) -> set[tuple[str, str, date, bool]]:
    """By hand: on a day that is seen the shortest lead time that has come is told, if it was not told before."""
    found: dict[str, tuple[str, str, date, bool]] = {}
    for day in seen:
        come = [lead for lead, due in ENDING.items() if due <= day]
        if day <= date(2000, 4, 30):
            row = ("waiver_ending", f"2000-04-30:{min(come)}", day, ENDING[min(come)] < day) if come else None
        else:
            row = (*EXPIRED[:2], day, day > EXPIRED[2])
        if row:
            found.setdefault(row[1], row)
    return set(found.values())


@pytest.mark.slow
@pytest.mark.django_db
@settings(max_examples=15)
@given(st.sets(st.sampled_from(days(FIRST, LAST)[:-1]), max_size=6))
@example({date(2000, 3, 30), date(2000, 4, 30)})
def test_after_any_stops_each_due_thing_was_told_once_most_urgent_only_and_marked_late(skipped_to: set[date]) -> None:
    with transaction.atomic():
        load_example(NOON)
        seen = [*sorted(skipped_to), LAST]
        look(*[day for day in seen for _ in range(2)])
        rows = Alert.objects.filter(about=CIT).exclude(kind="warning_30")
        assert set(rows.values_list("kind", "version", "raised_for", "late")) == expected(seen)
        assert told(kind="event_of_default") == {
            (f"instrument:{ref}", "event_of_default", str(day)) for ref, day in AT_STAKE.items()
        }
        transaction.set_rollback(True)


@pytest.mark.slow
def test_lead_times_of_the_desk_and_of_the_waiver_take_the_place_of_the_usual_ones(lexington: User) -> None:
    with signed(BY, "fewer"):
        desk = Desk.objects.get()
        desk.lead_days = [10]
        desk.save()
        waiver = Waiver.objects.get(ref="tri-links-2000-01-31")
        waiver.lead_days = [5, 2]
        waiver.save()
    look(*days(date(2000, 4, 19), date(2000, 4, 30)))
    rows = Alert.objects.filter(kind="waiver_ending").values_list("about", "version", "raised_for")
    assert set(rows) == {
        (CIT, "2000-04-30:10", date(2000, 4, 20)),
        ("waiver:tri-links-2000-01-31", "2000-04-30:5", date(2000, 4, 25)),
        ("waiver:tri-links-2000-01-31", "2000-04-30:2", date(2000, 4, 28)),
    }


def test_a_rescission_says_what_ended_it_when_it_occurred_and_when_it_was_learnt(lexington: User) -> None:
    look(date(2000, 3, 19))
    assert record(lexington, date(2000, 3, 20)) > 0
    alert = Alert.objects.get(about=CIT, kind="waiver_rescinded")
    assert (alert.version, alert.contractual_date) == ("2000-03-15:trustee-moves", date(2000, 3, 15))
    assert (alert.raised_for, alert.late, alert.urgent) == (date(2000, 3, 20), False, True)
    assert "was rescinded on 15 March 2000, Wed" in alert.content["heading"]
    assert "event of default" in alert.content["what"]
    why = " ".join(alert.content["why"])
    for said in (
        "trustee-moves",
        "on 15 March 2000, Wed",
        "reported on 20 March 2000, Mon",
        "12 3/4% Senior",
        "alleged",
    ):
        assert said in why
    assert "paragraph 2" in alert.content["sources"][0]
    assert "the last day in force is 30 April 2000" in alert.reading
    # What is over is not said to be about to end.
    assert look(date(2000, 3, 31), LAST) > 0
    assert told(about=CIT, raised_for__gt=date(2000, 3, 20)) == set()


@pytest.mark.slow
def test_recorded_late_the_same_rescission_is_told_marked_late(lexington: User) -> None:
    def said() -> dict[str, object]:
        [row] = Alert.objects.filter(about=CIT, kind="waiver_rescinded").values(
            "about", "kind", "version", "recipient", "contractual_date", "reading", "content", "late"
        )
        return row

    with transaction.atomic():
        record(lexington, date(2000, 3, 20))
        on_time = said()
        transaction.set_rollback(True)
    look(*ENDING.values())
    record(lexington, date(2000, 4, 30))
    assert said() == on_time | {"late": True}


def test_what_cannot_be_told_is_not_recorded_either(lexington: User) -> None:
    User.objects.update(is_active=False)
    with pytest.raises(NobodyToTellError, match="Nobody can be told"):
        record(lexington, date(2000, 3, 20))
    assert not HolderAction.objects.exists()
    assert not HolderAction.history.exists()
    assert not Alert.objects.exists()


def test_an_action_and_its_alerts_are_undone_together(lexington: User) -> None:
    class PowerCutError(Exception):
        pass

    def cut_short() -> None:
        with transaction.atomic():
            assert record(lexington, date(2000, 3, 20)) > 0
            raise PowerCutError

    with pytest.raises(PowerCutError):
        cut_short()
    assert not HolderAction.objects.exists()
    assert not Alert.objects.exists()
