"""Waivers that extend one another, and what changed from one to the next, in words (rule 25)."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.letters import spoken
from waivers.dossier import Dossier, ScopeRecord, TriggerRecord, WaiverRecord


@dataclass(frozen=True, slots=True)
class TermChange:
    """One term of two waivers: what both say, what only the earlier says, and what only the later says."""

    term: str
    kept: tuple[str, ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]

    @property
    def changed(self) -> bool:
        return bool(self.gone or self.new)


@dataclass(frozen=True, slots=True)
class Link:
    """A waiver in a chain, with what changed since the one that it extends (nothing for the first)."""

    waiver: WaiverRecord
    changes: tuple[TermChange, ...]


def chains(papers: Dossier, instruments: set[str]) -> list[list[Link]]:
    """Each chain of two waivers or more under the instruments, earliest first."""
    standing = {
        ref: found
        for ref, found in papers.waivers.items()
        if found.instrument in instruments and not found.row.recorded_in_error
    }
    after: dict[str, list[str]] = {}
    for ref, found in standing.items():
        if found.extends in standing:
            after.setdefault(found.extends or "", []).append(ref)
    found_chains = []
    for ref in sorted(standing, key=lambda ref: (standing[ref].row.effective_from, ref)):
        if standing[ref].extends in standing or ref not in after:
            continue
        links, waiting, seen = [Link(standing[ref], ())], sorted(after[ref]), {ref}
        while waiting:
            later = waiting.pop(0)
            if later in seen:
                continue
            seen.add(later)
            earlier = standing[standing[later].extends or ""]
            links.append(Link(standing[later], tuple(changes(earlier, standing[later], papers))))
            waiting += sorted(after.get(later, ()))
        found_chains.append(links)
    return found_chains


def changes(earlier: WaiverRecord, later: WaiverRecord, papers: Dossier) -> list[TermChange]:
    """Term by term: dates, scope, triggers, creditor, conditions."""
    before, now = terms(earlier, papers), terms(later, papers)
    return [
        TermChange(
            term,
            tuple(words for words in now[term] if words in before[term]),
            tuple(words for words in before[term] if words not in now[term]),
            tuple(words for words in now[term] if words not in before[term]),
        )
        for term in now
    ]


def terms(waiver: WaiverRecord, papers: Dossier) -> dict[str, list[str]]:
    """What a waiver says, as short sentences under the name of each term."""
    row = waiver.row
    executed = f"executed {spoken(row.executed)}" if row.executed else "not executed"
    return {
        "Kind": [row.get_kind_display().lower()],
        "Begins": [f"effective from {spoken(row.effective_from)}"],
        "Ends": [waiver.reading],
        "Executed": [executed],
        "Granted by": [party.name for party in waiver.grantors],
        "Covers": [words for scope in waiver.scopes for words in scope_words(scope, papers)],
        "What ends it": [words for trigger in waiver.triggers for words in trigger_words(trigger, papers)],
        "Conditions": [condition.text for condition in waiver.conditions],
    }


def scope_words(scope: ScopeRecord, papers: Dossier) -> list[str]:
    """One sentence for each instrument (or event) that a scope names."""
    kinds = "" if scope.kinds_words in ("any", "") else f" of {scope.kinds_words}"
    due = f" due {', '.join(spoken(on) for on in sorted(scope.due))}" if scope.due else ""
    if scope.form == "failure_to_pay":
        return [f"failure to pay{kinds}{due}: {papers.title(ref)}" for ref in scope.instruments]
    if scope.form == "default_events":
        return [f"the default event {ref}" for ref in scope.events]
    if scope.form == "acceleration_of":
        return [f"acceleration of {papers.title(ref)}" for ref in scope.instruments]
    return [f"every default that springs from {papers.title(ref)}" for ref in scope.instruments]


def trigger_words(trigger: TriggerRecord, papers: Dossier) -> list[str]:
    """One sentence for each thing that fires a trigger."""
    how = "automatically" if trigger.row.effect == "automatic" else "on notice"
    of = f", in respect of {', '.join(papers.title(ref) for ref in trigger.instruments)}" if trigger.instruments else ""
    return [f"{how}: {what}{of}" for what in trigger.what]
