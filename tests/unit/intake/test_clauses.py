"""Definitions, conditions, fees, clauses, notes and riders: fictional documents, and the founding one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from intake import example
from intake.extract.read import read
from tests.unit.intake.fiction import FORBEARS, LETTER_OF_BANKS, NOTEHOLDERS, WITH_A_LIST

FOUNDING = (Path(example.__file__).parent / "exhibit-10-106.txt").read_text(encoding="utf-8")


def test_all_that_the_founding_document_says_beyond_its_waiver() -> None:
    draft = read(FOUNDING)
    assert {one.term: one.meaning for one in draft.definitions} == {
        "Agreement": "This Agreement dated as of January 31, 2000",
        "LPC": "Lexington Precision Corporation",
        "Lender": "The CIT Group/Equipment Financing, Inc.",
        "Loan Documents": "all of the foregoing, as amended, modified, and supplemented",
        "Other Indebtedness": "the indebtedness referred to in clauses (a), (b) and (c)",
    }
    assert draft.papers[0].riders == ("Rider A",)
    assert draft.papers[0].amendments == ()
    [waived] = draft.waived
    assert waived.payments == ("principal", "interest")
    assert (waived.confidence, waived.due) == ("unclear", date(2000, 2, 1))
    [end] = draft.ends
    assert (end.words, end.inclusive, end.on_notice, end.confidence) == ("until May 1, 2000", None, False, "unclear")
    assert draft.triggers[0].debts == (0, 1, 2)
    assert (draft.conditions, draft.fees, draft.signed) == ((), (), ())
    assert (draft.release, draft.reservation_of_rights) == (None, None)
    assert draft.no_other_waiver is not None
    assert draft.no_other_waiver.value.startswith("Except as expressly set forth herein, no other or further amendment")
    assert draft.ratification is not None
    assert draft.ratification.value.endswith("shall remain in full force and effect.")
    assert draft.counterparts is not None
    assert "any number of counterparts" in draft.counterparts.value
    assert [(debt.principal, debt.holder, debt.trustee) for debt in draft.debts] == [(None, None, None)] * 3


def test_each_condition_of_a_list_is_one() -> None:
    assert [one.text for one in read(FORBEARS).conditions] == [
        "the Agent shall have received this Agreement, duly executed by the Borrowers",
        "the Agent shall have received the fee in Section 3",
        "no Default other than the Specified Defaults shall exist",
    ]
    assert [one.text for one in read(WITH_A_LIST).conditions] == [
        "an executed copy hereof",
        "the fee stated in Section 2",
        "a certificate of an officer of Borrower",
    ]


def test_fees_have_their_amount_or_none_where_it_is_in_points() -> None:
    assert [(fee.amount, fee.currency) for fee in read(FORBEARS).fees] == [(Decimal(125_000), "USD")]
    assert [fee.amount for fee in read(WITH_A_LIST).fees] == [Decimal("10000.00")]
    [points] = read(NOTEHOLDERS).fees
    assert (points.amount, points.currency) == (None, None)
    assert "25 basis points" in points.text


def test_the_usual_clauses_are_the_words_of_their_sentences() -> None:
    letter, forbears, listed = read(LETTER_OF_BANKS), read(FORBEARS), read(WITH_A_LIST)
    assert letter.reservation_of_rights is not None
    assert letter.reservation_of_rights.value == "The Banks reserve all of their rights and remedies."
    assert letter.no_other_waiver is not None
    assert forbears.release is not None
    assert forbears.release.value.startswith("Each Borrower hereby releases")
    assert listed.no_other_waiver is not None
    assert listed.no_other_waiver.value == "Nothing herein shall constitute a waiver of any other default."
    assert listed.counterparts is not None


def test_a_long_clause_is_cut_where_a_part_of_it_ends() -> None:
    clause = "The Credit Agreement is ratified, " + "and so is each other paper, " * 40 + "in all respects."
    draft = read(f"WAIVER\n\n{clause}\n")
    assert draft.ratification is not None
    assert len(draft.ratification.value) <= 400
    assert draft.ratification.value.endswith(",")


def test_papers_with_their_amendments_and_riders() -> None:
    draft = read(WITH_A_LIST)
    assert draft.papers[0].amendments == ("First Amendment, June 30, 2000", "Second Amendment, May 15, 2001")


def test_notes_with_their_principal_and_trustee() -> None:
    draft = read(
        "WAIVER\n\nThis is about $25,000,000 aggregate principal amount of its 9% Senior Notes due 2010 issued to "
        "Windlass Mutual Life under an indenture with Copperfield Trust Company, as trustee (all fictional).\n"
    )
    [debt] = draft.debts
    assert (debt.principal, debt.trustee) == (Decimal(25_000_000), "Copperfield Trust Company")
    assert debt.holder == "Windlass Mutual Life"


def test_what_an_amendment_writes_into_another_paper_is_no_definition_of_its_own() -> None:
    draft = read(
        'AMENDMENT\n\nSection 1.1 of the Credit Agreement is amended by adding the following definition: "EBITDA" '
        'means earnings.\n\nAs used in this Amendment, "Sale" means the sale of the mill (fictional).\n'
    )
    assert [one.term for one in draft.definitions] == ["Sale"]
