"""The life of an alert as data, the pauses between attempts, and what a message says: no database needed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels.email import compose, message_id
from alerts.dispatch import FIRST_RETRY, LONGEST_RETRY, pause
from alerts.models import Alert
from alerts.states import TRANSITIONS, ImpossibleTransitionError, State, check_transition
from audit.models import User


@pytest.mark.parametrize(("before", "after"), list(product(State, State)))
def test_only_the_listed_steps_are_allowed(before: State, after: State) -> None:
    if (before, after) in TRANSITIONS:
        check_transition(before, after)
    else:
        with pytest.raises(ImpossibleTransitionError, match=f"from {before} to {after}"):
            check_transition(before, after)


def test_every_state_can_be_reached_from_the_first() -> None:
    reached = {State.PENDING}
    for _ in State:
        reached |= {after for before, after in TRANSITIONS if before in reached}
    assert reached == set(State)


@given(st.integers(1, 10_000))
def test_a_pause_doubles_from_ten_seconds_to_a_quarter_of_an_hour_with_half_of_it_jitter(attempts: int) -> None:
    longest = min(FIRST_RETRY * 2 ** min(attempts - 1, 30), LONGEST_RETRY)
    assert longest / 2 <= pause(attempts) <= longest <= timedelta(minutes=15)


def alert(**columns: object) -> Alert:
    content = {
        "heading": "w-1 ends",
        "what": "It is in force.",
        "why": ["It holds back p-1."],
        "sources": ["Waiver, paragraph 1"],
        "todo": "Decide.",
        "path": "/waivers/w-1/",
        "open_subject": False,
    }
    at = datetime(2000, 4, 23, 12, tzinfo=UTC)
    return Alert(
        **{
            "pk": 7,
            "about": "waiver:w-1",
            "kind": "waiver_ending",
            "version": "2000-04-30:7",
            "recipient": User(pk=3, username="officer", email="officer@desk.example"),
            "contractual_date": date(2000, 4, 30),
            "zone": "America/New_York",
            "reading": '"until May 1, 2000": the date itself is not included.',
            "content": content | columns.pop("content", {}),
            "raised_for": date(2000, 4, 23),
            "raised_at": at,
            "next_attempt_at": at,
            **columns,
        }
    )


def test_a_message_says_what_which_date_why_where_and_what_to_do_in_both_parts() -> None:
    message = compose(alert())
    plain, html = message.body, message.alternatives[0].content
    for part in (plain, html):
        for said in ("30 April 2000, Sun", "America/New_York", "the date itself is not included", "It holds back p-1."):
            assert said in part.replace("&quot;", '"')
        for said in (
            "Waiver, paragraph 1",
            "Decide.",
            "/waivers/w-1/",
            "Why",
            "What to do",
            "Alert 7",
            "23 April 2000",
        ):
            assert said in part
    assert message.alternatives[0].mimetype == "text/html"
    assert message.subject == "Something to look at [alert 7]"
    assert message.to == ["officer@desk.example"]


def test_markup_in_a_title_is_text_in_the_html_part() -> None:
    message = compose(alert(content={"what": "<script>alert(1)</script>"}))
    assert "<script>" not in message.alternatives[0].content
    assert "<script>alert(1)</script>" in message.body


@given(st.text())
def test_no_heading_breaks_a_header(heading: str) -> None:
    """Unicode has many line breaks; a heading that a paper's title found its way into may hold any of them."""
    said = {"heading": f"a\r\nBcc: all@desk.example\n{heading}", "open_subject": True}
    message = compose(alert(content=said))
    assert len(message.subject.splitlines()) == 1
    sent = message.message()
    assert sent["Bcc"] is None
    assert "\n" not in str(sent["Message-ID"])


def test_the_message_id_is_of_the_alert_and_not_of_the_attempt() -> None:
    first, again = alert(attempts=1), alert(attempts=9, possible_repeat=True, late=True)
    assert message_id(first) == message_id(again) == compose(again).extra_headers["Message-ID"]
    assert message_id(first) != message_id(alert(version="2000-04-30:3"))
    assert compose(again).subject.startswith("Possible repeat: Late: ")
    assert "You may have had this message before" in compose(again).body
