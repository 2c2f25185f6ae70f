"""What an address says of the moment, and what it is given back as."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.http import QueryDict

from audit.moments import moment_of

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
TODAY = date(2026, 11, 24)


def test_nothing_asked_is_today_and_now() -> None:
    moment = moment_of(QueryDict(""), NOW)
    assert (moment.as_of, moment.known_at, moment.faults) == (TODAY, None, ())
    assert moment.is_now
    assert moment.query() == ""


def test_the_day_is_that_of_the_registers_zone() -> None:
    assert moment_of(QueryDict(""), datetime(2026, 11, 25, 3, tzinfo=UTC)).as_of == TODAY


@pytest.mark.parametrize("asked", ["as_of=2000-03-01", "as_of=2000-03-01&known_at=2000-03-20+17%3A00%3A00"])
def test_what_an_address_carries_is_read_back_the_same(asked: str) -> None:
    moment = moment_of(QueryDict(asked), NOW)
    assert not moment.is_now
    assert moment.query() == asked
    assert moment_of(QueryDict(moment.query()), NOW) == moment


def test_another_date_keeps_the_moment_of_knowledge() -> None:
    moment = moment_of(QueryDict("as_of=2000-03-01&known_at=2000-03-20 17:00"), NOW)
    assert moment.query(date(2000, 5, 1)) == "as_of=2000-05-01&known_at=2000-03-20+17%3A00%3A00"
    assert moment.query(TODAY) == "known_at=2000-03-20+17%3A00%3A00"


def test_as_of_today_known_at_a_moment_is_not_now() -> None:
    assert not moment_of(QueryDict("known_at=2026-11-24 09:00"), NOW).is_now


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("as_of=2000-02-30", "As of must be a date"),
        ("as_of=01/02/2000", "As of must be a date"),
        ("as_of=1899-12-31", "As of must be a date"),
        ("as_of=2200-01-01", "As of must be a date"),
        ("known_at=noon", "Known at must be a moment"),
        ("known_at=1066-10-14 09:00", "Known at must be a moment"),
    ],
)
def test_what_cannot_be_read_is_said_and_today_is_shown(asked: str, said: str) -> None:
    moment = moment_of(QueryDict(asked), NOW)
    assert (moment.as_of, moment.known_at) == (TODAY, None)
    assert moment.faults[0].startswith(said)
