"""Who holds back which payment, and until when: debt x payment date x creditor."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given

from tests.unit.position.build import action, clause, day, debts, owed, trigger, two_debts, waiver
from tests.unit.position.strategies import portfolios
from waivers.position.coverage import Cell, Cover, coverage
from waivers.position.facts import Deferral, FailureToPay, PaymentKind, WaiverKind
from waivers.position.rules import State, is_missed
from waivers.position.timeline import timeline

COUPON = FailureToPay(frozenset({"notes"}), frozenset({PaymentKind.INTEREST}), frozenset({day(10)}))


def cells(facts: object, on: int) -> dict[tuple[str, str], tuple[str, tuple[str, ...]]]:
    """(payment, creditor's instrument) -> how it is covered, and by what."""
    rows = coverage(facts, day(on), today=day(on))
    return {(row.payment.ref, ref): (str(cell.cover), cell.waivers) for row in rows for ref, cell in row.cells.items()}


def test_a_missed_payment_is_a_gap_where_no_waiver_names_it_and_covered_where_one_does() -> None:
    assert cells(two_debts(), 20) == {("coupon", "bank"): ("gap", ())}
    held = two_debts(waivers=(waiver("w", "bank", 5, 40, COUPON),))
    assert cells(held, 20) == {("coupon", "bank"): ("covered", ("w",))}
    assert cells(held, 40) == {("coupon", "bank"): ("gap", ())}  # until day 40: its last day is the 39th


def test_two_waivers_in_force_overlap_and_the_longer_one_says_through_when() -> None:
    facts = two_debts(waivers=(waiver("a", "bank", 5, 40, COUPON), waiver("b", "bank", 6, 60, COUPON)))
    [row] = coverage(facts, day(20), today=day(20))
    assert row.cells["bank"].cover is Cover.OVERLAP
    assert row.cells["bank"].through == day(59)
    assert row.cells["bank"].waivers == ("a", "b")


def test_a_rescinded_waiver_covers_nothing_from_its_day_on() -> None:
    held = waiver("w", "bank", 5, 40, COUPON, ends_on=(trigger("acceleration"),))
    facts = two_debts(waivers=(held,), holder_actions=(action("call", "acceleration_sought", 15),))
    assert cells(facts, 14) == {("coupon", "bank"): ("covered", ("w",))}
    assert cells(facts, 15) == {("coupon", "bank"): ("gap", ())}


def test_a_payment_to_come_is_looked_at_as_if_it_were_missed_on_its_day() -> None:
    facts = two_debts(waivers=(waiver("w", "bank", 1, 9, COUPON),))
    assert cells(facts, 5) == {("coupon", "bank"): ("gap", ())}  # in force today, but not on day 10
    assert cells(two_debts(waivers=(waiver("w", "bank", 1, 12, COUPON),)), 5) == {
        ("coupon", "bank"): ("covered", ("w",))
    }


def test_a_payment_long_ahead_is_not_asked_about_unless_a_waiver_in_its_time_names_it() -> None:
    far = two_debts(payments=(owed(due=200),))
    assert cells(far, 5) == {}
    scope = FailureToPay(frozenset({"notes"}))
    assert cells(two_debts(payments=(owed(due=200),), waivers=(waiver("w", "bank", 1, 300, scope),)), 5) == {
        ("coupon", "bank"): ("covered", ("w",))
    }


def test_what_is_paid_by_the_day_is_left_out() -> None:
    paid = two_debts(payments=(owed(paid=15),))
    assert cells(paid, 14) == {("coupon", "bank"): ("gap", ())}
    assert cells(paid, 15) == {}


def test_a_waiver_that_ends_as_the_debt_falls_due_says_so() -> None:
    principal = owed("principal", 40, kind=PaymentKind.PRINCIPAL)
    facts = two_debts(payments=(owed(), principal), waivers=(waiver("w", "bank", 5, 40, COUPON),))
    by_ref = {row.payment.ref: row for row in coverage(facts, day(20), today=day(20))}
    assert by_ref["coupon"].cells["bank"].ends_before == day(40)
    assert by_ref["principal"].cells["bank"].cover is Cover.GAP
    later = two_debts(payments=(owed(), owed("principal", 47)), waivers=(waiver("w", "bank", 5, 40, COUPON),))
    by_ref = {row.payment.ref: row for row in coverage(later, day(20), today=day(20))}
    assert by_ref["coupon"].cells["bank"].ends_before is None  # day 47 is more than 7 days after day 39


def test_a_row_says_when_its_payment_falls_due_and_whether_it_is_missed() -> None:
    moved = owed("moved", 12, deferrals=(Deferral(day(5), day(50)),))
    rows = coverage(two_debts(payments=(owed(), moved)), day(20), today=day(20))
    assert [(row.payment.ref, row.due, row.missed) for row in rows] == [
        ("coupon", day(10), True),
        ("moved", day(50), False),
    ]


def test_what_is_paid_has_no_row_and_what_falls_due_in_three_months_has_one() -> None:
    ahead = (owed("paid", 10, paid=20), owed("last", 20 + 92), owed("beyond", 20 + 93))
    rows = coverage(two_debts(payments=ahead), day(20), today=day(20))
    assert [row.payment.ref for row in rows] == ["last"]


def test_a_waiver_that_is_over_or_names_something_else_brings_no_row() -> None:
    far, scope = owed(due=200), FailureToPay(frozenset({"notes"}))
    over = two_debts(payments=(far,), waivers=(waiver("w", "bank", 1, 15, scope),))
    other = two_debts(payments=(far,), waivers=(waiver("w", "bank", 1, 300, COUPON),))
    assert coverage(over, day(20), today=day(20)) == coverage(other, day(20), today=day(20)) == []


def test_a_waiver_without_an_end_holds_back_for_good() -> None:
    [row] = coverage(two_debts(waivers=(waiver("w", "bank", 5, None, COUPON),)), day(20), today=day(20))
    assert row.cells["bank"] == Cell(Cover.COVERED, day(20), ("w",), None, None)


@pytest.mark.parametrize(("due", "told"), [(38, False), (39, True), (46, True), (47, False)])
def test_more_that_falls_due_from_the_last_day_to_a_week_after_it_is_told(due: int, told: bool) -> None:
    facts = two_debts(payments=(owed(), owed("more", due)), waivers=(waiver("w", "bank", 5, 40, COUPON),))
    by_ref = {row.payment.ref: row for row in coverage(facts, day(20), today=day(20))}
    assert by_ref["coupon"].cells["bank"].ends_before == (day(due) if told else None)
    paid = two_debts(payments=(owed(), owed("more", due, paid=20)), waivers=(waiver("w", "bank", 5, 40, COUPON),))
    [row] = coverage(paid, day(20), today=day(20))
    assert row.cells["bank"].ends_before is None


def test_more_that_is_deferred_is_told_by_the_day_to_which_it_is_deferred() -> None:
    more = owed("more", 100, deferrals=(Deferral(day(90), day(120)), Deferral(day(15), day(41))))
    facts = two_debts(payments=(owed(), more), waivers=(waiver("w", "bank", 5, 40, COUPON),))
    by_ref = {row.payment.ref: row for row in coverage(facts, day(20), today=day(20))}
    assert by_ref["coupon"].cells["bank"].ends_before == day(41)


def test_a_payment_that_nobody_asks_about_is_assumed_paid() -> None:
    """It falls due in half a year; missed, it would end the waiver that names the one after it."""
    scope = FailureToPay(frozenset({"notes"}))
    facts = two_debts(
        payments=(owed(due=200), owed("rent", 150, of="bank")),
        clauses=(clause("payment", "bank"), clause("cross_payment_default", "bank", 0, "notes")),
        waivers=(waiver("w", "bank", 1, 300, scope, ends_on=(trigger("other_default"),)),),
    )
    assert cells(facts, 5) == {("coupon", "bank"): ("covered", ("w",))}


def test_a_creditor_whose_clause_waits_for_a_grace_is_asked_about_the_day_on_which_its_turn_comes() -> None:
    clauses = (clause("payment", "notes", 30), clause("cross_default", "bank", 0, "notes"))
    facts = two_debts(clauses=clauses, waivers=(waiver("w", "bank", 5, 60, COUPON),))
    for on in (1, 20, 39):
        [row] = coverage(facts, day(on), today=day(on))
        assert row.cells["notes"].since == max(day(10), day(on))
        assert row.cells["bank"] == Cell(Cover.COVERED, day(40), ("w",), day(59), None)
    [row] = coverage(two_debts(clauses=clauses), day(1), today=day(1))
    assert row.cells["bank"] == Cell(Cover.GAP, day(40), (), None, None)


def test_a_creditor_behind_a_waiver_of_the_debt_itself_is_asked_about_its_end() -> None:
    clauses = (clause("payment", "notes"), clause("cross_default", "bank", 0, "notes"))
    facts = two_debts(clauses=clauses, waivers=(waiver("own", "notes", 5, 40, COUPON),))
    [row] = coverage(facts, day(20), today=day(20))
    assert row.cells["bank"] == Cell(Cover.GAP, day(40), (), None, None)


def test_an_extension_takes_over_from_the_waiver_that_it_extends() -> None:
    later = waiver("w2", "bank", 40, 70, COUPON, executed=15, extends="w1")
    facts = two_debts(waivers=(waiver("w1", "bank", 5, 40, COUPON), later))
    [row] = coverage(facts, day(20), today=day(20))
    assert (row.cells["bank"].waivers, row.cells["bank"].through) == (("w1",), day(69))


def test_a_forbearance_covers_too_and_the_payment_itself_is_not_more_of_the_debt() -> None:
    held = waiver("f", "bank", 5, 10, COUPON, kind=WaiverKind.FORBEARANCE, inclusive=True)
    [row] = coverage(two_debts(waivers=(held,)), day(8), today=day(8))
    assert row.cells["bank"] == Cell(Cover.COVERED, day(10), ("f",), day(10), None)


@pytest.mark.parametrize(("until", "through"), [(40, day(39)), (None, None)])
def test_a_forbearance_holds_through_its_own_last_day(until: int | None, through: date | None) -> None:
    held = waiver("f", "bank", 5, until, COUPON, kind=WaiverKind.FORBEARANCE)
    [row] = coverage(two_debts(waivers=(held,)), day(20), today=day(20))
    assert row.cells["bank"].through == through


def test_the_debts_own_creditor_is_asked_too() -> None:
    facts = two_debts(
        instruments=debts("notes", "bank"),
        clauses=(clause("payment", "notes"), clause("cross_payment_default", "bank", 0, "notes")),
        waivers=(waiver("w", "notes", 5, 40, COUPON),),
    )
    assert cells(facts, 20) == {("coupon", "notes"): ("covered", ("w",)), ("coupon", "bank"): ("gap", ())}


@given(portfolios())
def test_a_missed_payment_is_covered_exactly_where_the_position_says_that_its_line_is_held_back(facts: object) -> None:
    on = day(30)
    line = timeline(facts, today=on)
    for row in coverage(facts, on, today=on):
        if not is_missed(row.payment, on):
            continue
        key = (row.payment.instrument, row.payment.ref)
        for instrument, cell in row.cells.items():
            lines = [
                found
                for found in line.day(on).lines.values()
                if (found.root.instrument, found.root.ref) == key and found.instrument == instrument
            ]
            assert bool(lines) is (cell.since == on)
            held = bool(lines) and all(found.state in (State.WAIVED, State.FORBORNE) for found in lines)
            assert not held or cell.cover is not Cover.GAP
