"""The project's own labelled set: fictional documents in varied drafting, and what a careful reader finds in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from intake.extract.read import read
from tests.unit.intake import more_papers, papers

COVENANT, PAYMENT, REPORTING = "covenant", "payment", "reporting"


@dataclass(frozen=True)
class Expected:
    """What a document says: `parties` by name with their roles; `waived` as kind, sections, and its day."""

    dated: date
    parties: dict[str, set[str]]
    waived: set[tuple[str, tuple[str, ...], date | None]] = frozenset()  # type: ignore[assignment]
    ends: tuple[date, ...] = ()
    triggers: tuple[str, ...] = ()
    agreements: tuple[date, ...] = ()
    effective: date | None = None


EXPECTED = {
    "SPECIFIED": Expected(
        date(2009, 3, 12),
        {
            "QUILLAN PAPER COMPANY": {"borrower"},
            "QUILLAN HOLDINGS, INC.": {"holdings"},
            "lenders listed on the signature pages hereof": {"lender"},
            "HOLLIN BANK, N.A.": {"administrative_agent", "lender"},
            "MARSHGATE TRUST COMPANY": {"lender"},
        },
        {
            (COVENANT, ("8.01(c)", "7.11(a)"), date(2008, 12, 31)),
            (PAYMENT, ("8.01(a)",), date(2009, 2, 1)),
        },
        (date(2009, 5, 15),),
        ("termination",),
        (date(2006, 6, 1), date(2007, 5, 2), date(2008, 8, 9)),
    ),
    "DESIGNATED": Expected(
        date(2003, 11, 14),
        {
            "TARN VALLEY FOODS, INC.": {"borrower"},
            "financial institutions party thereto": {"lender"},
            "DUNMORE BANK": {"agent", "lender"},
        },
        {
            (COVENANT, ("6.4",), date(2003, 9, 30)),
            (COVENANT, ("6.5",), date(2003, 9, 30)),
            (REPORTING, ("5.1(b)",), date(2003, 10, 30)),
        },
        (date(2003, 12, 31),),
        ("termination",),
        (date(1999, 7, 9),),
    ),
    "BREACH_IS_WAIVED": Expected(
        date(1994, 2, 3),
        {"Fenwick Looms, Inc.": {"borrower"}, "SABLE COUNTY BANK": {"lender"}},
        {(COVENANT, ("5.7",), date(1993, 12, 31))},
        agreements=(date(1991, 1, 5),),
    ),
    "COMPLIANCE_FOR": Expected(
        date(1998, 4, 30),
        {
            "LARKMOOR CHEMICAL CORPORATION": {"borrower"},
            "STONEHITHE BANK": {"lender"},
            "BANK OF EAST MARCH": {"lender"},
        },
        {(COVENANT, ("7.2", "7.9"), date(1998, 3, 31))},
        agreements=(date(1995, 3, 1), date(1996, 6, 6), date(1997, 7, 7)),
        effective=date(1998, 4, 1),
    ),
    "ARISING_FROM": Expected(
        date(2014, 9, 22),
        {
            "ORCHARD LANE MEDIA LLC": {"borrower"},
            "Guarantors party hereto": {"guarantor"},
            "each Lender signatory hereto": {"lender"},
            "WEXCOMBE BANK, NATIONAL ASSOCIATION": {"administrative_agent", "lender"},
            "OLM PRINTING LLC": {"guarantor"},
            "BRIGHTMERE CLO FUND II, LTD.": {"lender"},
        },
        {(COVENANT, ("7.05",), None)},
        triggers=("termination",),
        agreements=(date(2011, 2, 4),),
    ),
    "NOTEHOLDER_WAIVER": Expected(
        date(1996, 6, 28),
        {
            "undersigned holders of the 9.45% Senior Notes due 2004": {"holder"},
            "CARROWAY INDUSTRIES, INC.": {"issuer"},
            "OLD PIER LIFE INSURANCE COMPANY": {"holder"},
            "EASTWARD MUTUAL LIFE INSURANCE COMPANY": {"holder"},
        },
        {(COVENANT, ("6A(2)",), date(1996, 3, 31))},
        (date(1996, 10, 1),),
        ("rescission",),
        (date(1994, 5, 15),),
    ),
    "WAIVER_DATE": Expected(
        date(2002, 1, 15),
        {
            "GRANTLEY STEEL CORP.": {"borrower"},
            "Lenders party to the Credit Agreement": {"lender"},
            "NORTH FORELAND BANK": {"administrative_agent", "lender"},
        },
        {(COVENANT, ("6.12", "6.13"), date(2001, 12, 31))},
        (date(2002, 3, 29),),
        ("termination",),
        (date(1999, 10, 10),),
    ),
    "LETTER_OF_COMPANY": Expected(
        date(2000, 8, 11),
        {"Pellow Street Capital Corporation": {"lender"}, "BEXLEY MARINE SUPPLY CO.": {"borrower"}},
        {(COVENANT, ("9.12",), date(2000, 6, 30))},
        (date(2000, 9, 30),),
        agreements=(date(1997, 12, 3),),
    ),
    "INDENTURE_WAIVER": Expected(
        date(2020, 5, 4),
        {
            "VENN OFFSHORE DRILLING, INC.": {"issuer"},
            "guarantors listed on the signature pages hereto": {"guarantor"},
            "undersigned beneficial holders of the 2022 Notes": {"holder"},
            "VENN RIGS LLC": {"guarantor"},
            "LOWESWATER CREDIT FUND LP": {"holder"},
        },
        {(PAYMENT, (), date(2020, 4, 1))},
        (date(2020, 5, 29),),
        ("termination",),
        (date(2014, 7, 18),),
    ),
    "ONE_TIME": Expected(
        date(2016, 12, 31),
        {
            "HADLEIGH PUMP WORKS, L.P.": {"borrower"},
            "CALDER STATE BANK": {"lender"},
            "HADLEIGH GP, INC.": {"guarantor"},
        },
        {(COVENANT, ("10.1", "10.3"), date(2016, 9, 30))},
        agreements=(date(2013, 10, 2), date(2014, 11, 20)),
        effective=date(2016, 12, 31),
    ),
    "NO_WAIVER": Expected(
        date(2005, 3, 3),
        {"MIRREN BOAT YARD, INC.": {"borrower"}, "STRAND BANK": {"lender"}},
        agreements=(date(2001, 5, 1),),
    ),
    "AGREES_TO_WAIVE": Expected(
        date(2007, 8, 14),
        {
            "ISLEBURY FOUNDRY COMPANY": {"borrower"},
            "KESTON BUSINESS CREDIT, INC.": {"agent", "lender"},
            "the Lenders": {"lender"},
            "ISLEBURY CASTINGS, INC.": {"guarantor"},
        },
        {(COVENANT, ("8.7(a)",), date(2007, 6, 30)), (PAYMENT, (), date(2007, 7, 1))},
        (date(2007, 10, 15),),
        ("termination",),
        (date(2005, 1, 31),),
    ),
    "SIGNS_WITHOUT_COLONS": Expected(
        date(2001, 2, 28),
        {
            "Wendover Cable Holdings, Inc.": {"holdings"},
            "Wendover Cable Corp.": {"borrower"},
            "banks and other institutional lenders parties to the Loan Agreement": {"lender"},
            "Aldgate Bank": {"agent", "lender"},
            "FIRST MERE PRIME RATE INCOME TRUST": {"lender"},
            "HOLBECK & STRAND BANK COMPANY": {"lender"},
            "KINGSHAM FUNDING II LLC": {"lender"},
            "SANDMERE CAPITAL LTD.": {"lender"},
        },
        {(COVENANT, ("5.04(a)", "5.04(c)"), date(2000, 12, 31))},
        (date(2001, 6, 29),),
        ("termination",),
        (date(1998, 8, 12),),
    ),
    "WITH_WITNESSES": Expected(
        date(2012, 4, 3),
        {
            "TOLLER RIVER CO-OP, INC.": {"borrower"},
            "TOLLER GRAIN, LLC": {"borrower"},
            "PATAPSCO SAVINGS BANK": {"lender"},
        },
        {(COVENANT, ("6.1",), date(2011, 12, 31))},
        agreements=(date(2008, 4, 1),),
    ),
    "NO_DEFAULT_OF_IT": Expected(
        date(1999, 6, 4),
        {
            "Cawdor Textile Mills Corporation": {"issuer"},
            "NORTHGATE ASSURANCE COMPANY": {"holder"},
            "PENHALLOW LIFE INSURANCE COMPANY": {"holder"},
        },
        {(COVENANT, ("6C",), date(1999, 5, 1))},
        (date(1999, 7, 30),),
        ("termination",),
        (date(1993, 9, 1),),
    ),
    "SERIES": Expected(
        date(2013, 7, 19),
        {
            "LINDALE GAMING FINANCE CORP.": {"issuer"},
            "Guarantors named on the signature pages hereto": {"guarantor"},
            "REDMILE TRUST, N.A.": {"trustee"},
            "LINDALE CASINO LLC": {"guarantor"},
        },
        {(REPORTING, ("4.03",), date(2013, 4, 1))},
        triggers=("rescission",),
        agreements=(date(2009, 4, 12),),
    ),
    "LENDERS_PAGES": Expected(
        date(2010, 10, 7),
        {
            "WHITBY MARINE LLC": {"borrower"},
            "WHITBY MARINE HOLDINGS LLC": {"holdings"},
            "other Loan Parties signatory hereto": set(),
            "Lenders party hereto": {"lender"},
            "ALNWICK BANK PLC": {"administrative_agent", "collateral_agent", "lender"},
            "WHITBY TOWAGE LLC": {"guarantor"},
            "CRASTER SENIOR LOAN FUND, L.P.": {"lender"},
            "EMBLETON BANK": {"lender"},
        },
        {(PAYMENT, (), date(2010, 10, 15)), (COVENANT, ("6.10(a)",), date(2010, 9, 30))},
        (date(2010, 11, 30),),
        agreements=(date(2007, 5, 3), date(2008, 3, 9), date(2009, 6, 30)),
    ),
    "SUBJECT_TO": Expected(
        date(2022, 3, 31),
        {
            "Ludgrove Health, Inc.": {"borrower"},
            "subsidiaries of Borrower identified on the signature pages hereto as guarantors": {"guarantor"},
            "Marlow Growth Lending Fund, L.P.": {"lender"},
            "LUDGROVE CLINICS LLC": {"guarantor"},
        },
        {(COVENANT, ("7.3",), None), (REPORTING, ("6.2(d)",), None)},
        agreements=(date(2019, 12, 18),),
    ),
}

SIGNED = {  # party, via, name, signed
    "SIGNS_WITHOUT_COLONS": [
        ("WENDOVER CABLE HOLDINGS, INC.", None, None),
        ("WENDOVER CABLE CORP.", None, None),
        ("ALDGATE BANK", None, None),
        ("ALDGATE BANK", None, None),
        ("FIRST MERE PRIME RATE INCOME TRUST", None, None),
        ("HOLBECK & STRAND BANK COMPANY", None, None),
        ("KINGSHAM FUNDING II LLC", None, None),
        ("SANDMERE CAPITAL LTD.", "Sandmere Advisers LLC, as Collateral Manager", None),
    ],
    "WITH_WITNESSES": [
        ("TOLLER RIVER CO-OP, INC.", None, "T. Oller"),
        ("TOLLER GRAIN, LLC", None, "G. Rain"),
        ("PATAPSCO SAVINGS BANK", None, "P. Saver"),
    ],
    "NO_DEFAULT_OF_IT": [
        ("NORTHGATE ASSURANCE COMPANY", None, "N. Gate"),
        ("PENHALLOW LIFE INSURANCE COMPANY", "Penhallow Asset Management, its investment adviser", "P. Hallow"),
    ],
    "LENDERS_PAGES": [
        ("WHITBY MARINE LLC", None, "W. Marine"),
        ("WHITBY MARINE HOLDINGS LLC", None, "W. Marine"),
        ("WHITBY TOWAGE LLC", None, "W. Marine"),
        ("ALNWICK BANK PLC", None, "A. Wick"),
        (
            "CRASTER SENIOR LOAN FUND, L.P.",
            "Craster GP LLC, its general partner, Craster Capital LLC, its managing member",
            "C. Raster",
        ),
        ("EMBLETON BANK", None, "E. Bleton"),
    ],
    "SUBJECT_TO": [
        ("LUDGROVE HEALTH, INC.", None, "L. Grove"),
        ("LUDGROVE CLINICS LLC", "Ludgrove Health, Inc., its sole member", "L. Grove"),
        (
            "MARLOW GROWTH LENDING FUND, L.P.",
            "Marlow Management, L.P., as manager on behalf of Marlow Growth Lending Fund, L.P.",
            "M. Low",
        ),
    ],
    "COMPLIANCE_FOR": [
        ("LARKMOOR CHEMICAL CORPORATION", None, "L. Moor"),
        ("STONEHITHE BANK", None, "S. Hithe"),
        ("BANK OF EAST MARCH", None, None),
    ],
}

TEXTS = {**vars(papers), **vars(more_papers)}
each = pytest.mark.parametrize("name", EXPECTED)


@each
def test_dates(name: str) -> None:
    draft, said = read(TEXTS[name]), EXPECTED[name]
    assert draft.dated
    assert draft.dated.value == said.dated
    assert said.effective is None or (draft.effective and draft.effective.value == said.effective)


@each
def test_parties_and_roles(name: str) -> None:
    found = {party.name.removeprefix("the "): set(party.roles) for party in read(TEXTS[name]).parties}
    assert found == {party.removeprefix("the "): roles for party, roles in EXPECTED[name].parties.items()}


@each
def test_what_is_waived(name: str) -> None:
    found = {(one.kind, one.sections, one.due or one.period_end) for one in read(TEXTS[name]).waived}
    assert found == set(EXPECTED[name].waived)


@each
def test_when_it_ends(name: str) -> None:
    draft = read(TEXTS[name])
    assert tuple(end.day for end in draft.ends) == EXPECTED[name].ends
    assert tuple(one.effect for one in draft.triggers) == EXPECTED[name].triggers


@each
def test_the_agreements(name: str) -> None:
    assert tuple(one.dated for one in read(TEXTS[name]).papers) == EXPECTED[name].agreements


@pytest.mark.parametrize("name", SIGNED)
def test_who_signed(name: str) -> None:
    assert [(one.party, one.via, one.name) for one in read(TEXTS[name]).signatories] == SIGNED[name]


def test_series_of_notes_by_their_year() -> None:
    assert [one.designation for one in read(more_papers.SERIES).debts] == [
        "9 1/2% Senior Secured Notes due 2016",
        "Floating Rate Senior Notes 2014",
    ]
