"""The history of a waiver, an instrument or a borrower: what belongs to it, and what each change did to positions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from agreements.models import (
    Clause,
    ClauseReach,
    CreditAgreement,
    DefaultEvent,
    Instrument,
    InstrumentParty,
    LoanDocument,
    Party,
)
from audit.models import Fact
from audit.trail import Change as Recorded
from audit.trail import Part
from notes.models import Alias, Deferral, HolderAction, NoteSeries, Payment
from waivers.models import (
    Condition,
    Grantor,
    ScopeLine,
    Signatory,
    TerminationNotice,
    Trigger,
    TriggerTarget,
    Waiver,
)
from waivers.position.timeline import Change, Timeline, difference, timeline
from waivers.positions import Recollection, day_seen_from

JUST_BEFORE = timedelta(microseconds=1)

# What one is called, and where its history rows say whose they are.
OF_A_WAIVER: tuple[tuple[str, type[Fact], str], ...] = (
    ("waiver", Waiver, "id"),
    ("creditor", Grantor, "waiver"),
    ("condition", Condition, "waiver"),
    ("scope", ScopeLine, "waiver"),
    ("trigger", Trigger, "waiver"),
    ("what a trigger names", TriggerTarget, "trigger__waiver"),
    ("signatory", Signatory, "waiver"),
    ("termination notice", TerminationNotice, "waiver"),
)
OF_AN_INSTRUMENT: tuple[tuple[str, type[Fact], str], ...] = (
    ("instrument", Instrument, "id"),
    ("agreement", CreditAgreement, "instrument"),
    ("note series", NoteSeries, "instrument"),
    ("other name", Alias, "instrument"),
    ("role", InstrumentParty, "instrument"),
    ("paper", LoanDocument, "instrument"),
    ("clause", Clause, "instrument"),
    ("what a clause reaches", ClauseReach, "clause__instrument"),
    ("payment", Payment, "instrument"),
    ("deferral", Deferral, "payment__instrument"),
    ("act", HolderAction, "instrument"),
    ("default event", DefaultEvent, "clause__instrument"),
)


def parts_of_waiver(waiver: Waiver) -> list[Part]:
    """A waiver with everything that its paper says, and the notices that end it."""
    return [Part(what, model, {path: waiver.pk}) for what, model, path in OF_A_WAIVER]


def parts_of_instruments(ids: Iterable[int]) -> list[Part]:
    """Instruments with their terms, schedules, papers, acts and events; and the waivers under them."""
    mine = list(ids)
    own = [Part(what, model, {f"{path}__in": mine}) for what, model, path in OF_AN_INSTRUMENT]
    under = [
        Part(what, model, {"instrument__in" if path == "id" else f"{path}__instrument__in": mine})
        for what, model, path in OF_A_WAIVER
    ]
    return own + under


def parts_of_borrower(party: Party, ids: Iterable[int]) -> list[Part]:
    """A borrower with its debts, by their ids, and the waivers under them."""
    return [Part("borrower", Party, {"id": party.pk}), *parts_of_instruments(ids)]


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a change did to positions, of what the reader may see: the differences, as they were seen on its own day."""

    changes: tuple[Change, ...]
    more: int


def consequences(
    recorded: Sequence[Recorded], groups: Sequence[int], seen: frozenset[str], today: date, *, most: int = 8
) -> dict[str, Consequence]:
    """Of each change, by its request: the difference between just before it and just after it (rules 4 and 29).

    `seen`: the refs of the instruments of which the reader may know. The facts are read once for all changes.
    """
    recollection = Recollection(list(groups))
    judged: dict[tuple[datetime, date], dict[int, Timeline]] = {}

    def at(moment: datetime, on: date) -> dict[int, Timeline]:
        if (moment, on) not in judged:
            facts = recollection.facts_at(moment)
            judged[moment, on] = {number: timeline(found, today=on) for number, found in facts.items()}
        return judged[moment, on]

    found: dict[str, Consequence] = {}
    nothing = timeline(recollection.none)
    for change in recorded:
        on = day_seen_from(today, change.at) or today
        before, after = at(change.at - JUST_BEFORE, on), at(change.at, on)
        changes = [
            one
            for number in sorted(before.keys() | after.keys())
            for one in difference(before.get(number, nothing), after.get(number, nothing))
            if _debt(one, before.get(number), after.get(number)) in seen
        ]
        found[change.request] = Consequence(tuple(changes[:most]), max(len(changes) - most, 0))
    return found


def _debt(change: Change, *lines: Timeline | None) -> str:
    """The instrument that a difference is about."""
    if change.what == "instrument":
        return change.ref
    papers = (waiver for line in lines if line for waiver in line.case.facts.waivers)
    return next((waiver.instrument for waiver in papers if waiver.ref == change.ref), "")
