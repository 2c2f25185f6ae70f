"""The project's own labelled set: fictional documents in varied drafting, and what a careful reader finds in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from intake.extract.read import read
from tests.unit.intake import papers

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
}

each = pytest.mark.parametrize("name", EXPECTED)


@each
def test_dates(name: str) -> None:
    draft, said = read(getattr(papers, name)), EXPECTED[name]
    assert draft.dated and draft.dated.value == said.dated
    assert said.effective is None or (draft.effective and draft.effective.value == said.effective)


@each
def test_parties_and_roles(name: str) -> None:
    found = {party.name.removeprefix("the "): set(party.roles) for party in read(getattr(papers, name)).parties}
    assert found == {party.removeprefix("the "): roles for party, roles in EXPECTED[name].parties.items()}


@each
def test_what_is_waived(name: str) -> None:
    found = {(one.kind, one.sections, one.due or one.period_end) for one in read(getattr(papers, name)).waived}
    assert found == set(EXPECTED[name].waived)


@each
def test_when_it_ends(name: str) -> None:
    draft = read(getattr(papers, name))
    assert tuple(end.day for end in draft.ends) == EXPECTED[name].ends
    assert tuple(one.effect for one in draft.triggers) == EXPECTED[name].triggers


@each
def test_the_agreements(name: str) -> None:
    assert tuple(one.dated for one in read(getattr(papers, name)).papers) == EXPECTED[name].agreements
