"""A place in a list, as an address bears it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.signing import Signer
from hypothesis import given
from hypothesis import strategies as st

from agreements.models import Instrument
from audit.paging import BadCursorError, Count, Order, cursor_of, place_in
from waivers.models import Waiver

BY_END = Order(("until_date", "until_inclusive"))
BY_TITLE = Order(("title",))
BY_PRINCIPAL = Order(("principal_outstanding",), descending=True)


@given(st.dates() | st.none(), st.booleans(), st.integers(1, 2**62))
def test_a_cursor_says_the_place_of_its_row(end: date | None, inclusive: bool, pk: int) -> None:
    row = Waiver(id=pk, until_date=end, until_inclusive=inclusive)
    assert place_in(cursor_of(row, BY_END), Waiver, BY_END) == (end, inclusive, pk)


@pytest.mark.slow
@given(st.text(max_size=500), st.decimals(0, 10**15, places=2) | st.none())
def test_a_cursor_bears_any_title_and_any_amount_and_fits_into_an_address(title: str, amount: Decimal | None) -> None:
    row = Instrument(id=7, title=title, principal_outstanding=amount)
    cursor = cursor_of(row, BY_TITLE)
    assert place_in(cursor, Instrument, BY_TITLE) == (title, 7)
    assert cursor.isascii()
    assert place_in(cursor_of(row, BY_PRINCIPAL), Instrument, BY_PRINCIPAL) == (amount, 7)


@pytest.mark.parametrize("made_up", ["x", "x:y", "x:y:z", "\x00", "é", ":", "W10", "a" * 5000])
def test_what_we_did_not_sign_is_no_cursor(made_up: str) -> None:
    with pytest.raises(BadCursorError):
        place_in(made_up, Waiver, BY_TITLE)


def test_a_cursor_with_a_letter_changed_is_none() -> None:
    cursor = cursor_of(Waiver(id=7, title="Waiver"), BY_TITLE)
    for changed in (cursor[:-1], f"x{cursor}", cursor.swapcase()):
        with pytest.raises(BadCursorError):
            place_in(changed, Waiver, BY_TITLE)


def test_a_cursor_of_another_order_or_another_purpose_is_none() -> None:
    row = Waiver(id=7, title="Waiver", until_date=date(2000, 5, 1))
    for cursor in (cursor_of(row, BY_END), Signer().sign_object([["title"], ["Waiver"], 7])):
        with pytest.raises(BadCursorError):
            place_in(cursor, Waiver, BY_TITLE)


@pytest.mark.parametrize(
    ("count", "said"),
    [(Count(0, or_more=False), "0"), (Count(312, or_more=False), "312"), (Count(1000, or_more=True), "1,000+")],
)
def test_a_count_is_said_up_to_a_thousand(count: Count, said: str) -> None:
    assert str(count) == said
