"""Where things go in a drawing: what is asserted is what a reader relies on, not single units."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.position.build import action, clause, day, debts, owed, two_debts, waiver
from tests.unit.position.strategies import portfolios
from waivers.dossier import Dossier
from waivers.drawings import (
    LEFT,
    RIGHT,
    Scale,
    draw_strip,
    draw_timeline,
    draw_web,
    month_days,
    segments_of,
    window,
)
from waivers.position.rules import ONE_DAY
from waivers.position.timeline import timeline
from waivers.positions import Group
from waivers.turns import Turn

DAYS = st.dates(date(1990, 1, 1), date(2040, 1, 1))


def group(facts: object) -> Group:
    return Group(1, timeline(facts, today=day(400)))


@given(DAYS, st.integers(1, 9000), st.integers(-10000, 20000))
def test_a_scale_keeps_every_day_inside_and_in_order(first: date, length: int, away: int) -> None:
    scale = Scale(first, first + timedelta(days=length))
    on = first + timedelta(days=away)
    assert LEFT <= scale.x(on) <= RIGHT
    assert scale.x(on) <= scale.x(on + ONE_DAY)
    assert scale.holds(on) is (0 <= away <= length)


@given(portfolios())
def test_segments_follow_one_another_without_a_gap_and_say_what_the_position_says(facts: object) -> None:
    line = timeline(facts, today=day(400))
    scale = Scale(day(-5), day(80))
    for instrument in facts.instruments:
        segments = list(segments_of(line, instrument.ref, scale))
        assert segments[0].start == scale.first
        assert segments[-1].end == scale.last
        for earlier, later in pairwise(segments):
            assert later.start == earlier.end + ONE_DAY
            assert (later.state, later.held_by) != (earlier.state, earlier.held_by)
        for segment in segments:
            for on in (segment.start, segment.end):
                item = next(item for item in line.position(on).instruments if item.ref == instrument.ref)
                assert item.state is segment.state


def test_a_short_life_is_drawn_whole_and_a_long_one_around_the_date() -> None:
    short = timeline(two_debts(waivers=(waiver("w", "bank", 5, 40),)), today=day(400))
    assert window([short], day(20), "") == Scale(day(5) - timedelta(21), day(40) + timedelta(21))
    long = timeline(two_debts(payments=(owed(), owed("late", 2000, paid=2400))), today=day(3000))
    around = window([long], day(1000), "")
    assert around.holds(day(1000))
    assert around.days == 366
    assert window([long], day(1000), "life").holds(day(2400))
    assert window([long], day(1000), "quarter").days == 90
    assert window([], day(1), "").holds(day(1))


def test_the_timeline_marks_payments_deferrals_and_acts_and_says_them_in_words() -> None:
    facts = two_debts(
        waivers=(waiver("w", "bank", 5, 40),), holder_actions=(action("call", "acceleration_declared", 20),)
    )
    drawing = draw_timeline([group(facts)], Dossier(None), ["notes", "bank"], day(15), day(400))
    rows = {row.ref: row for row in drawing.rows}
    assert [mark.kind for mark in rows["notes"].marks] == ["payment", "act"]
    assert "acceleration declared by the holder" in rows["notes"].marks[1].words
    [bar] = rows["bank"].bars
    assert bar.words == "w: from 5 January 2001, Fri through 8 February 2001, Thu; in force"
    assert drawing.as_of_x == drawing.scale.x(day(15))
    assert drawing.today_x is None


@pytest.mark.parametrize("number", [1, 5, 40])
def test_waivers_that_run_side_by_side_take_lanes_that_do_not_touch(number: int) -> None:
    waivers = tuple(waiver(f"w{place:02}", "bank", 5 + place, 60 + place) for place in range(number))
    drawing = draw_timeline([group(two_debts(waivers=waivers))], Dossier(None), ["bank"], day(15), day(15))
    taken: dict[float, list[tuple[float, float]]] = {}
    for bar in drawing.rows[0].bars:
        assert all(bar.x >= end or bar.x + bar.width <= start for start, end in taken.get(bar.y, ()))
        taken.setdefault(bar.y, []).append((bar.x, bar.x + bar.width))
    assert drawing.rows[0].bottom > max(taken)


def test_the_web_draws_an_arc_for_each_way_and_says_whether_a_default_passes() -> None:
    facts = two_debts(
        instruments=debts("notes", "bank", "other"),
        clauses=(
            clause("payment", "notes"),
            clause("cross_payment_default", "bank", 0, "notes"),
            clause("cross_default", "other", 0, "bank"),
        ),
    )
    titles = {ref: ref.title() for ref in ("notes", "bank", "other")}

    def manners(facts: object, on: int) -> dict[tuple[str, str], str]:
        return {(arc.source, arc.target): arc.manner for arc in draw_web([group(facts)], titles, day(on)).arcs}

    assert manners(facts, 5) == {("notes", "bank"): "", ("bank", "other"): ""}
    assert manners(facts, 15) == {("notes", "bank"): "live", ("bank", "other"): "live"}
    held = two_debts(instruments=facts.instruments, clauses=facts.clauses, waivers=(waiver("w", "bank", 5, 40),))
    assert manners(held, 15) == {("notes", "bank"): "held", ("bank", "other"): ""}
    [first, _] = draw_web([group(facts)], titles, day(15)).arcs
    assert (
        first.words
        == "notes drags down bank by bank-cross_payment_default (cross payment default); passes a default now"
    )


def test_the_web_draws_only_what_it_is_given_names_for() -> None:
    drawing = draw_web([group(two_debts())], {"bank": "Bank"}, day(15))
    assert [node.ref for node in drawing.nodes] == ["bank"]
    assert drawing.arcs == []


def test_the_strip_has_one_mark_a_day_and_leaves_out_what_lies_outside() -> None:
    turns = [Turn(day(3), "a"), Turn(day(3), "b", urgent=True), Turn(day(95), "later"), Turn(day(-1), "earlier")]
    strip = draw_strip(turns, day(1), 90)
    [mark] = strip.days
    assert (mark.on, mark.urgent) == (day(3), True)
    assert mark.words.endswith("a; b")


@given(st.integers(1901, 2198), st.integers(1, 12))
def test_a_month_is_shown_in_whole_weeks(year: int, month: int) -> None:
    first, last = month_days(year, month)
    assert (first.weekday(), last.weekday()) == (0, 6)
    assert first <= date(year, month, 1) <= last
    assert (last - first).days + 1 in (28, 35, 42)
