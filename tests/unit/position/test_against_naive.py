"""The timeline, which judges critical dates only, against the naive model, which judges every day."""

from __future__ import annotations

import os
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.unit.position.naive import NaiveDay, NaiveInstrument, NaiveLine, walk
from tests.unit.position.strategies import DAYS, portfolios, smallest
from waivers.position.facts import Facts
from waivers.position.timeline import Position, timeline

IN_CI = bool(os.environ.get("CI"))
EXAMPLES = int(os.environ.get("POSITION_EXAMPLES") or (2000 if IN_CI else 200))


def as_naive(position: Position) -> NaiveDay:
    return NaiveDay(
        {
            found.ref: NaiveInstrument(
                str(found.state),
                found.waived_through,
                tuple(
                    NaiveLine(line.clause, line.root, line.state, line.since, line.event_of_default_on, line.waiver)
                    for line in found.lines
                ),
            )
            for found in position.instruments
        },
        {
            found.ref: (str(found.status), None if found.end is None else found.end.ended_on)
            for found in position.waivers
        },
    )


def first_difference(facts: Facts) -> tuple[date, NaiveDay, NaiveDay] | None:
    line = timeline(facts)
    for day, expected in walk(facts, DAYS[0], DAYS[-1]).items():
        found = as_naive(line.position(day))
        if found != expected:
            return day, found, expected
    return None


def differ(facts: Facts) -> bool:
    return first_difference(facts) is not None


@pytest.mark.slow
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=IN_CI,
    database=None,
    phases=[Phase.generate],  # `smallest` shrinks, and better
    suppress_health_check=[HealthCheck.too_slow],
)
@given(portfolios())
def test_every_day_of_the_timeline_is_what_the_naive_model_says(facts: Facts) -> None:
    if differ(facts):
        fewest = smallest(facts, differ)
        day, found, expected = first_difference(fewest)
        pytest.fail(f"on {day}\nfound    {found}\nexpected {expected}\nof {fewest}")
