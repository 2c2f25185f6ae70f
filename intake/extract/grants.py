"""The sentences in which a creditor waives or forbears."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice, pairwise

from intake.extract.flow import Flow
from intake.extract.roles import CREDITORS
from intake.extract.sentences import sentences
from intake.extract.terms import PartyTerms

SPEAKS = (
    "waiv", "forbear", "forbor", "standstill", "consent", "constitute", "deem", "refrain", "enforce", "exercis",
    "extend",
)  # fmt: skip
ADVERBS = (
    r"(?:(?:\([a-z]+\)|temporarily|permanently|irrevocably|conditionally|unconditionally|"
    r"expressly|further|only|does|do|and|also)\s+)*"
)
WAIVES = r"(?:waives?|forbears?)"
GRANTS = re.compile(
    rf"\b(?:(?:do(?:es)?\s+)?hereby,?\s+{ADVERBS}(?:agrees?\s+(?:to\s+)?)?"
    rf"(?:(?:consents?|agrees?)\s+(?:to\s+)?(?:and|,)\s+)?{ADVERBS}{WAIVES}\b"
    rf"|hereby\s+(?:\w+\s+){{0,2}}(?:consents?|agrees?|approves?)\b[^.;]{{0,240}}?\band\s+(?:hereby\s+)?waives?\b"
    r"|(?<!not )(?<!shall )(?<!may )(?<!to )waives?(?=,\s)"
    r"|(?<!not )(?<!shall )(?<!may )(?<!to )waives?\s+(?:the|any|compliance|each|such|all|its|their|until|said"
    r"|non-?compliance"
    r"|as\s|on\s"
    r"|enforcement|section|,)"
    r"|(?:is|are|shall\s+be|be)\s+(?:and\s+(?:is|are|shall\s+be)\s+)?(?:hereby\s+)?(?:deemed\s+)?"
    r"(?:further\s+|permanently\s+|temporarily\s+)?waived\b"
    r"|agrees?\s+(?:that\s+(?:it|they)\s+(?:shall|will)\s+)?(?:to\s+)?(?:temporarily\s+)?(?:waive|forbear|refrain)\b|(?:shall|will)\s+forbear\b"
    r"|hereby\s+(?:agrees?\s+to\s+)?extends?\s+(?:the\s+|such\s+|its\s+)(?:\w+\s+){0,3}(?:waiver|forbearance)\b"
    r"|grants?\s+(?:(?:to\s+)?[^,.;]{1,60}?\s+)?(?:a|an|the|its)\s+(?:(?:temporary|limited|one-time|permanent|conditional|further)\s+)*(?:waiver|forbearance)s?\b"
    r"|(?:waiver|forbearance)\s+(?:of|from)\s+[^.;]{1,200}\bis\s+(?:hereby\s+)?granted\b"
    r"|agrees?\s+(?:that\s+(?:it|they)\s+(?:shall|will)\s+)?not\s+(?:to\s+)?(?:exercise|enforce|accelerate|take\s+any\s+action)\b"
    r"|shall\s+not(?:\s+be\s+deemed\s+to)?\s+(?:constitute|be(?:\s+deemed)?|result\s+in|give\s+rise\s+to)\s+(?:to\s+be\s+)?(?:a|an|any)\s+"
    r"(?:Default|Event\s+of\s+Default|default|event\s+of\s+default|breach|violation)\b"
    r"|(?:deems?|deemed)\b[^.;]{0,200}\b(?:satisfied|complied\s+with|in\s+compliance|cured)\b)",
    re.IGNORECASE,
)
CREDITOR = (
    r"(?:lenders?|banks?|agents?|(?:note)?holders?|purchasers?|trustee|creditors?|investors?|required\s+\w+|majority\s+\w+"
    r"|requisite\s+\w+|we|undersigned|payee)"
)
DEBTOR = (
    r"(?:borrowers?|company|obligors?|debtors?|guarantors?|makers?|issuers?"
    r"|loan\s+part(?:y|ies)|credit\s+part(?:y|ies)|you|holdings|parent)"
)
SUBJECT = re.compile(
    rf"\b(?:(?P<creditor>{CREDITOR})|(?P<debtor>{DEBTOR})|(?P<both>(?:each\s+)?part(?:y|ies)(?:\s+hereto)?))\b",
    re.IGNORECASE,
)
NO_GRANT = re.compile(
    r"\b(?:trial\s+by\s+jury|jury\s+trial|presentment|protest|demand|notice\s+of|claims?\b[^.]{0,40}\bagainst|defen[sc]es?|set-?off"
    r"|rights?\s+to\b(?!\s+(?:declare|exercise|accelerate|enforce|take))|immunity|venue|forum|any\s+objection|diligence|indemnif\w+|other\s+notice)\b"
    r"|\b(?:not|no|never|nothing|neither|nor)\b[^.;]{0,60}\bwaive|\bno\s+(?:other\s+)?(?:default|event)[^.;]{0,60}\bwaived"
    r"|\bexcept\s+as\s+(?:\w+\s+)?(?:expressly\s+|specifically\s+)?waived|\bunless\b[^.;]{0,60}\bwaive|\bif\b[^.;]{0,40}\bwaived?\b"
    r"|\buntil\b[^.;]{0,60}\bwaived\b|\b(?:cured|remedied)\s+or\s+(?:\w+\s+)?waived|\bwaived\s+or\s+(?:cured|remedied)|\bmay\s+be\s+waived"
    r"|\bdoes\s+not\s+waive|\bhas\s+been\s+waived|\bhave\s+been\s+waived|\b(?:course|failure|delay)\b[^.;]{0,120}\bwaive",
    re.IGNORECASE,
)
REQUEST = re.compile(
    r"\b(?:ha(?:s|ve)\s+(?:been\s+)?(?:asked|requested)|requests?\s+(?:that|the)|requesting|desires?|wish(?:es)?|willing)\b[^.;]*$",
    re.IGNORECASE,
)
DEFAULT = re.compile(
    r"\bdefaults?\b|\b(?:non-?)?complian|\bcomply|\bfailure\b|\bbreach|\bviolat|\brequirements?\b|\bcovenants?\b|\bnon-?performance\b"
    r"|\b(?:waiver|forbearance)\b[^.;]{0,120}\bsections?\s+\d|\bchange\s+(?:in|of)\s+control\b|\bprovisions?\b|\bconditions?\b|\bdeficienc",
    re.IGNORECASE,
)
PAYMENT = re.compile(
    r"\b(?:fail(?:ure|ed|s)?(?:\s+(?:of|by)\s+[^,;]{1,80}?)?\s+to\s+(?:\w+\s+)?(?:pay|make)\b|non-?payment|interest\s+payment"
    r"|payment\s+(?:of|due)|principal\s+payment)",
    re.IGNORECASE,
)
OF_A_RULE = re.compile(r"^(?:[^.;]{0,20}\b)?(?:no|any)\b", re.IGNORECASE)
BASIC = re.compile(r"\b(?:\w+\s+AGREEMENT|NOTES?|INDENTURE|DEBENTURES?|GUARANTY)\b", re.IGNORECASE)
CHANGES = re.compile(
    r"\b(?:AMENDMENT|WAIVER|CONSENT|FORBEARANCE|MODIFICATION|EXTENSION|SUPPLEMENT|LETTER|STANDSTILL|SETTLEMENT|ACCOMMODATION|OMNIBUS"
    r"|AMENDING|DISCHARGE|RELEASE|RESTRUCTURING)\b",
    re.IGNORECASE,
)
MORE = re.compile(r"\band\s+(?:hereby\s+)?(?:further|also)\s+(?:hereby\s+)?(?P<verb>waives?)\b", re.IGNORECASE)
CONSENTS = re.compile(r"(?:\([a-z]+\)\s+|\bhereby\s+|\band\s+)consents?\b(?!\s+of\b)", re.IGNORECASE)
OBJECT = re.compile(r"(?:\b(?:of|to|for|from|with|by|between|against)\s+(?:the\s+|each\s+)?|'s\s+)$")
OF_WHOM = re.compile(r"\b(?:of|to|for|from|with|between|against)\s+(?:the\s+|each\s+)?$")
MOST_NAMED = 4
BACK, AFTER, SUBJECTS_BACK = 120, 160, 600
MOST_VERBS, MOST_GRANTS = 40, 60


@dataclass(frozen=True, slots=True)
class Grant:
    """A sentence of the flow in which a creditor waives or forbears, and where its verb stands.

    `consents`: to something else in the same breath.
    `passive`: what is waived stands before the verb, as in "compliance with Section 6.4 is hereby waived".
    """

    start: int
    end: int
    verb: int
    passive: bool = False
    consents: bool = False


def grants_of(flow: Flow, title: str | None, parties: tuple[PartyTerms, ...]) -> list[Grant]:
    """Each sentence in which a creditor waives or forbears a default; not what is asked for or denied.

    What an agreement or a note itself provides for is no waiver, unless it says "hereby".
    """
    provides = bool(title and BASIC.search(title) and not CHANGES.search(title))
    named = _named(parties)
    found = []
    for start, end in sentences(flow.text):
        words = flow.text[start:end]
        lower = words.lower()
        if not any(stem in lower for stem in SPEAKS):
            continue
        if not (DEFAULT.search(words) or PAYMENT.search(words)):
            continue
        for verb in islice(GRANTS.finditer(words), MOST_VERBS):
            before = words[max(0, verb.start() - SUBJECTS_BACK) : verb.start()]
            if provides and "hereby" not in verb[0].lower():
                continue
            if NO_GRANT.search(words[max(0, verb.start() - BACK) : verb.end() + AFTER]) or REQUEST.search(
                before[-240:]
            ):
                continue
            if not (is_passive(verb[0]) or _by_a_creditor(before, named)):
                continue
            cuts = [*(start + more.start("verb") for more in islice(MORE.finditer(words, verb.end()), MOST_VERBS)), end]
            consents = bool(CONSENTS.search(words))
            found.append(Grant(start, cuts[0], start + verb.start(), is_passive(verb[0]), consents))
            found += [Grant(cut, last, cut) for cut, last in pairwise(cuts)]
            break
        if len(found) >= MOST_GRANTS:
            break
    return found


def is_passive(verb: str) -> bool:
    return bool(re.search(r"(?:waived|granted|default|breach|violation)$", verb, re.IGNORECASE))


def _named(parties: tuple[PartyTerms, ...]) -> tuple[set[str], set[str]]:
    """What creditors and debtors are called here, in small letters."""
    sides: tuple[set[str], set[str]] = (set(), set())
    for party in parties:
        if party.roles:
            side = sides[0] if set(party.roles) & CREDITORS else sides[1]
            side.update(name.lower() for name in (*party.defined, party.name))
    return sides


def _as_subject(before: str, name: str) -> int:
    """Where a name stands last, other than behind "of", "to" and the like."""
    at = before.rfind(name)
    for _ in range(MOST_NAMED):
        if at < 0 or not OF_WHOM.search(before, max(0, at - 24), at):
            return at
        at = before.rfind(name, 0, at)
    return at


def _by_a_creditor(before: str, named: tuple[set[str], set[str]]) -> bool:
    """Whether the last of the parties that are named before a verb, in the place of its subject, is a creditor."""
    lower = before.lower()
    last = max((lower.rfind(name) for name in named[0]), default=-1)
    other = max((_as_subject(lower, name) for name in named[1]), default=-1)
    for match in SUBJECT.finditer(before):
        if OBJECT.search(before, max(0, match.start() - 24), match.start()):
            if match["creditor"] and re.search(
                r"\bby\s+(?:the\s+)?$", before[max(0, match.start() - 24) : match.start()]
            ):
                last = max(last, match.start())
            continue
        if match["creditor"]:
            last = max(last, match.start())
        elif match["debtor"]:
            other = max(other, match.start())
    return last >= 0 and (
        last > other or bool(re.search(r"\b(?:lenders?|banks?|agent|holders?)\b[^.;]{0,40}$", before, re.IGNORECASE))
    )
