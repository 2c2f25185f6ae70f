"""As-of look-ups, waived through, looking ahead and differences."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.unit.position.build import (
    action,
    clause,
    day,
    debts,
    event,
    line_of,
    notice,
    owed,
    status_on,
    through_on,
    trigger,
    two_debts,
    waiver,
    waiver_on,
)
from waivers.position.facts import Deferral, Facts, Standing, Waiver, WaiverKind
from waivers.position.rules import Day, State
from waivers.position.timeline import Change, InstrumentPosition, Position, WaiverPosition, difference, timeline

FORBEARANCE = WaiverKind.FORBEARANCE


def test_nothing_recorded_is_nothing_to_tell():
    line = timeline(Facts())
    assert line.critical_dates == ()
    assert line.day(day(1)) == Day(date.min)
    assert line.position(day(1)) == Position(day(1), (), ())


def test_an_instrument_with_no_line_is_clear_and_both_lists_are_sorted():
    waivers = (waiver("z", "bank", 5, 20), waiver("a", "notes", 5, executed=None))
    position = timeline(two_debts(waivers=waivers)).position(day(1))
    assert position.as_of == day(1)
    assert position.instruments == (
        InstrumentPosition("bank", State.CLEAR, None, ()),
        InstrumentPosition("notes", State.CLEAR, None, ()),
    )
    assert position.waivers == (
        WaiverPosition("a", "draft", None, None, None),
        WaiverPosition("z", "pending", day(5), day(19), None),
    )


def test_the_critical_dates_are_those_on_which_something_may_change_each_once():
    facts = two_debts(
        payments=(owed(due=10, paid=50, deferrals=(Deferral(day(30), day(40)),)),),
        clauses=(clause("cross_payment_default", "bank", 3), clause("event", "bank")),
        waivers=(waiver("w", "bank", 5, 25), waiver("draft", "bank", 6, 26, executed=None)),
        holder_actions=(action("h", "acceleration_declared", 60, annulled=day(62)),),
        default_events=(event("e", 70, 72), event("f", 74, standing=Standing.DISPUTED)),
        termination_notices=(notice("t", "w", 80, 82), notice("u", "w", 82, 81)),
    )
    expected = [5, 10, 13, 25, 26, 30, 40, 43, 50, 60, 62, 70, 72, 74, 82]
    assert timeline(facts).critical_dates == tuple(day(on) for on in expected)


def test_a_look_up_finds_the_last_critical_date_on_or_before_the_day():
    line = timeline(two_debts(payments=(owed(due=10, paid=20),)))
    assert [line.day(day(on)).on for on in (9, 10, 11, 19, 20, 21)] == [
        date.min,
        *(day(on) for on in (10, 10, 10, 20, 20)),
    ]


def test_lines_are_sorted_by_clause_then_root():
    facts = two_debts(
        payments=(owed("b"), owed("a", 12)),
        clauses=(clause("cross_payment_default", "bank"), clause("cross_default", "bank"), clause("payment", "notes")),
    )
    bank, _ = timeline(facts).position(day(12)).instruments
    assert [(line.clause, line.root.ref) for line in bank.lines] == [
        ("bank-cross_default", "a"),
        ("bank-cross_default", "b"),
        ("bank-cross_payment_default", "a"),
        ("bank-cross_payment_default", "b"),
    ]


# Waivers


@pytest.mark.parametrize(
    ("on", "expected"), [(4, "pending"), (5, "in_force"), (9, "in_force"), (10, "expired"), (99, "expired")]
)
def test_a_waiver_is_pending_then_in_force_then_expired(on: int, expected: str):
    assert status_on(timeline(two_debts(waivers=(waiver("w", "bank", 5, 10),))), on) == expected


@pytest.mark.parametrize("on", [1, 50])
def test_an_unexecuted_waiver_is_a_draft_and_one_with_an_open_condition_is_pending(on: int):
    waivers = (waiver("d", "bank", 5, 10, executed=None), waiver("o", "bank", 5, 10, conditions=(None,)))
    line = timeline(two_debts(waivers=waivers))
    assert (status_on(line, on, "d"), status_on(line, on, "o")) == ("draft", "pending")


def test_a_waiver_whose_condition_is_met_after_its_end_is_pending_then_expired():
    line = timeline(two_debts(waivers=(waiver("w", "bank", 5, 10, conditions=(day(20),)),)))
    assert [status_on(line, on) for on in (9, 15, 19, 20)] == ["pending", "pending", "pending", "expired"]
    assert waiver_on(line, 15) == WaiverPosition("w", "pending", day(20), day(9), None)


def test_a_waiver_may_run_to_the_last_day_of_the_calendar():
    w = replace(waiver("w", "bank", 5), until=date.max, inclusive=True)
    assert status_on(timeline(two_debts(waivers=(w,))), 10) == "in_force"


# Waived through


def through(on: int, *waivers: Waiver, **fields: object) -> date | None:
    return through_on(timeline(two_debts(waivers=waivers, **fields)), on)


def test_waived_through_is_the_last_day_of_the_waiver():
    assert through(12, waiver("w", "bank", 5, 20)) == day(19)
    assert through(19, waiver("w", "bank", 5, 20)) == day(19)
    assert through(12, waiver("w", "bank", 5, 20, inclusive=True)) == day(20)


def test_waived_through_is_none_when_nothing_is_waived_or_nothing_ends():
    assert through(20, waiver("w", "bank", 5, 20)) is None
    assert through(9, waiver("w", "bank", 5, 20)) is None
    assert through(12, waiver("w", "bank", 5)) is None


def test_waived_through_follows_waivers_that_overlap_or_directly_follow():
    first = waiver("w", "bank", 5, 20)
    assert through(12, first, waiver("v", "bank", 20, 30, executed=10)) == day(29)
    assert through(12, first, waiver("v", "bank", 15, 30, executed=10)) == day(29)
    assert through(12, first, waiver("v", "bank", 21, 30, executed=10)) == day(19)
    assert through(
        12, waiver("a", "bank", 20, 30, executed=10), waiver("z", "bank", 30, 40, executed=10), first
    ) == day(39)
    assert through(12, first, waiver("v", "bank", 6, 15)) == day(19)


def test_waived_through_is_none_where_a_waiver_without_an_end_takes_over_and_not_after_a_gap():
    first = waiver("w", "bank", 5, 20)
    assert through(12, first, waiver("v", "bank", 20, executed=10)) is None
    assert through(12, first, waiver("v", "bank", 21, executed=10)) == day(19)
    assert through(12, first, waiver("v", "bank", 5)) is None


def test_waived_through_counts_what_was_executed_and_complete_by_the_day():
    first = waiver("w", "bank", 5, 20)
    later = waiver("v", "bank", 18, 30, executed=13)
    assert [through(on, first, later) for on in (12, 13)] == [day(19), day(29)]
    conditional = waiver("v", "bank", 18, 30, executed=1, conditions=(day(13), day(2)))
    assert [through(on, first, conditional) for on in (12, 13)] == [day(19), day(29)]
    late_paper = waiver("w", "bank", 5, 20, executed=15)
    assert through(12, late_paper) == day(19)
    assert through(12, waiver("w", "bank", 12, 20, executed=15)) == day(19)
    assert through(12, first, waiver("v", "bank", 18, 30, executed=None)) == day(19)
    assert through(12, first, waiver("v", "bank", 18, 30, executed=1, conditions=(None,))) == day(19)


def test_waived_through_counts_only_waivers_of_the_instrument_that_cover_the_line():
    first = waiver("w", "bank", 5, 20)
    assert through(12, first, waiver("v", "bank", 5, 30, kind=FORBEARANCE)) == day(19)
    assert through(12, first, waiver("v", "notes", 5, 30)) == day(19)
    other = replace(waiver("v", "bank", 5, 30), covers=())
    assert through(12, first, other) == day(19)


def test_waived_through_leaves_out_a_waiver_that_has_ended_and_not_one_that_will():
    rescinded = waiver("v", "bank", 5, 30, ends_on=(trigger("remedies"),))
    actions = (action("h", "remedy", 13),)
    first = waiver("w", "bank", 5, 20)
    assert [through(on, first, rescinded, holder_actions=actions) for on in (12, 13)] == [day(29), day(19)]


def test_waived_through_knows_a_notice_once_it_is_given():
    on_notice = waiver("w", "bank", 5, 40, ends_on=(trigger("remedies", notice=True),))
    fields = {"holder_actions": (action("h", "remedy", 12),), "termination_notices": (notice("t", "w", 14, 20),)}
    assert [through(on, on_notice, **fields) for on in (13, 14, 19)] == [day(39), day(19), day(19)]
    same_day = fields | {"termination_notices": (notice("t", "w", 12, 20),)}
    assert through(12, on_notice, **same_day) == day(19)
    early = fields | {"termination_notices": (notice("t", "w", 11, 20),)}
    assert through(14, on_notice, **early) == day(39)
    void = fields | {"termination_notices": (notice("t", "w", 14, 60), notice("u", "other", 14, 20))}
    assert through(14, on_notice, **void) == day(39)


def test_waived_through_does_not_know_what_happens_after_the_day():
    on_notice = waiver("w", "bank", 5, 40, ends_on=(trigger("remedies", notice=True), trigger("acceleration")))
    actions = (action("h", "remedy", 12), action("g", "acceleration_sought", 16))
    noticed = {"holder_actions": actions, "termination_notices": (notice("t", "w", 14, 20),)}
    assert through(14, on_notice, **noticed) == day(19)


def test_waived_through_is_the_earliest_of_the_lines_that_have_an_end():
    fields = {
        "clauses": (*two_debts().clauses, clause("payment", "bank")),
        "payments": (owed(), owed("own", of="bank")),
    }
    own = replace(waiver("v", "bank", 5, 15), covers=waiver("x", "bank", 1).covers)
    own = replace(own, covers=(replace(own.covers[0], instruments=frozenset({"bank"})),))
    assert through(12, waiver("w", "bank", 5, 20), own, **fields) == day(14)
    assert through(12, waiver("w", "bank", 5, 20), replace(own, until=None), **fields) == day(19)
    assert through(12, waiver("w", "bank", 5), replace(own, until=None), **fields) is None
    assert through(12, waiver("w", "bank", 5, 20), **fields) is None


# Standing since


def test_standing_since_is_the_day_from_which_a_state_has_had_no_break():
    facts = two_debts(
        payments=(owed(due=10, paid=30),), waivers=(waiver("w", "bank", 15, 20), waiver("v", "notes", 12))
    )
    line = timeline(facts)
    since = {on: line.standing_since("bank", State.EVENT_OF_DEFAULT, day(on)) for on in (9, 10, 14, 15, 20, 29, 30)}
    assert since == {9: None, 10: day(10), 14: day(10), 15: None, 20: day(20), 29: day(20), 30: None}
    assert line.standing_since("bank", State.WAIVED, day(19)) == day(15)
    assert line.standing_since("notes", State.CLEAR, day(40)) == day(10)


# Looking ahead


def test_a_timeline_ahead_assumes_later_payments_paid_and_shows_them_missed_on_request():
    facts = two_debts(payments=(owed("coupon", 10), owed("next", 40)))
    ahead = timeline(facts, today=day(20))
    assert [line.root.ref for line in ahead.day(day(40)).lines.values()] == ["coupon"]
    what_if = timeline(facts, today=day(20), missed=frozenset({("notes", "next")}))
    assert [line.root.ref for line in what_if.day(day(40)).lines.values()] == ["coupon", "next"]


# Differences


def test_a_timeline_does_not_differ_from_itself():
    line = timeline(two_debts(waivers=(waiver("w", "bank", 5, 20),)))
    assert difference(line, line) == []


def test_a_difference_tells_from_when_to_when_what_becomes_what():
    facts = two_debts(
        payments=(owed(due=10, paid=30),),
        waivers=(waiver("w", "bank", 5, 25, ends_on=(trigger("remedies"),)), waiver("a", "notes", 1)),
    )
    what_if = replace(facts, holder_actions=(action("h", "remedy", 12),))
    assert difference(timeline(facts), timeline(what_if)) == [
        Change("instrument", "bank", day(12), day(25), "waived", "event_of_default"),
        Change("waiver", "w", day(12), day(25), "in_force", "rescinded"),
        Change("waiver", "w", day(25), None, "expired", "rescinded"),
    ]


def test_a_difference_names_what_only_one_timeline_has():
    facts = two_debts(waivers=(waiver("w", "bank", 5, 20),))
    wider = replace(facts, instruments=(*facts.instruments, *debts("loan")))
    without = replace(facts, waivers=())
    assert difference(timeline(facts), timeline(wider)) == [Change("instrument", "loan", day(5), None, "", "clear")]
    assert difference(timeline(facts), timeline(without)) == [
        Change("instrument", "bank", day(10), day(20), "waived", "event_of_default"),
        Change("waiver", "w", day(5), day(20), "in_force", ""),
        Change("waiver", "w", day(20), None, "expired", ""),
    ]


def test_a_difference_that_lasts_hides_no_other():
    facts = two_debts(waivers=(waiver("w", "bank", 5, 20),))
    other = replace(facts, waivers=(), instruments=(*facts.instruments, *debts("loan")))
    assert difference(timeline(facts), timeline(other)) == [
        Change("instrument", "bank", day(10), day(20), "waived", "event_of_default"),
        Change("instrument", "loan", day(5), None, "", "clear"),
        Change("waiver", "w", day(5), day(20), "in_force", ""),
        Change("waiver", "w", day(20), None, "expired", ""),
    ]


def test_a_difference_that_ends_and_returns_is_two_changes():
    facts = two_debts(payments=(owed(due=10, paid=20), owed("next", 30, paid=40)))
    covered = replace(facts, waivers=(waiver("w", "bank", 5),))
    changes = [change for change in difference(timeline(facts), timeline(covered)) if change.what == "instrument"]
    assert changes == [
        Change("instrument", "bank", day(10), day(20), "event_of_default", "waived"),
        Change("instrument", "bank", day(30), day(40), "event_of_default", "waived"),
    ]


# Days on which no default stands


def test_an_event_cured_on_its_own_day_still_ends_the_waiver_that_names_it():
    facts = two_debts(
        payments=(),
        clauses=(clause("event", "bank"),),
        waivers=(waiver("w", "bank", 5, 40, ends_on=(trigger("event", events=["covenant"]),)),),
        default_events=(event("e", 12, 12),),
    )
    line = timeline(facts)
    assert (status_on(line, 11), status_on(line, 12)) == ("in_force", "rescinded")


def test_a_notice_is_heeded_days_after_its_trigger_though_nothing_stands_in_between():
    facts = two_debts(
        payments=(),
        waivers=(
            waiver("w", "bank", 5, 40, ends_on=(trigger("remedies", notice=True),)),
            waiver("v", "bank", 12, 14),
        ),
        holder_actions=(action("suit", "remedy", 10),),
        termination_notices=(notice("n", "w", 16, 16),),
    )
    line = timeline(facts)
    assert (status_on(line, 15), status_on(line, 16)) == ("in_force", "terminated")


def test_a_waiver_tied_to_one_that_a_notice_ends_falls_the_same_day():
    facts = two_debts(
        instruments=debts("notes", "bank", "loan"),
        waivers=(
            waiver("a", "bank", 5, 40, ends_on=(trigger("remedies", notice=True),)),
            waiver("b", "loan", 5, 40, ends_on=(trigger("waiver_ended", waivers=["a"]),)),
            waiver("c", "loan", 5, 40),
        ),
        holder_actions=(action("suit", "remedy", 10),),
        termination_notices=(notice("n", "a", 16, 16),),
    )
    line = timeline(facts)
    assert [str(status_on(line, 16, ref)) for ref in "abc"] == ["terminated", "rescinded", "in_force"]


def test_a_cross_default_counts_from_the_earliest_of_several_lines_of_one_cause():
    graces = (0, 2, 3, 4, 5, 6, 7)
    several = [replace(clause("cross_payment_default", "bank", grace, "notes"), ref=f"c{grace}") for grace in graces]
    facts = two_debts(
        instruments=debts("notes", "bank", "loan"),
        clauses=(*several, clause("cross_default", "loan", 0, "bank")),
    )
    line = timeline(facts)
    assert [line_of(line, on, "loan-cross_default").since for on in (10, 14, 17)] == [day(10)] * 3
