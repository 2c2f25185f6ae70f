"""What holds of every text: it is read the same way each time, in places within it, and in little time."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.extract.read import read
from intake.extract.terms import as_json
from tests.unit.intake import fiction, more_papers, papers

TEXTS = {name: text for name, text in {**vars(fiction), **vars(papers), **vars(more_papers)}.items() if name.isupper()}
SIZE, LONGEST, TRIES = 200_000, 0.5, 3  # characters, seconds of this process
CURLY = str.maketrans({"'": "\u2019"})


def values(text: str) -> object:
    """What a draft says, without the places."""

    def bare(item: object) -> object:
        if isinstance(item, dict):
            return {name: bare(part) for name, part in item.items() if name != "spans"}
        return [bare(part) for part in item] if isinstance(item, list) else item

    return bare(as_json(read(text)))


@pytest.mark.parametrize("name", TEXTS)
def test_the_same_text_gives_the_same_draft(name: str) -> None:
    assert read(TEXTS[name]) == read(str(TEXTS[name]))


@pytest.mark.parametrize("name", TEXTS)
def test_line_ends_and_quotes_change_nothing(name: str) -> None:
    text = TEXTS[name]
    expected = values(text)
    assert values(text.replace("\n", "\r\n")) == expected
    assert values(re.sub(r'"([^"\n]*)"', "\u201c\\1\u201d", text).translate(CURLY)) == expected
    assert values(re.sub(r"(?<=\d), (?=\d{4})", ",\u00a0", text)) == expected


@pytest.mark.parametrize("name", TEXTS)
def test_lines_that_are_wrapped_once_more_change_nothing(name: str) -> None:
    assert values(re.sub(r"(?m)^(.{80,}?) (?=[a-z])", r"\1\n", TEXTS[name])) == values(TEXTS[name])


@pytest.mark.parametrize("name", TEXTS)
def test_a_page_mark_between_paragraphs_changes_nothing(name: str) -> None:
    head, gap, tail = TEXTS[name].partition("\n\n     1.")
    assert values(f"{head}\n\n   2\n\n<PAGE>{gap}{tail}" if gap else TEXTS[name]) == values(TEXTS[name])


@given(st.sampled_from(sorted(TEXTS)), st.integers(0, 4000), st.integers(0, 400))
def test_a_piece_of_a_document_is_read_too(name: str, start: int, length: int) -> None:
    text = TEXTS[name][start : start + length * 10]
    for part in (draft := read(text)).parties + draft.waived + draft.ends + draft.triggers + draft.conditions:
        assert all(0 <= span.start < span.end <= len(text) for span in part.spans)


@pytest.mark.parametrize(
    "bait",
    [
        *("is hereby waived ", "AMENDMENT\nto\n", "hereby releases ", "waive compliance with ", "(a) (b) (c) "),
        *(
            '(the "Credit Agreement") ',
            '(the "A" (',
            '"A" means ',
            "By: x\n",
            "A          B\n\n",
            "Very truly yours,\n",
        ),
        *("conditioned upon ", "conditions precedent: (a) ", "amendment fee of $1,000 paid ", "$1,"),
        *("shall not be deemed a waiver ", "counterparts may be executed ", "Section 1.1, 1.2 and ", "Schedule 1\n"),
        *("through May 1, 2000 through ", "the waiver shall terminate if ", "the earlier of (a) May 1, 2000, (b) "),
        *("Bank, as trustee, ", "principal amount of ", "this first day of ", "This Amendment dated as of "),
        *("as agent for the Lenders, ", "and the other banks, ", "the laws of the State of ", "Name: \n", "/s/ /s/ "),
        *(
            "ATTEST:   /s/ A\n",
            "By_____\nTitle:\n\n",
            "NORWICK BANK, as\n",
            "By: A LLC, its agent\n",
            "Name of Lender: A\n",
        ),
        *("; and the Borrower failed to ", "\n\n1. Failure", "for the period from May 1, 2000 to ", ", provided that "),
        *(
            "and further waives ",
            "of the Borrower ",
            "hereby extends the waiver ",
            "the Forbearance Period is extended ",
        ),
        *(
            "if the sale is not completed by ",
            "no force or effect after ",
            "shall cause the waiver to ",
            "to the extent ",
        ),
        *("$5,000,000 principal amount of Notes ", "Floating Rate Notes 2008 ", "Amendment No. 1 thereto dated as of "),
        *(
            "amended as of May 1, 2000, ",
            "Section 1.1 of the Loan Agreement as of May 1, 2000 ",
            "as Agent, Issuing Bank, ",
        ),
        *(
            "[__] ",
            "in favor of A ",
            "STATE OF OHIO\n",
            "SS.\nCOUNTY OF A\n",
            "The undersigned Guarantors\n",
            "A Q. Bb and ",
        ),
        *("as Book Manager and A B, ", "A, as attorney-in-fact for B\n", "Vice President\n", "as Lender\n\nA\n\n"),
        *(
            "the undersigned, being the ",
            ") of A ",
            "(A) Section 1 or ",
            "Effective immediately ",
            "364-Day Agreement ",
        ),
        *('A Bank, a New York bank (the "B"), ', "as co-agents and ", "its subsidiaries and ", "formerly known as "),
    ],
)
def test_no_repetition_takes_long(bait: str) -> None:
    """A pattern that backtracks would take minutes."""
    took = []
    for number in range(TRIES):
        text = "Gentlemen:\n\nthe Lender hereby waives any Default " + bait * (SIZE // len(bait)) + " " * number
        start = time.process_time()
        read(text)
        took.append(time.process_time() - start)
        if took[-1] < LONGEST:
            return
    assert min(took) < LONGEST
