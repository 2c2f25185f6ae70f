"""What of the register the terms of a draft can be: parties (also under a former name), agreements, series of notes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower

from agreements.models import Instrument, InstrumentParty, Party
from agreements.querysets import PartyQuerySet
from alerts.letters import spoken
from audit.models import User
from intake.review.sheet import Match
from notes.models import Alias

MOST = 200
OBLIGORS = {"borrower", "issuer", "maker", "company", "obligor"}
MOST_NAMES = 100  # of a document, that are looked up
MOST_BEGINNINGS = 30
NO_ID = 0  # so that a query is made even where nothing is named
LEGAL_FORMS = re.compile(
    r"\b(?:incorporated|inc|corporation|corp|company|co|limited|ltd|llc|l l c|lp|l p|plc|n a|the|and)\b"
)


def plain(name: str) -> str:
    """A name for comparison: without case, punctuation and legal form."""
    words = re.sub(r"[^\w%]+", " ", name.lower().replace("&", " and "))
    return " ".join(LEGAL_FORMS.sub(" ", words).split())


@dataclass(frozen=True, slots=True)
class Found:
    """The records that could be meant, and what they are and were called; `owe`: who owes each debt, by ref."""

    parties: dict[str, Party]
    former: dict[str, set[str]]
    instruments: dict[str, Instrument]
    aliases: dict[str, list[str]]
    owe: dict[str, set[str]]


def matches_of(draft: Mapping[str, Any], user: User) -> dict[str, Match]:
    """For each term that can be a record of the register: which it can be; and by the name of a kind, which any can.

    The number of queries does not depend on what the draft says.
    """
    found = _gather(draft, user)
    matches: dict[str, Match] = {}
    matches["parties"] = Match(_parties(found))
    matches["papers"] = Match(_agreements(found))
    matches["debts"] = Match(_series(found))
    borrowers = set()
    for number, term in enumerate(draft.get("parties") or ()):
        match = matches[f"parties.{number}"] = _party(term, found)
        if set(term["roles"]) & OBLIGORS:
            borrowers.add(term.get("register") or match.ref)
    for number, term in enumerate(draft.get("papers") or ()):
        matches[f"papers.{number}"] = _of_its_borrower(_agreement(term, found), borrowers, found)
    for number, term in enumerate(draft.get("debts") or ()):
        matches[f"debts.{number}"] = _of_its_borrower(_notes(term, found), borrowers, found)
    return matches


def open_parties(user: User) -> PartyQuerySet:
    """Those of whom the user may know: of own desks, and whoever owes nothing: lenders, trustees and holders."""
    mine = Party.objects.visible_to(user)
    others = Party.objects.filter(desk=None).exclude(pk__in=Party.objects.borrowers().values("pk"))
    return Party.objects.standing().filter(Q(pk__in=mine.values("pk")) | Q(pk__in=others.values("pk")))  # type: ignore[return-value]


def _gather(draft: Mapping[str, Any], user: User) -> Found:
    parties = draft.get("parties") or ()
    names = [name for term in parties for name in (term["name"], *term["former_names"]) if name][:MOST_NAMES]
    allowed = open_parties(user)
    wanted = {name.lower() for name in names} or {""}
    history = Party.history.annotate(lower=Lower("name")).filter(lower__in=wanted)  # type: ignore[attr-defined]
    once = history.order_by().values_list("id", flat=True)
    exact = allowed.annotate(lower=Lower("name")).filter(Q(lower__in=wanted) | Q(pk__in=once))
    begins = Q(pk=NO_ID)
    for words in dict.fromkeys(" ".join(name.split()[:2]).rstrip(",.") for name in names[:MOST_BEGINNINGS]):
        begins |= Q(name__istartswith=words)
    people = {row.ref: row for rows in (exact, allowed.filter(begins)) for row in rows.order_by("name", "ref")[:MOST]}
    ids = [party.pk for party in people.values()] or [NO_ID]
    former: dict[str, set[str]] = defaultdict(set)
    was = Party.history.filter(id__in=ids).order_by().values_list("ref", "name").distinct()  # type: ignore[attr-defined]
    for ref, name in was:
        former[ref].add(name)
    titles = {term["title"] for term in draft.get("papers") or ()} | {
        term["designation"] for term in draft.get("debts") or ()
    }
    debts = Instrument.objects.visible_to(user).standing()
    theirs = Q(roles__party_id__in=ids, roles__role="obligor", roles__recorded_in_error=False)
    # One column at a time, so that both can use an index.
    pks = set(debts.filter(title__in=titles or {""}).order_by("pk").values_list("pk", flat=True)[:MOST])
    pks |= set(debts.filter(theirs).order_by("pk").values_list("pk", flat=True)[:MOST])
    pks = pks or {NO_ID}
    rows = Instrument.objects.filter(pk__in=pks).select_related("credit_agreement", "note_series")
    instruments = {row.ref: row for row in rows.order_by("title", "ref")}
    aliases: dict[str, list[str]] = defaultdict(list)
    for ref, designation in (
        Alias.objects.standing().filter(instrument_id__in=pks).values_list("instrument__ref", "designation")
    ):
        aliases[ref].append(designation)
    owe: dict[str, set[str]] = defaultdict(set)
    roles = InstrumentParty.objects.standing().filter(instrument_id__in=pks, role="obligor")
    for ref, party in roles.values_list("instrument__ref", "party__ref"):
        owe[ref].add(party)
    return Found(people, former, instruments, aliases, owe)


def _of_its_borrower(match: Match, borrowers: set[str], found: Found) -> Match:
    """The match, unless what it names is owed by somebody else than the document's borrower."""
    if not match.ref or found.owe[match.ref] & borrowers:
        return match
    others = ", ".join(sorted(found.owe[match.ref]))
    return Match(
        match.choices, "", f"The register has one like it, {match.title}, but it is owed by another: {others}."
    )


def _parties(found: Found) -> tuple[tuple[str, str], ...]:
    return tuple((ref, f"{party.name} ({ref})") for ref, party in found.parties.items())


def _agreements(found: Found) -> tuple[tuple[str, str], ...]:
    return tuple(
        (ref, f"{row.title} of {spoken(row.credit_agreement.dated_as_of)} ({ref})")
        for ref, row in found.instruments.items()
        if hasattr(row, "credit_agreement")
    )


def _series(found: Found) -> tuple[tuple[str, str], ...]:
    return tuple((ref, f"{row.title} ({ref})") for ref, row in found.instruments.items() if hasattr(row, "note_series"))


def _party(term: Mapping[str, Any], found: Found) -> Match:
    choices = _parties(found)
    wanted = plain(term["name"])
    once = {plain(name): name for name in term["former_names"]}
    for ref, party in found.parties.items():
        if plain(party.name) == wanted:
            return Match(choices, ref)
    for ref, party in found.parties.items():
        if plain(party.name) in once:
            said = f"The register knows it as {party.name} ({ref}), which the document says was its name before."
            return Match(choices, ref, said)
        if wanted in {plain(name) for name in found.former[ref]}:
            return Match(choices, ref, f"The register called {party.name} ({ref}) so before.")
    return Match(choices)


def _agreement(term: Mapping[str, Any], found: Found) -> Match:
    rows = {ref: row for ref, row in found.instruments.items() if hasattr(row, "credit_agreement")}
    choices = _agreements(found)
    dated = date.fromisoformat(term["dated"]) if term["dated"] else None
    wanted = plain(term["title"])
    same_day = [ref for ref, row in rows.items() if row.credit_agreement.dated_as_of == dated]
    same_name = [ref for ref, row in rows.items() if plain(row.title) == wanted]
    for ref in same_day:
        if ref in same_name:
            return Match(choices, ref)
    if len(same_day) == 1:
        title = rows[same_day[0]].title
        return Match(choices, same_day[0], f"The register calls the agreement of this date {title} ({same_day[0]}).")
    if len(same_name) == 1:
        on = spoken(rows[same_name[0]].credit_agreement.dated_as_of)
        said = f"The register has one of this name, but dated {on} ({same_name[0]}). Is it the same?"
        return Match(choices, same_name[0] if dated is None else "", said)
    return Match(choices)


def _notes(term: Mapping[str, Any], found: Found) -> Match:
    rows = {ref: row for ref, row in found.instruments.items() if hasattr(row, "note_series")}
    choices = _series(found)
    wanted = plain(term["designation"])
    for ref, row in rows.items():
        if plain(row.title) == wanted:
            return Match(choices, ref)
    for ref, row in rows.items():
        if wanted in {plain(name) for name in found.aliases.get(ref, ())}:
            return Match(choices, ref, f"The register knows it as {row.title} ({ref}); this is another of its names.")
    alike = [ref for ref, row in rows.items() if _alike(term, row)]
    if len(alike) == 1:
        row = rows[alike[0]]
        said = (
            f"The register has {row.title} ({alike[0]}), the same but for the maturity: perhaps another of its names."
        )
        return Match(choices, alike[0], said)
    return Match(choices)


def _alike(term: Mapping[str, Any], row: Instrument) -> bool:
    """The same coupon, ranking and kind, whatever the maturity: notes that were extended keep these."""
    series = row.note_series
    coupon = Decimal(term["coupon"]) if term["coupon"] is not None else None
    ranking = (term["ranking"] or "").replace(" ", "_")
    return (
        series.coupon == coupon
        and series.ranking == ranking
        and bool(series.convertible) == bool(term["convertible"])
        and (series.rate_kind == "increasing") == bool(term["increasing_rate"])
    )
