"""Claims, leases and real SMTP: an alert has one sender at a time, and whatever the server does, none is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from alerts.dispatch import AT_ONCE, GIVE_UP_AFTER, Tally, claim, dispatch
from alerts.letters import Letter
from alerts.models import Alert, Attempt
from alerts.operations import raise_alerts
from alerts.register import Audience
from alerts.states import State
from audit.models import User
from tests.integration.alerts.sink import Sink, smtp_sink
from tests.integration.alerts.test_reminders import at_once
from tests.integration.alerts.world import person

READING = '"until May 1, 2000": the date itself is not included, so the last day in force is 30 April 2000, Sun.'
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)


def letter(number: int = 1, **fields: object) -> Letter:
    return Letter(
        **{
            "about": f"waiver:w-{number}",
            "kind": "waiver_ending",
            "version": "2000-04-30:7",
            "contractual_date": date(2000, 4, 30),
            "reading": READING,
            "due": date(2024, 6, 1),
            "heading": f"w-{number} ends",
            "what": "It is in force.",
            "why": ("It holds back p-1.",),
            "sources": ("Agreement, paragraph 2",),
            "todo": "Decide.",
            "path": f"/waivers/w-{number}/",
            "open_subject": True,
            **fields,
        }
    )


def raised(to: User, count: int = 1, **fields: object) -> list[Alert]:
    letters = [(letter(number, **fields), Audience(desk=(to,))) for number in range(1, count + 1)]
    raise_alerts(letters, raised_for=NOW.date(), at=NOW)
    return list(Alert.objects.filter(recipient=to).order_by("id"))


def run(at: datetime = NOW) -> Tally:
    return dispatch(lambda: at)


@pytest.fixture
def sink(settings: object) -> Iterator[Sink]:
    with smtp_sink() as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        settings.EMAIL_TIMEOUT = 0.5
        yield sink


# The database's own checks


@pytest.mark.parametrize("state", list(State))
def test_the_database_takes_every_state_of_the_table(officer: User, state: State) -> None:
    raised(officer)
    Alert.objects.update(state=state, lease="x", lease_expires_at=NOW)


@pytest.mark.parametrize(
    "columns", [{"state": "sent"}, {"state": "PENDING"}, {"state": ""}, {"state": "sending", "lease": ""}]
)
def test_the_database_refuses_any_other_state_and_sending_without_a_lease(officer: User, columns: dict) -> None:
    raised(officer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.update(**columns)


# Claims and leases


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_dispatchers_that_claim_at_once_never_share_an_alert() -> None:
    raised(person("officer"), 60)
    claimed: list[int] = []

    def claims() -> None:
        while mine := claim(NOW, limit=7):
            claimed.extend(alert.pk for alert in mine)

    at_once(claims, 4)
    assert sorted(claimed) == sorted(Alert.objects.values_list("pk", flat=True))
    assert Attempt.objects.count() == 60


def test_a_claim_is_committed_with_its_attempt_and_urgent_ones_come_first(officer: User) -> None:
    raised(officer, 3)
    [urgent] = [alert for alert in raised(officer, 4, urgent=True) if alert.urgent]
    assert [alert.pk for alert in claim(NOW, limit=1)] == [urgent.pk]
    urgent.refresh_from_db()
    assert (urgent.state, urgent.attempts, urgent.possible_repeat) == ("sending", 1, False)
    assert urgent.lease_expires_at > NOW
    assert str(Attempt.objects.get()) == f"attempt 1 of alert {urgent.pk}: under way"


def test_an_expired_lease_is_taken_over_as_a_possible_repeat_and_the_first_sender_is_not_heard(
    officer: User, sink: Sink, settings: object
) -> None:
    raised(officer)
    claim(NOW, limit=1)
    assert run().accepted == 0, "the lease still runs"
    later = NOW + settings.ALERT_LEASE + timedelta(seconds=1)
    moments = iter([NOW, NOW, NOW, later])  # digests; claimed in time, begun in time, done when the lease had run out

    Alert.objects.update(state=State.PENDING, lease="", lease_expires_at=None)

    class TakenOver(Sink):
        async def handle_DATA(self, *args: object) -> str:  # noqa: N802
            return await Sink.handle_DATA(sink, *args)

    def clock() -> datetime:
        moment = next(moments, NOW)
        if moment == later:  # while the first was at it, another dispatcher came by
            assert [alert.possible_repeat for alert in claim(later, limit=1)] == [True]
        return moment

    tally = dispatch(clock)
    alert = Alert.objects.get()
    assert (tally.accepted, tally.lost_lease) == (0, 1)
    assert (alert.state, alert.possible_repeat, alert.message_id) == ("sending", True, "")
    assert Attempt.objects.get(number=2).outcome == "lease lost"
    assert run(later + settings.ALERT_LEASE).accepted == 1
    assert [message["Subject"][:15] for message in sink.got] == ["w-1 ends [alert", "Possible repeat"]
    assert len(set(sink.ids())) == 1


def test_nothing_is_begun_in_the_last_fifth_of_a_lease(officer: User, sink: Sink, settings: object) -> None:
    raised(officer)
    moments = iter([NOW, NOW, NOW + settings.ALERT_LEASE * 0.81])
    assert dispatch(lambda: next(moments, NOW)).lost_lease == 1
    assert sink.got == []


# What the server says


def test_the_message_that_arrives_is_one_that_a_lawyer_could_forward(officer: User, sink: Sink) -> None:
    [alert] = raised(officer, heading="w-1 ends\r\nBcc: everybody@desk.example\n\nsoon", open_subject=True)
    assert run().accepted == 1
    [message] = sink.got
    plain, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for part in (plain, html.replace("&quot;", '"')):
        for said in (
            "30 April 2000, Sun (",
            READING,
            "It holds back p-1.",
            "Agreement, paragraph 2",
            "What to do",
            "Decide.",
            "http://127.0.0.1:8000/waivers/w-1/",
        ):
            assert said in " ".join(part.replace("</strong>", "").split()) or said in part
    assert message["Subject"] == f"w-1 ends Bcc: everybody@desk.example soon [alert {alert.pk}]"
    assert message["Bcc"] is None
    alert.refresh_from_db()
    assert (alert.state, alert.message_id, alert.accepted_at) == ("accepted", message["Message-ID"], NOW)
    assert run(NOW + timedelta(days=1)) == Tally()


@pytest.mark.slow
def test_many_messages_go_over_one_connection(officer: User, sink: Sink) -> None:
    raised(officer, AT_ONCE + 5)
    assert run().accepted == AT_ONCE + 5
    assert (len(sink.got), sink.connections) == (AT_ONCE + 5, 1)


def test_a_mailbox_that_is_not_there_makes_the_alert_dead_with_the_servers_reason(officer: User, sink: Sink) -> None:
    sink.answers = ["550 No such mailbox", "ok"]
    raised(officer, 2)
    tally = run()
    assert (tally.dead, tally.accepted) == (1, 1)
    dead = Alert.objects.get(state="dead")
    assert dead.note == "550 No such mailbox"
    assert dead.attempt_log.get().detail == dead.note


@pytest.mark.slow
@pytest.mark.parametrize("answer", ["451 Busy", "450 Greylisted", "drop", "hang"])
def test_what_may_pass_is_tried_again_under_the_same_message_id(officer: User, sink: Sink, answer: str) -> None:
    sink.answers = [answer, "ok"]
    raised(officer)
    assert run().retried == 1
    alert = Alert.objects.get()
    assert alert.state == "pending"
    assert NOW + timedelta(seconds=5) <= alert.next_attempt_at <= NOW + timedelta(seconds=10)
    assert run() == Tally(), "not before its time"
    assert run(alert.next_attempt_at).accepted == 1
    assert len(set(sink.ids())) == 1
    assert list(alert.attempt_log.values_list("number", "outcome")) == [(1, "pending"), (2, "accepted")]


def test_a_message_that_may_have_been_taken_is_sent_again_as_a_possible_repeat(officer: User, sink: Sink) -> None:
    sink.answers = ["drop", "ok"]
    raised(officer)
    run()
    run(NOW + timedelta(minutes=1))
    assert [str(message["Subject"]).startswith("Possible repeat") for message in sink.got] == [False, True]


def test_a_server_that_is_not_there_loses_nothing_until_three_days_have_passed(
    officer: User, sink: Sink, settings
) -> None:
    settings.EMAIL_PORT = 1
    raised(officer)
    assert run().retried == 1
    assert "ConnectionRefusedError" in Alert.objects.get().note
    assert run(NOW + GIVE_UP_AFTER).retried == 1
    assert run(NOW + GIVE_UP_AFTER + timedelta(hours=1)).dead == 1
    assert Alert.objects.get().note.startswith("given up after 72 hours")


@pytest.mark.parametrize("settings_of_ours", ["EHLO refused", "password refused"])
def test_a_server_that_refuses_us_and_not_the_mailbox_kills_no_alert(
    officer: User, sink: Sink, settings: object, settings_of_ours: str
) -> None:
    """A wrong password, or a relay that turns us away, is mended by an administrator; the alerts wait."""
    if settings_of_ours == "EHLO refused":
        sink.answers = ["554 go away"]
    else:
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = "wrong"
    raised(officer, 2)
    assert run().dead == 0
    assert set(Alert.objects.values_list("state", flat=True)) == {"pending"}


@pytest.mark.parametrize(
    ("columns", "reason"),
    [({"email": ""}, "has no e-mail address"), ({"is_active": False}, "is no longer active")],
)
def test_whoever_cannot_be_written_to_makes_the_alert_dead_at_once(
    officer: User, sink: Sink, columns: dict, reason: str
) -> None:
    raised(officer)
    User.objects.update(**columns)
    assert run().dead == 1
    assert reason in Alert.objects.get().note


@pytest.mark.parametrize("address", ["a@desk.example\nBcc: b@desk.example", "ü" * 70 + "@desk.example"])
def test_an_address_that_cannot_be_put_on_a_message_holds_up_no_other_alert(
    officer: User, sink: Sink, address: str
) -> None:
    raised(officer)
    User.objects.update(email=address)
    raised(person("colleague"), 2)
    tally = run()
    assert (tally.accepted, tally.dead + tally.retried) == (2, 1)
    assert [message["To"] for message in sink.got] == ["colleague@desk.example"] * 2


def test_an_alert_whose_content_cannot_be_read_holds_up_no_other(officer: User, sink: Sink) -> None:
    first, _ = raised(officer, 2)
    Alert.objects.filter(pk=first.pk).update(content={})
    assert run().accepted == 1
