"""The daily message: what can wait, together, once; what is urgent is not in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest

from alerts.dispatch import dispatch, gather_digests
from alerts.models import Alert
from alerts.operations import put, raise_alerts
from alerts.recipients import Told
from alerts.register import Audience
from alerts.states import State
from audit.models import User
from tests.factories import PreferenceFactory
from tests.integration.alerts.sink import Sink, smtp_sink
from tests.integration.alerts.test_dispatch import letter
from tests.integration.alerts.test_reminders import at_once

NOON = datetime(2024, 6, 1, 16, tzinfo=UTC)  # in New York
EIGHT = datetime(2024, 6, 2, 12, tzinfo=UTC)


@pytest.fixture
def sink(settings: object) -> Iterator[Sink]:
    with smtp_sink() as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink


@pytest.fixture
def daily(officer: User) -> User:
    """The officer wants one message a day, at eight in the morning; three things that can wait were raised at noon."""
    PreferenceFactory(owner=officer, daily=True, daily_at=time(8))
    raise_alerts([(letter(number), Audience(desk=(officer,))) for number in (1, 2, 3)], raised_for=NOON.date(), at=NOON)
    return officer


def test_what_can_wait_goes_out_together_in_the_morning(daily: User, sink: Sink) -> None:
    assert dispatch(lambda: NOON).accepted == 0
    assert dispatch(lambda: EIGHT).accepted == 1
    [message] = sink.got
    assert message["Subject"].startswith("3 alerts of 2 June 2024, Sun [alert ")
    for part in ("plain", "html"):
        text = message.get_body((part,)).get_content()
        assert all(f"w-{number} ends" in text for number in (1, 2, 3))
        assert "30 April 2000, Sun" in text
    rows = Alert.objects.exclude(kind="digest")
    assert set(rows.values_list("state", "message_id")) == {(State.ACCEPTED, message["Message-ID"])}
    assert dispatch(lambda: EIGHT + timedelta(days=1)).accepted == 0


def test_what_is_urgent_comes_at_once_by_itself(daily: User, sink: Sink) -> None:
    urgent = (letter(9, urgent=True), Audience(desk=(daily,)))
    raise_alerts([urgent], raised_for=NOON.date(), at=NOON)
    assert dispatch(lambda: NOON).accepted == 1
    assert sink.got[0]["Subject"].startswith("w-9 ends")


@pytest.mark.parametrize(("answer", "state"), [("550 No such mailbox", State.DEAD), ("451 Busy", State.PENDING)])
def test_what_a_digest_carries_shares_its_fate(daily: User, sink: Sink, answer: str, state: State) -> None:
    sink.answers = [answer, "ok"]
    dispatch(lambda: EIGHT)
    assert set(Alert.objects.values_list("state", flat=True)) == {state}
    if state is State.DEAD:
        assert Alert.objects.dead().count() == 4
        assert set(Alert.objects.exclude(kind="digest").values_list("note", flat=True)) == {answer}
    else:
        assert dispatch(lambda: EIGHT + timedelta(minutes=1)).accepted == 1
        assert Alert.objects.filter(kind="digest").count() == 1
        assert set(Alert.objects.values_list("state", flat=True)) == {State.ACCEPTED}
        assert len(set(sink.ids())) == 1, "the same message at each attempt"


def test_what_is_no_longer_so_is_left_out(daily: User, sink: Sink) -> None:
    gather_digests(EIGHT)
    Alert.objects.filter(about="waiver:w-2").update(state=State.SUPERSEDED)
    dispatch(lambda: EIGHT)
    text = sink.got[0].get_body(("plain",)).get_content()
    assert "w-1 ends" in text
    assert "w-2 ends" not in text
    assert Alert.objects.get(about="waiver:w-2").state == State.SUPERSEDED


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_dispatchers_at_once_make_one_digest_that_carries_each_alert_once(daily: User) -> None:
    at_once(lambda: gather_digests(EIGHT), 4)
    assert Alert.objects.filter(kind="digest").count() == 1
    assert set(Alert.objects.exclude(kind="digest").values_list("carried_by__kind", flat=True)) == {"digest"}


def test_the_next_day_has_a_message_of_its_own(daily: User, sink: Sink) -> None:
    dispatch(lambda: EIGHT)
    later = EIGHT + timedelta(hours=1)
    raise_alerts([(letter(4), Audience(desk=(daily,)))], raised_for=date(2024, 6, 2), at=later)
    assert dispatch(lambda: later).accepted == 0
    assert dispatch(lambda: EIGHT + timedelta(days=1)).accepted == 1
    assert [message["Subject"][:8] for message in sink.got] == ["3 alerts", "1 alert "]


def test_told_again_the_outbox_stays_as_it_is(daily: User) -> None:
    again = [Told(letter(1), NOON, daily, daily=True)]
    assert put(again, raised_for=NOON.date(), at=NOON) == 0
