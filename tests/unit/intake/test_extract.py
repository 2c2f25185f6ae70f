"""From an agreement's text to a draft: the founding document, texts of our own, and texts that nobody would write."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake import example
from intake.extract.dates import dates_in
from intake.extract.flow import Span, flow_of
from intake.extract.read import read
from intake.extract.terms import Draft, Value, as_json

T = TypeVar("T")
FOUNDING = (Path(example.__file__).parent / "exhibit-10-106.txt").read_text(encoding="utf-8")
FORBEARANCE = """\
Exhibit 10.3

                             FORBEARANCE AGREEMENT

     This FORBEARANCE AGREEMENT (this "Agreement") is entered into as of June 2, 2003, by and among Norwick
Mills, Inc. (fictional), an Ohio corporation (the "Borrower"), Harrow Street Bank, N.A. (fictional), as
administrative agent (in such capacity, the "Administrative Agent"), and the Lenders party hereto.

     WHEREAS, the Borrower and the Lenders are parties to a Credit Agreement dated as of May 5, 2001 (the
"Credit Agreement"); and

     WHEREAS, the Borrower failed to comply with Section 7.11(a) of the Credit Agreement for the fiscal quarter
ended March 31, 2003 (the "Specified Default");

     NOW, THEREFORE, the parties agree as follows:

     1. Forbearance. The Lenders hereby agree to forbear from exercising remedies in respect of the Specified Default
until the earliest of (a) September 30, 2003, (b) the occurrence of any other Event of Default, and (c) the
failure of the Borrower to comply with this Agreement (the "Forbearance Termination Date").

     2. Termination. The forbearance shall automatically terminate, upon written notice to the Borrower, if the
Administrative Agent declares any other Event of Default.

     3. Governing Law. This Agreement shall be governed by the laws of the State of Ohio.

     IN WITNESS WHEREOF, the parties have executed this Agreement.

NORWICK MILLS, INC.

By: /s/ A. Weaver
Name: A. Weaver
Title: Treasurer

HARROW STREET BANK, N.A.,
as Administrative Agent

By: ______________________
Name: B. Banker
Title: Director
"""
WAIVES_NOTHING = """\
SECOND AMENDMENT TO CREDIT AGREEMENT

This Second Amendment, dated as of May 1, 2001, is between Norwick Mills, Inc. (fictional) (the "Borrower") and
Harrow Street Bank (fictional) (the "Bank").

1. The Borrower has requested that the Bank waive the Event of Default under Section 6.1.

2. Nothing herein shall waive any Default. The Bank does not waive compliance with Section 6.1. The Borrower hereby
waives presentment, demand and trial by jury, and any right to claim a default of the Bank.
"""


LETTER = """\
                                Harrow Street Bank
                                                            March 20, 1999

Norwick Mills, Inc.
12 Canal Street
Akron, Ohio 44301
Attention: Treasurer

Re: Credit Agreement dated as of May 5, 1997 (the "Credit Agreement"), between Norwick Mills, Inc. (the "Borrower")
and Harrow Street Bank (the "Bank") (all fictional)

Ladies and Gentlemen:

     You have advised us that the Borrower has not complied with Section 6.4 of the Credit Agreement for the fiscal
quarter ended December 31, 1998. The Bank hereby waives compliance by the Borrower with Section 6.4 of the Credit
Agreement for the fiscal quarter ended December 31, 1998 until June 30, 1999.

                                        Very truly yours,

                                        HARROW STREET BANK

                                        By: /s/ B. Banker
                                        Title: Vice President

ACCEPTED AND AGREED:

NORWICK MILLS, INC.

By: /s/ A. Weaver
Title: Treasurer
"""


def the(value: Value[T] | None) -> T:
    assert value is not None
    return value.value


def said(text: str, spans: tuple[Span, ...]) -> str:
    return " ".join(" ".join(text[span.start : span.end].split()) for span in spans)


def test_the_founding_document_is_read_whole() -> None:
    draft = read(FOUNDING)
    assert (the(draft.title), draft.kind.value) == ("AGREEMENT", "waiver")
    assert the(draft.exhibit) == "10-106"
    assert the(draft.dated) == date(2000, 1, 31)
    assert draft.dated is not None
    assert said(FOUNDING, draft.dated.spans) == "dated as of January 31, 2000"
    assert the(draft.effective) == date(2000, 1, 31)
    assert [(party.name, party.roles, party.defined, party.jurisdiction) for party in draft.parties] == [
        ("Lexington Precision Corporation", ("borrower",), ("LPC",), "Delaware"),
        ("The CIT Group/Equipment Financing, Inc.", ("lender",), ("Lender",), None),
    ]
    assert draft.parties[0].inferred, "its role is not stated; it is the other side"
    assert [(paper.title, paper.dated) for paper in draft.papers] == [
        ("Loan and Security Agreement", date(1997, 3, 19)),
    ]
    assert [
        (debt.coupon, debt.ranking, debt.maturity, debt.convertible, debt.increasing_rate) for debt in draft.debts
    ] == [
        (Decimal(14), "junior subordinated", date(2000, 5, 1), False, False),
        (None, "junior subordinated", date(2000, 5, 1), True, True),
        (Decimal("12.75"), "senior subordinated", date(2000, 2, 1), False, False),
    ]
    [waived] = draft.waived
    assert (waived.kind, waived.due, waived.debts, waived.solely) == (
        "cross_default",
        date(2000, 2, 1),
        (0, 1, 2),
        True,
    )
    [end] = draft.ends
    assert (end.day, said(FOUNDING, end.spans)) == (date(2000, 5, 1), "until May 1, 2000")
    assert "out of order" in end.unclear, "paragraph 1 is garbled in the original"
    [trigger] = draft.triggers
    assert (trigger.effect, trigger.automatic, trigger.notice) == ("rescission", True, False)
    assert (trigger.by, trigger.acts) == (("holder", "trustee"), ("accelerate", "exercise_remedies"))
    assert the(draft.law) == "New York"
    assert [(one.name, one.title, one.party, one.signed) for one in draft.signatories] == [
        ("Warren Delano", "President", "LEXINGTON PRECISION CORPORATION", True),
        ("Joseph Albano", "Vice President Credit", "THE CIT GROUP/EQUIPMENT FINANCING, INC.", True),
    ]


def test_a_forbearance_until_the_earliest_of_several_things() -> None:
    draft = read(FORBEARANCE)
    assert draft.kind.value == "forbearance"
    assert the(draft.dated) == date(2003, 6, 2)
    assert [party.name for party in draft.parties] == [
        "Norwick Mills, Inc.",
        "Harrow Street Bank, N.A.",
        "the Lenders party hereto",
    ]
    assert draft.parties[2].is_class
    [waived] = draft.waived
    assert (waived.kind, waived.sections, waived.period_end) == ("covenant", ("7.11(a)",), date(2003, 3, 31))
    [end] = draft.ends
    assert end.day == date(2003, 9, 30)
    assert len(end.earliest_of) == 3
    [trigger] = draft.triggers
    assert (trigger.effect, trigger.automatic, trigger.notice) == ("termination", False, True)
    assert [(one.name, one.party, one.signed) for one in draft.signatories] == [
        ("A. Weaver", "NORWICK MILLS, INC.", True),
        ("B. Banker", "HARROW STREET BANK, N.A.", False),
    ]


def test_a_letter_bears_the_date_above_and_is_between_whom_it_is_written_to_and_who_signs_it() -> None:
    draft = read(LETTER)
    assert (draft.title, draft.kind.value, the(draft.dated)) == (None, "waiver_letter", date(1999, 3, 20))
    assert [(party.name, party.roles, party.defined) for party in draft.parties] == [
        ("Norwick Mills, Inc.", ("borrower",), ("Borrower",)),
        ("HARROW STREET BANK", ("lender",), ("Bank",)),
    ]
    assert [(paper.title, paper.dated) for paper in draft.papers] == [("Credit Agreement", date(1997, 5, 5))]
    [waived] = draft.waived
    assert (waived.kind, waived.sections, waived.period_end) == ("covenant", ("6.4",), date(1998, 12, 31))
    assert [end.day for end in draft.ends] == [date(1999, 6, 30)]


def test_each_default_of_a_list_is_one() -> None:
    draft = read(
        "WAIVER\n\nThis Waiver is dated as of May 1, 2001.\n\nThe Bank hereby waives any Default that arose under "
        "(a) Section 7.1 of the Credit Agreement for the fiscal quarter ended March 31, 2001, and (b) clauses (c) and "
        "(d) of Section 7.2 thereof for the period ending on December 31, 2000.\n"
    )
    assert [(waived.sections, waived.period_end) for waived in draft.waived] == [
        (("7.1",), date(2001, 3, 31)),
        (("7.2(c)", "7.2(d)"), date(2000, 12, 31)),
    ]
    assert draft.ends == (), "where a period ends, no waiver does"


def test_each_default_of_a_list_may_have_an_end_of_its_own() -> None:
    draft = read(
        "WAIVER\n\nThis Waiver is dated as of May 1, 2001.\n\nThe Bank hereby waives (a) noncompliance with Section "
        "7.1 until the earlier of two (2) days after the filing of its report or June 2, 2001, and (b) noncompliance "
        "with Section 7.2 until 5:00 p.m. (Dallas time) on August 15, 2001.\n"
    )
    assert [(end.day, end.hour, len(end.earliest_of)) for end in draft.ends] == [
        (date(2001, 6, 2), None, 2),
        (date(2001, 8, 15), "5:00 p.m. (Dallas time)", 0),
    ]


def test_what_is_asked_for_denied_or_waived_by_the_borrower_is_no_waiver() -> None:
    draft = read(WAIVES_NOTHING)
    assert draft.kind.value == "amendment"
    assert (draft.waived, draft.ends, draft.triggers) == ((), (), ())


def test_what_a_text_does_not_say_is_nothing() -> None:
    draft = read("A letter about something else.")
    said = {field.name for field in fields(Draft) if getattr(draft, field.name)}
    assert said == {"kind"}
    assert (draft.kind.value, draft.kind.spans) == ("other", ())


def test_a_page_break_and_a_cut_word_do_not_part_what_belongs_together() -> None:
    text = (
        "The Lender hereby waives the sub-\nject default\n\n\n   2\n\n<PAGE>\n\nuntil the non-\n"
        "recourse date, a non-recourse day.\n\nNext."
    )
    flow = flow_of(text)
    assert flow.text.split("\n\n") == [
        "The Lender hereby waives the subject default until the non-recourse date, a non-recourse day.",
        "Next.",
    ]
    at = flow.text.index("until the")
    span = flow.span(at, at + len("until the"))
    assert text[span.start : span.end] == "until the"


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("May 1, 2000", date(2000, 5, 1)),
        ("MAY 1,\n2000", date(2000, 5, 1)),
        ("the 13th day of May, 2002", date(2002, 5, 13)),
        ("1st day of February 2000", date(2000, 2, 1)),
        ("Sept. 3rd, 1999", date(1999, 9, 3)),
        ("6/30/02", date(2002, 6, 30)),
        ("12/31/1998", date(1998, 12, 31)),
        ("2000-01-31", date(2000, 1, 31)),
        ("February 30, 2000", None),
        ("Section 5.1/2000", None),
        ("May 2000", None),
    ],
)
def test_a_date_is_read_as_it_is_written(words: str, day: date | None) -> None:
    assert next((found.day for found in dates_in(words)), None) == day


def test_a_date_of_numbers_says_how_it_was_read() -> None:
    [found] = dates_in("6/30/02")
    assert found.reading == "Read as month/day/year."


# Texts that nobody would write

WORDS = st.sampled_from(
    [
        *(
            "waives",
            "hereby",
            "the Lender",
            "(",
            ")",
            '"',
            "Default",
            "until",
            "May 1, 2000",
            "due",
            "%",
            "12 3/0",
            "Notes",
        ),
        *(
            "between",
            "and",
            ",",
            "Inc.",
            "a Delaware corporation",
            "WHEREAS",
            "By:",
            "/s/ A",
            "\n",
            "\n\n",
            "AGREEMENT",
        ),
        *("Section 1.1", "the earlier of", "governed by the laws of", "-\n", "<PAGE>", "\u202e", "\x00", "é", "𝔸", "٣"),
        *(
            "dated as of",
            "Exhibit 1",
            "shall terminate",
            "IN WITNESS WHEREOF",
            "99/99/99",
            "rescinded",
            "forbearance if",
        ),
    ]
)


@given(st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=300))
def test_whatever_the_text_a_draft_comes_with_places_in_it(text: str) -> None:
    def spans(item: object) -> None:
        if isinstance(item, list) and len(item) == 2 and all(isinstance(part, int) for part in item):
            assert 0 <= item[0] < item[1] <= len(text)
        elif isinstance(item, dict):
            for name, part in item.items():
                if name != "debts" or not all(isinstance(number, int) for number in part):
                    spans(part)
        elif isinstance(item, list):
            for part in item:
                spans(part)

    draft = as_json(read(text))
    spans(draft)
    json.dumps(draft)


@given(st.text(alphabet="ab -\n\t.<PAGE>12\u201c", max_size=200))
def test_the_flow_leads_back_to_the_very_characters(text: str) -> None:
    flow = flow_of(text)
    for at, character in enumerate(flow.text):
        if not character.isspace():
            span = flow.span(at, at + 1)
            assert text[span.start : span.end].replace("\u201c", '"') == character


SIZE = 20_000


@pytest.mark.parametrize(
    "bait",
    [
        *(
            " ",
            "\n",
            "A",
            "Aa ",
            "Agreement and ",
            "(",
            '"',
            "January ",
            "January 1, 2000 ",
            "Senior ",
            "1",
            "between A, ",
        ),
        *(
            "governed by the laws of ",
            "the earliest of ",
            "wor-\nd ",
            "By: x\n",
            "IN WITNESS WHEREOF\n\n/s/ ",
            "\u202e",
            "😀 ",
        ),
        *(
            "dated as of January 1, 2000, ",
            "the Lender hereby waives any default under Section 1.1, ",
            "14% Notes due May 1, 2000, ",
        ),
        *(
            '"Existing Default" ',
            "shall become effective ",
            "AGREEMENT\n",
            "WHEREAS ",
            "formerly known as (",
            "the Lender waives. ",
        ),
    ],
)
def test_no_repetition_keeps_it_busy(bait: str) -> None:
    """A pattern that backtracks without end would keep this test from ending."""
    draft = read("between " + bait * (SIZE // len(bait)))
    assert isinstance(draft, Draft)
