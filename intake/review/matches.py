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

from agreements.models import Instrument, Party
from alerts.letters import spoken
from audit.models import User
from intake.review.sheet import Match
from notes.models import Alias

MOST = 200
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
    """The records that could be meant, and what they are and were called."""

    parties: dict[str, Party]
    former: dict[str, set[str]]
    instruments: dict[str, Instrument]
    aliases: dict[str, list[str]]


def matches_of(draft: Mapping[str, Any], user: User) -> dict[str, Match]:
    """For each term that can be a record of the register: which it can be; and by the name of a kind, which any can.

    The number of queries does not depend on what the draft says.
    """
    found = _gather(draft, user)
    matches: dict[str, Match] = {}
    matches["parties"] = Match(_parties(found))
    matches["papers"] = Match(_agreements(found))
    matches["debts"] = Match(_series(found))
    for number, term in enumerate(draft.get("parties") or ()):
        matches[f"parties.{number}"] = _party(term, found)
    for number, term in enumerate(draft.get("papers") or ()):
        matches[f"papers.{number}"] = _agreement(term, found)
    for number, term in enumerate(draft.get("debts") or ()):
        matches[f"debts.{number}"] = _notes(term, found)
    return matches


def _gather(draft: Mapping[str, Any], user: User) -> Found:
    parties = draft.get("parties") or ()
    names = {name for term in parties for name in (term["name"], *term["former_names"]) if name}
    begins = {" ".join(name.split()[:2]).rstrip(",.") for name in names}
    called = Q(pk=NO_ID)
    for name in sorted(names):
        called |= Q(name__iexact=name)
    for words in sorted(begins):
        called |= Q(name__istartswith=words)
    # Borrowers are their own desk's; lenders, trustees and holders are nobody's secret.
    mine = Party.objects.visible_to(user)
    borrowers = Party.objects.borrowers()
    others = Party.objects.filter(desk=None).exclude(pk__in=borrowers.values("pk"))
    allowed = Party.objects.standing().filter(Q(pk__in=mine.values("pk")) | Q(pk__in=others.values("pk")))
    once = Party.history.filter(called).order_by().values_list("id", flat=True)  # type: ignore[attr-defined]
    people = list(allowed.filter(called | Q(pk__in=once)).order_by("name", "ref")[:MOST])
    ids = [party.pk for party in people] or [NO_ID]
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
    pks = set(debts.filter(theirs).order_by().values_list("pk", flat=True)[:MOST])
    pks |= set(debts.filter(title__in=titles or {""}).order_by().values_list("pk", flat=True)[:MOST])
    pks = pks or {NO_ID}
    rows = Instrument.objects.filter(pk__in=pks).select_related("credit_agreement", "note_series")
    instruments = {row.ref: row for row in rows.order_by("title", "ref")}
    aliases: dict[str, list[str]] = defaultdict(list)
    for ref, designation in (
        Alias.objects.standing().filter(instrument_id__in=pks).values_list("instrument__ref", "designation")
    ):
        aliases[ref].append(designation)
    return Found({party.ref: party for party in people}, former, instruments, aliases)


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
