"""What terms a draft has, in the order in which a person goes through them, and how each is filled in and shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from alerts.letters import spoken


@dataclass(frozen=True, slots=True)
class Box:
    """One field of a term. `kind`: text, words (long), day, number, flag, one (of `choices`), many (a line each),
    or debts (of the draft's own, by their place in it).
    """

    name: str
    label: str
    kind: str = "text"
    choices: tuple[str, ...] = ()

    def shown(self, value: Any) -> str:
        """The field's value as a person reads it; "" where there is nothing to show."""
        match self.kind:
            case "day":
                return spoken(date.fromisoformat(value)) if value else ""
            case "flag":
                return {True: "yes", False: "no", None: ""}[value]
            case "many":
                return ", ".join(str(one).replace("_", " ") for one in value or ())
            case "one":
                return str(value or "").replace("_", " ")
            case "number":
                return f"{value}" if value is not None else ""
            case _:
                return str(value or "")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of term: its name in the draft, what one is called, its fields; whether there may be several.

    `register`: which records of the register it can be, if any: parties, instruments.
    """

    name: str
    label: str
    boxes: tuple[Box, ...]
    several: bool = False
    register: str = ""


def _words(name: str, label: str) -> Kind:
    return Kind(name, label, (Box("value", "What it says", "words"),))


DOCUMENTS = (
    *("waiver", "limited_waiver", "waiver_letter", "consent_and_waiver", "forbearance", "amendment_to_forbearance"),
    *("amendment", "amendment_and_waiver", "amendment_with_waiver", "amendment_and_limited_waiver"),
    *("amendment_with_limited_waiver", "amendment_and_consent", "amendment_consent_and_waiver", "consent"),
    *("extension", "indenture", "note", "other"),
)
PAYMENTS = ("principal", "interest", "fee")
RANKINGS = ("senior", "senior subordinated", "subordinated", "junior subordinated")
ROLES = (
    *("borrower", "issuer", "guarantor", "holdings", "subsidiary", "lender", "agent", "administrative_agent"),
    *("collateral_agent", "issuing_bank", "trustee", "holder"),
)
RELATIONS = ("waived_under", "prior_waiver", "amendment", "related")
WAIVED = ("payment", "cross_default", "covenant", "other")
ACTS = ("accelerate", "exercise_remedies", "not_paid", "other_default", "insolvency")
ACTORS = ("holder", "trustee", "agent", "lender", "borrower")

SECTIONS: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    (
        "The document",
        (
            Kind("title", "Title", (Box("value", "Title"),)),
            Kind("kind", "Kind of document", (Box("value", "Kind", "one", DOCUMENTS),)),
            Kind("exhibit", "Exhibit", (Box("value", "Number"),)),
            Kind("dated", "Dated as of", (Box("value", "Date", "day"),)),
            Kind("effective", "Effective", (Box("value", "From", "day"),)),
            Kind("signed", "Date of signing", (Box("value", "On", "day"),), several=True),
        ),
    ),
    (
        "Parties",
        (
            Kind(
                "parties",
                "Party",
                (
                    Box("name", "Name"),
                    Box("roles", "Roles", "many", ROLES),
                    Box("defined", "Called here", "many"),
                    Box("entity_type", "Entity"),
                    Box("jurisdiction", "Of"),
                    Box("former_names", "Formerly", "many"),
                    Box("is_class", "A group without names", "flag"),
                ),
                several=True,
                register="parties",
            ),
        ),
    ),
    (
        "Agreements",
        (
            Kind(
                "papers",
                "Agreement",
                (
                    Box("title", "Title"),
                    Box("dated", "Dated as of", "day"),
                    Box("relation", "What it is here", "one", RELATIONS),
                    Box("amendments", "Amended by", "many"),
                    Box("riders", "With", "many"),
                ),
                several=True,
                register="agreements",
            ),
        ),
    ),
    (
        "Debts named",
        (
            Kind(
                "debts",
                "Notes",
                (
                    Box("designation", "Designation"),
                    Box("coupon", "Coupon, percent", "number"),
                    Box("ranking", "Ranking", "one", RANKINGS),
                    Box("convertible", "Convertible", "flag"),
                    Box("increasing_rate", "Increasing rate", "flag"),
                    Box("maturity", "Due", "day"),
                    Box("principal", "Principal", "number"),
                    Box("holder", "Holder"),
                    Box("trustee", "Trustee"),
                ),
                several=True,
                register="notes",
            ),
        ),
    ),
    (
        "What is waived",
        (
            Kind(
                "waived",
                "Default",
                (
                    Box("cause", "Cause", "words"),
                    Box("kind", "Kind", "one", WAIVED),
                    Box("payments", "Payments of", "many", PAYMENTS),
                    Box("due", "Due on", "day"),
                    Box("period_end", "Tested on", "day"),
                    Box("sections", "Sections", "many"),
                    Box("debts", "Of these notes", "debts"),
                    Box("solely", "Solely", "flag"),
                ),
                several=True,
            ),
        ),
    ),
    (
        "Until when",
        (
            Kind(
                "ends",
                "End",
                (
                    Box("day", "Day", "day"),
                    Box("words", "Its words"),
                    Box("inclusive", "The day itself is covered", "flag"),
                    Box("hour", "Hour"),
                    Box("earliest_of", "The earliest of", "many"),
                    Box("on_notice", "On a creditor's notice", "flag"),
                ),
                several=True,
            ),
        ),
    ),
    (
        "What ends it before",
        (
            Kind(
                "triggers",
                "Trigger",
                (
                    Box("effect", "Effect", "one", ("rescission", "termination")),
                    Box("acts", "What is done", "many", ACTS),
                    Box("by", "By", "many", ACTORS),
                    Box("debts", "Of these notes", "debts"),
                    Box("automatic", "By itself", "flag"),
                    Box("notice", "Notice to the borrower", "flag"),
                ),
                several=True,
            ),
        ),
    ),
    (
        "Conditions and fees",
        (
            Kind("conditions", "Condition precedent", (Box("text", "What it says", "words"),), several=True),
            Kind(
                "fees",
                "Fee",
                (Box("text", "What it says", "words"), Box("amount", "Amount", "number"), Box("currency", "Currency")),
                several=True,
            ),
        ),
    ),
    (
        "Other clauses",
        (
            _words("reservation_of_rights", "Reservation of rights"),
            _words("no_other_waiver", "No other waiver"),
            _words("ratification", "Ratification"),
            _words("release", "Release"),
            _words("counterparts", "Counterparts"),
            Kind("law", "Governing law", (Box("value", "Of"),)),
        ),
    ),
    (
        "Defined terms",
        (
            Kind(
                "definitions",
                "Term",
                (Box("term", "Term"), Box("meaning", "What it stands for", "words")),
                several=True,
            ),
        ),
    ),
    (
        "Signatories",
        (
            Kind(
                "signatories",
                "Signatory",
                (
                    Box("name", "Name"),
                    Box("title", "Title"),
                    Box("party", "For"),
                    Box("via", "By way of"),
                    Box("capacity", "As"),
                    Box("signed", "Signed", "flag"),
                ),
                several=True,
            ),
        ),
    ),
)
KINDS: dict[str, Kind] = {kind.name: kind for _, kinds in SECTIONS for kind in kinds}
