"""The parties, as the opening of a document names them: by and among A, a Delaware corporation (the "Borrower"), ..."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from intake.extract.flow import Flow
from intake.extract.pieces import CLASS, ENDS_A_NAME, MORE_ROLES, STATES, pieces
from intake.extract.roles import one_kind_of_agent, roles_in
from intake.extract.terms import PartyTerms

LONGEST_NAME = 12  # words
OPENING = 8000  # characters in which the parties are named
MOST_OPENINGS = 8  # places that may name them, and are tried
AMONG = re.compile(
    r"\b(?:by\s+and\s+(?:among|between|amongst)|between|among|amongst)(?:\s+the\s+(?:following|undersigned)(?:\s+parties)?\b)?\s*:?"
    r"|\bthe\s+following\s+parties\s*:"
    r"|\b(?:executed|made|entered\s+into|granted|given|delivered|issued)\s+(?:and\s+delivered\s+)?by\b(?!\s+and\b)",
    re.IGNORECASE,
)
RECITALS = re.compile(
    r"\bWHEREAS\b|\bW\s?I\s?T\s?N\s?E\s?S\s?S\s?E\s?T\s?H\b|\bR\s?E\s?C\s?I\s?T\s?A\s?L\s?S?\b|\bBACKGROUND\b"
    r"|\bPRELIMINARY\s+STATEMENTS?\b|\bPreliminary\s+Statements?\b|\bTABLE\s+OF\s+CONTENTS\b|\bNOW,?\s+THEREFORE\b"
    r"|\n\n(?:A|1|I)\.\s|\n\n\((?:A|1)\)\s|\n\n[A-Z][a-z]+\s[^\n]{0,400}\bare\s+parties\b|\bINTRODUCTION\b|\bBackground\b"
    r"|\bDATED\s+AS\s+OF\b|\n+Dated\s+as\s+of\b|\bRecitals?\b|\n\nSECTION\s+1\b|\n\nSection\s+1\b"
    r"|(?<=[.)])\s+(?:Reference\s+is\s+made|Pursuant\s+to|The\s+parties|Capitalized\s+terms|All\s+capitalized|Unless\s"
    r"|Defined\s+terms|Terms\s+(?:used|defined)|In\s+consideration|For\s+(?:good|value)|We\s|You\s)"
)
QUOTED = re.compile(r'"([^"]{1,80}?),?"')
OF_A_PAPER = re.compile(
    r"\b(?:Agreements?|Amendments?|Waivers?|Consents?|Notes?|Documents?|Date|Price|Amount)$", re.IGNORECASE
)
SUFFIX = re.compile(
    r"^(?:Inc(?:orporated)?|Corp(?:oration)?|L\.?\s?L\.?\s?C|L\.?\s?P|L\.?\s?L\.?\s?P|N\.?\s?A|Ltd|Limited|S\.A|N\.V|B\.V|Co"
    r"|GmbH|A\.?G|PLC|National\s+Association|F\.?S\.?B|P\.?C\.?A|A\.?C\.?B|F\.?L\.?C\.?A|S\.?S\.?B|Trustee|Jr|Sr|II|III)\.?"
    r"(?P<capacity>\s+(?:as|acting|individually)\s.*)?$",
    re.IGNORECASE | re.DOTALL,
)
LAWS = re.compile(
    rf"\b(?:organized|existing|incorporated|formed|chartered)\b.{{0,60}}?\blaws\s+of\s+(?:the\s+)?(?:(?:State|Commonwealth|Province)\s+of\s+)?"
    rf"(?P<law>{STATES}|United\s+States)",
    re.IGNORECASE | re.DOTALL,
)
ENTITY = re.compile(
    rf"^(?:(?:an?|each\s+an?|both)\s+|(?=(?:{STATES})\s+\w+\s+(?:number|no\.)))(?:(?P<law>{STATES})\s+)?(?:(?P<type>(?:(?:general|limited|national|banking|savings|business"
    r"|state(?:-chartered)?|chartered|liability|statutory|public|professional|stock|federal)\s+)*"
    r"(?:corporations?|company|companies|partnerships?|association|bank|trust\s+company|trust|individual|cooperative|limited\s+liability\s+company))"
    r"|\w+)\b.*$",
    re.IGNORECASE | re.DOTALL,
)
ENTITY_WITHIN = re.compile(
    rf"^(?P<name>.+?)\s+(?P<entity>(?:an?|each\s+an?)\s+(?:{STATES})\s+.+)$", re.IGNORECASE | re.DOTALL
)
CAPACITY = re.compile(
    r"^(?:individually|as|in\s+(?:its|their)\s+(?:individual\s+)?capacit(?:y|ies)|not\s+in\s+its|acting|solely)\b",
    re.IGNORECASE,
)
DATED_AFTER = re.compile(r"\s+dated\s+(?:as\s+of\s+)?\w+\s+\d{1,2}\b.*$", re.IGNORECASE | re.DOTALL)
FOR_A_CLASS = re.compile(
    r"^(?:,?\s*as\s+agent\s+)?(?:for|on\s+behalf\s+of)\s+(?:itself\s+and\s+)?(?P<name>(?:the|certain|several)\s+(?:\w+\s+){0,6}(?:lenders|banks|holders|institutions))\b",
    re.IGNORECASE,
)
AS_DEFINED = re.compile(
    r"\s+(?:as\s+)?(?:(?:defined|described|referred\s+to)\s+(?:below|herein|therein|above|hereinafter)"
    r"|(?:hereinafter|herein|below)\s+(?:defined|described|referred\s+to)|pursuant\s+to\s+[^,]{1,40}\bhereof)$"
)
ANOTHER_CLASS = re.compile(r"(?:the|each|its|their|certain|all|any|various|several|those|such)\b", re.IGNORECASE)
CLASS_GOES_ON = re.compile(
    r"\b(?:institutions?|lenders?|banks?|holders?|investors?|purchasers?|entities|persons)\b", re.IGNORECASE
)
PLURAL_ROLE = re.compile(
    r"(?:each\s+)?as\s+(?:[\w-]+\s+){0,3}(?:agents|lenders|guarantors|borrowers|arrangers)\b", re.IGNORECASE
)
PLURAL = re.compile(r'"(?:Lenders|Banks|Holders|Noteholders)"')
ITSELF_DEFINED = re.compile(
    r"the\s+(?P<term>(?:[A-Z]\w+\s+)?(?:Lenders|Banks|Guarantors|Holders|Noteholders|Purchasers))"
)
BARE = re.compile(  # words that stand for a party and name none
    r"(?:(?:the|said|such|each|certain|new|existing|initial)\s+)*"
    r"(?:(?:co-?)?(?:borrower|company|holder|lender|bank|agent|guarantor|obligor|debtor|issuer|payee|maker|purchaser|investor|parent"
    r"|trustee|seller|buyer|customer)|(?:[\w.-]+\s+){1,2}agent"
    r"|(?:swing\s*line|issuing|swing\s+line)\s+(?:bank|lender)|undersigned|(?:parties|party)(?:\s+hereto)?|parent|subsidiary)"
    r"(?:\s+and\s+(?:the\s+)?(?:borrower|company|holder|lender|bank|agent|guarantor)s?)?",
    re.IGNORECASE,
)
SAYS = re.compile(
    r"\b(?:agrees?|agreed|shall|will|hereby|ha(?:s|ve)|is|are|was|were|means|desires?|executed|may|to\s+pay|pursuant|dated|which)\b"
    r"|[$%\n]\s?\d|^\d[\d.,]*$"
)
SENTENCE = re.compile(  # running text that begins as a name does: the Borrower in favor of the Lender
    r"^(?:(?:[Tt]he|such|said)\s+)?(?:Borrower|Company|Holder|Lender|Bank|Agent|Issuer|Maker|Payee)"
    r"(?:$|\s+(?!parties\b|party\b|group\b|of\s+[A-Z]|for\s+[A-Z]|and\b)[a-z])"
)
TELLS = re.compile(r"\b(?:shall|agrees?|agreed|promises?|hereby)\b|\.\s+[A-Z]|\baction\b", re.IGNORECASE)
NAME = re.compile(r"^(?:the\s+)?(?!\d{4}\b)[A-Z0-9]")
AT = re.compile(
    r"\b(?:having|with|whose|located|maintaining)\b.*\b(?:address|offices?|place|at)\b|^an?\s+address|^(?:of|at)\s+\d",
    re.IGNORECASE | re.DOTALL,
)
PLACE = re.compile(
    rf"^(?:(?:{STATES}|(?!(?:LP|NA|AG|SA|BV)$)[A-Z]{{2}})(?:\s+\d{{5}}(?:-\d{{4}})?)?|Suite\b.*|\d+\s.*|(?:\w+\s+)?Floor|P\.?\s?O\.?\s+Box.*"
    r"|Canada|England|Germany|France|Switzerland|Mexico|U\.?S\.?A\.?"
    r"|[\w\s.]*\b(?:Street|Avenue|Road|Boulevard|City|Drive|Plaza|Parkway|Lane|Square)\.?)$"
)
BRANCH = re.compile(r"^(?:[A-Z]\w+\s+){1,3}(?:Branch|Agency)$", re.IGNORECASE)
SPILLS = re.compile(
    r"\b(?:entered\s+into|by\s+and\s+among|are\s+parties|is\s+made|is\s+entered|amends?|hereby|provides?)\b|^\d{4}\b"
    r"|^(?:dated|made|effective)\b|^is\b|^(?:by\s+and\s+)?(?:among|between|amongst)\b",
    re.IGNORECASE,
)
BANK = re.compile(r"\b(?:bank\w*|trust|credit|capital|financial|insurance|funding|fund)\b", re.IGNORECASE)
FORMERLY = re.compile(
    r"(?:formerly\s+(?:known\s+as|named)?|f/k/a|successor\s+(?:by\s+merger\s+|in\s+interest\s+)?to)\s+(.+?)\)?$",
    re.IGNORECASE | re.DOTALL,
)
OF_ANOTHER = re.compile(r"as\s+successor\s+to\b[^()]*\(", re.IGNORECASE)  # whose defined name is not its own
APART = {"Company", "COMPANY", "Issuer", "Parent", "Holdings"}  # no abbreviation of a name, but a part of its own
IN_BRACKET = re.compile(r"[A-Z][\w'-]*(?:\s+[A-Z][\w'-]*)*")
TOGETHER = re.compile(r"\b(?:collectively|together|singly|each|individually|jointly)\b", re.IGNORECASE)
SUCCESSORS = re.compile(
    r"\b(?:together|collectively)\s+with\s+(?:its|their|any|all|such)\s+(?:\w+\s+){0,3}(?:successors?|assigns?)\b",
    re.IGNORECASE,
)
PARAGRAPH_ENDS = re.compile(r"(?<=[.:])\n\n")
DEFINES = re.compile(
    r'\([^()"]{0,60}"(?:the\s+)?(?:[A-Z][\w-]*\s+){0,2}(?:Borrowers?|Company|Lenders?|Banks?|Agent|Holders?|Noteholders?|Guarantors?|Issuer'
    r'|Purchasers?|Obligors?|Debtor|Maker|Payee|Parent|Holdings|Trustee),?"[^()]{0,80}\)'
)
BEFORE_A_NAME = re.compile(
    r"(?:(?:\)|notes|debentures|bonds)\s+of\s+|\b(?:between|among|by|with|to|order\s+of|from|for|that|on\s+behalf\s+of|and|both|re:)\s+|[;:.]\s+|\n+|\)\s*,?\s*)"
    r"(?=(?:the\s+)?[A-Z])(?!(?:Savings|Trust\s+Company|Loan)\b)",
    re.IGNORECASE,
)
EACH_OF = re.compile(r"^each\s+of\s+", re.IGNORECASE)
PLURAL_TERM = re.compile(
    r"(?:Guarantor|Borrower|Lender|Holder|Maker|Obligor|Purchaser)s", re.IGNORECASE
)  # A and B ("...")
NEXT_SENTENCE = re.compile(r"\.\s+[A-Z]")
OTHER_HAND = re.compile(r"(?:for\s+the\s+benefit\s+of|in\s+favor\s+of)\s+(?=[A-Z])")
BLANK = re.compile(r"\[[\s_.*\u2022\u25cf]*\]|_{3,}")  # a name that is left open
BACK = 200  # characters before a defined name in which the party's own name begins


@dataclass(slots=True)
class _Party:
    """A party while its pieces are gathered."""

    start: int
    end: int
    name: str
    is_class: bool
    defined: list[str] = field(default_factory=list)
    together: list[str] = field(default_factory=list)  # what it and those before it are called
    within: set[str] = field(default_factory=set)  # other words of the bracket that says so
    capacities: list[str] = field(default_factory=list)
    former: list[str] = field(default_factory=list)
    law: str | None = None
    entity: str | None = None


def parties_of(flow: Flow, after: int) -> tuple[PartyTerms, ...]:
    """The parties in their order; one that is named twice is one, with the roles of both."""
    best: tuple[PartyTerms, ...] = ()
    for begins in islice(AMONG.finditer(flow.text, after, after + OPENING), MOST_OPENINGS):
        found = _within(flow, begins.end(), _ends(flow.text, begins.end()))
        told = [party for party in found if party.roles or party.defined]
        if len(found) > 1 and any(party.defined for party in found):
            return _with_roles_of(found, best)
        if len(told) > len(best) or (
            not best and len(found) > 1 and all(ENDS_A_NAME.search(one.name) for one in found)
        ):
            best = found
    defined = _defined(flow, after)
    return defined if len(defined) > len(best) else best


def _with_roles_of(parties: tuple[PartyTerms, ...], before: tuple[PartyTerms, ...]) -> tuple[PartyTerms, ...]:
    """The parties, with the roles that a cover before them gives to the same names."""
    known = {plain(party.name): party for party in before if not party.is_class and not party.inferred}
    found: dict[str, PartyTerms] = {}
    for party in parties:
        add_party(found, party)
        if cover := known.get(plain(party.name)):
            add_party(found, cover)
    return tuple(found.values())


def _ends(text: str, start: int) -> int:
    """Where the naming of parties ends: at the recitals, or with the paragraph."""
    limit = min(len(text), start + OPENING)
    ends = RECITALS.search(text, start, limit)
    limit = ends.start() if ends else limit
    for stop in PARAGRAPH_ENDS.finditer(text, start + 1, limit):
        if text[stop.start() - 1] == "." and not ENDS_A_NAME.search(text, start, stop.start() - 1):
            return stop.start()
    return limit if ends else min(limit, max(text.find("\n\n", start + 80), start + 1))


def _within(flow: Flow, start: int, end: int) -> tuple[PartyTerms, ...]:
    """The parties that a part of the flow names."""
    merged: dict[str, PartyTerms] = {}
    for party, roles, inferred in _roles(list(_gathered(flow.text[start:end]))):
        made = PartyTerms(
            name=party.name,
            roles=roles,
            defined=tuple(dict.fromkeys(party.defined)),
            jurisdiction=party.law,
            entity_type=party.entity,
            former_names=tuple(dict.fromkeys(party.former)),
            is_class=party.is_class,
            spans=(flow.span(start + party.start, start + party.end),),
            inferred=inferred,
            unclear="The document leaves its name open." if BLANK.fullmatch(party.name) else "",
        )
        add_party(merged, made)
    return tuple(merged.values())


def add_party(parties: dict[str, PartyTerms], made: PartyTerms) -> None:
    """Put a party among others, by its plain name; one that is there already gets the roles and names of both."""
    key = plain(made.name)
    if first := parties.get(key):
        made = replace(
            first,
            roles=one_kind_of_agent((*first.roles, *made.roles)),
            defined=tuple(dict.fromkeys((*first.defined, *made.defined))),
            jurisdiction=first.jurisdiction or made.jurisdiction,
            entity_type=first.entity_type or made.entity_type,
            inferred=first.inferred if first.roles else made.inferred,
            spans=tuple(dict.fromkeys((*first.spans, *made.spans))),
        )
    parties[key] = made


def _defined(flow: Flow, after: int) -> tuple[PartyTerms, ...]:
    """Parties that only a defined name shows, wherever the first pages have it: Norwick Mills (the "Borrower")."""
    found: dict[str, PartyTerms] = {}
    for match in DEFINES.finditer(flow.text, after, after + OPENING):
        first = max(after, match.start() - BACK)
        befores = [before.end() for before in BEFORE_A_NAME.finditer(flow.text, first, match.start())]
        for start in reversed(befores or [first]):
            named = [party for party in _within(flow, start, match.end()) if party.defined]
            if named and len(named[-1].name.split()) > 1:
                add_party(found, named[-1])
                break
    return tuple(found.values())


def _gathered(region: str) -> Iterator[_Party]:
    for party in _pieced(region):
        if SENTENCE.match(party.name):
            continue
        if (
            (party.is_class and not TELLS.search(party.name))
            or BLANK.fullmatch(party.name)
            or (
                not party.is_class
                and len(party.name.split()) <= LONGEST_NAME
                and not BARE.fullmatch(party.name)
                and not SAYS.search(party.name)
                and re.search(r"[A-Za-z]{2}", party.name)
            )
        ):
            yield party


def _pieced(region: str) -> Iterator[_Party]:
    party: _Party | None = None
    others: tuple[int, str] | None = None  # a class that an agent acts for
    closed = False  # whether it was a parenthesis
    named = elsewhere = False  # whether the piece before was a name; whether an address is being read
    for start, end, text, parenthesis in pieces(region):
        if parenthesis:
            named, elsewhere, closed = False, False, True
            if party and others and PLURAL.search(text):
                yield party
                party = _Party(others[0], end, others[1], is_class=True)
            others = None
            if party:
                _parenthesis(party, text)
                party.end = end
            continue
        if party and NEXT_SENTENCE.match(text):
            break
        words = " ".join(text.split()).lstrip(": ")
        if closed and (other := OTHER_HAND.match(words)):
            words = words[other.end() :]
            if NAME.match(words):
                if party:
                    yield party
                closed, named, party = False, True, _begun(start, end, words)
                continue
        closed = False
        if BLANK.fullmatch(words):
            if party:
                yield party
            party, named = _Party(start, end, words, is_class=False), False
            continue
        if party and SPILLS.search(words) and not CLASS.match(words):
            break
        if party and (entity := ENTITY.match(words)) and not AT.match(words):
            _entity(party, entity)
            party.end = end
        elsewhere = bool(party) and (elsewhere or bool(AT.search(words)))
        if (
            elsewhere
            and ENDS_A_NAME.search(words)
            and NAME.match(words)
            and not AT.search(words)
            and not PLACE.match(words)
        ):
            elsewhere = False  # the address ended without a parenthesis
        if party and (elsewhere or PLACE.match(words)):
            continue
        if party and named and BRANCH.match(words):
            party.name, party.end = f"{party.name}, {words}", end
            continue
        if party and (suffix := SUFFIX.match(words)):
            if named:
                whole = words[: suffix.start("capacity")] if suffix["capacity"] else words
                party.name, party.end = f"{party.name}, {whole.strip()}", end
                if suffix["capacity"]:
                    party.capacities.append(suffix["capacity"].strip())
            continue
        if (
            party
            and party.is_class
            and named
            and not parenthesis
            and text[0].islower()
            and CLASS_GOES_ON.search(words)
            and not ANOTHER_CLASS.match(words)
        ):
            party.name, party.end = AS_DEFINED.sub("", " ".join(region[party.start : end].split())), end
            continue
        if party and party.capacities and not named and MORE_ROLES.fullmatch(words):
            party.capacities.append(words)
            continue
        named = False
        if party and (entity := ENTITY.match(words)):
            _entity(party, entity)
            party.end = end
        elif party and (CAPACITY.match(words) or (not NAME.match(words) and not CLASS.match(words))):
            party.capacities.append(words)
            party.end = end
            acts_for = FOR_A_CLASS.match(words)
            others = (start, acts_for["name"]) if acts_for and not party.is_class else None
        elif CLASS.match(words) or NAME.match(words):
            if party:
                yield party
            party, named = _begun(start, end, words), True
    if party:
        yield party


def _begun(start: int, end: int, words: str) -> _Party:
    """A party by its first piece, which may hold its capacity or what it is, without a comma."""
    words = AS_DEFINED.sub("", DATED_AFTER.sub("", words))
    is_class = bool(CLASS.match(words))
    name, as_, capacity = words.partition(" as ") if not is_class else (words, "", "")
    within = ENTITY_WITHIN.match(name) if not is_class else None
    party = _Party(start, end, within["name"] if within else name, is_class=is_class and not ENDS_A_NAME.search(name))
    if party.is_class and (itself := ITSELF_DEFINED.fullmatch(words)):
        party.defined.append(itself["term"])
    if within and (entity := ENTITY.match(within["entity"])):
        _entity(party, entity)
    if capacity:
        party.capacities.append(as_.lstrip() + capacity)
    return party


def _entity(party: _Party, entity: re.Match[str]) -> None:
    law = entity["law"] or ((laws := LAWS.search(entity[0])) and laws["law"])
    party.law = " ".join(law.split()) if law else party.law
    party.entity = " ".join(entity["type"].lower().split()) if entity["type"] else party.entity


def _parenthesis(party: _Party, text: str) -> None:
    inside = text[1:-1]
    if OF_ANOTHER.match(inside):
        return
    if quoted := [one for one in QUOTED.finditer(inside) if not OF_A_PAPER.search(one[1])]:
        together = TOGETHER.search(SUCCESSORS.sub(lambda match: " " * len(match[0]), inside))
        party.within |= set(IN_BRACKET.findall(inside))
        for one in quoted:
            alone = together is None or one.start() < together.start()
            (party.defined if alone else party.together).append(one[1])
        inside = inside[: quoted[0].start()]
    if formerly := FORMERLY.search(inside.strip(' ",;')):
        party.former.append(" ".join(formerly[1].split()).rstrip(","))
    elif not QUOTED.search(text):
        party.capacities.append(inside)


def _roles(parties: list[_Party]) -> Iterator[tuple[_Party, tuple[str, ...], bool]]:
    """The roles of each, from capacities and defined names; a name for several gives its role to those before it.

    The role of the other side is inferred where it alone is not said.
    """
    given: list[tuple[str, ...]] = []
    since = 0
    for number, party in enumerate(parties):
        words = [*party.defined, *party.capacities, *(party.together if party.is_class and not party.defined else [])]
        given.append(roles_in(words) or roles_in([EACH_OF.sub("", party.name)] if party.is_class else []))
        if not party.together:
            continue
        shared = roles_in(party.together[:2])[:1]
        if party.is_class and not party.defined:
            party.defined += party.together
            while number > since and not (
                parties[number - 1].defined or parties[number - 1].is_class or given[number - 1]
            ):
                number -= 1
                given[number] = shared
        else:
            inside = set(party.together) | party.within
            for one in parties[since : number + 1]:
                if shared or APART & set(party.together):
                    one.defined = one.defined or party.together[:1]
            given[since:] = [
                roles or (() if APART & set(one.defined) - inside else shared)
                for roles, one in zip(given[since:], parties[since:], strict=False)
            ]
            since = len(given)
    listed = False  # whether the one before shares its role with those behind it
    for number in range(len(parties) - 1, 0, -1):  # A and B, as co-documentation agents
        one, last = parties[number - 1], parties[number]
        plural = bool(PLURAL_ROLE.match(" ".join(last.capacities)))
        if (plural or (listed and BANK.search(one.name))) and not (given[number - 1] or one.defined or one.capacities):
            given[number - 1] = given[number]
            listed = True
        else:
            listed = False
        if last.defined and not last.is_class and PLURAL_TERM.fullmatch(last.defined[0]):
            while number and not (given[number - 1] or one.is_class or one.defined or one.capacities):
                number -= 1
                given[number], one.defined = given[number + 1], last.defined[:1]
                one = parties[number - 1]
    known = {role for roles in given for role in roles}
    for party, roles in zip(parties, given, strict=True):
        other = not roles and not party.is_class and known and "borrower" not in known and not BANK.search(party.name)
        side = "issuer" if known <= {"holder", "trustee", "collateral_agent"} else "borrower"
        yield party, (side,) if other else roles, bool(other)


def plain(name: str) -> str:
    return re.sub(r"\W", "", re.sub(r"(?i)^the\s+", "", name)).lower()
