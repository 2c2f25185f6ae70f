"""What a sweep looks at: every changed fact marks its group, and the rest is left alone, without loss."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection, models, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.models import Desk, Instrument, Party
from agreements.operations import join_groups
from alerts.models import Alert, Heartbeat
from audit.models import Fact, User
from audit.signing import signed
from tests.factories import (
    FACTORIES,
    REASON,
    SIGNATURE,
    DeskFactory,
    DeskMemberFactory,
    InstrumentFactory,
    InstrumentPartyFactory,
    PartyFactory,
    WaiverFactory,
    factory_of,
)
from tests.guards import lifted
from tests.integration.alerts.world import desk_of, interest, load, person, waiver
from waivers.models import Waiver
from waivers.positions import all_groups
from waivers.sweeps import SweepFailedError, reckon, register, sweep, sweep_what_changed
from waivers.tasks import reckon_register, sweep_register

pytestmark = pytest.mark.django_db

NOW = datetime(2024, 6, 1, 16, tzinfo=UTC)
# The eve of the days on which the clocks of New York jump, and of 29 February; an ordinary day; the year's last.
STARTS = [date(2024, 2, 28), date(2024, 3, 9), date(2024, 6, 1), date(2024, 11, 2), date(2024, 12, 31)]
LAST_DAY = date(2024, 8, 31)
ENDING = {days: LAST_DAY - timedelta(days=days) for days in (60, 30, 14, 7, 3, 1, 0)}
FACTS = [model for model in FACTORIES if issubclass(model, Fact)]
every_fact = pytest.mark.parametrize("model", FACTS, ids=lambda model: model.__name__)


def marked() -> set[int]:
    return set(Instrument.objects.filter(changes__gt=F("swept")).values_list("pk", flat=True))


def settle() -> None:
    """As if all had just been swept."""
    models.QuerySet(Instrument).update(swept=F("changes"))
    assert marked() == set()


def connected(fact: Fact) -> set[int]:
    """The instruments on which a fact bears, with one made for what has none of its own."""
    if isinstance(fact, Desk | Party):
        desk = fact if isinstance(fact, Desk) else None
        party = fact if isinstance(fact, Party) else PartyFactory(desk=desk)
        return {InstrumentPartyFactory(party=party, role="obligor").instrument_id}
    if type(fact).__name__ == "DeskMember":
        return {InstrumentPartyFactory(party=PartyFactory(desk=fact.desk), role="obligor").instrument_id}
    path = type(fact).bears_on
    return set(type(fact).objects.filter(pk=fact.pk).values_list(path, flat=True))


# What marks


@every_fact
def test_every_change_of_a_fact_marks_what_it_bears_on_in_its_own_transaction(model: type[Fact]) -> None:
    fact = factory_of(model)()
    instruments = connected(fact)
    assert instruments
    settle()
    with signed(SIGNATURE, REASON):
        type(fact).objects.get(pk=fact.pk).save()
    assert marked() == instruments


@every_fact
def test_what_is_recorded_in_bulk_marks_too(model: type[Fact]) -> None:
    fact = factory_of(model)()
    instruments = connected(fact)
    settle()
    type(fact).objects.all().mark_changed([fact.pk])
    assert marked() == instruments


def test_groups_that_are_joined_are_looked_at_again() -> None:
    one, other = InstrumentFactory(), InstrumentFactory()
    settle()
    join_groups([one.pk, other.pk])
    assert marked() == {one.pk, other.pk}


def test_what_people_arrange_marks_what_they_are_told_of(officer: User) -> None:
    desk = desk_of(officer)
    load(desk, waiver("w"))
    everything = set(Instrument.objects.values_list("pk", flat=True))
    loan = {Instrument.objects.get(ref="loan").pk}
    for topic, expected in ((f"desk:{desk.ref}", everything), ("borrower:mill", everything), ("instrument:loan", loan)):
        settle()
        register.look_again([topic])
        assert marked() == expected
    DeskMemberFactory(desk=DeskFactory())
    settle()
    DeskMemberFactory(desk=desk)
    assert marked() == everything


# What is left alone


def test_a_swept_group_is_left_alone_until_its_day_comes_or_a_fact_changes(officer: User) -> None:
    load(desk_of(officer), waiver("w"), payments=(interest("coupon", "2024-06-20"),))
    assert sweep_what_changed(date(2024, 6, 1), at=NOW).groups == 1
    assert marked() == set()
    # Seven days before the coupon.
    assert set(Instrument.objects.values_list("next_look", flat=True)) == {date(2024, 6, 13)}
    seen = [
        day
        for day in (date(2024, 6, 1) + timedelta(days=n) for n in range(140))
        if sweep_what_changed(day, at=NOW + timedelta(days=(day - date(2024, 6, 1)).days)).groups
    ]
    assert len(seen) < 70
    assert {"waiver_ending", "waiver_expired", "payment_due", "event_of_default", "warning_33"} <= set(
        Alert.objects.values_list("kind", flat=True)
    )


def test_a_quiet_night_asks_two_questions_whatever_the_register_holds(officer: User) -> None:
    load(desk_of(officer), waiver("w", until={"date": "2024-02-01"}))
    today = date(2026, 1, 1)
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    sweep_what_changed(today, at=at)
    assert list(Instrument.objects.values_list("next_look", flat=True).distinct()) != []
    models.QuerySet(Instrument).update(next_look=None)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert sweep_what_changed(today + timedelta(days=1), at=at + timedelta(days=1)).groups == 0
    assert len(asked) == 2


def test_a_fact_recorded_while_a_sweep_looks_stays_marked(officer: User) -> None:
    load(desk_of(officer), waiver("w"))
    before = dict(Instrument.objects.values_list("pk", "changes"))
    with signed(SIGNATURE, REASON):
        Waiver.objects.get().save()  # by somebody else, after the sweep had read the facts
    assert Instrument.objects.all().swept(before, None) == 2  # the notes and the other loan; not the waiver's own
    assert marked() == {Instrument.objects.get(ref="loan").pk}


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(st.sampled_from(STARTS), st.lists(st.integers(0, 400), min_size=1, max_size=8))
def test_over_any_skips_of_the_clock_sweeping_what_changed_tells_what_sweeping_everything_does(
    first: date, gaps: list[int]
) -> None:
    def told(everything: bool) -> set[tuple]:
        with transaction.atomic():
            load(
                desk_of(person("reader")),
                waiver("w"),
                waiver("later", extends="w", effective_from="2024-10-01", until={"date": "2024-11-15"}),
                waiver("draft", executed=None),
                payments=(interest("coupon", "2024-06-01"), interest("next", "2024-09-03")),
                grace_days=10,
            )
            day = first
            for gap in gaps:
                day += timedelta(days=gap)
                at = datetime(day.year, day.month, day.day, 16, tzinfo=UTC)
                if everything:
                    sweep(all_groups(), day, at=at)
                else:
                    sweep_what_changed(day, at=at)
            columns = ("about", "kind", "version", "raised_for", "late", "urgent")
            found = set(Alert.objects.values_list(*columns))
            transaction.set_rollback(True)
        return found

    assert told(everything=False) == told(everything=True)


def by_hand(seen: list[date]) -> set[tuple[str, str, date, bool]]:
    """On a day that is seen the shortest lead time that has come is told, if it was not; then once that it expired."""
    found: dict[str, tuple[str, str, date, bool]] = {}
    for day in sorted(seen):
        come = [lead for lead, due in ENDING.items() if due <= day]
        if day > LAST_DAY:
            gone = LAST_DAY + timedelta(days=1)
            found.setdefault("", ("waiver_expired", str(LAST_DAY), day, day > gone))
        elif come:
            version = f"{LAST_DAY}:{min(come)}"
            found.setdefault(version, ("waiver_ending", version, day, ENDING[min(come)] < day))
    return set(found.values())


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.sampled_from(STARTS), st.lists(st.integers(0, 400), min_size=1, max_size=10))
def test_over_any_skips_each_due_thing_is_told_once_at_the_most_urgent_lead_time_and_marked_late(
    first: date, gaps: list[int]
) -> None:
    with transaction.atomic():
        load(desk_of(person("reader")), waiver("w"))
        seen = [first]
        for gap in gaps:
            seen.append(seen[-1] + timedelta(days=gap))
        for day in seen:
            # At midnight in New York, when it is still, or already, the next day elsewhere.
            at = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("America/New_York"))
            sweep_what_changed(timezone.localdate(at), at=at)
        told = Alert.objects.filter(about="waiver:w").values_list("kind", "version", "raised_for", "late")
        assert set(told) == by_hand(seen)
        assert len(told) == len(set(told))
        transaction.set_rollback(True)


# The reckoning


def test_the_reckoning_finds_what_a_sweep_missed_raises_it_and_says_so(officer: User) -> None:
    load(desk_of(officer), waiver("w"))
    at = datetime(2024, 8, 31, 16, tzinfo=UTC)
    assert reckon(date(2024, 8, 31), at=at)[1] == 0
    Alert.objects.filter(kind="waiver_ending").delete()
    assert sweep_what_changed(date(2024, 8, 31), at=at).raised == 0
    swept, missed = reckon(date(2024, 8, 31), at=at)
    assert (missed, swept.due) == (1, 1)
    assert Alert.objects.filter(kind="waiver_ending").exists()
    assert reckon(date(2024, 8, 31), at=at)[1] == 0


def test_that_somebody_more_is_told_is_nothing_that_was_missed(officer: User) -> None:
    away = person("away", is_active=False)
    load(desk_of(officer, away), waiver("w"))
    at = datetime(2024, 8, 31, 16, tzinfo=UTC)
    sweep_what_changed(date(2024, 8, 31), at=at)
    User.objects.filter(pk=away.pk).update(is_active=True)
    swept, missed = reckon(date(2024, 8, 31), at=at + timedelta(minutes=1))
    assert (swept.raised, missed) == (1, 0)


def test_the_reckoning_runs_once_a_day_and_keeps_what_it_counted(officer: User, time_machine: object) -> None:
    load(desk_of(officer), waiver("w"))
    reckon_register()
    first = Heartbeat.objects.get(name="reckoning")
    assert (first.counts["missed"], first.counts["groups"]) == (0, 1)
    reckon_register()
    assert Heartbeat.objects.get(name="reckoning").at == first.at
    time_machine.move_to(timezone.now() + timedelta(hours=25))
    reckon_register()
    assert Heartbeat.objects.get(name="reckoning").at > first.at


def test_the_command_recomputes_all_and_says_what_was_missed(officer: User) -> None:
    load(desk_of(officer), waiver("w"), monitored_from=date(2024, 1, 1))
    said = StringIO()
    call_command("sweep", "--all", stderr=said)
    assert "1 group(s); 0 had not been raised." in said.getvalue()
    assert Heartbeat.objects.filter(name="reckoning").exists()


# A group that cannot be judged


def test_a_group_that_cannot_be_judged_holds_up_no_other_and_is_named(officer: User) -> None:
    desk = desk_of(officer)
    load(desk, waiver("w"))
    bad = InstrumentFactory(ref="bad")
    InstrumentPartyFactory(instrument=bad, party=PartyFactory(desk=desk), role="obligor")
    broken = WaiverFactory(instrument=bad, until_date=date(2024, 9, 1), until_text="until September 1, 2024")
    with lifted():  # past the history, which the database refuses to anybody else
        models.QuerySet(Waiver).filter(pk=broken.pk).update(lead_days=["soon"])  # past every check of ours
    with pytest.raises(SweepFailedError, match=r"1 group\(s\) could not be judged; group \d+"):
        sweep(all_groups(), date(2024, 8, 31), at=NOW)
    assert Alert.objects.filter(about="waiver:w", kind="waiver_ending").exists()
    with pytest.raises(SweepFailedError):
        sweep_register()
    assert "could not be judged" in Heartbeat.objects.get(name="sweep").counts["failed"]
    assert bad.pk in marked(), "it is tried again at the next sweep"
