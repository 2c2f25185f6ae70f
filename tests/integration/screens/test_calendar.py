"""The calendar: month, agenda, and the private feed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from agreements.models import Instrument
from alerts.models import CalendarFeed
from audit.models import User
from audit.signing import signed
from notes.models import Payment
from tests.factories import ConditionFactory, DeferralFactory, PaymentFactory, WaiverFactory
from tests.integration.screens.conftest import BY, Register
from tests.integration.screens.recording import record
from tests.integration.screens.test_who_sees_what import ACTION

See = Callable[..., str]
ADDRESS = re.compile(r"<code>https?://[^/]+(/calendar/feed/[^<]+)</code>")


def test_a_month_has_its_dates_each_on_its_day(see: See) -> None:
    page = see("/calendar/?as_of=2000-04-20")
    assert "<h1>April 2000</h1>" in page
    day = re.search(r'datetime="2000-04-30".*?</td>', page).group()
    assert "last day of cit-2000-01-31" in day
    assert "May 2000 ›" in page
    may = see("/calendar/?as_of=2000-04-20&month=2000-05")
    assert "jr14 matures" in re.search(r'datetime="2000-05-01".*?</td>', may).group()
    assert "interest of jr-conv falls due (deferred)" in may


@pytest.mark.parametrize("month", ["2000-13", "x", "1900-01", "9999-12", "%00"])
def test_a_month_that_is_none_is_the_month_looked_at(see: See, month: str) -> None:
    assert "<h1>April 2000</h1>" in see(f"/calendar/?as_of=2000-04-20&month={month}")


def test_one_kind_of_dates_can_be_chosen(see: See) -> None:
    page = see("/calendar/agenda/?as_of=2000-04-20&kind=maturity")
    assert "jr14 matures" in page
    assert "last day of" not in page


def test_the_agenda_goes_day_by_day_and_says_when_there_is_nothing(see: See) -> None:
    page = see("/calendar/agenda/?as_of=2000-04-20")
    assert page.index("30 April 2000, Sun") < page.index("1 May 2000, Mon")
    assert "Nothing until" in see("/calendar/agenda/?as_of=2010-01-01")


def test_known_at_shows_the_dates_that_were_known(see: See) -> None:
    assert "last day of cit-2000-01-31" not in see("/calendar/?as_of=2000-04-20&known_at=1999-12-31 12:00")


def test_the_last_day_of_a_waiver_that_has_ended_is_no_date_any_more(officer: Client, see: See) -> None:
    assert "last day of cit-2000-01-31" in see("/calendar/?as_of=2000-04-20")
    record(officer, "holder-action", "sr-sub", **ACTION)
    assert "last day of cit-2000-01-31" not in see("/calendar/?as_of=2000-04-20")
    assert "last day of cit-2000-01-31" in see("/calendar/?as_of=2000-04-20&known_at=2000-04-01 12:00")


def test_a_waiver_whose_condition_is_open_neither_begins_nor_ends(register: Register, see: See) -> None:
    waiver = WaiverFactory(
        ref="open", instrument=Instrument.objects.get(ref="cit-lsa"), effective_from=date(2000, 4, 3)
    )
    condition = ConditionFactory(waiver=waiver)
    page = see("/calendar/?as_of=2000-04-20")
    assert "open begins" not in page
    assert "last day of open" not in page
    with signed(BY, "test"):
        condition.satisfied = date(2000, 4, 10)
        condition.save()
    page = see("/calendar/?as_of=2000-04-20")
    assert "open begins" in re.search(r'datetime="2000-04-10".*?</td>', page).group()
    assert "last day of open" in page


def test_a_payment_stands_on_the_day_on_which_it_falls_due_by_what_has_taken_effect_by_then(see: See) -> None:
    """Deferred on 31 January 2000 from 1 February to 1 May; and a deferral that comes too late moves nothing."""
    assert "interest of jr-conv" not in see("/calendar/?as_of=2000-02-10")
    PaymentFactory(ref="late", instrument=Instrument.objects.get(ref="sr-sub"), kind="fee", due=date(2000, 4, 5))
    DeferralFactory(payment=Payment.objects.get(ref="late"), effective=date(2000, 4, 20), to=date(2000, 6, 5))
    page = see("/calendar/?as_of=2000-04-01")
    assert "fee of sr-sub falls due" in re.search(r'datetime="2000-04-05".*?</td>', page).group()


def test_a_kind_of_dates_that_is_none_shows_all(see: See) -> None:
    assert "jr14 matures" in see("/calendar/agenda/?as_of=2000-04-20&kind=bribes")


# The feed


def feed(client: Client, **fields: str) -> str:
    page = client.post("/calendar/feed/", {"step": "make", **fields}).content.decode()
    return ADDRESS.search(page).group(1)


def events(answer: bytes) -> list[tuple[str, str]]:
    calendar = Calendar.from_ical(answer)
    return [(event.decoded("dtstart").isoformat(), str(event["summary"])) for event in calendar.walk("VEVENT")]


@pytest.fixture
def ending(register: Register) -> str:
    """A waiver under Lexington's agreement that ends in ten days."""
    until = timezone.localdate() + timedelta(days=11)
    instrument = Instrument.objects.get(ref="cit-lsa")
    WaiverFactory(ref="soon", instrument=instrument, until_date=until, until_text="")
    return (until - timedelta(days=1)).isoformat()


def test_a_feed_is_off_until_it_is_made_and_gives_its_owners_dates_without_signing_in(
    officer: Client, see: See, ending: str
) -> None:
    assert "Your feed is off" in see("/calendar/feed/")
    address = feed(officer)
    answer = Client().get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    assert (ending, "Last day of soon") in events(answer.content)
    assert events(answer.content) == events(Client().get(address).content)
    page = see("/calendar/feed/")
    assert "Your feed is on" in page
    assert address not in page  # it is shown once


def test_an_opaque_feed_gives_no_name_away(officer: Client, ending: str) -> None:
    answer = Client().get(feed(officer, opaque="1")).content
    assert {summary for _, summary in events(answer)} == {"Standstill: a date to mind"}
    for name in (b"soon", b"cit", b"Lexington", b"waivers/"):
        assert name not in answer
    seals = [str(event["uid"]) for event in Calendar.from_ical(answer).walk("VEVENT")]
    assert len(set(seals)) == len(seals)
    assert all(re.fullmatch(r"[0-9a-f]{40,}@standstill", seal) for seal in seals)


def test_a_feed_shows_only_what_its_owner_may_see(register: Register, ending: str) -> None:
    assert events(Client().get(feed(register.client("stranger"))).content) == []


def test_a_revoked_an_expired_and_a_replaced_feed_answer_like_one_that_never_was(
    register: Register, officer: Client, ending: str
) -> None:
    absent = Client().get("/calendar/feed/none.ics")
    first = feed(officer)
    second = feed(officer)
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    officer.post("/calendar/feed/", {"step": "revoke"})
    revoked = Client().get(second)
    assert (revoked.status_code, revoked.content) == (404, absent.content)
    third = feed(officer)
    CalendarFeed.objects.filter(revoked_at=None).update(expires_at=timezone.now())
    assert Client().get(third).status_code == 404


def test_a_feed_ends_with_its_owners_account(officer: Client, ending: str) -> None:
    address = feed(officer)
    User.objects.filter(username="officer").update(is_active=False)
    assert Client().get(address).status_code == 404


def test_the_token_is_nowhere_in_the_database_and_is_long(officer: Client, ending: str) -> None:
    token = feed(officer).split("/")[-1].removesuffix(".ics")
    assert len(token) >= 43  # 256 bits
    assert token not in str(CalendarFeed.objects.values())


def test_revoking_where_there_is_none_says_so(officer: Client) -> None:
    page = officer.post("/calendar/feed/", {"step": "revoke"}, follow=True).content.decode()
    assert "There was no feed to revoke." in page
