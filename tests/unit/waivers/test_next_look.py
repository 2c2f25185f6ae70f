"""A group that is left alone until its next look misses nothing: held against looking every day."""

from __future__ import annotations

import os
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.register import Audience
from tests.unit.position.strategies import DAYS, FIRST, portfolios, smallest
from tests.unit.position.test_against_naive import IN_CI
from waivers.position.facts import Facts
from waivers.position.timeline import timeline
from waivers.positions import Group
from waivers.reminders import Paper, Watched, Watchlist, letters
from waivers.sweeps import dates_in, next_look

MANY = int(os.environ.get("NEXT_LOOK_EXAMPLES", "0")) or (60 if IN_CI else 20)
LEADS = ((7, 1, 0), (30, 3), (0,))
Key = tuple[str, str, str]


def watchlist(facts: Facts, leads: tuple[int, ...], monitored_from: date) -> Watchlist:
    watched = {
        debt.ref: Watched(debt.ref, monitored_from, leads, (), (f"instrument:{debt.ref}",), Audience(), False)
        for debt in facts.instruments
    }
    papers = {
        paper.ref: Paper(paper.ref, paper.instrument, paper.instrument, paper.until, "", paper.inclusive, None, ())
        for paper in facts.waivers
    }
    return Watchlist(watched, papers, {}, {})


def due(facts: Facts, names: Watchlist, on: date) -> tuple[set[Key], date | None]:
    """What is due to be told on a day, and when to look next."""
    group = Group(1, timeline(facts, today=on))
    told = [letter.for_leads((), on) for letter, _ in letters(group, names, on)]
    return {(each.about, each.kind, each.version) for each in told if each}, next_look(group, names, on)


def missed(facts: Facts, leads: tuple[int, ...], monitored_from: date) -> tuple[date, set[Key]] | None:
    """The first day on which something new was due and nobody looked."""
    names = watchlist(facts, leads, monitored_from)
    told: set[Key] = set()
    look: date | None = DAYS[0]
    for on in (DAYS[0] + timedelta(days=n) for n in range((DAYS[-1] - DAYS[0]).days + 45)):
        now, next_ = due(facts, names, on)
        if look is not None and on >= look:
            told |= now
            look = next_
            assert look is None or look > on
        elif now - told:
            return on, now - told
    return None


@pytest.mark.slow
@settings(
    max_examples=MANY,
    deadline=None,
    derandomize=IN_CI,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(portfolios(), st.sampled_from(LEADS), st.sampled_from([FIRST, FIRST + timedelta(days=25)]))
def test_nothing_becomes_due_on_a_day_on_which_nobody_looks(
    facts: Facts, leads: tuple[int, ...], monitored_from: date
) -> None:
    if missed(facts, leads, monitored_from):
        fewer = smallest(facts, lambda found: missed(found, leads, monitored_from) is not None)
        pytest.fail(f"{missed(fewer, leads, monitored_from)} of {fewer}")


def test_every_date_that_a_fact_names_is_seen_at_whatever_depth() -> None:
    nested = (date(2000, 1, 1), (frozenset({date(2000, 1, 2)}), "2000-01-03", None), 5)
    assert set(dates_in(nested)) == {date(2000, 1, 1), date(2000, 1, 2)}


def test_what_is_long_over_is_never_looked_at_again() -> None:
    facts = Facts(instruments=())
    assert next_look(Group(1, timeline(facts)), watchlist(facts, (7,), FIRST), FIRST) is None
