"""Fees that are paid for a waiver, an amendment or a forbearance."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from intake.extract.clauses import shortened
from intake.extract.flow import Flow
from intake.extract.sentences import plain_words, sentences
from intake.extract.terms import FeeTerms

FEE = re.compile(
    r"\b(?:(?:waiver|amendment|forbearance|consent|extension|modification|restructuring|standstill|accommodation|closing|up-?front|commitment"
    r"|work|arrangement|non-?refundable)\s+(?:and\s+(?:waiver|amendment|consent)\s+)?fees?|fees?\s+(?:in\s+(?:the\s+amount|an\s+amount)|equal\s+to|of\s+\$))\b",
    re.IGNORECASE,
)
PAID = re.compile(
    r"\b(?:pay|pays|paid|payable|payment|receipt|received|receive|due|charge|in\s+consideration)\b", re.IGNORECASE
)
AMENDS = re.compile(
    r"\bwaives?\b|\bfail\w*\s+to\s+pay\b|\b(?:is|are|be)\s+(?:hereby\s+)?(?:amended|deleted|replaced|restated)\b|\b(?:means|shall\s+mean)\b",
    re.IGNORECASE,
)
NO_FEE = re.compile(r"\b(?:attorneys?'?|legal|counsel(?:'s)?|filing|recording)\s+fees?\b", re.IGNORECASE)
AMOUNT = re.compile(
    r"(?P<currency>U\.?S\.?\s?\$|US\$|C(?:dn)?\.?\s?\$|CAD\s?\$?|\$|£|€|USD|EUR|GBP|CHF)\s?(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,3})?)"
    r"(?:\s+(?P<times>million|thousand))?",
    re.IGNORECASE,
)
SIGNS = {"$": "USD", "U": "USD", "C": "CAD", "£": "GBP", "€": "EUR", "E": "EUR", "G": "GBP"}
TIMES = {"million": 1_000_000, "thousand": 1_000}
NEAR = 200  # characters from a fee in which its amount stands
MOST = 20


def fees_of(flow: Flow) -> tuple[FeeTerms, ...]:
    """Each fee once, by its amount and the sentence that has it; an amount in percent is left in the words."""
    found: dict[tuple[str, Decimal | None], FeeTerms] = {}
    for start, end in sentences(flow.text):
        fee = FEE.search(flow.text, start, end) if "fee" in flow.text[start:end].lower() else None
        if fee is None or len(found) >= MOST:
            continue
        words = flow.text[start:end]
        if not PAID.search(words) or AMENDS.search(words) or NO_FEE.search(fee[0]):
            continue
        said = flow.text[max(start, fee.start() - NEAR) : min(end, fee.end() + NEAR)]
        amount, currency = _amount(flow.text, max(start, fee.start() - NEAR), fee, min(end, fee.end() + NEAR))
        start += len(words) - len(words.lstrip())
        key = (plain_words(fee[0]).lower().rstrip("s") if amount is None else "", amount)
        stated = amount is not None or re.search(r"%|\bbasis\s+points?\b|\bpercent\b", said)
        if stated or not any(name == key[0] for name, _ in found):
            found.setdefault(
                key,
                FeeTerms(
                    amount, currency, shortened(plain_words(flow.text[start:end])), spans=(flow.span(start, end),)
                ),
            )
    return tuple(found.values())


def _amount(text: str, first: int, fee: re.Match[str], last: int) -> tuple[Decimal | None, str | None]:
    """The amount that is nearest after a fee, else before it."""
    match = AMOUNT.search(text, fee.start(), last)
    if match is None:
        match = next(reversed(list(AMOUNT.finditer(text, first, fee.start()))), None)
    if match is None:
        return None, None
    between = text[min(fee.end(), match.start()) : match.start()]
    if re.search(r"%|\bbasis\s+points?\b|\bpercent\b", between):
        return None, None
    try:
        number = Decimal(match["number"].replace(",", "")) * TIMES.get((match["times"] or "").lower(), 1)
    except InvalidOperation:
        return None, None
    sign = match["currency"].upper()
    return number, "CHF" if sign == "CHF" else SIGNS.get(sign[0], "USD")
