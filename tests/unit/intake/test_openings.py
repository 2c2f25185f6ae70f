"""Parties, papers and what is waived, in forms of opening and of signature that were met "
"later. All is fictional."""

from __future__ import annotations

from datetime import date

import pytest

from intake.extract.read import read

HEAD = 'FIRST AMENDMENT TO LOAN AGREEMENT\n\nThis First Amendment (this "Amendment") is dated as of May 4, 2001, '
TAIL = "\n\nWHEREAS, the parties made a Loan Agreement dated as of May 1, 2000;\n\n"


def parties(text: str) -> dict[str, tuple[set[str], tuple[str, ...]]]:
    return {one.name: (set(one.roles), one.defined) for one in read(text).parties}


@pytest.mark.parametrize(
    ("naming", "found"),
    [
        (  # a name for several, and one that is left open
            (
                "by and among BRAMBLE, L.P., a Delaware limited partnership, and ASHDOWN, INC., an Ohio "
                "corporation (together, "
                'jointly and severally, the "Company") and [__] ("Noteholder").'
            ),
            {
                "BRAMBLE, L.P.": ({"issuer"}, ("Company",)),
                "ASHDOWN, INC.": ({"issuer"}, ("Company",)),
                "[__]": ({"holder"}, ("Noteholder",)),
            },
        ),
        (  # what the next sentence says is of nobody's capacity
            (
                'by and between BRAMBLE, INC., an Ohio corporation (each individually, a "Borrower"), and '
                'TARROW BANK ("Bank"). '
                'Each reference herein to "Borrower" shall mean each and every party defined above as a Borrower.'
            ),
            {"BRAMBLE, INC.": ({"borrower"}, ("Borrower",)), "TARROW BANK": ({"lender"}, ("Bank",))},
        ),
        (  # LP is no state
            'between BRAMBLE OLP, LP, a Delaware limited partnership ("Borrower"), and TARROW BANK ("Lender").',
            {"BRAMBLE OLP, LP": ({"borrower"}, ("Borrower",)), "TARROW BANK": ({"lender"}, ("Lender",))},
        ),
        (  # a capacity that ends in "and", and the next name
            (
                'among BRAMBLE, INC. (the "Borrower"), TARROW BANK, N.A., as Agent, Oakum Capital, LLC, as '
                "Lead Arranger and Book "
                "Manager and Royal Bank of Thule, Plc, as Collateral Agent."
            ),
            {
                "BRAMBLE, INC.": ({"borrower"}, ("Borrower",)),
                "TARROW BANK, N.A.": ({"agent"}, ()),
                "Oakum Capital, LLC": ({"arranger"}, ()),
                "Royal Bank of Thule, Plc": ({"collateral_agent"}, ()),
            },
        ),
        (  # two persons
            (
                'between BRAMBLE, INC. ("Borrower"), TARROW BANK ("Lender"), and Ann Q. Bramble and Bea R. '
                "Bramble "
                '(hereinafter, "Guarantors").'
            ),
            {
                "BRAMBLE, INC.": ({"borrower"}, ("Borrower",)),
                "TARROW BANK": ({"lender"}, ("Lender",)),
                "Ann Q. Bramble": ({"guarantor"}, ("Guarantors",)),
                "Bea R. Bramble": ({"guarantor"}, ("Guarantors",)),
            },
        ),
        (  # the parties of another paper are not named again
            (
                'among BRAMBLE, INC. (the "Issuer") and each of the Purchasers party to the Note Purchase '
                "Agreement dated as of "
                'March 1, 1998 (as amended, the "Note Purchase Agreement") among the Issuer and the '
                "Purchasers named therein."
            ),
            {
                "BRAMBLE, INC.": ({"issuer"}, ("Issuer",)),
                "each of the Purchasers party to the Note Purchase Agreement": ({"holder"}, ()),
            },
        ),
    ],
)
def test_who_is_named(naming: str, found: dict[str, tuple[set[str], tuple[str, ...]]]) -> None:
    assert parties(HEAD + naming + TAIL) == found


def test_a_name_left_open_is_unclear() -> None:
    named = read(HEAD + 'between BRAMBLE, INC. (the "Company") and [__] ("Holder").' + TAIL).parties
    assert [one.confidence for one in named if one.name == "[__]"] == ["unclear"]


def test_running_text_names_nobody() -> None:
    """Made by the Borrower in favor of the Lender; the Bank agrees that: no party, nor a class."""
    text = (
        "NOTE\n\nThe note made by the Borrower in favor of the Lender to evidence the loans. The "
        "rate agreed between the Bank "
        'and the Borrower shall be 8%.\n\nBramble Inc. (the "Borrower") promises to pay to the '
        "order of TARROW NATIONAL BANK AND "
        'TRUST COMPANY OF THULE (the "Bank") the principal amount.'
    )
    assert parties(text) == {
        "Bramble Inc.": ({"borrower"}, ("Borrower",)),
        "TARROW NATIONAL BANK AND TRUST COMPANY OF THULE": ({"lender"}, ("Bank",)),
    }


def test_roles_that_an_exhibit_gives() -> None:
    text = (
        "SIXTH AMENDMENT\n\nSIXTH AMENDMENT dated as of March 17, 1995 to the CREDIT AGREEMENT "
        "dated as of February 25, 1993 "
        '(the "Credit Agreement") among BRAMBLE, INC., a Nevada corporation, TARROW USA, INC. and '
        "TARROW BANK, N.A.\n\n"
        "The parties agree.\n\nIN WITNESS WHEREOF, they sign.\n\nTARROW USA, "
        "INC.\n\nBy:____________\nVice President\n\n"
        'EXHIBIT A\n\nBramble, Inc., a Nevada corporation (the "Borrower"), promises to pay to '
        'Tarrow USA, Inc. (the "Lender") '
        "at the office of Tarrow Bank, N.A. as Issuing Bank."
    )
    assert {name: roles for name, (roles, _) in parties(text).items()} == {
        "BRAMBLE, INC.": {"borrower"},
        "TARROW USA, INC.": {"lender"},
        "TARROW BANK, N.A.": {"issuing_bank"},
    }
    assert [(one.name, one.title) for one in read(text).signatories] == [(None, "Vice President")]


SIGNED = (
    HEAD
    + 'between BRAMBLE, INC. (the "Borrower") and TARROW BANK (the "Lender").'
    + TAIL
    + "IN WITNESS WHEREOF, they sign.\n\n"
)


def test_who_acknowledges_and_who_signs_for_another() -> None:
    text = (
        SIGNED + "OAKUM ADVISERS, INC., as Attorney-in-fact, on behalf\nof Thule Life Insurance "
        "Company\n\nBy: /s/ A. Oak\n"
        "Name: A. Oak\nTitle: Director\n\nAcknowledged and Agreed to:\n\nHEATHER MILLS LLC, an "
        "Ohio limited liability company\n\n"
        "By: /s/ B. Heather\nName: B. Heather\nTitle: Manager\n\nMOORLAND INC., Guarantor\n\nBy: "
        "/s/ C. Moor\nTitle: President\n"
    )
    found = parties(text)
    assert found["HEATHER MILLS LLC"][0] == {"acknowledging_party"}
    assert found["MOORLAND INC."][0] == {"guarantor"}
    first = read(text).signatories[0]
    assert (first.party, first.via) == ("Thule Life Insurance Company", "OAKUM ADVISERS, INC.")


@pytest.mark.parametrize(("many", "is_class"), [(3, False), (9, True)])
def test_the_undersigned_guarantors(many: int, is_class: bool) -> None:
    blocks = "".join(
        f"HEATHER {number} LIMITED\n\nBy: /s/ D. Heather\nName: D. Heather\nTitle: Director\n\n"
        for number in range(many)
    )
    text = (
        SIGNED + "BRAMBLE, INC.\n\nBy: /s/ E. Bramble\nTitle: President\n\nThe undersigned Guarantors "
        "hereby consent.\n\n" + blocks
    )
    guarantors = [one for one in read(text).parties if one.roles == ("guarantor",)]
    assert [one.is_class for one in guarantors] == ([True] if is_class else [False] * many)


def test_a_notary_signs_for_nobody() -> None:
    text = (
        SIGNED + "BRAMBLE, INC.\n\nBy: /s/ E. Bramble\nTitle: President\n\nSTATE OF OHIO\n)\n)ss.\nCOUNTY "
        "OF STARK\n)\n\n"
        "On this day appeared E. Bramble.\n\n/s/ Dee Hoff\nDEE HOFF\nNotary Public\n"
    )
    assert [one.name for one in read(text).signatories] == ["E. Bramble"]


def test_the_undersigned_hold_the_notes() -> None:
    text = (
        "WAIVER\n\nThe undersigned, being the holders of a majority of the 11% Senior Notes due "
        '2003 (the "Notes") of Bramble '
        'Shipping Corp., a Delaware corporation (the "Company"), issued under the Indenture dated '
        "as of May 1, 1996 between the "
        'Company and Oakum Trust Company, as trustee (the "Trustee"), hereby waive, until June 30, '
        "2000, any Default from the "
        "failure to pay interest due on April 1, 2000.\n\nIN WITNESS WHEREOF, they sign.\n\nLARCH "
        "INCOME FUND\n\n"
        "By: /s/ D. Larch\nTitle: Manager\n\nPELL, L.P.\n\nBy: /s/ E. Pell\nTitle: Partner\n"
    )
    assert {name: roles for name, (roles, _) in parties(text).items()} == {
        "Bramble Shipping Corp.": {"issuer"},
        "Oakum Trust Company": {"trustee"},
        "LARCH INCOME FUND": {"holder"},
        "PELL, L.P.": {"holder"},
    }


@pytest.mark.parametrize(
    ("words", "waived"),
    [
        (
            (
                "waive the Events of Default under (a) Section 7.1 (Leverage Ratio) and (b) Section 7.2 "
                "(Coverage) for the quarter "
                "ended March 31, 2001."
            ),
            [(("7.1",), date(2001, 3, 31)), (("7.2",), date(2001, 3, 31))],
        ),
        (
            (
                "waive any Event of Default that is (A) a merger in violation of Section 9.1 or (B) a "
                "transfer in violation of "
                "Section 9.4."
            ),
            [(("9.1", "9.4"), None)],
        ),
    ],
)
def test_lists_of_what_is_waived(words: str, waived: list[tuple[tuple[str, ...], date | None]]) -> None:
    text = (
        HEAD
        + 'between BRAMBLE, INC. (the "Borrower") and TARROW BANK (the "Lender").'
        + TAIL
        + "The Lender does hereby "
        + words
    )
    assert [(one.sections, one.period_end) for one in read(text).waived] == waived


def test_effective_at_once_and_own_papers() -> None:
    text = HEAD + 'between BRAMBLE, INC. ("Borrower") and TARROW BANK ("Bank").' + TAIL
    draft = read(
        text + "1. Effective immediately, Section 6.2 is amended. A $50,000,000 Loan Agreement dated as "
        "of June 1, 2000."
    )
    assert draft.effective
    assert draft.effective.value == date(2001, 5, 4)
    assert [one.title for one in draft.papers] == ["Loan Agreement", "Loan Agreement"]
