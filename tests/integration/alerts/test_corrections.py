"""What is no longer so: superseded before it is sent, and corrected where somebody was told (rule 10)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from agreements.models import Instrument
from alerts.dispatch import claim, dispatch
from alerts.models import Act, Alert, Attempt
from alerts.states import State
from audit.models import User
from audit.signing import signed
from notes.models import HolderAction, Payment
from tests.factories import PreferenceFactory
from tests.integration.alerts.world import BY, desk_of, interest, load, told, waiver
from waivers import sweeps
from waivers.models import Waiver
from waivers.positions import all_groups
from waivers.sweeps import Swept, sweep, sweep_what_changed

NOW = datetime(2024, 8, 25, 16, tzinfo=UTC)
TODAY = date(2024, 8, 25)
ENDING = {"kind": "waiver_ending"}
DEFAULTS = {"instrument:notes", "instrument:loan", "instrument:line"}


@pytest.fixture
def watched(officer: User) -> User:
    """The officer was told of nothing yet; a waiver ends on 31 August."""
    load(desk_of(officer), waiver("w"), payments=(interest("coupon", "2024-05-01"),))
    return officer


def look(days: int = 0) -> Swept:
    at = NOW + timedelta(days=days)
    return sweep_what_changed(timezone.localdate(at), at=at)


def extend(until: date = date(2024, 12, 1)) -> None:
    """The end was misread."""
    row = Waiver.objects.get(ref="w")
    row.until_date = until
    with signed(BY, "The paper says December"):
        row.save()


def test_what_waits_and_is_no_longer_so_is_superseded_with_the_reason_and_is_not_sent(watched: User) -> None:
    look()
    extend()
    assert look().corrected == 0, "nobody was told"
    alert = Alert.objects.get(version="2024-08-31:7", **ENDING)
    assert (alert.state, alert.answer_by) == (State.SUPERSEDED, None)
    assert alert.note == "The facts as they are known now say otherwise."
    assert alert.acts.get().kind == Act.Kind.SUPERSEDED
    dispatch(lambda: NOW)
    alert.refresh_from_db()
    assert (alert.state, alert.attempts) == (State.SUPERSEDED, 0)
    assert not Alert.objects.filter(kind="correction").exists()


def test_whoever_was_told_is_told_that_it_is_no_longer_so_once(watched: User) -> None:
    look()
    dispatch(lambda: NOW)
    extend()
    assert look(1).corrected == 1
    was = Alert.objects.get(version="2024-08-31:7", **ENDING)
    assert was.state == State.SUPERSEDED
    correction = Alert.objects.get(kind="correction")
    assert correction.recipient == watched
    assert correction.content["heading"] == f"Correction: what alert {was.pk} said is no longer so"
    assert "w ends: 6 days left" in correction.content["what"]
    extend(date(2024, 12, 24))
    look(2)
    assert Alert.objects.filter(kind="correction").count() == 1
    dispatch(lambda: NOW + timedelta(days=2))
    assert Alert.objects.get(kind="correction").state == State.ACCEPTED


def test_what_was_superseded_and_is_so_after_all_is_told_again(watched: User) -> None:
    look()
    dispatch(lambda: NOW)
    extend()
    look()
    extend(date(2024, 9, 1))  # it was read right at first
    assert look().raised > 0
    states = dict(Alert.objects.filter(**ENDING, contractual_date=date(2024, 8, 31)).values_list("version", "state"))
    assert states == {"2024-08-31:7": "superseded", "2024-08-31:7#2": "pending"}
    assert look().raised == 0
    assert sweep(all_groups(), TODAY, at=NOW).raised == 0, "once"
    dispatch(lambda: NOW)
    assert Alert.objects.get(version="2024-08-31:7#2").state == State.ACCEPTED


def test_what_a_sweep_found_before_a_fact_changed_is_not_raised(watched: User, monkeypatch) -> None:
    judged = sweeps.next_look

    def changed_meanwhile(*args: object) -> date | None:
        extend()  # by somebody else, after the facts were read
        return judged(*args)

    monkeypatch.setattr(sweeps, "next_look", changed_meanwhile)
    assert look().raised == 0
    monkeypatch.undo()
    look()
    assert not Alert.objects.filter(version="2024-08-31:7").exists()


def test_that_time_goes_on_makes_nothing_untrue(watched: User) -> None:
    for days in range(12):
        look(days)
        dispatch(lambda days=days: NOW + timedelta(days=days))
        Instrument.objects.all().look_again(Instrument.objects.values("pk"))  # as if a fact had changed each day
    assert not Alert.objects.filter(kind="correction").exists()
    assert told(state="superseded") == set()
    assert {kind for _, kind, _ in told()} >= {"waiver_ending", "waiver_expired", "event_of_default"}


def test_an_end_that_is_told_needs_no_correction_of_what_was_said_before(watched: User) -> None:
    look()
    dispatch(lambda: NOW)
    extend(date(2024, 8, 20))
    look()
    was = Alert.objects.get(version="2024-08-31:7", **ENDING)
    assert (was.state, was.note) == (State.SUPERSEDED, "It ended, which is told instead.")
    assert Alert.objects.filter(kind="waiver_expired").exists()
    assert not Alert.objects.filter(kind="correction", about="waiver:w").exists()


def test_that_it_expired_needs_none_where_it_is_told_that_it_was_rescinded_before(watched: User) -> None:
    look(8)
    dispatch(lambda: NOW + timedelta(days=8))
    assert Alert.objects.get(kind="waiver_expired").state == State.ACCEPTED
    notes = Instrument.objects.get(ref="notes")
    with signed(BY, "The holder's letter, found in September"):
        acted = {"kind": "acceleration_sought", "by": "holder", "occurred": date(2024, 8, 20)}
        HolderAction(ref="moved", instrument=notes, reported=date(2024, 9, 2), **acted).save()
    look(8)
    assert Alert.objects.filter(kind="waiver_rescinded", about="waiver:w").count() == 1
    was = Alert.objects.get(kind="waiver_expired")
    assert (was.state, was.note) == (State.SUPERSEDED, "It ended, which is told instead.")
    assert not Alert.objects.filter(kind="correction", about="waiver:w").exists()


def test_a_default_that_never_was_is_corrected(watched: User) -> None:
    look(8)
    dispatch(lambda: NOW + timedelta(days=8))
    assert {about for about, _, _ in told(kind="event_of_default")} == DEFAULTS
    payment = Payment.objects.get(ref="coupon")
    payment.paid = date(2024, 5, 1)
    with signed(BY, "The trustee's receipt"):
        payment.save()
    look(9)
    corrections = Alert.objects.filter(kind="correction")
    assert {row.about for row in corrections if "Event of default" in row.content["what"]} == DEFAULTS


def test_what_a_nearer_lead_time_says_takes_the_place_of_what_still_waits(watched: User) -> None:
    look()
    look(3)  # three days are left, and no dispatcher has run
    assert dict(Alert.objects.filter(**ENDING).values_list("version", "state")) == {
        "2024-08-31:7": "superseded",
        "2024-08-31:3": "pending",
    }
    dispatch(lambda: NOW + timedelta(days=3))
    assert Alert.objects.get(version="2024-08-31:3").state == State.ACCEPTED


# Between the sweep and the sending


def test_a_fact_that_changed_after_the_sweep_is_read_before_the_mail_leaves(watched: User) -> None:
    look()
    extend()  # and no sweep since
    tally = dispatch(lambda: NOW)
    assert tally.superseded == 1
    alert = Alert.objects.get(version="2024-08-31:7", **ENDING)
    assert (alert.state, alert.lease) == (State.SUPERSEDED, "")
    assert Attempt.objects.get(alert=alert).outcome == "superseded"
    assert not Alert.objects.filter(kind="correction").exists(), "nobody was told"


def test_what_is_under_way_while_it_becomes_untrue_is_corrected_since_it_may_have_left(watched: User) -> None:
    look()
    claimed = [alert for alert in claim(NOW, limit=20) if alert.kind == "waiver_ending"]
    extend()
    look()
    alert = Alert.objects.get(pk=claimed[0].pk)
    assert alert.state == State.SUPERSEDED
    assert Alert.objects.filter(kind="correction", version=str(alert.pk)).exists()


def test_what_a_digest_carries_is_read_again_too(watched: User) -> None:
    PreferenceFactory(owner=watched, daily=True)
    look()
    morning = NOW + timedelta(days=1)
    extend()  # and no sweep since
    dispatch(lambda: morning)
    assert Alert.objects.get(version="2024-08-31:7", **ENDING).state == State.SUPERSEDED
    assert not Alert.objects.filter(kind="correction").exists()


def test_what_may_have_arrived_before_its_sender_died_is_corrected(watched: User, settings) -> None:
    look()
    claim(NOW, limit=20)  # by a sender that was killed, perhaps after the server had taken the mail
    extend()
    dispatch(lambda: NOW + settings.ALERT_LEASE)
    was = Alert.objects.get(version="2024-08-31:7", **ENDING)
    assert was.state == State.SUPERSEDED
    assert Alert.objects.filter(kind="correction", version=str(was.pk)).exists()


def test_a_register_that_cannot_be_read_again_holds_up_no_alert(watched: User, settings: object) -> None:
    look()
    extend()
    settings.UNWAIVED_DAYS = None  # no rule can be judged any more
    tally = dispatch(lambda: NOW)
    assert (tally.accepted, tally.superseded) == (Alert.objects.count(), 0)
    assert Alert.objects.get(**ENDING).state == State.ACCEPTED


def test_sweeping_for_another_day_corrects_nothing(watched: User) -> None:
    look()
    extend()
    sweep(all_groups(), date(2024, 8, 26), at=NOW)
    assert Alert.objects.get(version="2024-08-31:7", **ENDING).state == State.PENDING
