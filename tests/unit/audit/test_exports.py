"""No cell of counsel's CSV is taken for a formula, and nothing is lost in it."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from audit.exports import safe_cell

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
texts = st.text() | st.builds("{}{}".format, st.sampled_from([*FORMULA, "'", " ", "\x00", "\x00="]), st.text())


def read_back(cell: str) -> str:
    return cell.removeprefix("'")


@given(texts)
@example('=HYPERLINK("http://x.example","go")')
@example("'=1+1")
@example("-1")
def test_no_text_begins_like_a_formula_and_it_can_be_had_back(text: str) -> None:
    cell = safe_cell(text)
    assert not cell.startswith(FORMULA)
    assert read_back(cell) == text.replace("\x00", "")


@given(st.lists(texts, min_size=1))
def test_what_a_csv_reader_gets_is_what_was_written(row: list[str]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerow([safe_cell(cell) for cell in row])
    [got] = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert [read_back(cell) for cell in got] == [text.replace("\x00", "") for text in row]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2) | st.integers())
def test_a_number_stays_a_number_with_its_sign(number: Decimal | int) -> None:
    assert Decimal(safe_cell(number)) == number
    assert "E" not in safe_cell(number)


@pytest.mark.parametrize(("value", "cell"), [(None, ""), (True, "yes"), (False, "no"), (Decimal("1E+3"), "1000")])
def test_nothing_and_yes_and_no_are_plain(value: object, cell: str) -> None:
    assert safe_cell(value) == cell
