"""What needs a person, most urgent first, and the dates to come.

The database narrows to the groups in which something may be open on a day (a payment overdue, a waiver near its end,
something alleged, a paper that does not bind); the rules then say what really is. Groups are judged a chunk at a time,
the nearest dates first, so that a page costs the same however large the register.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Any

from django.conf import settings
from django.db.models import Max, Min, Q, QuerySet

from agreements.models import DefaultEvent, Instrument
from alerts.letters import spoken
from alerts.models import Alert
from notes.models import Deferral, HolderAction, Payment
from waivers.dossier import Dossier, dossier
from waivers.drawings import Turn
from waivers.models import Condition, Waiver
from waivers.position.facts import DefaultEvent as EventFact
from waivers.position.facts import HolderAction as ActionFact
from waivers.position.facts import Standing
from waivers.position.rules import ONE_DAY, Line, State, Status
from waivers.position.timeline import InstrumentPosition, Position, WaiverPosition
from waivers.position.warnings import Warn, warnings
from waivers.positions import Group, groups_at
from waivers.reasons import Reasons

SOON = timedelta(days=60)
MOST_CANDIDATES = 1000
MOST_JUDGED = 12
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


def _rows(model: Any, known_at: datetime | None) -> QuerySet:
    """The standing rows of a table, as they are or as they were known."""
    rows = model.objects.known_at(known_at)
    return rows if model in (DefaultEvent, HolderAction) else rows.filter(recorded_in_error=False)


def open_groups(instruments: QuerySet | None, on: date, known_at: datetime | None = None) -> list[int]:
    """The groups in which something may be open on a day, the nearest dates first; at most `MOST_CANDIDATES`.

    `instruments`: whose; None for all.
    """
    nearest: dict[int, int] = {}

    def note(rows: QuerySet, path: str, when: Any) -> None:
        if instruments is not None:
            rows = rows.filter(**{f"{path}__in": instruments.values("pk")})
        found = rows.order_by().values_list(f"{path}__group").annotate(day=when)
        for group, day in found.order_by("-day" if isinstance(when, Max) else "day")[:MOST_CANDIDATES]:
            away = abs((day - on).days)
            nearest[group] = min(away, nearest.get(group, away))

    counts = [Standing.ALLEGED, Standing.VERIFIED]
    unpaid = _rows(Payment, known_at).filter(Q(paid=None) | Q(paid__gt=on))
    note(unpaid.filter(due__lte=on), "instrument", Max("due"))
    events = _rows(DefaultEvent, known_at).filter(Q(cured=None) | Q(cured__gt=on), occurred__lte=on, status__in=counts)
    note(events, "clause__instrument", Max("occurred"))
    acts = _rows(HolderAction, known_at).filter(occurred__lte=on, status__in=counts)
    undone = Q(annulled__lte=on) | Q(withdrawn__lte=on)
    lasting = Q(kind="acceleration_declared") & ~undone
    note(acts.filter(lasting | Q(status=Standing.ALLEGED)), "instrument", Max("occurred"))
    waivers = _rows(Waiver, known_at)
    # Whatever lasts may be warned of (rules 30 to 32), however far its end.
    note(waivers.filter(until_date__gte=on), "instrument", Min("until_date"))
    note(waivers.filter(until_date=None, extends__isnull=False), "instrument", Max("effective_from"))
    begun = waivers.filter(Q(until_date=None) | Q(until_date__gte=on), effective_from__lte=on)
    unmet = _rows(Condition, known_at).filter(Q(satisfied=None) | Q(satisfied__gt=on)).values("waiver_id")
    loose = Q(executed=None) | Q(executed__gt=on) | Q(id__in=unmet)
    note(begun.filter(loose), "instrument", Max("effective_from"))
    return sorted(nearest, key=lambda group: (nearest[group], group))[:MOST_CANDIDATES]


def needs_of(
    groups: Iterable[int], on: date, *, today: date, known_at: datetime | None, seen: frozenset[str]
) -> list[Need]:
    """What needs a person in some groups as of a day. `seen`: the instruments that the reader may open."""
    numbers = list(groups)
    found = list(groups_at(numbers, today=today, known_at=known_at))
    papers = dossier(numbers, known_at, seen)
    finder = _Finder(papers, Reasons(found, papers, on), _unacknowledged(papers), on)
    needs = [need for group in found for need in finder.of(group) if need.instrument in seen]
    return sorted(needs, key=lambda need: (need.urgency, need.sort, need.ref))


def _unacknowledged(papers: Dossier) -> dict[str, int]:
    """An alert that a waiver ended and that nobody has acknowledged, by the waiver."""
    about = [f"waiver:{ref}" for ref in papers.waivers]
    rows = Alert.objects.filter(about__in=about, kind__in=ENDED).values_list("about", "id", "acknowledged_at")
    taken = {about for about, _, at in rows if at is not None}
    return {about.removeprefix("waiver:"): number for about, number, at in rows if at is None and about not in taken}


@dataclass(frozen=True, slots=True)
class _Finder:
    """Finds what needs a person in one group after the other. `alerts`: as `_unacknowledged` gives them."""

    papers: Dossier
    reasons: Reasons
    alerts: dict[str, int]
    on: date

    def of(self, group: Group) -> Iterator[Need]:
        position = group.timeline.position(self.on)
        for item in position.instruments:
            yield from self._instrument(group, item)
        for paper in position.waivers:
            yield from self._waiver(position, paper)
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

    def _waiver(self, position: Position, paper: WaiverPosition) -> Iterator[Need]:
        if paper.end is not None and paper.ref in self.alerts:
            said, on = self.reasons.ending(paper.end), paper.end.ended_on
            said = f"{said[0].upper()}{said[1:]}."
            yield self._of_waiver(paper.ref, Urgency.ENDED, paper.status, -on.toordinal(), on, said)
        last, live = paper.last_day, paper.status in (Status.IN_FORCE, Status.PENDING)
        if live and last is not None and self.on <= last <= self.on + SOON:
            held = sum(line.waiver == paper.ref for item in position.instruments for line in item.lines)
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


def turns_ahead(
    instruments: QuerySet | None,
    first: date,
    last: date,
    *,
    today: date,
    known_at: datetime | None = None,
    most: int = 2000,
) -> list[Turn]:
    """The dates of a stretch of days that the papers name: first and last days, payments due, maturities, acts.

    They are read from the facts themselves, so that a whole desk's months cost a few range scans; where more than
    `most` of one kind fall into the stretch, the earliest are given. Whether a waiver still runs on its last day is for
    the rules to say: they are asked for the first `MOST_JUDGED` groups, beyond which a last day is one by its words.
    """

    def mine(model: Any, path: str = "instrument", **bounds: Any) -> QuerySet:
        rows = _rows(model, known_at).filter(**bounds)
        if model is not Instrument:
            rows = rows.filter(**{f"{path}__recorded_in_error": False})
        return rows if instruments is None else rows.filter(**{f"{path}__in": instruments.values("pk")})

    span = (first, last)
    turns: list[Turn] = []
    ending = mine(Waiver, executed__isnull=False, until_date__range=(first, last + ONE_DAY))
    columns = ("ref", "until_date", "until_inclusive", "instrument__ref", "instrument__group")
    rows = list(ending.order_by("until_date", "ref").values_list(*columns)[:most])
    judged = list(dict.fromkeys(group for *_, group in rows))[:MOST_JUDGED]
    ended = _ended(judged, today, known_at)
    for ref, until, inclusive, instrument, group in rows:
        on = until if inclusive else until - ONE_DAY
        if first <= on <= last and ended.get(ref, on) >= on:
            words = f"last day of {ref}" if group in judged else f"last day of {ref}, by its words"
            turns.append(Turn(on, words, True, ref, instrument, "waiver"))
    begun = mine(Waiver, executed__isnull=False, effective_from__range=span).order_by("effective_from", "ref")
    for ref, on, instrument in begun.values_list("ref", "effective_from", "instrument__ref")[:most]:
        turns.append(Turn(on, f"{ref} begins", False, ref, instrument, "waiver"))
    moved: dict[int, tuple[date, date]] = {}
    deferrals = mine(Deferral, "payment__instrument", to__gte=first)
    for pk, effective, to in deferrals.order_by("to").values_list("payment_id", "effective", "to")[:most]:
        moved[pk] = max((effective, to), moved.get(pk, (date.min, date.min)))
    due = mine(Payment, paid=None, due__range=span).order_by("due", "id")
    later = mine(Payment, paid=None, id__in=list(moved)[:900])
    for pk, kind, on, instrument in due.values_list("id", "kind", "due", "instrument__ref")[:most]:
        if pk not in moved:
            turns.append(Turn(on, f"{kind} of {instrument} falls due", False, instrument, instrument, "payment"))
    for pk, kind, instrument in later.values_list("id", "kind", "instrument__ref"):
        if first <= moved[pk][1] <= last:
            words = f"{kind} of {instrument} falls due (deferred)"
            turns.append(Turn(moved[pk][1], words, False, instrument, instrument, "payment"))
    for ref, on in mine(Instrument, "id", stated_maturity__range=span).values_list("ref", "stated_maturity")[:most]:
        turns.append(Turn(on, f"{ref} matures", False, ref, ref, "maturity"))
    acts = mine(HolderAction, occurred__range=span).exclude(status=Standing.RECORDED_IN_ERROR)
    for kind, by, on, instrument in acts.values_list("kind", "by", "occurred", "instrument__ref")[:most]:
        words = f"{kind.replace('_', ' ')} by the {by}, {instrument}"
        turns.append(Turn(on, words, True, instrument, instrument, "act"))
    return sorted(turns, key=lambda turn: (turn.on, not turn.urgent, turn.words))


def _ended(groups: list[int], today: date, known_at: datetime | None) -> dict[str, date]:
    """The waivers of some groups that ended before their time, with the day."""
    ends: dict[str, date] = {}
    for group in groups_at(groups, today=today, known_at=known_at):
        days = group.timeline.days
        ends |= {ref: end.ended_on for ref, end in (days[-1].ends if days else {}).items()}
    return ends
