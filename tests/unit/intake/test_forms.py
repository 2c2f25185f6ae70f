"""Forms of openings and of signature blocks: fictional, each with what it shows."""

from __future__ import annotations

import pytest

from intake.extract.read import read

HEAD = (
    "WAIVER AND AMENDMENT\n\nThis Amendment dated as of May 1, 2003, is among ALDER CORP., a Nevada corporation (the "
    '"Borrower"), the Lenders party hereto and BIRCH BANK, as agent (the "Agent").\n\nIN WITNESS WHEREOF, they '
    "executed this Amendment as of the date first written above.\n\n"
)


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        (
            (
                "ALDER CORP.\n\nBy: /s/ Adam Alder\n    Adam Alder\n    Its President\n\n/s/ Eve Alder\n----------\n"
                "EVE ALDER, Guarantor\n"
            ),
            [("ALDER CORP.", "Adam Alder", "President", True), ("EVE ALDER", "Eve Alder", None, True)],
        ),
        (
            "ALDER CORP.\nBy: Adam Alder\nTitle: President\n\nBIRCH BANK\nBy: Bob Birch\nTitle: Director\n",
            [("ALDER CORP.", "Adam Alder", "President", False), ("BIRCH BANK", "Bob Birch", "Director", False)],
        ),
        (
            "ALDER CORP.\n\n/s/ ADAM ALDER\nADAM ALDER\nVICE PRESIDENT\n\nBIRCH BANK, N.A.\n\n/s/ BOB BIRCH\n",
            [("ALDER CORP.", "ADAM ALDER", "VICE PRESIDENT", True), ("BIRCH BANK, N.A.", "BOB BIRCH", None, True)],
        ),
        (
            "ATTEST:\n\n/s/ Ann Clerk\nAnn Clerk, Secretary\n\nALDER CORP.\n\nBy: /s/ Adam Alder\nName: Adam Alder\n",
            [("ALDER CORP.", "Adam Alder", None, True)],
        ),
    ],
)
def test_blocks(blocks: str, expected: list[object]) -> None:
    assert [(one.party, one.name, one.title, one.signed) for one in read(HEAD + blocks).signatories] == expected


@pytest.mark.parametrize(
    ("opening", "expected"),
    [
        (
            (
                'ALDER CORP. (the "Borrower"), BIRCH BANK, as Agent, Issuing Bank and Swingline Lender, and DEAL '
                "BANK and ELM TRUST COMPANY, as co-documentation agents."
            ),
            {
                "ALDER CORP.": ("borrower",),
                "BIRCH BANK": ("agent", "issuing_bank", "swingline_lender"),
                "DEAL BANK": ("documentation_agent",),
                "ELM TRUST COMPANY": ("documentation_agent",),
            },
        ),
        (
            (
                'Alder Corp., a Nevada corporation (the "Company"), and Birch Fund I, L.P. and Cedar Partners LLC '
                '(each a "Lender" and, collectively, the "Lenders").'
            ),
            {"Alder Corp.": ("borrower",), "Birch Fund I, L.P.": ("lender",), "Cedar Partners LLC": ("lender",)},
        ),
        (
            'ALDER CORP. and its subsidiaries on Schedule 1 (collectively, the "Borrowers") and BIRCH BANK ("Bank").',
            {
                "ALDER CORP.": ("borrower",),
                "its subsidiaries on Schedule 1": ("borrower",),
                "BIRCH BANK": ("lender",),
            },
        ),
    ],
)
def test_openings(opening: str, expected: dict[str, tuple[str, ...]]) -> None:
    text = f"AMENDMENT\n\nThis Amendment dated as of May 1, 2003, is among {opening}\n\nWHEREAS, they agree.\n"
    assert {party.name: party.roles for party in read(text).parties} == expected


def test_where_many_lenders_sign_the_class_stands_for_them() -> None:
    blocks = "\n".join(f"HARROW FUND {number}, LLC\n\nBy: /s/ A. Weaver\nTitle: Director\n" for number in range(20))
    draft = read(HEAD + "LENDERS:\n\n" + blocks)
    assert [party.name for party in draft.parties] == ["ALDER CORP.", "the Lenders party hereto", "BIRCH BANK"]
    assert len(draft.signatories) == 20
