"""What needs a person, most urgent first, and the dates to come.

The database narrows to the groups in which something may be open on a day (a payment overdue, a waiver near its end,
something alleged, a paper that does not bind); the rules then say what really is. Groups are judged a chunk at a time,
the most urgent first, so that a page costs the same however large the register.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Any

from django.conf import settings
from django.db.models import Max, Min, Q, QuerySet

from agreements.models import DefaultEvent
from alerts.letters import spoken
from alerts.models import Alert
from audit.models import User
from notes.models import HolderAction, Payment
from waivers.dossier import Dossier, dossier
from waivers.models import Condition, Waiver
from waivers.position.facts import DefaultEvent as EventFact
from waivers.position.facts import HolderAction as ActionFact
from waivers.position.facts import Standing
from waivers.position.rules import ONE_DAY, Line, State, Status
from waivers.position.timeline import InstrumentPosition, Position, WaiverPosition
from waivers.position.warnings import Warn, warnings
from waivers.positions import Group, groups_at
from waivers.reasons import Reasons, held_back
from waivers.turns import standing_rows

SOON = timedelta(days=60)
MOST_CANDIDATES = 1000
ENDED = ("waiver_rescinded", "waiver_terminated")


class Urgency(IntEnum):
    """In the order in which they are shown."""

    EVENT_OF_DEFAULT = 0
    ENDED = 1
    ENDING = 2
    GRACE = 3
    UNVERIFIED = 4
    WARNING = 5


SAID = {
    Urgency.EVENT_OF_DEFAULT: "Event of default, nothing holds it back",
    Urgency.ENDED: "Ended before its time, not acknowledged",
    Urgency.ENDING: "Waivers that end within 60 days",
    Urgency.GRACE: "Defaults in their grace",
    Urgency.UNVERIFIED: "Alleged, not verified",
    Urgency.WARNING: "Warnings",
}


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that needs a person. `sort` orders those of one urgency; `page` and `ref` say where to look."""

    urgency: Urgency
    sort: int
    state: str
    title: str
    sentence: str
    on: date
    page: str
    ref: str
    borrower: str
    instrument: str = ""
    alert: int | None = None


def open_groups(instruments: QuerySet | None, on: date, known_at: datetime | None = None) -> list[int]:
    """The groups in which something may be open on a day, most urgent first; at most `MOST_CANDIDATES`.

    First those in which a default may stand, then those with a waiver near its end, with something alleged, and with
    a paper that may be warned of; among equals the nearest dates first. `instruments`: whose; None for all.
    """
    ranked: dict[int, tuple[int, int]] = {}

    def note(rank: Urgency, rows: QuerySet, path: str, when: Any) -> None:
        if instruments is not None:
            rows = rows.filter(**{f"{path}__in": instruments.values("pk")})
        found = rows.order_by().values_list(f"{path}__group").annotate(day=when)
        for group, day in found.order_by("-day" if isinstance(when, Max) else "day")[:MOST_CANDIDATES]:
            away = int(rank), abs((day - on).days)
            ranked[group] = min(away, ranked.get(group, away))

    counts = [Standing.ALLEGED, Standing.VERIFIED]
    unpaid = standing_rows(Payment, known_at).filter(Q(paid=None) | Q(paid__gt=on))
    note(Urgency.EVENT_OF_DEFAULT, unpaid.filter(due__lte=on), "instrument", Max("due"))
    events = standing_rows(DefaultEvent, known_at).filter(
        Q(cured=None) | Q(cured__gt=on), occurred__lte=on, status__in=counts
    )
    note(Urgency.EVENT_OF_DEFAULT, events, "clause__instrument", Max("occurred"))
    acts = standing_rows(HolderAction, known_at).filter(occurred__lte=on, status__in=counts)
    undone = Q(annulled__lte=on) | Q(withdrawn__lte=on)
    standing = acts.filter(Q(kind="acceleration_declared") & ~undone)
    note(Urgency.EVENT_OF_DEFAULT, standing, "instrument", Max("occurred"))
    waivers = standing_rows(Waiver, known_at)
    soon = waivers.filter(until_date__range=(on, on + SOON + ONE_DAY))
    note(Urgency.ENDING, soon, "instrument", Min("until_date"))
    note(Urgency.UNVERIFIED, acts.filter(status=Standing.ALLEGED), "instrument", Max("occurred"))
    # Whatever lasts may be warned of (rules 30 to 32), however far its end.
    near = waivers.filter(effective_from__lte=on + SOON)
    note(Urgency.WARNING, near.filter(until_date__gte=on), "instrument", Min("until_date"))
    without_end = near.filter(until_date=None, extends__isnull=False)
    note(Urgency.WARNING, without_end, "instrument", Max("effective_from"))
    begun = waivers.filter(Q(until_date=None) | Q(until_date__gte=on), effective_from__lte=on)
    unmet = standing_rows(Condition, known_at).filter(Q(satisfied=None) | Q(satisfied__gt=on)).values("waiver_id")
    loose = Q(executed=None) | Q(executed__gt=on) | Q(id__in=unmet)
    note(Urgency.WARNING, begun.filter(loose), "instrument", Max("effective_from"))
    return sorted(ranked, key=lambda group: (ranked[group], group))[:MOST_CANDIDATES]


def needs_of(
    groups: Iterable[int], on: date, *, reader: User, today: date, known_at: datetime | None, seen: frozenset[str]
) -> list[Need]:
    """What needs a person in some groups as of a day. `seen`: the instruments that the reader may open."""
    numbers = list(groups)
    found = list(groups_at(numbers, today=today, known_at=known_at))
    papers = dossier(numbers, known_at, seen)
    finder = _Finder(papers, Reasons(found, papers, on), _unacknowledged(papers, reader), on)
    needs = [need for group in found for need in finder.of(group) if need.instrument in seen]
    return sorted(needs, key=lambda need: (need.urgency, need.sort, need.ref))


def _unacknowledged(papers: Dossier, reader: User) -> dict[str, int | None]:
    """The waivers that ended and whose alert nobody has acknowledged, with the reader's own alert, if there is one."""
    about = [f"waiver:{ref}" for ref in papers.waivers]
    rows = Alert.objects.filter(about__in=about, kind__in=ENDED)
    found: dict[str, int | None] = {}
    taken = set()
    for told, number, at, recipient in rows.values_list("about", "id", "acknowledged_at", "recipient_id"):
        ref = told.removeprefix("waiver:")
        found[ref] = number if recipient == reader.pk else found.get(ref)
        if at is not None:
            taken.add(ref)
    return {ref: number for ref, number in found.items() if ref not in taken}


@dataclass(frozen=True, slots=True)
class _Finder:
    """Finds what needs a person in one group after the other. `alerts`: as `_unacknowledged` gives them."""

    papers: Dossier
    reasons: Reasons
    alerts: dict[str, int | None]
    on: date

    def of(self, group: Group) -> Iterator[Need]:
        position = group.timeline.position(self.on)
        for item in position.instruments:
            yield from self._instrument(group, item)
        for paper in position.waivers:
            yield from self._waiver(group, position, paper)
        facts = group.timeline.case.facts
        happened: list[ActionFact | EventFact] = [*facts.holder_actions, *facts.default_events]
        for fact in happened:
            if fact.standing is Standing.ALLEGED and fact.occurred <= self.on:
                yield self._alleged(fact)
        for warning in warnings(group.timeline, self.on, unwaived_days=settings.UNWAIVED_DAYS):
            yield self._warning(warning)

    def _borrower(self, instrument: str) -> str:
        record = self.papers.instruments.get(instrument)
        return "; ".join(party.name for party in record.parties("obligor")) if record else ""

    def _of_instrument(self, ref: str, urgency: Urgency, state: str, sort: int, on: date, sentence: str) -> Need:
        title, borrower = self.papers.title(ref), self._borrower(ref)
        return Need(urgency, sort, state, title, sentence, on, "instrument", ref, borrower, ref)

    def _of_waiver(self, ref: str, urgency: Urgency, state: str, sort: int, on: date, sentence: str) -> Need:
        record = self.papers.waivers[ref]
        title = f"{record.row.title}, {self.papers.title(record.instrument)}"
        borrower, alert = self._borrower(record.instrument), self.alerts.get(ref)
        return Need(urgency, sort, state, title, sentence, on, "waiver", ref, borrower, record.instrument, alert)

    def _instrument(self, group: Group, item: InstrumentPosition) -> Iterator[Need]:
        causes = "; ".join(dict.fromkeys(self._cause(line) for line in item.lines if not line.waiver))
        if item.state is State.EVENT_OF_DEFAULT:
            begun = group.timeline.standing_since(item.ref, State.EVENT_OF_DEFAULT, self.on) or self.on
            said = f"Since {spoken(begun)}: {causes}."
            yield self._of_instrument(item.ref, Urgency.EVENT_OF_DEFAULT, item.state, -begun.toordinal(), begun, said)
        if item.state is State.DEFAULT:
            ends = min(line.event_of_default_on for line in item.lines if line.state is State.DEFAULT)
            said = f"An event of default from {spoken(ends)}, unless it is cured: {causes}."
            yield self._of_instrument(item.ref, Urgency.GRACE, item.state, ends.toordinal(), ends, said)

    def _cause(self, line: Line) -> str:
        root = self.reasons.root(line.root)
        of = "" if line.root.instrument == line.instrument else f" under {root.debt}"
        return f"{root.short[0].lower()}{root.short[1:]}{of}"

    def _waiver(self, group: Group, position: Position, paper: WaiverPosition) -> Iterator[Need]:
        if paper.end is not None and paper.ref in self.alerts:
            said, on = self.reasons.ending(paper.end), paper.end.ended_on
            said = f"{said[0].upper()}{said[1:]}."
            yield self._of_waiver(paper.ref, Urgency.ENDED, paper.status, -on.toordinal(), on, said)
        last, live = paper.last_day, paper.status in (Status.IN_FORCE, Status.PENDING)
        if live and last is not None and self.on <= last <= self.on + SOON:
            held = len(held_back(group, position, paper.ref))
            holds = f"It holds back {held} default line{'s' * (held > 1)}." if held else "It holds nothing back now."
            said = f"Its last day is {spoken(last)}. {holds}"
            yield self._of_waiver(paper.ref, Urgency.ENDING, paper.status, last.toordinal(), last, said)

    def _alleged(self, fact: ActionFact | EventFact) -> Need:
        by = f" by the {fact.by}" if isinstance(fact, ActionFact) else ""
        kind = (fact.kind if isinstance(fact, ActionFact) else fact.event_kind).replace("_", " ")
        said = f"{kind.capitalize()}{by}, {spoken(fact.occurred)}. It counts until it is disputed."
        sort = -fact.occurred.toordinal()
        return self._of_instrument(fact.instrument, Urgency.UNVERIFIED, "alleged", sort, fact.occurred, said)

    def _warning(self, warning: Warn) -> Need:
        of = self._of_instrument if warning.rule == 33 else self._of_waiver
        said = f"rule {warning.rule}"
        return of(warning.about, Urgency.WARNING, said, warning.on.toordinal(), warning.on, warning.text)
