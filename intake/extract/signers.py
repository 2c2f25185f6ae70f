"""Parties whom no opening names: of a letter, and those that only sign."""

from __future__ import annotations

import re
from dataclasses import replace

from intake.extract.dates import dates_in
from intake.extract.flow import Flow, Span
from intake.extract.heading import SUBJECT
from intake.extract.parties import ENDS_A_NAME, add_party, plain
from intake.extract.roles import CREDITORS, one_kind_of_agent, roles_in
from intake.extract.terms import PartyTerms, SignatoryTerms

ITSELF = re.compile(r"\bindividually\b", re.IGNORECASE)
COMPANY = {"Company", "COMPANY", "Issuer", "ISSUER"}
BY_SIGNING = re.compile(r"\bsignature\s+pages?\b|\bsignator(?:y|ies)\b", re.IGNORECASE)
BANK = re.compile(r"\bbank\w*\b|\bN\.?A\b", re.IGNORECASE)
LONGEST_NAME = 12  # words


def with_signatories(
    parties: tuple[PartyTerms, ...], signatories: tuple[SignatoryTerms, ...]
) -> tuple[PartyTerms, ...]:
    """The parties, and the roles in which they sign. Who is named nowhere else is inferred to be one of those "listed
    on the signature pages", or what the signature states."""
    found = {plain(party.name): party for party in parties}
    members = next(
        (
            party.roles
            for party in parties
            if party.is_class and (BY_SIGNING.search(party.name) or party.roles == ("holder",))
        ),
        (),
    )
    family = {
        party.name.split()[0].lower() for party in parties if set(party.roles) & {"borrower", "issuer", "holdings"}
    }
    for one in signatories:
        roles = roles_in([one.capacity or ""])
        if (
            not roles
            and not one.capacity
            and one.party
            and plain(one.party) not in found
            and one.party.split()[0].lower() not in family
        ):
            roles = members
        if ITSELF.search(one.capacity or "") and set(roles) & CREDITORS and "lender" not in roles:
            roles = (*roles, "lender")
        if not one.party or not roles or '"' in one.party or len(one.party.split()) > LONGEST_NAME:
            continue
        key = plain(one.party)
        if first := found.get(key):
            found[key] = replace(first, roles=one_kind_of_agent((*first.roles, *roles)), inferred=first.inferred)
        else:
            made = PartyTerms(one.party, roles, (), None, None, (), is_class=False, spans=one.spans[:1], inferred=True)
            add_party(found, made)
    return tuple(found.values())


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


def with_other_side(parties: tuple[PartyTerms, ...], *, letter: bool) -> tuple[PartyTerms, ...]:
    """Of a letter: where a bank writes or signs, banks are lenders, and who has no stated role is the borrower."""
    known = {role for party in parties for role in party.roles}
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
                if "borrower" in known or not side or party.is_class
                else replace(party, roles=("borrower",), inferred=True)
            )
    return tuple(found)
