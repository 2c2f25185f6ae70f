"""What roles the words of a capacity or of a defined name give: "as administrative agent", (the "Borrower")."""

from __future__ import annotations

import re
from collections.abc import Iterable

ROLES = [  # the words of a capacity or a defined name, and the role that they give
    (r"administrative\s+agents?", "administrative_agent"),
    (r"(?:collateral|security)\s+agents?", "collateral_agent"),
    (r"documentation\s+agents?", "documentation_agent"),
    (r"syndication\s+agents?", "syndication_agent"),
    (r"(?:swingline|swing\s+line|swing\s+loan)\s+(?:lender|bank)", "swingline_lender"),
    (
        r"(?:issuing|l/c)\s+(?:bank|lender|issuer)|letter\s+of\s+credit\s+issuer|issuer\s+of\s+letters\s+of\s+credit",
        "issuing_bank",
    ),
    (r"(?:lead\s+)?arrangers?", "arranger"),
    (r"trustee", "trustee"),
    (r"noteholders?|(?:note|bond|debenture)\s*holders?|holders?|purchasers?|investors?|payee", "holder"),
    (r"borrower\s+affiliates?", "borrower_affiliate"),
    (r"(?:co-?)?borrowers?|debtors?|obligors?|(?:co-?)?makers?", "borrower"),
    (r"issuers?", "issuer"),
    (r"guarantors?|surety|sureties", "guarantor"),
    (r"holdings|parent", "holdings"),
    (r"subsidiar(?:y|ies)", "subsidiary"),
    (
        r"(?<!swingline )(?<!issuing )lend(?:ers?|ing\s+institutions?)|banks?\b|(?:financial|banking)\s+institutions?",
        "lender",
    ),
    (r"agents?", "agent"),
]
FOR_OTHERS = re.compile(  # "as agent for the Lenders" makes nobody a lender
    r"\b(?:for|on\s+behalf\s+of|of)\s+(?:(?:the|itself|such|and|ratable|benefit|of|other)\s+)*(?:issuer\s+and\s+)?"
    r"(?:lend(?:ers?|ing\s+institutions?)|banks?|(?:note)?holders?|purchasers?|secured\s+parties|borrowers?)\b"
)
FOR_ITSELF = re.compile(
    r"\b(?:for\s+itself|individually|in\s+its\s+individual\s+capacity)\s*,?\s+and\s+as\b", re.IGNORECASE
)
AGENTS = {"agent", "administrative_agent"}
CREDITORS = {
    "lender", "agent", "administrative_agent", "collateral_agent", "documentation_agent", "syndication_agent",
    "swingline_lender", "issuing_bank", "trustee", "holder",
}  # fmt: skip


def roles_in(words: Iterable[str]) -> tuple[str, ...]:
    """The roles in their order, each once; of a named kind of agent, only the kind."""
    found: dict[str, None] = {}
    for text in words:
        rest = FOR_OTHERS.sub(" ", text.lower())
        for pattern, role in ROLES:
            if re.search(rf"\b(?:{pattern})\b", rest):
                found[role] = None
                rest = re.sub(rf"\b(?:{pattern})\b", " ", rest)
        if FOR_ITSELF.search(text) and found.keys() & AGENTS:
            found["lender"] = None
    return one_kind_of_agent(found)


def one_kind_of_agent(roles: Iterable[str]) -> tuple[str, ...]:
    """The roles without doubles, and without a bare "agent" where the kind of agent is said."""
    found = dict.fromkeys(roles)
    if any(role.endswith("_agent") for role in found):
        found.pop("agent", None)
    if found.keys() & {"lender", "agent", "administrative_agent"}:
        found.pop("issuer", None)  # of letters of credit
    return tuple(found)
