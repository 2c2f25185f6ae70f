"""What is waived, until when, and what ends it: fictional documents."""

from __future__ import annotations

from datetime import date

import pytest

from intake.extract.read import read
from tests.unit.intake.fiction import (
    FORBEARS,
    IN_NUMBERS,
    LETTER_OF_BANKS,
    NOTEHOLDERS,
    PASSIVE,
    TEMPORARY,
    WITH_A_LIST,
)

START = "WAIVER\n\nThis Waiver is dated as of May 1, 2001.\n\n"


def waived(text: str) -> list[tuple[str, tuple[str, ...], date | None, date | None]]:
    return [(one.kind, one.sections, one.due, one.period_end) for one in read(text).waived]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LETTER_OF_BANKS, [("covenant", ("7.1", "7.3(b)"), None, date(1999, 9, 30))]),
        (
            FORBEARS,
            [
                ("payment", (), date(2001, 5, 31), None),
                ("covenant", ("8.12",), None, date(2001, 3, 31)),
                ("reporting", ("7.2(a)",), date(2001, 4, 30), None),
            ],
        ),
        (NOTEHOLDERS, [("covenant", ("6A(1)", "6B"), None, None)]),
        (
            WITH_A_LIST,
            [("covenant", ("9.3",), None, date(2002, 6, 30)), ("covenant", ("9.5",), None, date(2002, 6, 30))],
        ),
        (TEMPORARY, [("reporting", ("7.01(e)",), None, date(2004, 12, 31)), ("covenant", ("6.05",), None, None)]),
        (IN_NUMBERS, [("payment", ("8.1(a)",), date(1999, 12, 31), None)]),
        (
            PASSIVE,
            [
                ("covenant", ("6.14",), None, date(1998, 9, 30)),
                ("covenant", ("6.14",), None, date(1998, 12, 31)),
            ],
        ),
    ],
)
def test_what_is_waived(text: str, expected: list[object]) -> None:
    assert waived(text) == expected


def test_what_was_to_be_paid() -> None:
    assert [one.payments for one in read(IN_NUMBERS).waived] == [("interest", "fee")]
    assert read(FORBEARS).waived[0].payments == ("principal",)


@pytest.mark.parametrize(
    ("words", "inclusive"),
    [
        ("until August 1, 2001", None),
        ("through and including August 1, 2001", True),
        ("up to but excluding August 1, 2001", False),
        ("to and including August 1, 2001", True),
        ("until 5:00 p.m. (New York time) on August 1, 2001", None),
        ("until the 1st day of August, 2001", None),
    ],
)
def test_whether_the_last_day_is_covered_is_read_and_not_guessed(words: str, inclusive: bool | None) -> None:
    [end] = read(f"{START}The Bank (fictional) hereby waives any Default under Section 7.1 {words}.\n").ends
    assert (end.day, end.inclusive) == (date(2001, 8, 1), inclusive)
    assert end.words == words


def test_a_period_that_is_defined_ends_with_the_earliest_of_a_list() -> None:
    [end] = read(FORBEARS).ends
    assert (end.day, len(end.earliest_of), end.on_notice) == (date(2001, 9, 28), 3, True)
    [end] = read(TEMPORARY).ends
    assert (end.day, end.inclusive) == (date(2005, 4, 29), False), "the use of the term excludes the day"
    [end] = read(LETTER_OF_BANKS).ends
    assert (end.day, end.hour) == (date(2000, 1, 31), "5:00 p.m. (New York time)")


def test_an_end_that_names_two_days_is_unclear() -> None:
    [end] = read(
        f"{START}The Bank (fictional) hereby waives any Default under Section 7.1 until the earlier of (a) "
        "August 1, 2001 and (b) September 2, 2001.\n"
    ).ends
    assert (end.confidence, end.alternatives) == ("unclear", (date(2001, 8, 1), date(2001, 9, 2)))


@pytest.mark.parametrize(
    ("text", "effect", "automatic", "notice"),
    [
        (FORBEARS, "termination", True, False),
        (NOTEHOLDERS, "termination", True, None),
        (WITH_A_LIST, "termination", True, None),
        (IN_NUMBERS, "rescission", False, True),
        (
            f"{START}The Bank waives any Default. The waiver in this Agreement shall terminate if another occurs.\n",
            "termination",
            True,
            None,
        ),
    ],
)
def test_what_ends_a_waiver(text: str, effect: str, automatic: bool, notice: bool | None) -> None:
    [trigger] = read(text).triggers
    assert (trigger.effect, trigger.automatic, trigger.notice) == (effect, automatic, notice)


@pytest.mark.parametrize(
    "sentence",
    [
        "The Borrower hereby waives any breach of the Bank.",
        "The Commitment shall terminate upon any Default unless waived.",
        "The Bank shall not be deemed to waive any Default.",
        "Each party hereby waives trial by jury in any claim of default.",
        "The Borrower desires that the Lenders waive compliance with Section 7.1.",
    ],
)
def test_what_waives_no_default(sentence: str) -> None:
    draft = read(f"{START}{sentence}\n")
    assert (draft.waived, draft.ends, draft.triggers) == ((), (), ())


def test_what_an_agreement_provides_for_is_no_waiver() -> None:
    text = "CREDIT AGREEMENT\n\nDated as of May 1, 2001.\n\nA late payment shall not constitute an Event of Default.\n"
    assert read(text).waived == ()


def test_defaults_that_a_schedule_lists() -> None:
    text = (
        f'{START}The Bank hereby waives the Events of Default set forth on Schedule A (the "Stated Defaults").\n\n'
        "Schedule A\n\nNoncompliance with Section 5.4 for the fiscal quarter ended March 31, 2001.\n"
    )
    assert ("covenant", ("5.4",), None, date(2001, 3, 31)) in waived(text)
