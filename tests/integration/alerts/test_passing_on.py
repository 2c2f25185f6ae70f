"""What nobody acknowledges is passed on; what is acknowledged, put off, dead or bounced is treated as such."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.models import Party
from alerts.dispatch import dispatch
from alerts.links import address_to_acknowledge
from alerts.models import Act, Alert, Heartbeat
from alerts.operations import (
    NotNowError,
    NotPassedOnError,
    acknowledge,
    latest_snooze,
    pass_on,
    report,
    send_again,
    set_aside,
    snooze,
)
from alerts.states import State, may_become
from alerts.tasks import dispatch_alerts
from audit.models import Role, User
from audit.signing import signed
from tests.factories import AlertFactory, DeskMemberFactory, PreferenceFactory, UserFactory
from tests.integration.alerts.test_reminders import at_once
from tests.integration.alerts.world import BY, desk_of, load, person, waiver
from waivers.positions import all_groups
from waivers.sweeps import sweep

NOW = datetime(2024, 9, 1, 12, tzinfo=UTC)
TODAY = date(2024, 9, 1)
GONE = {"kind": "waiver_expired"}


@pytest.fixture
def expired(officer: User) -> Alert:
    """A waiver of the officer's desk has expired today. Its head and a colleague want to be told of nothing."""
    desk = desk_of(officer)
    for name in ("head", "colleague"):
        DeskMemberFactory(desk=desk, user=person(name), is_head=name == "head")
        PreferenceFactory(owner=User.objects.get(username=name), follows_desks=False)
    load(desk, waiver("w"))
    sweep(all_groups(), TODAY, at=NOW)
    return Alert.objects.get(**GONE)


def later(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def told() -> dict[str, int]:
    """Who has an alert about the end, and at which level."""
    return dict(Alert.objects.filter(**GONE).values_list("recipient__username", "level"))


def test_what_nobody_acknowledges_goes_to_the_head_then_the_desk_then_everyones_first_page(expired: Alert) -> None:
    assert pass_on(today=TODAY, at=later(3.9)) == 0
    assert pass_on(today=TODAY, at=later(4)) == 1
    assert told() == {"officer": 1, "head": 1}
    assert pass_on(today=TODAY, at=later(4)) == 0, "once"
    passed = Alert.objects.get(recipient__username="head", **GONE)
    assert "officer had not acknowledged it by the deadline" in passed.content["what"]
    assert pass_on(today=TODAY, at=later(8)) == 1
    assert told() == {"officer": 1, "head": 2, "colleague": 2}
    assert pass_on(today=TODAY, at=later(12)) == 0
    assert told() == {"officer": 1, "head": 2, "colleague": 3}
    assert list(Alert.objects.for_everyone().values_list("recipient__username", flat=True)) == ["colleague"]
    assert pass_on(today=TODAY, at=later(1000)) == 0
    assert Act.objects.filter(kind=Act.Kind.PASSED_ON).count() == 3


def test_the_deputy_is_the_next_before_the_head(expired: Alert) -> None:
    PreferenceFactory(owner=expired.recipient, deputy=User.objects.get(username="colleague"))
    pass_on(today=TODAY, at=later(4))
    assert told() == {"officer": 1, "colleague": 1}


def test_a_borrower_that_went_to_another_desk_is_passed_on_to_that_one(expired: Alert) -> None:
    other = DeskMemberFactory(user=person("other-head"), is_head=True)
    with signed(BY, "It went to another desk"):
        borrower = Party.objects.get(ref="mill")
        borrower.desk = other.desk
        borrower.save()
    pass_on(today=TODAY, at=later(4))
    assert told() == {"officer": 1, "other-head": 1}


def test_it_does_not_stop_where_a_deputy_from_outside_stood_in(officer: User) -> None:
    counsel = person("counsel", role=Role.COUNSEL)
    PreferenceFactory(owner=officer, away_from=TODAY, away_until=date(2024, 9, 30), deputy=counsel)
    load(desk_of(officer), waiver("w"))
    sweep(all_groups(), TODAY, at=NOW)
    assert told() == {"counsel": 0}
    for hours in (4, 8, 12):
        pass_on(today=TODAY, at=later(hours))
    assert told() == {"counsel": 2, "officer": 3}


def test_whoever_may_not_see_it_any_more_is_not_mailed_and_it_is_passed_on(expired: Alert, client: Client) -> None:
    path = address_to_acknowledge(expired)
    with signed(BY, "Left the desk"):
        member = expired.recipient.desk_memberships.get()
        member.recorded_in_error = True
        member.save()
    assert client.get(path).status_code == 404
    assert client.post(path).status_code == 404
    dispatch(lambda: NOW)
    expired.refresh_from_db()
    assert (expired.state, expired.note) == (State.DEAD, "officer may not see it any more.")
    pass_on(today=TODAY, at=NOW)
    assert "head" in told()


def test_what_is_put_back_after_three_days_is_tried_for_three_days_more(expired: Alert, settings: object) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    dispatch(lambda: NOW)
    dispatch(lambda: later(73))
    expired.refresh_from_db()
    assert expired.state == State.DEAD
    send_again(alert=expired, by=expired.recipient, reason="The server is back", at=later(74))
    dispatch(lambda: later(74))
    expired.refresh_from_db()
    assert expired.state == State.PENDING


def test_one_acknowledgement_stops_it_for_all_of_its_matter(expired: Alert) -> None:
    pass_on(today=TODAY, at=later(4))
    theirs = Alert.objects.get(recipient__username="head", **GONE)
    assert acknowledge(alert=theirs, by=theirs.recipient, at=later(5))
    assert not acknowledge(alert=theirs, by=theirs.recipient, at=later(6)), "the first stands"
    assert pass_on(today=TODAY, at=later(1000)) == 0
    assert told() == {"officer": 1, "head": 1}


def test_dead_or_bounced_it_is_passed_on_at_once(expired: Alert, officer: User, settings: object) -> None:
    User.objects.filter(pk=officer.pk).update(email="")
    assert dispatch(lambda: NOW).dead == Alert.objects.dead().count() > 0
    pass_on(today=TODAY, at=NOW)
    passed = Alert.objects.get(recipient__username="head", **GONE)
    assert "It did not reach officer: officer has no e-mail address." in passed.content["what"]
    Alert.objects.filter(pk=passed.pk).update(state=State.ACCEPTED)
    assert report(alert=passed, state=State.BOUNCED, said="550 gone", at=NOW)
    pass_on(today=TODAY, at=NOW)
    assert told()["colleague"] == Alert.Level.DESK


def test_one_that_cannot_be_passed_on_holds_up_no_other_and_is_told(expired: Alert) -> None:
    broken = AlertFactory(recipient=expired.recipient, answer_by=NOW, topics=["desk:nowhere"], content={})
    with pytest.raises(NotPassedOnError, match=f"1 alert.s. could not be passed on; alert {broken.pk}: KeyError"):
        pass_on(today=TODAY, at=later(4))
    assert told() == {"officer": 1, "head": 1}
    with pytest.raises(NotPassedOnError):
        dispatch_alerts()
    assert "could not be passed on" in Heartbeat.objects.get(name="dispatch").counts["failed"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_from_several_threads_at_once_it_is_passed_on_once(expired: Alert) -> None:
    at_once(lambda: pass_on(today=TODAY, at=later(4)), 4)
    assert Alert.objects.filter(**GONE).count() == 2


# Putting off


def test_an_alert_is_put_off_at_most_to_the_day_before_its_date_and_its_deadline_counts_from_there(
    officer: User,
) -> None:
    load(desk_of(officer), waiver("w"))
    at = datetime(2024, 8, 25, 12, tzinfo=UTC)
    sweep(all_groups(), date(2024, 8, 25), at=at)
    alert = Alert.objects.get(kind="waiver_ending")
    assert latest_snooze(alert).date() == date(2024, 8, 30)
    for until in (at, at + timedelta(days=6)):
        with pytest.raises(NotNowError, match="to the end of 30 August 2024, Fri, the day before its date"):
            snooze(alert=alert, by=officer, until=until, at=at)
    snooze(alert=alert, by=officer, until=at + timedelta(days=3), at=at)
    told_now, told_then = (Alert.objects.told_to(officer).open(moment) for moment in (at, at + timedelta(days=3)))
    assert (list(told_now), list(told_then)) == ([], [alert])
    assert pass_on(today=TODAY, at=at + timedelta(days=3, hours=47)) == 0
    assert pass_on(today=TODAY, at=at + timedelta(days=3, hours=48)) == 0
    assert Alert.objects.get().level == Alert.Level.EVERYONE, "there is nobody else"


def test_what_is_put_off_and_then_cannot_be_sent_is_passed_on(officer: User) -> None:
    alert = AlertFactory(
        recipient=officer,
        contractual_date=date(2199, 1, 31),
        answer_within=48,
        next_attempt_at=NOW,
        topics=[],
        topic="",
    )
    snooze(alert=alert, by=officer, until=later(100), at=NOW)
    User.objects.filter(pk=officer.pk).update(email="")
    assert dispatch(lambda: NOW).dead == 1
    alert.refresh_from_db()
    assert (alert.answer_by, alert.snoozed_until) == (NOW, None)


def test_what_has_happened_cannot_be_put_off(expired: Alert, officer: User) -> None:
    with pytest.raises(NotNowError, match="the date that it speaks of has come"):
        snooze(alert=expired, by=officer, until=later(1), at=NOW)
    acknowledge(alert=expired, by=officer, at=NOW)
    Alert.objects.filter(pk=expired.pk).update(contractual_date=date(2025, 1, 1))
    expired.refresh_from_db()
    with pytest.raises(NotNowError, match="acknowledged or superseded already"):
        snooze(alert=expired, by=officer, until=later(1), at=NOW)


# What reached nobody


def test_a_dead_alert_is_cleared_only_with_a_reason(officer: User) -> None:
    alert = AlertFactory(recipient=officer, state=State.DEAD, note="550 No such mailbox")
    for todo in (send_again, set_aside):
        with pytest.raises(NotNowError, match="Say why"):
            todo(alert=alert, by=officer, reason=" ", at=NOW)
    set_aside(alert=alert, by=officer, reason="Told by telephone", at=NOW)
    assert not Alert.objects.dead().exists()
    with pytest.raises(NotNowError, match="not dead any more"):
        set_aside(alert=alert, by=officer, reason="again", at=NOW)
    send_again(alert=alert, by=officer, reason="The mailbox is there now", at=NOW)
    assert Alert.objects.get().state == State.PENDING
    assert [(act.kind, act.said) for act in alert.acts.all()] == [
        ("set_aside", "Told by telephone"),
        ("sent_again", "The mailbox is there now"),
    ]


@pytest.mark.django_db
@settings(max_examples=30)
@given(st.lists(st.sampled_from([State.DELIVERED, State.BOUNCED]), max_size=5), st.sampled_from(list(State)))
def test_reports_that_come_twice_late_or_out_of_order_take_only_listed_steps(
    reports: list[State], first: State
) -> None:
    sending = {"lease": "x", "lease_expires_at": NOW} if first == State.SENDING else {}
    alert = AlertFactory(state=first, **sending)
    state = first
    for reported in reports:
        changed = report(alert=alert, state=reported, said="-", at=NOW)
        assert changed == (may_become(state, reported) and state != reported)
        state = reported if changed else state
        assert Alert.objects.get(pk=alert.pk).state == state
    assert alert.acts.filter(kind=Act.Kind.REPORTED).count() == len(reports)


# The link in a mail


def test_opening_the_link_of_a_mail_acknowledges_nothing_and_its_button_does(expired: Alert, client: Client) -> None:
    path = address_to_acknowledge(expired)
    page = client.get(path)
    assert "Opening this page has acknowledged nothing" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert Alert.objects.get(pk=expired.pk).acknowledged_at is None
    assert client.post(path)["Location"] == path
    expired.refresh_from_db()
    assert expired.acknowledged_by == expired.recipient
    assert "Acknowledged" in client.get(path).content.decode()


def test_a_link_opens_its_own_alert_only_for_a_month_and_while_its_person_is_there(
    expired: Alert, client: Client
) -> None:
    with time_machine.travel(NOW):
        path = address_to_acknowledge(expired)
    for days, status in ((29, 200), (31, 404)):
        with time_machine.travel(NOW + timedelta(days=days)):
            assert client.get(path).status_code == status
    path = address_to_acknowledge(expired)
    assert client.get(path).status_code == 200
    assert client.get(path[:-3] + "xx/").status_code == 404
    User.objects.filter(pk=expired.recipient_id).update(is_active=False)
    assert client.get(path).status_code == 404
    assert client.post(path).status_code == 404
    assert Alert.objects.get(pk=expired.pk).acknowledged_at is None


# Who may do what


def test_what_was_passed_on_to_everyone_is_opened_and_taken_by_whoever_sees_the_matter(expired: Alert) -> None:
    def client(user: User) -> Client:
        found = Client()
        found.force_login(user)
        return found

    colleague, stranger = User.objects.get(username="colleague"), person("stranger")
    auditor = UserFactory(username="auditor", role=Role.AUDITOR)
    address = f"/alerts/{expired.pk}/"
    assert client(colleague).get(address).status_code == 404, "it is another's"
    Alert.objects.filter(pk=expired.pk).update(level=Alert.Level.EVERYONE)
    assert client(stranger).get(address).status_code == 404
    assert client(stranger).post(f"{address}acknowledge/").status_code == 404
    assert client(auditor).get(address).status_code == 200
    assert client(auditor).post(f"{address}acknowledge/").status_code == 404
    home = client(colleague).get("/?as_of=2024-09-01").content.decode()
    assert "Nobody has acknowledged these" in home
    assert "Nobody has acknowledged these" not in client(stranger).get("/?as_of=2024-09-01").content.decode()
    assert client(colleague).post(f"{address}acknowledge/", {"back": "alert"})["Location"] == address
    expired.refresh_from_db()
    assert expired.acknowledged_by == colleague
