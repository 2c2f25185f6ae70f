"""A naming of parties cut into its pieces: names, what they are, capacities, and brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from intake.extract.dates import dates_in
from intake.extract.heading import COUNTRIES
from intake.extract.heading import STATES as OF_LAW

STATES = f"{OF_LAW}|{COUNTRIES}"
LONGEST_SUFFIX = 24  # characters
PARENTHESIS = re.compile(r"\((?![A-Z][A-Za-z.]{0,7}\))(?:[^()]|\([^()]*\))*\)")  # and not the (MD.) within a name
ITEM_MARK = re.compile(r"\(\w{1,3}\)")
ENDS_A_NAME = re.compile(
    r"(?:\b(?:Inc|Incorporated|Corp|Corporation|Company|L\.?L\.?C|L\.?P|N\.?A|Ltd|Limited|Bank|Association|Partnership|Fund"
    r"|Trust|Co|plc|AG|S\.A|B\.V|FSB)\.?|\bBank\s+of\s+[A-Z][\w-]+(?:\s+[A-Z][\w-]+)?)$",
    re.IGNORECASE,
)
ENDS_A_PLACE = re.compile(rf"(?:\b\d{{5}}(?:-\d{{4}})?|,\s*(?:{STATES}))$")
STARTS_A_NAME = re.compile(
    r"\s*(?:the\s+|each\s+|certain\s+|such\s+|\w+\s+other\s+)?(?:[A-Z]|other\b|undersigned|(?:its|their)\s+(?:\w+\s+)?(?:subsidiaries|affiliates))"
)
IN_A_NAME = re.compile(
    r"\s*(?:Savings|Trust|Loan|Investment|Sons|Co\b|Company|Development|SAVINGS|TRUST|LOAN|SONS|CO\b|COMPANY)"
)
CLASS = re.compile(
    r"^(?:the|each|its|their|certain|all|any|various|several|those|such|other)\b.*\b(?:lend(?:ers?|ing\s+institutions?)|banks?"
    r"|(?:financial|banking)?\s*institutions?|holders?|guarantors?|purchasers?|subsidiaries|parties|signator\w+|noteholders?"
    r"|borrowers?|investors?|affiliates?|persons?|entities|participants)\b"
    r"|^(?:[A-Z][\w-]+\s+){0,2}(?:Lenders|Banks|Guarantors|Participants|Holders|Noteholders|Purchasers)\s+(?:listed|identified|named|party"
    r"|parties|signatory|whose|that)\b",
    re.IGNORECASE | re.DOTALL,
)
MORE_ROLES = re.compile(  # as Agent, Issuing Bank and Swingline Lender
    r"(?:(?:and|as|an?)\s+)*(?:(?:(?:co-)?(?:administrative|collateral|syndication|documentation|issuing|swing\s?line|lead|joint|sole|book"
    r"|U\.?[SK]\.?|security|facility|paying|L/C|term|revolving)\s+){0,4}"
    r"(?:agent|lender|bank|arranger|(?:book)?runner|manager|issuer|guarantor|trustee)\b\s*(?:(?:and|as|an?|the)\s+)*){1,4}",
    re.IGNORECASE,
)
CAPACITY_ENDS = re.compile(
    r"\b(?:agents?|arrangers?|man(?:a)?gers?|(?:book)?runners?|trustees?|guarantors?)$", re.IGNORECASE
)
CAPACITY_SAID = re.compile(
    r"\bas\s+(?:[\w-]+\s+){0,3}(?:agent|lender|borrower|guarantor|issuer|holder|bank|trustee|company|parent)s?$",
    re.IGNORECASE,
)
PERSON = re.compile(r"\s*[A-Z][a-z]+\s+[A-Z]\.\s+[A-Z][a-z]+")
PERSON_ENDS = re.compile(r"\b[A-Z]\.\s+[A-Z][a-z]+(?:\s+[A-Z][a-z]+)?$")
NAMED_AFTER = re.compile(  # a name in capitals of two words and more, up to what follows it
    r"\s*(?P<name>[A-Z][\w.&'-]*(?:\s+(?:of\s+|de\s+)?[A-Z][\w.&'-]*){1,7})\s*[,\x00]"
)
LONGEST_AFTER = 80
AT_LARGE = re.compile(r"[;,]|\band\b|\n\n", re.IGNORECASE)  # a paragraph, as on a cover


def pieces(region: str) -> Iterator[tuple[int, int, str, bool]]:
    """The region cut at its commas and its "and"s where they part things; each parenthesis is a piece of its own."""
    bare = PARENTHESIS.sub(lambda match: "\x00" * len(match[0]), region)
    for day in dates_in(region):
        bare = f"{bare[: day.start]}{bare[day.start : day.end].replace(',', ' ')}{bare[day.end :]}"
    cuts = [0]
    for cut in AT_LARGE.finditer(bare):
        before = bare[max(cuts[-1], cut.start() - LONGEST_SUFFIX) : cut.start()].rstrip()
        if cut[0] == "\n\n":
            if CAPACITY_SAID.search(before):
                cuts += [cut.start(), cut.end()]
        elif cut[0].lower() != "and" or before[-1:] in ",;\x00" or _parts_names(bare, cuts[-1], before, cut):
            cuts += [cut.start(), cut.end()]
    cuts.append(len(bare))
    for start, end in zip(cuts[::2], cuts[1::2], strict=True):
        for part in re.finditer(r"\x00+|[^\x00]+", bare[start:end]):
            here, there = start + part.start(), start + part.end()
            if part[0][0] == "\x00":
                for one in PARENTHESIS.finditer(region, here, there):
                    yield one.start(), one.end(), one[0], not ITEM_MARK.fullmatch(one[0])
                continue
            text = region[here:there]
            words = text.strip()
            if not ENDS_A_NAME.search(words):  # whose full stop is its own
                words = words.rstrip(".")
            if words.strip(".:") and words.lower() != "and":
                yield here + len(text) - len(text.lstrip()), there, words, False


def _parts_names(bare: str, last: int, before: str, cut: re.Match[str]) -> bool:
    """Whether an "and" stands between two parties, and not within the name of one."""
    after = bare[cut.end() : cut.end() + 2 * LONGEST_SUFFIX]
    if not STARTS_A_NAME.match(after) or IN_A_NAME.match(after) or re.match(r"\s*such\s+(?:other|additional)\b", after):
        return False
    if CAPACITY_ENDS.search(before) and (named := NAMED_AFTER.match(bare, cut.end(), cut.end() + LONGEST_AFTER)):
        return not MORE_ROLES.fullmatch(named["name"])
    if PERSON_ENDS.search(before) and PERSON.match(after):
        return True
    return bool(
        ENDS_A_NAME.search(before)
        or ENDS_A_PLACE.search(before)
        or CLASS.match(after.lstrip())
        or CLASS.match(bare[last : cut.start()].strip())
    )
