"""The parties, as the opening of a document names them: by and among A, a Delaware corporation (the "Borrower"), ..."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from intake.extract.dates import dates_in
from intake.extract.flow import Flow, Span
from intake.extract.heading import STATES, SUBJECT
from intake.extract.terms import PartyTerms, SignatoryTerms

OPENING = 8000  # characters in which the parties are named
LONGEST_SUFFIX = 24
AMONG = re.compile(
    r"\b(?:by\s+and\s+(?:among|between)|between|among|by\s+and\s+amongst|amongst)(?:\s+the\s+following(?:\s+parties)?\s*:?)?"
    r"|\bthe\s+following\s+parties\s*:",
    re.IGNORECASE,
)
RECITALS = re.compile(
    r"\bWHEREAS\b|\bW\s?I\s?T\s?N\s?E\s?S\s?S\s?E\s?T\s?H\b|\bRECITALS?\b|\bBACKGROUND\b|\bPRELIMINARY\s+STATEMENTS?\b"
    r"|\bNOW,?\s+THEREFORE\b|\n\n(?:A|1|I)\.\s|\n\n[A-Z][a-z]+\s[^\n]*\bare\s+parties\b|\bINTRODUCTION\b|\bBackground\b"
    r"|(?<=\.)\s+(?:Reference\s+is\s+made|Pursuant\s+to|The\s+parties)\b"
)
PARENTHESIS = re.compile(r"\((?![A-Z][A-Za-z.]{0,5}\))(?:[^()]|\([^()]*\))*\)")  # and not the (MD.) within a name
ITEM_MARK = re.compile(r"\(\w{1,2}\)")
QUOTED = re.compile(r'"([^"]{1,80}?),?"')
SUFFIX = re.compile(
    r"^(?:Inc(?:orporated)?|Corp(?:oration)?|L\.?\s?L\.?\s?C|L\.?\s?P|L\.?\s?L\.?\s?P|N\.?\s?A|Ltd|Limited|S\.A|N\.V|B\.V|Co"
    r"|GmbH|PLC|National\s+Association|F\.?S\.?B|Trustee|Jr|Sr|II|III)\.?$",
    re.IGNORECASE,
)
ENDS_A_NAME = re.compile(
    r"(?:Inc|Incorporated|Corp|Corporation|Company|L\.?L\.?C|L\.?P|N\.?A|Ltd|Limited|Bank|Association|Partnership|Fund|Trust"
    r"|Co)\.?$",
    re.IGNORECASE,
)
ENTITY = re.compile(
    rf"^(?:an?|each\s+an?|both)\s+(?:(?P<law>{STATES})\s+)?(?:(?P<type>(?:(?:general|limited|national|banking|savings|business"
    r"|state(?:-chartered)?|chartered|liability|statutory|public|professional|stock|federal)\s+)*"
    r"(?:corporations?|company|companies|partnerships?|association|bank|trust|individual|cooperative|limited\s+liability\s+company))"
    r"|\w+)\b.*$",
    re.IGNORECASE | re.DOTALL,
)
CAPACITY = re.compile(r"^(?:individually|as|in\s+its\s+capacity|not\s+in\s+its|acting)\b", re.IGNORECASE)
CLASS = re.compile(
    r"^(?:the|each|certain|all|various|several)\b.*\b(?:lend(?:ers?|ing\s+institutions?)|banks?|institutions?|holders?|guarantors?"
    r"|purchasers?|subsidiaries|parties|signator\w+|noteholders?|borrowers?)\b",
    re.IGNORECASE | re.DOTALL,
)
NAME = re.compile(r"^(?:the\s+)?(?!\d{4}\b)[A-Z0-9]")
AT = re.compile(
    r"\b(?:having|with|whose|located|maintaining)\b.*\b(?:address|offices?|place|at)\b|^an?\s+address",
    re.IGNORECASE | re.DOTALL,
)
PLACE = re.compile(
    rf"^(?:(?:{STATES})(?:\s+\d{{5}}(?:-\d{{4}})?)?|Suite\b.*|\d+\s.*|[\w\s.]*\b(?:Street|Avenue|Road|Boulevard|City)\.?)$"
)
SPILLS = re.compile(r"\b(?:entered\s+into|by\s+and\s+among|are\s+parties|is\s+made)\b|^\d{4}\b", re.IGNORECASE)
BANK = re.compile(r"\b(?:bank\w*|nationsbank|trust|credit|capital|financial|insurance|funding|fund)\b", re.IGNORECASE)
FORMERLY = re.compile(
    r"(?:formerly\s+(?:known\s+as|named)?|f/k/a|successor\s+(?:by\s+merger\s+)?to)\s+(.+?)\)?$",
    re.IGNORECASE | re.DOTALL,
)
TOGETHER = re.compile(r"\b(?:collectively|together|singly|each|individually|jointly)\b", re.IGNORECASE)
ROLES = [  # the words of a capacity or a defined name, and the role that they give
    (r"administrative\s+agent", "administrative_agent"),
    (r"collateral\s+agent", "collateral_agent"),
    (r"documentation\s+agent", "documentation_agent"),
    (r"syndication\s+agent", "syndication_agent"),
    (r"(?:swingline|swing\s+line)\s+lender", "swingline_lender"),
    (r"issuing\s+(?:bank|lender)|issuer\s+of\s+letters\s+of\s+credit", "issuing_bank"),
    (r"trustee", "trustee"),
    (r"noteholders?|holders?|purchasers?|payee", "holder"),
    (r"borrower\s+affiliates?", "borrower_affiliate"),
    (r"borrowers?|debtors?|obligors?|makers?", "borrower"),
    (r"guarantors?", "guarantor"),
    (r"holdings|parent", "holdings"),
    (r"subsidiar(?:y|ies)", "subsidiary"),
    (r"(?<!swingline )(?<!issuing )lend(?:ers?|ing\s+institutions?)|banks?\b", "lender"),
    (r"agent", "agent"),
]
AT_LARGE = re.compile(r"[;,]|\band\b", re.IGNORECASE)


@dataclass(slots=True)
class _Party:
    """A party while its pieces are gathered."""

    start: int
    end: int
    name: str
    is_class: bool
    defined: list[str] = field(default_factory=list)
    together: list[str] = field(default_factory=list)  # what it and those before it are called
    capacities: list[str] = field(default_factory=list)
    former: list[str] = field(default_factory=list)
    law: str | None = None
    entity: str | None = None


def parties_of(flow: Flow, after: int) -> tuple[PartyTerms, ...]:
    """The parties in their order; one that is named twice is one, with the roles of both."""
    begins = AMONG.search(flow.text, after, after + OPENING)
    if begins is None:
        return ()
    ends = RECITALS.search(flow.text, begins.end(), begins.end() + OPENING)
    end = ends.start() if ends else flow.text.find("\n\n", begins.end())
    region = flow.text[begins.end() : min(end if end > 0 else len(flow.text), begins.end() + OPENING)]
    found = _roles(list(_gathered(region)))
    merged: dict[str, PartyTerms] = {}
    for party, roles, unclear in found:
        span = flow.span(begins.end() + party.start, begins.end() + party.end)
        made = PartyTerms(
            name=party.name,
            roles=roles,
            defined=tuple(dict.fromkeys(party.defined)),
            jurisdiction=party.law,
            entity_type=party.entity,
            former_names=tuple(dict.fromkeys(party.former)),
            is_class=party.is_class,
            spans=(span,),
            unclear=unclear,
        )
        key = _plain(party.name)
        if key in merged:
            first = merged[key]
            made = replace(
                first,
                roles=tuple(dict.fromkeys((*first.roles, *roles))),
                defined=tuple(dict.fromkeys((*first.defined, *made.defined))),
                spans=(*first.spans, span),
            )
        merged[key] = made
    return tuple(merged.values())


def _gathered(region: str) -> Iterator[_Party]:
    party: _Party | None = None
    named = elsewhere = False  # whether the piece before was a name; whether an address is being read
    for start, end, text, parenthesis in _pieces(region):
        if parenthesis:
            named = elsewhere = False
            if party:
                _parenthesis(party, text)
                party.end = end
            continue
        words = " ".join(text.split())
        if party and SPILLS.search(words) and not CLASS.match(words):
            break
        elsewhere = elsewhere or bool(AT.search(words) and party)
        if party and (elsewhere or PLACE.match(words)):
            continue
        if party and SUFFIX.match(words):
            if named:
                party.name, party.end = f"{party.name}, {words}", end
            continue
        named = False
        if party and (entity := ENTITY.match(words)):
            party.law = entity["law"] and " ".join(entity["law"].split())
            party.entity = entity["type"] and " ".join(entity["type"].lower().split())
            party.end = end
        elif party and (CAPACITY.match(words) or (not NAME.match(words) and not CLASS.match(words))):
            party.capacities.append(words)
            party.end = end
        elif CLASS.match(words) or NAME.match(words):
            if party:
                yield party
            name, capacity = _capacity_within(words)
            named = True
            party = _Party(start, end, name, is_class=bool(CLASS.match(words)) and not ENDS_A_NAME.search(name))
            if capacity:
                party.capacities.append(capacity)
    if party:
        yield party


def _capacity_within(words: str) -> tuple[str, str]:
    """A name and the capacity that follows it without a comma: Wachovia Bank as Agent."""
    name, as_, capacity = words.partition(" as ")
    return (name, as_ + capacity) if as_ and not CLASS.match(words) else (words, "")


def _pieces(region: str) -> Iterator[tuple[int, int, str, bool]]:
    """The region cut at its commas and its "and"s where they part things; each parenthesis is a piece of its own."""
    bare = PARENTHESIS.sub(lambda match: "\x00" * len(match[0]), region)
    cuts = [0]
    for cut in AT_LARGE.finditer(bare):
        before = bare[max(0, cut.start() - LONGEST_SUFFIX) : cut.start()].rstrip()
        if cut[0].lower() != "and" or before[-1:] in ",;\x00" or ENDS_A_NAME.search(before):
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
            if words.strip(".") and words.lower() != "and":
                yield here + len(text) - len(text.lstrip()), there, words, False


def _parenthesis(party: _Party, text: str) -> None:
    inside = text[1:-1]
    formerly = FORMERLY.search(inside)
    if formerly:
        party.former.append(" ".join(formerly[1].split()).rstrip(","))
    elif QUOTED.search(inside):
        together = TOGETHER.search(inside)
        for quoted in QUOTED.finditer(inside):
            if together is None or quoted.start() < together.start():
                party.defined.append(quoted[1])
            else:
                party.together.append(quoted[1])
    else:
        party.capacities.append(inside)


def _roles(parties: list[_Party]) -> Iterator[tuple[_Party, tuple[str, ...], str]]:
    """The roles of each, from capacities and defined names; a name for several gives its role to those before it."""
    given: list[tuple[str, ...]] = []
    since = 0
    for number, party in enumerate(parties):
        words = [*party.defined, *party.capacities, *([party.name, *party.together] if party.is_class else [])]
        given.append(_roles_in(words))
        if party.together and party.is_class:
            party.defined += party.together
        elif party.together:
            shared = _roles_in(party.together[:2])[:1]
            given[since:] = [roles or shared for roles in given[since:]]
            since = number + 1
    known = {role for roles in given for role in roles}
    for party, roles in zip(parties, given, strict=True):
        if not roles and not party.is_class and known and "borrower" not in known and not BANK.search(party.name):
            yield party, ("borrower",), "Its role is not stated; it is the other side."
        else:
            yield party, roles, ""


def _roles_in(words: list[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for text in words:
        rest = text.lower()
        for pattern, role in ROLES:
            if re.search(rf"\b(?:{pattern})\b", rest):
                found[role] = None
                rest = re.sub(rf"\b(?:{pattern})\b", " ", rest)
    if any(role.endswith("_agent") for role in found):
        found.pop("agent", None)
    return tuple(found)


def parties_of_letter(flow: Flow, greets: int, signatories: tuple[SignatoryTerms, ...]) -> tuple[PartyTerms, ...]:
    """The parties of a letter: whom it is written to, and for whom it is signed. Roles as the letter names them."""
    found: dict[str, PartyTerms] = {}
    # Above the date stands who writes; below it, whom it is written to.
    at = next(
        (day.end for day in dates_in(flow.text, 0, greets) if flow.text[day.start - 1 : day.start] in ("", "\n")), 0
    )
    for line in flow.text[at:greets].split("\n"):
        start, at = at, at + len(line) + 1
        name = line.strip(" ,")
        if SUBJECT.match(line):
            break
        if ENDS_A_NAME.search(name):
            found[_plain(name)] = _of_letter(flow, name, flow.span(start, start + len(line)))
            break
    for one in signatories:
        if one.party and _plain(one.party) not in found:
            found[_plain(one.party)] = _of_letter(flow, one.party, one.spans[0])
    return tuple(found.values())


def _of_letter(flow: Flow, name: str, span: Span) -> PartyTerms:
    """Its defined name and its role, from where the body names it: Norwick Mills, Inc. (the "Borrower")."""
    pattern = r"\s+".join(re.escape(word) for word in name.split())
    defined = re.search(rf'{pattern}[^"()]{{0,80}}\([^")]{{0,20}}"([^"]{{1,40}})"', flow.text, re.IGNORECASE)
    names = (defined[1],) if defined else ()
    return PartyTerms(name, _roles_in(list(names)), names, None, None, (), is_class=False, spans=(span,))


def _plain(name: str) -> str:
    return re.sub(r"\W", "", name).lower()
