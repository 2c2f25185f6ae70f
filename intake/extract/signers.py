"""Parties whom no opening names: of a letter, and those that only sign."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from intake.extract.dates import dates_in
from intake.extract.flow import Flow, Span
from intake.extract.heading import SUBJECT
from intake.extract.parties import ENTITY, OF_A_PAPER, OPENING, add_party, plain
from intake.extract.pieces import ENDS_A_NAME
from intake.extract.roles import CREDITORS, one_kind_of_agent, roles_in
from intake.extract.terms import PartyTerms, SignatoryTerms

ITSELF = re.compile(r"\bindividually\b", re.IGNORECASE)
COMPANY = {"Company", "COMPANY", "Issuer", "ISSUER"}
BY_SIGNING = re.compile(r"\bsignature\s+pages?\b|\bsignator(?:y|ies)\b", re.IGNORECASE)
NOTES = re.compile(r"\bNote\s+(?:Purchase\s+)?Agreements?\b")
UNDERSIGNED = re.compile(r"\bthe\s+undersigned\b", re.IGNORECASE)
BANK = re.compile(r"\bbank\w*\b|\bN\.?A\b", re.IGNORECASE)
BY_NAME = re.compile(
    r"\b(?:bank\w*|N\.?A|trust\s+company|credit|fund\w*|insurance|CLO|CDO|capital|lending|income)\b", re.IGNORECASE
)
FORM = re.compile(
    r",?\s+(?:N\.?\s?A|National\s+Association|Inc(?:orporated)?|Corp(?:oration)?|Company|Co|L\.?L\.?C|Ltd)\.?,?$",
    re.IGNORECASE,
)
ACTS_AS = re.compile(
    r",?\s+as\s+(?:the\s+)?(?P<term>(?:[A-Z]\w+\s+){0,2}(?:Agent|Lender|Bank|Borrower|Guarantor|Trustee|Issuer))\b(?!\s+(?:for|and|under))"
)
DESCRIBES = re.compile(
    r',?(?:\s+(?P<entity>an?\s+[A-Z][^,"()]{3,80}?))?,?(?:\s*\((?:the\s+|hereinafter\s+)?"(?P<term>[A-Z][^"]{1,40}?),?"|,|(?=\sand\s)|(?=\n))'
)
MOST_DESCRIBED, MOST_PLACES, LONGEST_DESCRIPTION = 12, 4, 160
OF_NOTES = {"holder", "trustee"}
MEMBERS, DEBTORS = {"lender", "holder"}, {"borrower", "issuer", "holdings"}
FEW = 6  # signatories who are each a party by being one of a class
CAPTION = re.compile(r"(?:the\s+)?(?:lenders|banks|(?:note)?holders|purchasers)", re.IGNORECASE)
MOST_LOOKED_UP = 12  # signatories whose names are looked for in the text
TWICE = 2
THE_HOLDER = re.compile(r"\bthe\s+(?:Note)?[Hh]older\b")
UNDERSIGNED_ARE = re.compile(  # where no opening names them
    r"\b[Tt]he\s+undersigned,?\s+(?:(?:being|constituting|as|who\s+are|representing)\s+)?(?:all\s+(?:of\s+)?)?(?:the\s+)?"
    r"(?:(?:registered|beneficial|record|required|majority|requisite)\s+)?(?P<role>(?:note)?holders|lenders|banks|purchasers)\b"
)
GROUP = re.compile(r"undersigned\s+\w+s$")
ACKNOWLEDGED = re.compile(r"acknowledged\b", re.IGNORECASE)
LONGEST_NAME = 12  # words


def with_signatories(
    flow: Flow, parties: tuple[PartyTerms, ...], signatories: tuple[SignatoryTerms, ...]
) -> tuple[PartyTerms, ...]:
    """The parties, and the roles in which they sign.

    Who is named nowhere else has the role that the signature states, or that the text gives its name, or is inferred
    to be one of a class. Where many are so inferred, the class stands for them: the signatories list each.
    """
    found = {plain(party.name): party for party in parties}
    classes = _Classes(parties, flow.text)
    inferred: list[PartyTerms] = []
    many: dict[tuple[str, ...], list[SignatoryTerms]] = {}
    looked_up, lower = 0, flow.text.lower()
    for one in signatories:
        name = one.party
        if not name or '"' in name or len(name.split()) > LONGEST_NAME:
            continue
        key = _key(found, name)
        roles = roles_in([one.capacity or ""])
        if key not in found and not roles and looked_up < MOST_LOOKED_UP:
            looked_up += 1
            if called := _as_called(flow, lower, one, holders="holder" in classes.creditors):
                add_party(found, called)
                continue
        if GROUP.match(one.capacity or "") and roles and key not in found:
            many.setdefault(roles, []).append(one)
            continue
        if key not in found and not roles and ACKNOWLEDGED.match(one.capacity or ""):
            roles = classes.of_family(name) or ("acknowledging_party",)
        if key not in found and roles == classes.creditors and CAPTION.fullmatch(one.capacity or ""):
            by_class = roles
        else:
            by_class = () if key in found or roles or one.capacity else classes.roles_of(name)
        if by_class:
            inferred.append(_signing(one, by_class))
            continue
        if ITSELF.search(one.capacity or "") and set(roles) & CREDITORS and "lender" not in roles:
            roles = (*roles, "lender")
        first = found.get(key)
        classes.after_creditors |= bool({*roles, *(first.roles if first else ())} & CREDITORS)
        if first and roles:
            found[key] = replace(first, roles=one_kind_of_agent((*first.roles, *roles)), inferred=first.inferred)
        elif roles:
            add_party(found, _signing(one, roles))
    if len({plain(party.name) for party in inferred}) <= FEW:
        for party in inferred:
            add_party(found, party)
    for roles, group in many.items():
        for party in _few_or_class(roles, group):
            add_party(found, party)
    return tuple(found.values())


def _few_or_class(roles: tuple[str, ...], group: list[SignatoryTerms]) -> Iterator[PartyTerms]:
    """Who signs below "the undersigned Guarantors": each, or the class where they are many."""
    if len({plain(one.party or "") for one in group}) <= FEW:
        yield from (_signing(one, roles) for one in group)
        return
    name = f"the {group[0].capacity}"
    yield PartyTerms(name, roles, (name.split()[-1],), None, None, (), is_class=True, spans=group[0].spans[:1])


def described(flow: Flow, parties: tuple[PartyTerms, ...]) -> tuple[PartyTerms, ...]:
    """The parties; of one that the opening did not describe, what it is and is called by the rest of the text."""
    lower = flow.text.lower()
    return tuple(
        party if party.is_class or party.defined or number >= MOST_DESCRIBED else _described(flow.text, lower, party)
        for number, party in enumerate(parties)
    )


def _described(text: str, lower: str, party: PartyTerms) -> PartyTerms:
    at = lower.find(party.name.lower())
    for _ in range(MOST_PLACES):
        if at < 0 or party.defined:
            break
        end = at + len(party.name)
        if said := DESCRIBES.match(text, end, end + LONGEST_DESCRIPTION):
            entity = ENTITY.match(said["entity"] or "")
            law = entity["law"] if entity else None
            kind = " ".join(entity["type"].lower().split()) if entity and entity["type"] else None
            names = (said["term"],) if said["term"] and not OF_A_PAPER.search(said["term"]) else ()
            if names and law and party.jurisdiction and law != party.jurisdiction:
                break  # another of the same name
            party = replace(
                party,
                roles=party.roles or roles_in(names),
                defined=names,
                jurisdiction=party.jurisdiction or law,
                entity_type=party.entity_type or (kind if names or law else None),
            )
            if party.roles and (names or law):
                break
        elif not party.roles and (acts := ACTS_AS.match(text, end, end + LONGEST_DESCRIPTION)):
            return replace(party, roles=roles_in([acts["term"]]), defined=(acts["term"],))
        at = lower.find(party.name.lower(), end)
    return party


def _key(found: dict[str, PartyTerms], name: str) -> str:
    """Under which key a name is among the parties: its own, or that of the same name with or without N.A. or Inc."""
    if (key := plain(name)) in found:
        return key
    bare = plain(FORM.sub("", name))
    return next((other for other, party in found.items() if plain(FORM.sub("", party.name)) == bare), key)


class _Classes:
    """The unnamed groups among the parties, and to which of them a signatory may belong."""

    def __init__(self, parties: tuple[PartyTerms, ...], text: str) -> None:
        groups = [party for party in parties if party.is_class and party.roles]
        self.members = next(
            (one.roles for one in groups if BY_SIGNING.search(one.name) or one.roles == ("holder",)), ()
        )
        self.creditors = next((one.roles for one in groups if set(one.roles) & MEMBERS), ())
        if not self.creditors and (said := UNDERSIGNED_ARE.search(text, 0, OPENING)):
            self.members = self.creditors = roles_in([said["role"]])
        self.guarantors = any("guarantor" in one.roles for one in groups)
        self.family = {one.name.split()[0].lower() for one in parties if set(one.roles) & DEBTORS}
        self.after_creditors = False

    def roles_of(self, name: str) -> tuple[str, ...]:
        """Who bears the borrower's name is a guarantor; a bank, or who signs after a creditor, is a creditor."""
        if name.split()[0].lower() in self.family:
            return self.of_family(name)
        if "guarantor" in self.members and self.creditors and BY_NAME.search(name):
            return self.creditors
        return self.members or (self.creditors if self.after_creditors or BY_NAME.search(name) else ())

    def of_family(self, name: str) -> tuple[str, ...]:
        """Guarantor, of who bears the borrower's name, where there are guarantors."""
        return ("guarantor",) if self.guarantors and name.split()[0].lower() in self.family else ()


def _signing(one: SignatoryTerms, roles: tuple[str, ...]) -> PartyTerms:
    return PartyTerms(one.party or "", roles, (), None, None, (), is_class=False, spans=one.spans[:1], inferred=True)


def _as_called(flow: Flow, lower: str, one: SignatoryTerms, *, holders: bool) -> PartyTerms | None:
    """A signatory whom the text names with a role: of Norwick Mills, Inc. (the "Company")."""
    if lower.count((one.party or "").lower()) < TWICE:
        return None
    called = _of_letter(flow, one.party or "", one.spans[0])
    side = ("issuer" if holders else "borrower",) if COMPANY & set(called.defined) else ()
    return replace(called, roles=called.roles or side) if called.roles or side else None


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
            found[plain(name)] = _of_letter(flow, name, flow.span(start, start + len(line)))
            break
    for one in signatories:
        if one.party and plain(one.party) not in found:
            found[plain(one.party)] = _of_letter(flow, one.party, one.spans[0])
    return tuple(found.values())


def _of_letter(flow: Flow, name: str, span: Span) -> PartyTerms:
    """Its defined name and its role, from where the body names it: Norwick Mills, Inc. (the "Borrower")."""
    pattern = r"\s+".join(re.escape(word) for word in name.split())
    defined = re.search(rf'{pattern}[^"()]{{0,80}}\([^")]{{0,20}}"([^"]{{1,40}})"', flow.text, re.IGNORECASE)
    names = (defined[1],) if defined else ()
    return PartyTerms(name, roles_in(list(names)), names, None, None, (), is_class=False, spans=(span,))


def with_other_side(flow: Flow, parties: tuple[PartyTerms, ...], *, letter: bool) -> tuple[PartyTerms, ...]:
    """Of a letter: under a note agreement, who signs as "the undersigned" holds notes of the Company; where a bank
    writes or signs, banks are lenders, and who has no stated role is the borrower."""
    known = {role for party in parties for role in party.roles}
    if letter and not known and NOTES.search(flow.text) and UNDERSIGNED.search(flow.text):
        return tuple(
            replace(party, roles=("issuer",) if COMPANY & set(party.defined) else ("holder",), inferred=True)
            for party in parties
        )
    if not letter and not known and THE_HOLDER.search(flow.text):  # of a note
        return tuple(
            replace(party, roles=("issuer",), inferred=True) if COMPANY & set(party.defined) else party
            for party in parties
        )
    creditors = bool(known & CREDITORS) or any(BANK.search(party.name) for party in parties)
    found = []
    for party in parties:
        if party.roles or not creditors:
            found.append(party)
        elif letter and BANK.search(party.name):
            found.append(replace(party, roles=("lender",), inferred=True))
        else:
            side = letter or bool(COMPANY & set(party.defined))
            found.append(
                party
                if known & {"borrower", "issuer"} or not side or party.is_class
                else replace(party, roles=("issuer" if known and known <= OF_NOTES else "borrower",), inferred=True)
            )
    return tuple(found)
