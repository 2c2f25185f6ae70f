"""Who the parties are, what they are called, and who signs for them: fictional documents."""

from __future__ import annotations

from datetime import date

import pytest

from intake.extract.read import read
from intake.extract.terms import Draft
from tests.unit.intake.fiction import (
    FORBEARS,
    IN_NUMBERS,
    LETTER_OF_BANKS,
    NOTEHOLDERS,
    PASSIVE,
    TEMPORARY,
    WITH_A_LIST,
)


def roles(draft: Draft) -> dict[str, tuple[str, ...]]:
    return {party.name: party.roles for party in draft.parties}


def signed(draft: Draft) -> list[tuple[str | None, str | None, str | None]]:
    return [(one.name, one.title, one.party) for one in draft.signatories]


def test_parties_who_only_sign_are_inferred() -> None:
    draft = read(FORBEARS)
    assert roles(draft) == {
        "BRAMBLE FOODS CORPORATION": ("borrower",),
        "BRAMBLE TRANSPORT, LLC": ("borrower",),
        "the financial institutions listed on the signature pages hereof": ("lender",),
        "QUAYSIDE BANK, NATIONAL ASSOCIATION": ("administrative_agent", "lender"),
        "NORTH PIER CAPITAL CORP.": ("lender",),
    }
    assert [party.name for party in draft.parties if party.inferred] == ["NORTH PIER CAPITAL CORP."]
    assert draft.parties[-1].confidence == "inferred"
    assert (draft.parties[0].jurisdiction, draft.parties[0].entity_type) == ("Delaware", "corporation")


def test_two_columns_of_signatures_are_read_one_after_the_other() -> None:
    assert signed(read(FORBEARS)) == [
        ("D. Bramble", "President", "BRAMBLE FOODS CORPORATION"),
        ("D. Bramble", "Manager", "BRAMBLE TRANSPORT, LLC"),
        ("E. Quay", "Senior Vice President", "QUAYSIDE BANK, NATIONAL ASSOCIATION"),
        ("F. Pier", "Vice President", "NORTH PIER CAPITAL CORP."),
    ]


def test_a_letter_that_two_banks_sign() -> None:
    draft = read(LETTER_OF_BANKS)
    assert draft.dated is not None
    assert draft.dated.value == date(1999, 11, 12)
    assert roles(draft) == {
        "Fennimore Tool Works, Inc.": ("borrower",),
        "TOLLGATE SAVINGS BANK": ("agent", "lender"),
        "HARROW STREET BANK, N.A.": ("lender",),
    }
    assert [party.inferred for party in draft.parties] == [True, False, True]
    assert [day.value for day in draft.signed] == [date(1999, 11, 15)]
    assert draft.signatories[0].capacity == "individually and as Agent"
    assert signed(draft)[2] == ("C. Smith", "Treasurer", "FENNIMORE TOOL WORKS, INC.")


def test_an_address_without_a_parenthesis_swallows_nobody() -> None:
    assert roles(read(WITH_A_LIST)) == {"SALLOW STEEL CO.": ("borrower",), "LANTERN NATIONAL BANK": ("lender",)}


def test_holders_of_notes_and_who_signs_for_them() -> None:
    draft = read(NOTEHOLDERS)
    assert [(party.roles, party.inferred, party.is_class) for party in draft.parties] == [
        (("issuer",), True, False),
        (("holder",), False, True),
        (("holder",), True, False),
    ]
    assert draft.signatories[1].via == "Windlass Advisors, Inc., its investment adviser"


def test_an_agent_acts_for_lenders_who_are_a_party_of_their_own() -> None:
    assert roles(read(PASSIVE)) == {
        "Pennant Oil & Gas, L.P.": ("borrower",),
        "Pennant Holdings, Inc.": ("guarantor",),
        "First Bank of Alder and Trust Company": ("agent", "lender"),
        "the lenders": ("lender",),
    }


def test_parties_that_a_reference_to_the_agreement_names() -> None:
    assert roles(read(TEMPORARY))["Copperfield Bank plc"] == ("administrative_agent", "lender")


def test_a_second_signatory_signs_for_the_same_party() -> None:
    assert signed(read(IN_NUMBERS))[1:] == [
        ("N. Drift", "Vice President", "SPINDRIFT BANK AG, NEW YORK BRANCH"),
        ("O. Foam", "Associate", "SPINDRIFT BANK AG, NEW YORK BRANCH"),
    ]


@pytest.mark.parametrize(
    ("opening", "day"),
    [
        ("This Waiver dated as of May 1, 2001 to the Credit Agreement dated as of June 2, 1999", date(2001, 5, 1)),
        ("This Amendment to the Credit Agreement dated as of June 2, 1999 is made as of May 1, 2001", date(2001, 5, 1)),
        (
            "See that certain Note dated June 2, 1999. This Waiver is made this first day of May, 2001",
            date(2001, 5, 1),
        ),
        (
            "The Credit Agreement made as of June 2, 1999 is modified.\n\nExecuted this 1st day of May, 2001",
            date(2001, 5, 1),
        ),
    ],
)  # fmt: skip
def test_the_date_is_the_documents_own_and_not_that_of_another_paper(opening: str, day: date) -> None:
    draft = read(f"WAIVER\n\n{opening}, between Norwick Mills, Inc. and Harrow Street Bank (all fictional).\n")
    assert draft.dated is not None
    assert draft.dated.value == day


def test_a_date_in_numbers_has_two_readings() -> None:
    dated = read(IN_NUMBERS).dated
    assert dated is not None
    assert (dated.value, dated.confidence) == (date(2000, 3, 4), "unclear")
    assert dated.alternatives == (date(2000, 3, 4), date(2000, 4, 3))


def test_two_groups_are_two_parties_and_who_only_acknowledges_is_none_of_them() -> None:
    draft = read(
        "FIRST AMENDMENT\n\nThis First Amendment dated as of May 1, 2001 is among Norwick Mills, Inc. (fictional) (the "
        '"Borrower"), each of the Guarantors, the lenders listed on the signature pages hereof (the "Lenders") and '
        "Harrow Street Bank, as agent.\n\nWHEREAS, the parties agree.\n\nIN WITNESS WHEREOF, they have signed.\n\n"
        "QUAYSIDE BANK\n\nBy: /s/ E. Quay\nName: E. Quay\nTitle: Director\n\n"
        "Each of the undersigned acknowledges the foregoing.\n\nSALLOW STEEL CO.\n\n"
        "By: /s/ I. Sallow\nTitle: President\n"
    )
    assert roles(draft) == {
        "Norwick Mills, Inc.": ("borrower",),
        "each of the Guarantors": ("guarantor",),
        "the lenders listed on the signature pages hereof": ("lender",),
        "Harrow Street Bank": ("agent",),
        "QUAYSIDE BANK": ("lender",),
    }


def test_several_parties_with_one_signature() -> None:
    draft = read(
        "WAIVER\n\nIN WITNESS WHEREOF, they have signed (fictional).\n\nNORWICK MILLS, INC.\nNORWICK DYES, LLC\n\n"
        "By: /s/ A. Weaver\nTitle: Treasurer\n"
    )
    assert [one.party for one in draft.signatories] == ["NORWICK MILLS, INC.", "NORWICK DYES, LLC"]
