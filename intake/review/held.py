"""What the register holds of the records that a draft's confirmed terms are."""

from __future__ import annotations

from collections import defaultdict

from agreements.models import DefaultEvent, Instrument, Party
from audit.models import User
from intake.portfolio.dump import dump_list
from intake.review.matches import open_parties
from intake.review.proposal import Event, Held
from intake.review.sheet import Sheet
from waivers.models import ScopeLine, Waiver


def held_of(sheet: Sheet, user: User) -> Held:
    """What the register holds of the records that a sheet's confirmed terms are, as far as the person may see it."""
    refs = {item.register_ref for item in sheet.items if item.counts and item.register_ref}
    seen = set(Instrument.objects.visible_to(user).standing().filter(ref__in=refs).values_list("ref", flat=True))
    desks = dict(open_parties(user).filter(ref__in=refs).values_list("ref", "desk"))
    return Held(
        parties=desks.keys(),
        on_no_desk={ref for ref, desk in desks.items() if desk is None},
        agreements={item["ref"]: item for item in dump_list("agreements", seen)},
        note_series={item["ref"]: item for item in dump_list("note_series", seen)},
        events=_events(seen),
        taken=_is_taken,
    )


def _events(instruments: set[str]) -> dict[str, list[Event]]:
    """The default events of instruments that are believed, and which waivers cover each."""
    found: dict[str, list[Event]] = defaultdict(list)
    rows = DefaultEvent.objects.filter(clause__instrument__ref__in=instruments, status__in=("alleged", "verified"))
    covered = defaultdict(set)
    lines = ScopeLine.objects.standing().filter(default_event__in=rows)
    for event, waiver in lines.values_list("default_event__ref", "waiver__ref"):
        covered[event].add(waiver)
    for row in rows.select_related("clause__instrument").order_by("occurred", "ref"):
        made = Event(row.ref, row.clause.section, row.occurred, frozenset(covered[row.ref]))
        found[row.clause.instrument.ref].append(made)
    return found


def _is_taken(ref: str) -> bool:
    """Whether any record that a draft makes has this ref."""
    return any(model._default_manager.filter(ref=ref).exists() for model in (Party, Instrument, Waiver, DefaultEvent))
