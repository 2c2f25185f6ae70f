"""Rules 30 to 34: exact days, exact words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.position.build import action, clause, day, debts, event, notice, owed, trigger, two_debts, waiver
from waivers.position.facts import (
    AccelerationOf,
    AllOf,
    Deferral,
    Facts,
    FailureToPay,
    NamedEvents,
    PaymentKind,
    Standing,
)
from waivers.position.timeline import timeline
from waivers.position.warnings import Warn, warnings

BOTH = frozenset({"notes", "loan"})


def warned(facts: Facts, on: int, rule: int, **options: int) -> list[Warn]:
    return [warning for warning in warnings(timeline(facts), day(on), **options) if warning.rule == rule]


# 30


def maturity(due: int, **fields: object) -> Facts:
    """A waiver of the February coupon, until day 40; the notes mature on day `due`."""
    covers = FailureToPay(frozenset({"notes"}), frozenset({PaymentKind.INTEREST}))
    return two_debts(
        payments=(owed("maturity", due, kind=PaymentKind.PRINCIPAL, **fields),),
        waivers=(waiver("w", "bank", 5, 40, covers),),
    )


@pytest.mark.parametrize(("due", "count"), [(38, 0), (39, 1), (40, 1), (46, 1), (47, 0)])
def test_a_payment_is_warned_of_from_the_last_day_to_seven_days_after_it(due: int, count: int):
    assert len(warned(maturity(due), 10, 30)) == count


@pytest.mark.parametrize(
    ("due", "days", "date"), [(40, "1 day", "9 February 2001"), (46, "7 days", "15 February 2001")]
)
def test_the_warning_says_which_payment_and_how_long_after(due: int, days: str, date: str):
    assert warned(maturity(due), 10, 30) == [
        Warn(
            30,
            "w",
            "maturity",
            day(due),
            f"Principal maturity of notes falls due on {date}, {days} after the last day of w (8 February 2001), "
            "and is in no waiver's scope.",
        )
    ]


def test_a_payment_in_scope_of_a_waiver_of_the_same_instrument_is_not_warned_of():
    facts = maturity(40)
    covered = waiver("v", "bank", 5, 60, FailureToPay(frozenset({"notes"})))
    assert warned(replace(facts, waivers=(*facts.waivers, covered)), 10, 30) == []
    elsewhere = replace(covered, instrument="notes")
    assert len(warned(replace(facts, waivers=(*facts.waivers, elsewhere)), 10, 30)) == 1


def test_a_payment_is_not_warned_of_once_it_is_paid():
    assert [len(warned(maturity(40, paid=12), on, 30)) for on in (11, 12)] == [1, 0]


def test_a_payment_is_warned_of_by_the_due_date_of_the_day():
    facts = maturity(20, deferrals=(Deferral(day(15), day(42)),))
    assert [[warning.on for warning in warned(facts, on, 30)] for on in (14, 15)] == [[], [day(42)]]


def test_a_payment_of_an_instrument_not_covered_is_not_warned_of():
    facts = maturity(40)
    assert warned(replace(facts, waivers=(waiver("w", "bank", 5, 40, AllOf(frozenset({"loan"}))),)), 10, 30) == []
    assert warned(replace(facts, waivers=(waiver("w", "bank", 5, 40, NamedEvents(frozenset({"e"}))),)), 10, 30) == []


def test_a_waiver_without_an_end_has_no_payment_after_it():
    facts = maturity(40)
    assert warned(replace(facts, waivers=(replace(facts.waivers[0], until=None),)), 10, 30) == []


def test_several_payments_are_each_warned_of():
    facts = maturity(40)
    assert len(warned(replace(facts, payments=(owed("fee", 41, kind=PaymentKind.FEE), *facts.payments)), 10, 30)) == 2


@pytest.mark.parametrize(("on", "count"), [(1, 1), (5, 1), (39, 1), (40, 0)])
def test_a_waiver_is_warned_about_while_it_lives(on: int, count: int):
    assert len(warned(maturity(40), on, 30)) == count


def test_a_draft_is_not_warned_about_under_rule_30():
    facts = maturity(40)
    assert warned(replace(facts, waivers=(replace(facts.waivers[0], executed=None),)), 10, 30) == []


# 31


def chain(start: int, until: int | None = 20, **fields: object) -> Facts:
    return two_debts(waivers=(waiver("w", "bank", 5, until), waiver("v", "bank", start, 60, extends="w", **fields)))


@pytest.mark.parametrize(("start", "count"), [(18, 0), (20, 0), (21, 1), (27, 1)])
def test_a_gap_in_a_chain_is_warned_of(start: int, count: int):
    assert len(warned(chain(start), 10, 31)) == count


def test_the_warning_counts_the_days_of_the_gap():
    assert warned(chain(27), 10, 31) == [
        Warn(
            31,
            "v",
            "w",
            day(20),
            "v begins on 27 January 2001, but w, which it extends, was last in force on 19 January 2001: "
            "7 days between them not covered.",
        )
    ]


def test_a_chain_from_a_waiver_without_an_end_or_from_none_has_no_gap():
    assert warned(chain(27, until=None), 10, 31) == []
    assert warned(two_debts(waivers=(waiver("v", "bank", 27, 60),)), 10, 31) == []
    assert warned(two_debts(waivers=(waiver("v", "bank", 27, 60, extends="unheard-of"),)), 10, 31) == []


def test_a_gap_is_counted_to_the_day_on_which_conditions_are_met_or_else_to_the_effective_date():
    assert [warning.on for warning in warned(chain(20, conditions=(day(23),)), 10, 31)] == [day(20)]
    assert warned(chain(20, conditions=(None,)), 10, 31) == []
    assert len(warned(chain(21, conditions=(None,)), 10, 31)) == 1


def test_a_gap_opens_when_the_waiver_extended_is_ended_early():
    facts = chain(20)
    facts = replace(
        facts,
        waivers=(replace(facts.waivers[0], ends_on=(trigger("remedies"),)), facts.waivers[1]),
        holder_actions=(action("h", "remedy", 12),),
    )
    assert [[warning.on for warning in warned(facts, on, 31)] for on in (11, 12)] == [[], [day(12)]]
    assert "was last in force on 11 January 2001: 8 days between" in warned(facts, 12, 31)[0].text


# 32


def parallel(until: int | None, other_until: int | None, **other: object) -> Facts:
    return two_debts(
        instruments=debts("notes", "bank", "loan"),
        waivers=(
            waiver("w", "bank", 5, until, granted_by=frozenset({"l1"})),
            waiver("v", "loan", 5, other_until, **{"granted_by": frozenset({"l2"})} | other),
        ),
    )


@pytest.mark.parametrize(("other_until", "count"), [(39, 1), (40, 0), (41, 1)])
def test_the_waiver_that_outlasts_a_parallel_one_is_warned_about(other_until: int, count: int):
    assert len(warned(parallel(40, other_until), 10, 32)) == count


def test_the_warning_names_the_shared_causes_and_the_earlier_last_day():
    facts = parallel(None, 30)
    facts = replace(facts, payments=(owed("coupon"), owed("arrears")))
    assert warned(facts, 10, 32) == [
        Warn(
            32,
            "w",
            "v",
            day(29),
            "v (loan) covers arrears, coupon too, but ends earlier: its last day is 29 January 2001.",
        )
    ]


def test_waivers_of_one_creditor_or_one_instrument_or_other_causes_are_not_parallel():
    assert warned(parallel(40, 30, granted_by=frozenset({"l1"})), 10, 32) == []
    facts = parallel(40, 30)
    assert (
        warned(replace(facts, waivers=(facts.waivers[0], replace(facts.waivers[1], instrument="bank"))), 10, 32) == []
    )
    loan = replace(facts.waivers[1], covers=(AllOf(frozenset({"loan"})),))
    assert warned(replace(facts, waivers=(facts.waivers[0], loan)), 10, 32) == []
    assert warned(parallel(None, None), 10, 32) == []


def test_a_waiver_of_the_same_creditor_hides_no_other():
    facts = parallel(40, 30)
    same = waiver("u", "loan", 5, 20, granted_by=frozenset({"l1"}))
    found = warned(replace(facts, waivers=(facts.waivers[0], same, facts.waivers[1])), 10, 32)
    assert [(warning.about, warning.subject) for warning in found] == [("w", "v")]


def test_what_is_no_root_cause_is_not_shared():
    facts = replace(
        parallel(40, 30),
        payments=(owed(due=10, paid=10),),
        holder_actions=(
            action("suit", "remedy", 12),
            action("disputed", "acceleration_declared", 12, standing=Standing.DISPUTED),
        ),
    )
    assert warned(facts, 20, 32) == []


def test_a_parallel_waiver_that_is_over_or_a_draft_is_not_warned_of():
    assert [len(warned(parallel(40, 30), on, 32)) for on in (1, 29, 30)] == [1, 1, 0]
    assert warned(parallel(40, 30, executed=None), 10, 32) == []


def test_all_parallel_waivers_are_looked_at():
    facts = parallel(40, 30)
    third = waiver("u", "loan", 5, 20, granted_by=frozenset({"l3"}))
    same = waiver("a", "bank", 5, 10)
    found = warned(replace(facts, waivers=(same, *facts.waivers, third)), 8, 32)
    assert [(warning.about, warning.subject) for warning in found] == [
        ("u", "a"),
        ("v", "a"),
        ("w", "u"),
        ("w", "v"),
    ]


# 33


def test_an_event_of_default_is_warned_of_once_it_stands_more_than_thirty_days():
    assert [len(warned(two_debts(), on, 33)) for on in (10, 40, 41)] == [0, 0, 1]
    assert [len(warned(two_debts(), on, 33, unwaived_days=5)) for on in (15, 16)] == [0, 1]
    assert warned(two_debts(), 41, 33) == [
        Warn(
            33,
            "bank",
            "",
            day(10),
            "An event of default under bank has stood unwaived since 10 January 2001 (31 days), "
            "and no reservation of rights is recorded.",
        )
    ]


@pytest.mark.parametrize(("reserved", "count"), [(9, 1), (10, 0), (41, 0), (42, 1)])
def test_a_reservation_of_rights_since_then_answers_it(reserved: int, count: int):
    facts = two_debts(instruments=debts("notes", "bank", reservations=(day(reserved),)))
    assert len(warned(facts, 41, 33)) == count


def test_each_instrument_is_looked_at_for_itself():
    facts = two_debts(
        instruments=(*debts("bank", reservations=(day(20),)), *debts("notes")),
        clauses=(*two_debts().clauses, clause("payment", "notes")),
    )
    assert [warning.about for warning in warned(facts, 60, 33)] == ["notes"]


def test_an_instrument_without_a_default_hides_no_other():
    facts = two_debts(clauses=(clause("payment", "notes"),))
    assert [warning.about for warning in warned(facts, 60, 33)] == ["notes"]


def test_the_days_count_from_the_end_of_the_waiver():
    facts = two_debts(waivers=(waiver("w", "bank", 5, 50),))
    assert [len(warned(facts, on, 33)) for on in (80, 81)] == [0, 1]


# 34


def test_a_waiver_unexecuted_on_its_effective_date_is_warned_about():
    facts = two_debts(waivers=(waiver("w", "bank", 10, 40, executed=None),))
    assert [len(warned(facts, on, 34)) for on in (9, 10, 39, 40)] == [0, 1, 1, 0]
    assert warned(facts, 10, 34) == [
        Warn(34, "w", "unexecuted", day(10), "w was to be effective from 10 January 2001, but is not executed.")
    ]


def test_a_waiver_without_an_end_is_warned_about_until_it_is_executed():
    facts = two_debts(waivers=(waiver("w", "bank", 10, executed=20),))
    assert [len(warned(facts, on, 34)) for on in (10, 19, 20)] == [1, 1, 0]


def test_open_conditions_are_counted_as_of_the_day():
    facts = two_debts(waivers=(waiver("w", "bank", 10, conditions=(day(20), None, day(5))),))
    assert [[warning.text for warning in warned(facts, on, 34)] for on in (19, 20)] == [
        ["w was to be effective from 10 January 2001, but 2 of its 3 condition(s) precedent is open."],
        ["w was to be effective from 10 January 2001, but 1 of its 3 condition(s) precedent is open."],
    ]
    assert warned(facts, 20, 34)[0] == Warn(34, "w", "condition", day(10), warned(facts, 20, 34)[0].text)
    assert warned(two_debts(waivers=(waiver("w", "bank", 10, conditions=(day(20),)),)), 20, 34) == []


def test_a_waiver_both_unexecuted_and_with_a_condition_open_is_warned_about_once():
    facts = two_debts(waivers=(waiver("w", "bank", 10, executed=None, conditions=(None,)),))
    assert [warning.subject for warning in warned(facts, 10, 34)] == ["unexecuted"]


# All together


def test_warnings_are_sorted_by_rule_and_what_they_are_about():
    facts = replace(
        parallel(40, 30),
        payments=(owed("coupon"), owed("fee", 41, of="loan", kind=PaymentKind.FEE)),
        default_events=(event("e", 10, standing=Standing.VERIFIED),),
        clauses=(clause("event", "bank"),),
        termination_notices=(notice("t", "w", 20, 20),),
    )
    late = waiver("x", "bank", 6, executed=None)
    wide = replace(facts.waivers[0], covers=(FailureToPay(BOTH, due=frozenset({day(10)})),))
    facts = replace(facts, waivers=(late, facts.waivers[1], wide))
    found = warnings(timeline(facts), day(12), unwaived_days=1)
    assert [(warning.rule, warning.about) for warning in found] == [(30, "w"), (32, "w"), (33, "bank"), (34, "x")]


def test_an_acceleration_that_two_creditors_waive_is_a_shared_cause_if_it_counts():
    def facts(**fields: object) -> Facts:
        scope = AccelerationOf(frozenset({"notes"}))
        return Facts(
            instruments=debts("notes", "bank", "loan"),
            waivers=(
                waiver("w", "bank", 5, 40, scope, granted_by=frozenset({"l1"})),
                waiver("v", "loan", 5, 30, scope, granted_by=frozenset({"l2"})),
            ),
            holder_actions=(action("call", "acceleration_declared", 8, **fields),),
        )

    assert [warning.about for warning in warned(facts(), 10, 32)] == ["w"]
    assert warned(facts(standing=Standing.DISPUTED), 10, 32) == []
