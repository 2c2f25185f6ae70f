"""Each rule of `rules.py`, at its boundaries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.unit.position.build import (
    action,
    clause,
    day,
    debts,
    event,
    line_of,
    missed,
    notice,
    owed,
    state_on,
    status_on,
    trigger,
    two_debts,
    waiver,
    waiver_on,
)
from waivers.position.facts import (
    AccelerationOf,
    AllOf,
    Clause,
    ClauseKind,
    Deferral,
    Effect,
    Facts,
    FailureToPay,
    Instrument,
    NamedEvents,
    PaymentKind,
    Root,
    RootKind,
    Standing,
    Threshold,
    Trigger,
    TriggerOn,
    Waiver,
    WaiverKind,
)
from waivers.position.rules import (
    Day,
    End,
    Line,
    Span,
    State,
    Status,
    acceleration_spans,
    due_dates,
    due_on,
    event_spans,
    first_day,
    in_its_time,
    in_scope,
    is_missed,
    judge,
    last_day,
    missed_spans,
    named_in_scope,
    open_casefile,
    over_threshold,
    pulls,
    reach,
    worst,
)
from waivers.position.timeline import timeline

FORBEARANCE = WaiverKind.FORBEARANCE
NOTES = frozenset({"notes"})


# Time


def test_until_leaves_the_named_day_out_unless_it_says_that_it_is_included():
    assert last_day(waiver("w", "bank", 1, 31)) == day(30)
    assert last_day(waiver("w", "bank", 1, 31, inclusive=True)) == day(31)
    assert last_day(waiver("w", "bank", 1)) is None
    assert last_day(waiver("w", "bank", 1, inclusive=True)) is None


def test_a_waiver_counts_from_the_later_of_its_effective_date_and_its_last_condition():
    assert first_day(waiver("w", "bank", 5)) == day(5)
    assert first_day(waiver("w", "bank", 5, executed=20)) == day(5)
    assert first_day(waiver("w", "bank", 5, conditions=(day(3), day(9), day(7)))) == day(9)
    assert first_day(waiver("w", "bank", 5, conditions=(day(3),))) == day(5)


def test_a_waiver_does_not_count_unexecuted_or_with_a_condition_open():
    assert first_day(waiver("w", "bank", 5, executed=None)) is None
    assert first_day(waiver("w", "bank", 5, conditions=(day(3), None))) is None
    assert not in_its_time(waiver("w", "bank", 5, executed=None), day(6))


@pytest.mark.parametrize(("on", "expected"), [(4, False), (5, True), (9, True), (10, False)])
def test_a_waiver_is_in_its_time_from_its_first_day_to_its_last(on: int, expected: bool):
    assert in_its_time(waiver("w", "bank", 5, 10), day(on)) is expected


def test_a_waiver_without_an_end_stays_in_its_time():
    assert in_its_time(waiver("w", "bank", 5), date.max)


# Payments


def test_a_payment_falls_due_on_the_date_of_the_last_deferral_in_effect():
    payment = owed(due=10, deferrals=(Deferral(day(20), day(60)), Deferral(day(8), day(30))))
    assert [due_on(payment, day(on)) for on in (7, 8, 19, 20)] == [day(10), day(30), day(30), day(60)]
    assert due_dates(payment) == {day(10), day(30), day(60)}


def test_a_payment_is_missed_from_its_due_date_to_the_day_before_it_is_paid():
    assert [is_missed(owed(due=10, paid=13), day(on)) for on in (9, 10, 12, 13)] == [False, True, True, False]
    assert missed_spans(owed(due=10, paid=13)) == [Span(day(10), day(13))]


@pytest.mark.parametrize("paid", [9, 10])
def test_a_payment_made_on_or_before_its_due_date_was_never_missed(paid: int):
    assert missed_spans(owed(due=10, paid=paid)) == []


def test_a_payment_never_made_is_missed_for_ever():
    assert missed_spans(owed(due=10)) == [Span(day(10))]


def test_a_deferral_on_the_due_date_comes_in_time_and_a_day_later_does_not():
    assert missed_spans(owed(due=10, deferrals=(Deferral(day(10), day(30)),))) == [Span(day(30))]
    assert missed_spans(owed(due=10, deferrals=(Deferral(day(11), day(30)),))) == [
        Span(day(10), day(11)),
        Span(day(30)),
    ]


def test_a_deferral_to_a_day_already_past_leaves_the_run_unbroken():
    payment = owed(due=10, paid=40, deferrals=(Deferral(day(20), day(15)),))
    assert missed_spans(payment) == [Span(day(10), day(40))]


def test_a_deferral_may_bring_a_payment_forward():
    assert missed_spans(owed(due=30, deferrals=(Deferral(day(20), day(15)),))) == [Span(day(20))]


# Actions and events


def test_a_declared_acceleration_stands_until_it_is_annulled_or_withdrawn():
    declared = "acceleration_declared"
    assert acceleration_spans(action("h", declared, 10)) == [Span(day(10))]
    assert acceleration_spans(action("h", declared, 10, annulled=day(20))) == [Span(day(10), day(20))]
    assert acceleration_spans(action("h", declared, 10, annulled=day(20), withdrawn=day(15))) == [
        Span(day(10), day(15))
    ]
    assert acceleration_spans(action("h", declared, 10, annulled=day(10))) == []


@pytest.mark.parametrize("kind", ["acceleration_sought", "remedy"])
def test_what_is_not_a_declared_acceleration_accelerates_nothing(kind: str):
    assert acceleration_spans(action("h", kind, 10)) == []


@pytest.mark.parametrize(
    ("standing", "spans"),
    [("alleged", 1), ("verified", 1), ("disputed", 0), ("recorded_in_error", 0)],
)
def test_only_alleged_and_verified_facts_count(standing: str, spans: int):
    assert len(acceleration_spans(action("h", "acceleration_declared", 10, standing=Standing(standing)))) == spans
    assert len(event_spans(event("e", 10, standing=Standing(standing)))) == spans


def test_a_default_event_stands_from_its_date_until_it_is_cured():
    assert event_spans(event("e", 10)) == [Span(day(10))]
    assert event_spans(event("e", 10, 12)) == [Span(day(10), day(12))]
    assert event_spans(event("e", 10, 10)) == []


def test_a_span_holds_its_start_and_not_its_end():
    span = Span(day(10), day(12))
    assert [day(on) in span for on in (9, 10, 11, 12)] == [False, True, True, False]
    assert day(500) in Span(day(10))


# What a clause reaches


def test_a_clause_reaches_what_it_names_else_the_others_that_share_an_obligor():
    instruments = (
        Instrument("a", frozenset({"x", "y"})),
        Instrument("b", frozenset({"y"})),
        Instrument("c", frozenset({"z"})),
        Instrument("d", frozenset({"x", "z"})),
    )
    assert reach(clause("cross_default", "a"), instruments) == ("b", "d")
    assert reach(clause("cross_default", "c"), iter(instruments)) == ("d",)
    assert reach(clause("cross_default", "a", 0, "c"), instruments) == ("c",)


@pytest.mark.parametrize(
    ("or_equal", "amount", "expected"),
    [
        (False, "999.99", False),
        (False, "1000", False),
        (False, "1000.01", True),
        (True, "999.99", False),
        (True, "1000", True),
        (True, "1000.01", True),
    ],
)
@pytest.mark.parametrize("aggregate", [False, True])
def test_a_threshold_is_exact(or_equal: bool, amount: str, expected: bool, aggregate: bool):
    bank = clause("cross_default", "bank", threshold=Threshold(Decimal(1000), or_equal, aggregate))
    assert over_threshold(bank, {"notes": Decimal(amount)}) == ({"notes"} if expected else set())


def test_an_aggregate_threshold_adds_up_and_takes_all_or_none():
    bank = clause("cross_default", "bank", threshold=Threshold(Decimal(1000), aggregate=True))
    assert over_threshold(bank, {"a": Decimal(600), "b": Decimal(400)}) == set()
    assert over_threshold(bank, {"a": Decimal(601), "b": Decimal(400)}) == {"a", "b"}
    assert over_threshold(bank, {}) == set()


def test_an_unknown_principal_lets_itself_through_alone_and_everything_in_an_aggregate():
    principals = {"a": None, "b": Decimal(1)}
    assert over_threshold(clause("cross_default", "c", threshold=Threshold(Decimal(9))), principals) == {"a"}
    aggregate = Threshold(Decimal(9), aggregate=True)
    assert over_threshold(clause("cross_default", "c", threshold=aggregate), principals) == {"a", "b"}


def test_without_a_threshold_everything_is_reached():
    assert over_threshold(clause("cross_default", "c"), {"a": None, "b": Decimal(0)}) == {"a", "b"}


# What a waiver covers


def test_failure_to_pay_is_of_the_instruments_kinds_and_dates_named():
    coupon = owed(due=10, deferrals=(Deferral(day(11), day(30)),))
    interest, principal = frozenset({PaymentKind.INTEREST}), frozenset({PaymentKind.PRINCIPAL})

    def covered(*names: frozenset) -> bool:
        return in_scope(FailureToPay(*names), missed(), coupon)

    assert covered(NOTES)
    assert not covered(frozenset({"bank"}))
    assert covered(NOTES, interest)
    assert not covered(NOTES, principal)
    assert covered(NOTES, interest | principal, frozenset({day(10), day(99)}))
    assert covered(NOTES, frozenset(), frozenset({day(30)}))
    assert not covered(NOTES, frozenset(), frozenset({day(11)}))
    assert not in_scope(FailureToPay(NOTES), Root(RootKind.ACCELERATION, "h", "notes"), None)


def test_named_events_are_covered_by_their_refs_and_nothing_else_is():
    scope = NamedEvents(frozenset({"e"}))
    assert in_scope(scope, Root(RootKind.DEFAULT_EVENT, "e", "notes"), None)
    assert not in_scope(scope, Root(RootKind.DEFAULT_EVENT, "f", "notes"), None)
    assert not in_scope(scope, Root(RootKind.ACCELERATION, "e", "notes"), None)


def test_an_acceleration_is_covered_by_its_instrument():
    scope = AccelerationOf(NOTES)
    assert in_scope(scope, Root(RootKind.ACCELERATION, "h", "notes"), None)
    assert not in_scope(scope, Root(RootKind.ACCELERATION, "h", "bank"), None)
    assert not in_scope(scope, missed(), owed())


@pytest.mark.parametrize("kind", RootKind)
def test_all_of_covers_whatever_springs_from_the_instrument(kind: RootKind):
    assert in_scope(AllOf(NOTES), Root(kind, "r", "notes"), None)
    assert not in_scope(AllOf(NOTES), Root(kind, "r", "bank"), None)


def test_a_scope_names_its_instruments_and_named_events_name_none():
    scopes = (AllOf(frozenset("a")), FailureToPay(frozenset("b")), AccelerationOf(frozenset("c")))
    assert named_in_scope(waiver("w", "bank", 1, None, *scopes, NamedEvents(frozenset("e")))) == {"a", "b", "c"}


# What ends a waiver


@pytest.mark.parametrize(
    ("on", "kind", "expected"),
    [
        ("acceleration", "acceleration_sought", True),
        ("acceleration", "acceleration_declared", True),
        ("acceleration", "remedy", False),
        ("remedies", "remedy", True),
        ("remedies", "acceleration_sought", False),
        ("event", "remedy", False),
    ],
)
def test_a_trigger_is_pulled_by_the_actions_it_names(on: str, kind: str, expected: bool):
    assert pulls(trigger(on), waiver("w", "bank", 1), action("h", kind, 5)) is expected


def test_a_trigger_is_pulled_by_whom_it_names_and_by_anybody_if_it_names_nobody():
    suit = action("h", "remedy", 5)
    assert pulls(trigger("remedies", by=["holder"]), waiver("w", "bank", 1), suit)
    assert not pulls(trigger("remedies", by=["trustee"]), waiver("w", "bank", 1), suit)


def test_a_trigger_watches_the_instruments_it_names_else_those_of_the_scope():
    w, suit = waiver("w", "bank", 1), action("h", "remedy", 5, of="loan")
    assert not pulls(trigger("remedies"), w, suit)
    assert pulls(trigger("remedies", instruments=["loan"]), w, suit)
    assert not pulls(trigger("remedies", instruments=["loan"]), w, action("h", "remedy", 5))


@pytest.mark.parametrize("standing", [Standing.DISPUTED, Standing.RECORDED_IN_ERROR])
def test_an_action_that_does_not_count_pulls_no_trigger(standing: Standing):
    assert not pulls(trigger("remedies"), waiver("w", "bank", 1), action("h", "remedy", 5, standing=standing))


# States


def test_states_go_from_clear_to_event_of_default():
    assert sorted(State, key=lambda state: state.severity) == [
        State.CLEAR,
        State.WAIVED,
        State.DEFAULT,
        State.FORBORNE,
        State.EVENT_OF_DEFAULT,
    ]
    assert State.CLEAR.severity == 0


def test_the_worst_line_makes_the_state():
    def line(state: State) -> Line:
        return Line("bank", "c", missed(), (), state, day(1), day(1), None, ())

    assert worst([]) is State.CLEAR
    assert worst([line(State.WAIVED), line(State.FORBORNE), line(State.DEFAULT)]) is State.FORBORNE


# Lines


def test_a_line_is_an_event_of_default_from_the_day_on_which_its_grace_ends():
    line = timeline(two_debts(clauses=(clause("payment", "notes", 5),)))
    assert [state_on(line, on, "notes") for on in (9, 10, 14, 15)] == [
        "clear",
        "default",
        "default",
        "event_of_default",
    ]
    found = line_of(line, 14, "notes-payment")
    assert found == Line("notes", "notes-payment", missed(), (), State.DEFAULT, day(10), day(15), None, ())


def test_each_clause_takes_its_own_kind_of_root_cause_from_what_it_reaches():
    facts = two_debts(
        instruments=debts("bank", "loan", "notes"),
        clauses=(
            *(clause(kind, "bank", 0, *(["notes"] if "cross" in kind else [])) for kind in ClauseKind),
            clause("event", "notes"),
        ),
        payments=(owed("coupon", 10), owed("own", 10, of="bank"), owed("unreached", 10, of="loan")),
        holder_actions=(
            action("h", "acceleration_declared", 10, standing=Standing.VERIFIED),
            action("g", "acceleration_declared", 10, of="bank"),
        ),
        default_events=(
            event("e", 10, standing=Standing.VERIFIED),
            event("f", 10, of="notes", standing=Standing.VERIFIED),
        ),
    )
    lines = timeline(facts).day(day(10)).lines
    assert {(clause_ref, root.ref): line.via for (of, clause_ref, root), line in lines.items() if of == "bank"} == {
        ("bank-payment", "own"): (),
        ("bank-cross_payment_default", "coupon"): ("notes",),
        ("bank-cross_default", "f"): ("notes",),
        ("bank-cross_acceleration", "h"): ("notes",),
        ("bank-event", "e"): (),
    }


def test_an_event_falls_under_the_clause_it_names_only():
    facts = two_debts(
        payments=(),
        clauses=(clause("event", "bank"), Clause("other", "bank", ClauseKind.EVENT)),
        default_events=(event("e", 10),),
    )
    assert [key[1] for key in timeline(facts).day(day(10)).lines] == ["bank-event"]


def test_a_waived_line_is_not_passed_on_and_a_forborne_one_is():
    clauses = (clause("payment", "notes"), clause("cross_default", "bank"))
    waived = timeline(two_debts(clauses=clauses, waivers=(waiver("w", "notes", 5, 20),)))
    assert [state_on(waived, on) for on in (10, 19, 20)] == ["clear", "clear", "event_of_default"]
    assert line_of(waived, 20, "bank-cross_default").since == day(20)
    forborne = timeline(two_debts(clauses=clauses, waivers=(waiver("w", "notes", 5, 20, kind=FORBEARANCE),)))
    assert state_on(forborne, 10) == "event_of_default"
    assert line_of(forborne, 20, "bank-cross_default").since == day(10)


def test_a_cross_default_counts_its_grace_from_the_event_of_default_upstream():
    line = timeline(two_debts(clauses=(clause("payment", "notes", 5), clause("cross_default", "bank", 3))))
    assert [state_on(line, on) for on in (14, 15, 17, 18)] == ["clear", "default", "default", "event_of_default"]
    assert line_of(line, 18, "bank-cross_default").since == day(15)


def test_a_cross_default_counts_from_the_earliest_of_the_ways_by_which_it_comes():
    facts = two_debts(
        instruments=debts("notes", "bank", "loan"),
        clauses=(
            clause("payment", "notes", 8),
            clause("cross_payment_default", "loan", 4, "notes"),
            clause("cross_default", "bank", 0, "notes", "loan"),
        ),
    )
    assert line_of(timeline(facts), 20, "bank-cross_default").since == day(14)


def test_a_cross_default_counts_anew_from_the_way_that_is_left():
    facts = two_debts(
        instruments=debts("notes", "bank", "loan"),
        clauses=(
            clause("payment", "notes"),
            clause("cross_payment_default", "loan", 5, "notes"),
            clause("cross_default", "bank", 20, "notes", "loan"),
        ),
        waivers=(waiver("w", "notes", 20),),
    )
    line = timeline(facts)
    assert [line_of(line, on, "bank-cross_default").since for on in (19, 20)] == [day(10), day(15)]
    assert [state_on(line, on) for on in (29, 30, 34, 35)] == ["default", "default", "default", "event_of_default"]


def test_an_event_of_default_may_become_a_default_again_when_the_way_it_came_is_waived():
    facts = two_debts(
        instruments=debts("notes", "bank", "loan"),
        clauses=(
            clause("payment", "notes"),
            clause("cross_payment_default", "loan", 5, "notes"),
            clause("cross_default", "bank", 8, "notes", "loan"),
        ),
        waivers=(waiver("w", "notes", 20),),
    )
    line = timeline(facts)
    assert [state_on(line, on) for on in (17, 18, 20, 22, 23)] == [
        "default",
        "event_of_default",
        "default",
        "default",
        "event_of_default",
    ]


def test_of_several_lines_of_one_instrument_with_one_root_cause_the_earliest_counts():
    graces = range(1, 9)
    facts = two_debts(
        instruments=debts("notes", "bank", "loan"),
        clauses=(
            *(Clause(f"c{grace}", "loan", ClauseKind.CROSS_PAYMENT_DEFAULT, grace, ("notes",)) for grace in graces),
            clause("cross_default", "bank", 0, "loan"),
        ),
    )
    assert line_of(timeline(facts), 30, "bank-cross_default").since == day(11)
    facts = replace(facts, clauses=tuple(reversed(facts.clauses)), waivers=(waiver("w", "notes", 28),))
    assert line_of(timeline(facts), 30, "bank-cross_default").since == day(11)


def test_a_chain_is_followed_for_each_root_cause_whatever_the_order_of_the_clauses():
    facts = two_debts(
        instruments=debts("c", "d", "m", "n", "o"),
        payments=(owed("r1", of="o"), owed("r2", of="n")),
        clauses=(
            clause("payment", "o"),
            clause("payment", "n"),
            clause("cross_default", "d", 0, "c", "n"),
            clause("cross_default", "c", 0, "m", "n"),
            clause("cross_default", "m", 0, "o"),
        ),
    )
    found = {root.ref: line.via for (of, _, root), line in timeline(facts).day(day(10)).lines.items() if of == "d"}
    assert found == {"r1": ("o", "m", "c"), "r2": ("n",)}


def test_a_chain_is_followed_to_its_end_and_a_circle_closes():
    facts = two_debts(
        instruments=debts("a", "b", "c", "notes"),
        clauses=(
            clause("payment", "notes"),
            clause("cross_default", "a", 0, "b"),
            clause("cross_default", "b", 0, "c"),
            clause("cross_default", "c", 0, "notes", "a"),
        ),
    )
    line = timeline(facts)
    assert {ref: line_of(line, 10, f"{ref}-cross_default").via for ref in "abc"} == {
        "a": ("notes", "c", "b"),
        "b": ("notes", "c"),
        "c": ("notes",),
    }


def test_a_circle_does_not_hold_itself_up():
    facts = two_debts(
        instruments=debts("a", "b", "notes"),
        payments=(owed(due=10, paid=20),),
        clauses=(
            clause("payment", "notes"),
            clause("cross_default", "a", 0, "b", "notes"),
            clause("cross_default", "b", 0, "a"),
        ),
    )
    line = timeline(facts)
    assert [state_on(line, on, "b") for on in (19, 20)] == ["event_of_default", "clear"]


def test_of_two_paths_the_shorter_is_kept_and_of_two_as_short_the_first_by_name():
    between = "rmskqp"
    facts = two_debts(
        instruments=debts("z", *between, "bank", "notes"),
        clauses=(
            clause("payment", "notes"),
            *(clause("cross_default", ref, 0, "notes") for ref in between),
            clause("cross_default", "z", 0, *between),
            clause("cross_default", "bank", 0, "z", "m"),
        ),
    )
    line = timeline(facts)
    assert line_of(line, 10, "z-cross_default").via == ("notes", "k")
    assert line_of(line, 10, "bank-cross_default").via == ("notes", "m")


def test_a_path_does_not_lead_through_an_instrument_below_the_threshold():
    facts = two_debts(
        instruments=debts("notes", "k", principal=Decimal(1)) + debts("m", "bank", principal=Decimal(1000)),
        clauses=(
            clause("cross_payment_default", "k", 0, "notes"),
            clause("cross_payment_default", "m", 0, "notes"),
            clause("cross_default", "bank", 0, "k", "m", threshold=Threshold(Decimal(500))),
        ),
    )
    assert line_of(timeline(facts), 10, "bank-cross_default").via == ("notes", "m")


def test_a_path_does_not_lead_through_an_instrument_that_is_waived():
    facts = two_debts(
        instruments=debts("notes", "k", "m", "bank"),
        clauses=(
            clause("cross_payment_default", "k", 0, "notes"),
            clause("cross_payment_default", "m", 0, "notes"),
            clause("cross_default", "bank", 0, "k", "m"),
        ),
        waivers=(waiver("w", "k", 1),),
    )
    assert line_of(timeline(facts), 10, "bank-cross_default").via == ("notes", "m")


def test_a_threshold_is_measured_each_day_and_the_line_counts_from_its_root_cause():
    limit = Threshold(Decimal(1000), aggregate=True)
    facts = two_debts(
        instruments=debts("notes", "loan", "bank", principal=Decimal(600)),
        payments=(owed("coupon", 10), owed("rent", 14, of="loan", paid=16)),
        clauses=(clause("cross_payment_default", "bank", 3, threshold=limit),),
    )
    line = timeline(facts)
    assert [state_on(line, on) for on in (13, 14, 15, 16)] == ["clear", "event_of_default", "event_of_default", "clear"]
    since = {line.root.ref: line.since for line in line.day(day(14)).lines.values()}
    assert since == {"coupon": day(10), "rent": day(14)}


def unknown(ref: str) -> str:
    return f"the principal outstanding under {ref} is not known, so it is taken to reach the threshold"


def test_a_line_says_whose_principal_is_not_known():
    each = Threshold(Decimal(1000))
    facts = two_debts(clauses=(clause("cross_payment_default", "bank", threshold=each),))
    assert line_of(timeline(facts), 10).uncertain == (unknown("notes"),)


def test_a_principal_in_another_currency_is_not_known():
    facts = two_debts(
        instruments=debts("notes", principal=Decimal(1), currency="EUR") + debts("bank"),
        clauses=(clause("cross_payment_default", "bank", threshold=Threshold(Decimal(1000))),),
    )
    assert line_of(timeline(facts), 10).uncertain == (unknown("notes"),)


def test_a_line_that_is_let_through_by_a_known_principal_says_nothing_of_another():
    facts = two_debts(
        instruments=debts("notes", "bank", principal=Decimal(2000)) + debts("loan"),
        payments=(owed("coupon"), owed("rent", of="loan")),
        clauses=(clause("cross_payment_default", "bank", threshold=Threshold(Decimal(1000))),),
    )
    lines = timeline(facts).day(day(10)).lines.values()
    assert {line.root.ref: line.uncertain for line in lines} == {"coupon": (), "rent": (unknown("loan"),)}


def test_an_aggregate_says_every_unknown_principal_in_it_by_name():
    facts = two_debts(
        instruments=debts("z", "loan", "bank") + debts("notes", principal=Decimal(1)),
        payments=(owed("coupon"), owed("rent", of="loan"), owed("fee", of="z")),
        clauses=(clause("cross_payment_default", "bank", threshold=Threshold(Decimal(1000), aggregate=True)),),
    )
    lines = timeline(facts).day(day(10)).lines.values()
    assert {line.root.ref: line.uncertain for line in lines} == dict.fromkeys(
        ["coupon", "rent", "fee"], (unknown("loan"), unknown("z"))
    )


def test_a_cross_default_says_the_unknown_principal_of_the_way_it_came():
    facts = two_debts(
        clauses=(clause("payment", "notes"), clause("cross_default", "bank", threshold=Threshold(Decimal(1)))),
    )
    assert line_of(timeline(facts), 10, "bank-cross_default").uncertain == (unknown("notes"),)


def test_a_cross_default_says_every_unknown_principal_by_which_it_came():
    facts = two_debts(
        instruments=debts("notes", "k", "m", "z", "bank"),
        clauses=(
            *(clause("cross_payment_default", ref, 0, "notes") for ref in "kmz"),
            clause("cross_default", "bank", 0, "k", "m", "z", threshold=Threshold(Decimal(1))),
        ),
    )
    expected = (unknown("k"), unknown("m"), unknown("z"))
    assert line_of(timeline(facts), 10, "bank-cross_default").uncertain == expected


def test_without_a_threshold_nobody_asks_for_the_principal():
    assert line_of(timeline(two_debts()), 10).uncertain == ()


@pytest.mark.parametrize(("standing", "said"), [(Standing.ALLEGED, True), (Standing.VERIFIED, False)])
def test_a_line_says_that_its_root_cause_is_only_alleged(standing: Standing, said: bool):
    facts = two_debts(
        payments=(),
        clauses=(clause("event", "bank"), clause("cross_acceleration", "bank")),
        default_events=(event("e", 10, standing=standing),),
        holder_actions=(action("h", "acceleration_declared", 10, standing=standing),),
    )
    line = timeline(facts)
    expected = ("e is alleged, not verified",), ("h is alleged, not verified",)
    found = line_of(line, 10, "bank-event").uncertain, line_of(line, 10, "bank-cross_acceleration").uncertain
    assert found == (expected if said else ((), ()))


def test_a_line_says_that_only_an_allegation_took_its_waiver_away():
    w = waiver("w", "bank", 5, 40, ends_on=(trigger("remedies"),))
    facts = two_debts(waivers=(w,), holder_actions=(action("h", "remedy", 12),))
    line = timeline(facts)
    assert line_of(line, 11).uncertain == ()
    assert line_of(line, 12).uncertain == ("w would hold it back but for h, which is alleged, not verified",)
    assert line_of(line, 40).uncertain == ()


def test_a_verified_end_leaves_no_doubt():
    w = waiver("w", "bank", 5, 40, ends_on=(trigger("remedies"),))
    facts = two_debts(waivers=(w,), holder_actions=(action("h", "remedy", 12, standing=Standing.VERIFIED),))
    assert line_of(timeline(facts), 12).uncertain == ()


def test_an_alleged_end_leaves_no_doubt_about_what_the_waiver_never_covered():
    w = waiver("w", "bank", 5, 40, AllOf(frozenset({"loan"})), ends_on=(trigger("remedies", instruments=["notes"]),))
    facts = two_debts(waivers=(w,), holder_actions=(action("h", "remedy", 12),))
    assert line_of(timeline(facts), 12).uncertain == ()


# Held back


def test_a_waiver_holds_back_a_line_of_its_own_instrument_only():
    line = timeline(
        two_debts(clauses=(*two_debts().clauses, clause("payment", "notes")), waivers=(waiver("w", "bank", 5),))
    )
    assert (state_on(line, 10), state_on(line, 10, "notes")) == ("waived", "event_of_default")
    assert line_of(line, 10).waiver == "w"


def test_a_waiver_holds_back_a_line_in_its_grace_and_a_forbearance_does_not():
    clauses = (clause("cross_payment_default", "bank", 5),)
    waived = timeline(two_debts(clauses=clauses, waivers=(waiver("w", "bank", 1),)))
    assert [state_on(waived, on) for on in (10, 15)] == ["waived", "waived"]
    forborne = timeline(two_debts(clauses=clauses, waivers=(waiver("w", "bank", 1, kind=FORBEARANCE),)))
    assert [(state_on(forborne, on), line_of(forborne, on).waiver) for on in (14, 15)] == [
        ("default", None),
        ("forborne", "w"),
    ]


def test_a_waiver_goes_before_a_forbearance_that_lasts_longer():
    both = (waiver("w", "bank", 1, 20), waiver("f", "bank", 1, kind=FORBEARANCE))
    line = timeline(two_debts(waivers=both))
    assert [(state_on(line, on), line_of(line, on).waiver) for on in (19, 20)] == [("waived", "w"), ("forborne", "f")]


def test_of_several_waivers_the_one_that_lasts_longest_is_named_and_of_two_as_long_the_first():
    def named(*waivers: Waiver) -> str | None:
        return line_of(timeline(two_debts(waivers=waivers)), 10).waiver

    assert named(waiver("a", "bank", 1, 20), waiver("b", "bank", 1, 30)) == "b"
    assert named(waiver("a", "bank", 1, 30), waiver("b", "bank", 1)) == "b"
    assert named(waiver("b", "bank", 1, 30), waiver("a", "bank", 1, 30)) == "a"
    assert named(waiver("b", "bank", 1, 30, inclusive=True), waiver("a", "bank", 1, 30)) == "b"


def test_when_the_waiver_ends_the_line_counts_from_its_original_first_day():
    line = timeline(
        two_debts(clauses=(clause("cross_payment_default", "bank", 5),), waivers=(waiver("w", "bank", 1, 12),))
    )
    assert [state_on(line, on) for on in (11, 12, 14, 15)] == ["waived", "default", "default", "event_of_default"]


# Ends


@pytest.mark.parametrize(("on", "status"), [(4, "expired"), (5, "rescinded"), (19, "rescinded"), (20, "expired")])
def test_an_action_counts_from_the_first_day_to_the_last(on: int, status: str):
    facts = two_debts(
        waivers=(waiver("w", "bank", 5, 20, ends_on=(trigger("remedies"),)),),
        holder_actions=(action("h", "remedy", on),),
    )
    assert status_on(timeline(facts), 30) == status


def test_an_end_says_what_ended_the_waiver():
    facts = two_debts(
        waivers=(waiver("w", "bank", 5, 20, ends_on=(trigger("acceleration"),)),),
        holder_actions=(action("h", "acceleration_sought", 7, withdrawn=day(8)),),
    )
    line = timeline(facts)
    end = End("w", day(7), Status.RESCINDED, TriggerOn.ACCELERATION, "holder_action", "h", unverified=True)
    assert waiver_on(line, 6).end is None
    assert [waiver_on(line, on).end for on in (7, 8, 99)] == [end, end, end]
    assert [status_on(line, on) for on in (6, 7, 8, 20)] == ["in_force", "rescinded", "rescinded", "rescinded"]


def test_the_first_trigger_that_fires_ends_it_and_later_ones_do_not():
    w = waiver("w", "bank", 5, ends_on=(trigger("acceleration"), trigger("remedies")))
    facts = two_debts(waivers=(w,), holder_actions=(action("h", "remedy", 7), action("g", "acceleration_sought", 9)))
    end = waiver_on(timeline(facts), 10).end
    assert end == End("w", day(7), Status.RESCINDED, TriggerOn.REMEDIES, "holder_action", "h", unverified=True)


def test_another_default_ends_a_waiver_that_does_not_cover_it():
    w = waiver("w", "bank", 5, ends_on=(trigger("other_default"),))
    facts = two_debts(
        clauses=(*two_debts().clauses, clause("event", "bank", 3)),
        waivers=(w,),
        default_events=(event("e", 12, standing=Standing.VERIFIED),),
    )
    line = timeline(facts)
    assert [status_on(line, on) for on in (14, 15)] == ["in_force", "rescinded"]
    assert waiver_on(line, 15).end == End("w", day(15), Status.RESCINDED, TriggerOn.OTHER_DEFAULT, "default_event", "e")


@pytest.mark.parametrize("kind", WaiverKind)
def test_another_default_that_is_held_back_ends_nothing(kind: WaiverKind):
    facts = two_debts(
        clauses=(*two_debts().clauses, clause("event", "bank")),
        waivers=(
            waiver("w", "bank", 5, ends_on=(trigger("other_default"),)),
            waiver("v", "bank", 5, 20, NamedEvents(frozenset({"e"})), kind=kind),
        ),
        default_events=(event("e", 12),),
    )
    line = timeline(facts)
    assert [status_on(line, on) for on in (19, 20)] == ["in_force", "rescinded"]


def test_a_default_under_another_instrument_is_no_other_default():
    facts = two_debts(
        clauses=(clause("payment", "notes"),),
        waivers=(waiver("w", "bank", 5, None, AllOf(frozenset({"bank"})), ends_on=(trigger("other_default"),)),),
    )
    assert status_on(timeline(facts), 20) == "in_force"


def test_a_waiver_ended_by_another_ends_on_the_same_day_and_so_does_what_follows():
    facts = two_debts(
        waivers=(
            waiver("a", "notes", 5, ends_on=(trigger("waiver_ended", waivers=["b"]),)),
            waiver("b", "bank", 5, ends_on=(trigger("waiver_ended", waivers=["x", "c"]),)),
            waiver("c", "bank", 5, ends_on=(trigger("remedies"),)),
        ),
        holder_actions=(action("h", "remedy", 12),),
    )
    line = timeline(facts)
    assert waiver_on(line, 12, "a").end == End("a", day(12), Status.RESCINDED, TriggerOn.WAIVER_ENDED, "waiver", "b")
    assert waiver_on(line, 12, "b").end == End("b", day(12), Status.RESCINDED, TriggerOn.WAIVER_ENDED, "waiver", "c")


def test_expiry_of_another_waiver_ends_nothing_nor_does_an_end_before_the_first_day():
    facts = two_debts(
        waivers=(
            waiver("w", "bank", 9, ends_on=(trigger("waiver_ended", waivers=["early", "expires"]),)),
            waiver("early", "bank", 5, ends_on=(trigger("remedies"),)),
            waiver("expires", "bank", 5, 15),
        ),
        holder_actions=(action("h", "remedy", 8),),
    )
    assert status_on(timeline(facts), 30) == "in_force"


@pytest.mark.parametrize(
    ("kind", "of", "standing", "status"),
    [
        ("insolvency", "bank", "verified", "rescinded"),
        ("insolvency", "bank", "alleged", "rescinded"),
        ("covenant", "bank", "verified", "in_force"),
        ("insolvency", "notes", "verified", "in_force"),
        ("insolvency", "bank", "disputed", "in_force"),
    ],
)
def test_a_recorded_event_of_a_named_kind_on_the_same_instrument_ends_it(
    kind: str, of: str, standing: str, status: str
):
    w = waiver("w", "bank", 5, ends_on=(trigger("event", events=["insolvency"]),))
    facts = two_debts(waivers=(w,), default_events=(event("e", 12, of=of, kind=kind, standing=Standing(standing)),))
    line = timeline(facts)
    assert status_on(line, 12) == status
    if status == "rescinded":
        expected = End("w", day(12), Status.RESCINDED, TriggerOn.EVENT, "default_event", "e", standing == "alleged")
        assert waiver_on(line, 12).end == expected


def noticed(*notices: tuple[int, int], fires_on: int = 10, until: int | None = 40) -> Facts:
    return two_debts(
        waivers=(waiver("w", "bank", 5, until, ends_on=(trigger("remedies", notice=True),)),),
        holder_actions=(action("h", "remedy", fires_on, standing=Standing.VERIFIED),),
        termination_notices=tuple(notice(f"t{n}", "w", *days) for n, days in enumerate(notices)),
    )


@pytest.mark.parametrize(
    ("given", "effective", "ended"),
    [(9, 20, None), (10, 10, 10), (10, 20, 20), (12, 11, 12), (30, 39, 39), (30, 40, None)],
)
def test_a_notice_ends_it_on_the_later_of_the_days_given_and_effective(given: int, effective: int, ended: int | None):
    line = timeline(noticed((given, effective)))
    end = waiver_on(line, 50).end
    if ended is None:
        assert end is None
        assert status_on(line, 50) == "expired"
    else:
        assert end == End("w", day(ended), Status.TERMINATED, TriggerOn.REMEDIES, "termination_notice", "t0")
        assert [status_on(line, on) for on in (ended - 1, ended)] == ["in_force", "terminated"]


def test_a_trigger_on_notice_alone_ends_nothing():
    assert status_on(timeline(noticed()), 39) == "in_force"


def test_a_notice_counts_from_the_first_day_on_which_the_trigger_fired():
    facts = noticed((12, 20))
    again = (*facts.holder_actions, action("later", "remedy", 15))
    assert status_on(timeline(replace(facts, holder_actions=again)), 20) == "terminated"


def test_a_notice_about_another_waiver_ends_nothing():
    facts = noticed((12, 12))
    others = (notice("t", "other", 12, 12),)
    assert status_on(timeline(replace(facts, termination_notices=others)), 20) == "in_force"


def test_a_termination_ends_what_is_keyed_to_it_the_same_day():
    facts = noticed((12, 20))
    keyed = waiver("v", "notes", 5, ends_on=(trigger("waiver_ended", waivers=["w"]),))
    line = timeline(replace(facts, waivers=(keyed, *facts.waivers)))
    assert [status_on(line, on, "v") for on in (19, 20)] == ["in_force", "rescinded"]


def test_a_termination_names_the_trigger_that_fired():
    w = waiver("w", "bank", 5, ends_on=(trigger("event", notice=True, events=["x"]), trigger("remedies", notice=True)))
    facts = replace(noticed((12, 20)), waivers=(w,))
    assert waiver_on(timeline(facts), 20).end.on is TriggerOn.REMEDIES


def test_an_automatic_trigger_after_one_on_notice_still_ends_it():
    both = (trigger("remedies", notice=True), trigger("remedies"))
    facts = replace(noticed(), waivers=(waiver("w", "bank", 5, ends_on=both),))
    assert status_on(timeline(facts), 10) == "rescinded"


def test_an_automatic_trigger_still_ends_it_after_one_on_notice_has_fired():
    w = waiver("w", "bank", 5, ends_on=(trigger("remedies", notice=True), trigger("acceleration")))
    actions = (action("h", "remedy", 10), action("g", "acceleration_sought", 16))
    line = timeline(two_debts(waivers=(w,), holder_actions=actions))
    assert [status_on(line, on) for on in (15, 16)] == ["in_force", "rescinded"]


def test_a_termination_after_an_alleged_action_is_unverified():
    facts = noticed((12, 20))
    alleged = replace(facts, holder_actions=(action("h", "remedy", 10),))
    assert waiver_on(timeline(alleged), 20).end.unverified
    assert not waiver_on(timeline(facts), 20).end.unverified


@pytest.mark.parametrize(("noticed_one", "other"), [("a", "b"), ("b", "a")])
def test_on_a_day_with_both_a_waiver_is_rescinded_rather_than_terminated_whatever_it_is_called(
    noticed_one: str, other: str
):
    facts = two_debts(
        waivers=(
            waiver(
                noticed_one,
                "bank",
                5,
                ends_on=(trigger("remedies", notice=True), trigger("waiver_ended", waivers=[other])),
            ),
            waiver(other, "bank", 5, ends_on=(trigger("acceleration"),)),
        ),
        holder_actions=(action("h", "remedy", 10), action("g", "acceleration_sought", 20)),
        termination_notices=(notice("t", noticed_one, 12, 20),),
    )
    assert status_on(timeline(facts), 20, noticed_one) == "rescinded"


@pytest.mark.parametrize("reverse", [False, True])
def test_of_several_facts_of_one_day_that_end_a_waiver_the_first_by_ref_is_named(reverse: bool):
    def ordered(*found: object) -> tuple:
        return tuple(reversed(found)) if reverse else found

    w = waiver("w", "bank", 5, ends_on=(trigger("remedies"),))
    v = waiver("v", "bank", 5, ends_on=(trigger("event", events=["covenant"]),))
    u = waiver("u", "bank", 5, ends_on=(trigger("remedies", notice=True),))
    facts = two_debts(
        waivers=(w, v, u),
        holder_actions=ordered(action("g", "remedy", 12), action("h", "remedy", 12, standing=Standing.VERIFIED)),
        default_events=ordered(event("e", 12), event("f", 12, standing=Standing.VERIFIED)),
        termination_notices=ordered(notice("s", "u", 12, 15), notice("t", "u", 13, 15)),
    )
    line = timeline(facts)
    assert [waiver_on(line, 15, ref).end.ref for ref in "wvu"] == ["g", "e", "s"]


# Looking ahead


def test_a_payment_due_after_today_is_assumed_paid_unless_the_reader_asks():
    case = open_casefile(two_debts(), today=day(9))
    assert case.sources[0].spans == ()
    assert open_casefile(two_debts(), today=day(10)).sources[0].spans == (Span(day(10)),)
    assert open_casefile(two_debts(), today=day(9), missed=frozenset({("notes", "coupon")})).sources[0].spans == (
        Span(day(10)),
    )
    assert open_casefile(two_debts(), today=day(9), missed=frozenset({("bank", "coupon")})).sources[0].spans == ()
    assert open_casefile(two_debts()).sources[0].spans == (Span(day(10)),)


def test_looking_ahead_keeps_what_was_missed_before_a_deferral():
    deferred = owed(due=10, deferrals=(Deferral(day(12), day(60)),))
    case = open_casefile(two_debts(payments=(deferred,)), today=day(20))
    assert case.sources[0].spans == (Span(day(10), day(12)),)


# One day


def test_a_day_without_root_causes_has_no_lines():
    case = open_casefile(two_debts())
    found = judge(case, day(9), [], Day(date.min))
    assert (found.on, found.lines, found.ends, found.fired, found.passed) == (day(9), {}, {}, {}, {})


def test_a_day_hands_on_what_has_ended_what_has_fired_and_what_passes_on():
    line = timeline(noticed((12, 20)))
    last = line.day(day(20))
    assert list(last.fired) == ["w"]
    assert list(last.ends) == ["w"]
    assert last.passed == {("bank", "bank-cross_payment_default", missed()): day(20)}


def test_a_case_keeps_what_a_waiver_covers():
    case = open_casefile(two_debts(waivers=(waiver("w", "bank", 5),)))
    (w,) = case.facts.waivers
    assert case.covers(w, missed())
    assert case.covers(w, missed())
    assert not case.covers(w, Root(RootKind.ACCELERATION, "h", "bank"))


def test_automatic_is_how_a_trigger_works_unless_it_says_on_notice():
    assert Trigger(frozenset()).effect is Effect.AUTOMATIC
