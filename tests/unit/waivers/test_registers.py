"""The lists as data: what each may show, be sorted by and be narrowed by."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.models import Instrument, Party
from audit.paging import Order
from waivers.models import Waiver
from waivers.position.rules import State, Status
from waivers.registers import (
    NO_END,
    REGISTERS,
    WAIVERS,
    Answer,
    Link,
    Record,
    Register,
    last_day_of,
    plain,
)

EACH = pytest.mark.parametrize("register", REGISTERS.values(), ids=REGISTERS)


def record_of(register: Register) -> Record:
    """A record of which nothing is known but what its table insists on."""
    row = {
        Party: Party(ref="p", name="P"),
        Instrument: Instrument(ref="i", title="I"),
        Waiver: Waiver(ref="w", title="W", effective_from=date(2000, 1, 31)),
    }[register.model]
    return Record(row, instrument=row if register.model is Instrument else None)


@EACH
def test_a_list_has_each_column_once_and_is_in_the_order_of_its_first(register: Register) -> None:
    names = [column.name for column in register.columns]
    assert len(set(names)) == len(names)
    assert register.columns[0].order
    assert register.columns[0].to


@EACH
def test_what_a_list_sorts_by_has_an_index(register: Register) -> None:
    meta = register.model._meta
    indexed = [tuple(index.fields) for index in meta.indexes]
    indexed += [("ref", "id")] if meta.get_field("ref").unique else []
    behind_kind = [fields[1:] for fields in indexed if fields[0] == "kind"]
    for column in register.columns:
        if column.order:
            assert (*column.order, "id") in indexed + behind_kind, column.name
            # Only the first column of an order has a tail of nulls.
            assert not any(meta.get_field(name).null for name in column.order[1:])


@EACH
def test_what_the_rules_say_is_never_what_a_list_is_sorted_by(register: Register) -> None:
    assert [column for column in register.columns if column.derived]
    assert not [column for column in register.columns if column.derived and column.order]


@EACH
def test_each_filter_at_hand_is_a_filter(register: Register) -> None:
    assert set(register.at_hand) <= set(register.filters.base_filters)


@EACH
def test_a_record_of_which_nothing_is_known_is_said_without_a_gap(register: Register) -> None:
    record = record_of(register)
    for column in register.columns:
        assert column.say(column.read(record)), column.name


@EACH
def test_the_first_column_is_always_shown_and_the_others_as_chosen(register: Register) -> None:
    first, *others = register.columns
    assert register.chosen([]) == register.chosen(["no-such"]) == [c for c in register.columns if c.shown]
    assert register.chosen([others[-1].name, "no-such"]) == [first, others[-1]]
    assert register.chosen([column.name for column in reversed(register.columns)]) == list(register.columns)


def test_a_list_is_sorted_one_way_or_the_other_or_not_at_all() -> None:
    up, down = WAIVERS.order_of("last-day"), WAIVERS.order_of("-last-day")
    assert up is not None
    assert down is not None
    assert (up[1], down[1]) == (
        Order(("until_date", "until_inclusive")),
        Order(("until_date", "until_inclusive"), descending=True),
    )
    for asked in ("", "-", "--ref", "status", "instrument", "until_date", "\x00"):
        assert WAIVERS.order_of(asked) is None


def test_the_last_day_is_that_of_the_words() -> None:
    may = date(2000, 5, 1)
    assert last_day_of(Waiver(until_date=may, until_inclusive=True)) == may
    assert last_day_of(Waiver(until_date=may)) == date(2000, 4, 30)
    assert last_day_of(Waiver()) == NO_END


@pytest.mark.slow
@given(st.lists(st.tuples(st.dates(date(1999, 12, 28), date(2000, 1, 4)), st.booleans())))
def test_sorted_by_date_and_its_reading_the_last_days_never_go_back(ends: list[tuple[date, bool]]) -> None:
    days = [last_day_of(Waiver(until_date=on, until_inclusive=inclusive)) for on, inclusive in sorted(ends)]
    assert days == sorted(days)


def test_values_are_said_as_a_page_says_them() -> None:
    said = {column.name: column.say for register in REGISTERS.values() for column in register.columns}
    assert said["principal"](Decimal("1234567.5")) == "1,234,567.50"
    assert said["coupon"](Decimal("10.500000")) == "10.5%"
    assert said["coupon"](Decimal(10)) == "10%"
    assert said["ranking"]("senior_subordinated") == "Senior subordinated"
    assert said["maturity"](date(2000, 5, 1)) == "1 May 2000, Mon"
    assert said["through"](NO_END) == NO_END
    assert "Event of default" in said["state"](State.EVENT_OF_DEFAULT)
    assert "In force" in said["state"](Answer(Status.IN_FORCE).state)
    assert plain([Link("a", "A"), Link("b", "B")]) == "A; B"
    assert plain([]) == plain(None) == plain("") == "—"
