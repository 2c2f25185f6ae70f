"""What needs a person, most urgent first, and the dates to come.

The database narrows to the groups in which something may be open on a day (a payment overdue, a waiver near its end,
something alleged, a paper that does not bind); the rules then say what really is. Groups are judged a chunk at a time,
the nearest dates first, so that a page costs the same however large the register.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
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
from waivers.models import Waiver
from waivers.position.facts import Standing
from waivers.position.rules import ONE_DAY, Line, State, Status
from waivers.position.warnings import warnings
from waivers.positions import Group, groups_at
from waivers.reasons import Reasons

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


def open_groups(instruments: QuerySet | None, on: date) -> list[int]:
    """The groups in which something may be open on a day, the nearest dates first; at most `MOST_CANDIDATES`.

    `instruments`: whose; None for all. The narrowing reads what the register knows now.
    """
    nearest: dict[int, int] = {}

    def note(rows: QuerySet, path: str, when: Any) -> None:
        if instruments is not None:
            rows = rows.filter(**{f"{path}in": instruments.values("pk")})
        found = rows.values_list(f"{path.removesuffix('__')}__group").annotate(day=when)
        for group, day in found.order_by("-day" if isinstance(when, Max) else "day")[:MOST_CANDIDATES]:
            away = abs((day - on).days)
            nearest[group] = min(away, nearest.get(group, away))

    counts = [Standing.ALLEGED, Standing.VERIFIED]
    unpaid = Payment.objects.standing().filter(Q(paid=None) | Q(paid__gt=on))
    note(unpaid.filter(due__lte=on), "instrument__", Max("due"))
    standing = DefaultEvent.objects.filter(Q(cured=None) | Q(cured__gt=on), occurred__lte=on, status__in=counts)
    note(standing, "clause__instrument__", Max("occurred"))
    acts = HolderAction.objects.filter(occurred__lte=on, status__in=counts)
    lasting = Q(kind="acceleration_declared", annulled=None, withdrawn=None)
    note(acts.filter(lasting | Q(status=Standing.ALLEGED)), "instrument__", Max("occurred"))
    waivers = Waiver.objects.standing()
    note(waivers.filter(until_date__range=(on, on + SOON + ONE_DAY)), "instrument__", Min("until_date"))
    loose = Q(executed=None) | Q(conditions__satisfied=None, conditions__recorded_in_error=False)
    begun = waivers.filter(loose, Q(until_date=None) | Q(until_date__gte=on), effective_from__lte=on)
    note(begun.exclude(Q(executed__isnull=False) & Q(conditions=None)), "instrument__", Max("effective_from"))
    return sorted(nearest, key=lambda group: (nearest[group], group))[:MOST_CANDIDATES]


def needs_of(groups: Iterable[int], on: date, *, today: date, known_at: Any, seen: frozenset[str]) -> list[Need]:
    """What needs a person in some groups as of a day. `seen`: the instruments that the reader may open."""
    numbers = list(groups)
    found = list(groups_at(numbers, today=today, known_at=known_at))
    papers = dossier(numbers, known_at)
    reasons = Reasons(found, papers, on, seen)
    alerts = _unacknowledged(papers)
    needs = [need for group in found for need in _of_group(group, papers, reasons, alerts, on, seen)]
    return sorted(needs, key=lambda need: (need.urgency, need.sort, need.ref))


def _unacknowledged(papers: Dossier) -> dict[str, int]:
    """An alert that a waiver ended and that nobody has acknowledged, by the waiver."""
    about = [f"waiver:{ref}" for ref in papers.waivers]
    rows = Alert.objects.filter(about__in=about, kind__in=ENDED).values_list("about", "id", "acknowledged_at")
    taken = {about for about, _, at in rows if at is not None}
    return {about.removeprefix("waiver:"): number for about, number, at in rows if at is None and about not in taken}


def _of_group(
    group: Group, papers: Dossier, reasons: Reasons, alerts: dict[str, int], on: date, seen: frozenset[str]
) -> Iterator[Need]:
    line = group.timeline
    position = line.position(on)
    obligors = {ref: _borrower(papers, ref) for ref in line.case.instruments}
    for item in position.instruments:
        if item.ref not in seen:
            continue
        title, borrower = papers.title(item.ref), obligors[item.ref]
        causes = "; ".join(
            dict.fromkeys(_cause(reasons, found, item.ref) for found in item.lines if not found.waiver)
        )
        if item.state is State.EVENT_OF_DEFAULT:
            begun = line.standing_since(item.ref, State.EVENT_OF_DEFAULT, on) or on
            sentence = f"Since {spoken(begun)}: {causes}."
            yield Need(
                Urgency.EVENT_OF_DEFAULT, -begun.toordinal(), item.state, title, sentence, begun, "instrument", item.ref,
                borrower, item.ref,
            )  # fmt: skip
        if item.state is State.DEFAULT:
            ends = min(found.event_of_default_on for found in item.lines if found.state is State.DEFAULT)
            sentence = f"An event of default from {spoken(ends)}, unless it is cured: {causes}."
            yield Need(
                Urgency.GRACE, ends.toordinal(), item.state, title, sentence, ends, "instrument", item.ref, borrower,
                item.ref,
            )  # fmt: skip
    for found in position.waivers:
        record = papers.waivers[found.ref]
        if record.instrument not in seen:
            continue
        borrower = obligors[record.instrument]
        name = f"{record.row.title}, {papers.title(record.instrument)}"
        if found.end is not None and found.ref in alerts:
            sentence = f"{reasons.ending(found.end).capitalize()}."
            yield Need(
                Urgency.ENDED, -found.end.ended_on.toordinal(), found.status, name, sentence, found.end.ended_on,
                "waiver", found.ref, borrower, record.instrument, alerts[found.ref],
            )  # fmt: skip
        elif found.status in (Status.IN_FORCE, Status.PENDING) and found.last_day and on <= found.last_day <= on + SOON:
            sentence = f"Its last day is {spoken(found.last_day)}. {_held(found.ref, position)}"
            yield Need(
                Urgency.ENDING, found.last_day.toordinal(), found.status, name, sentence, found.last_day, "waiver",
                found.ref, borrower, record.instrument,
            )  # fmt: skip
    for fact in [*line.case.facts.holder_actions, *line.case.facts.default_events]:
        if fact.standing is Standing.ALLEGED and fact.occurred <= on and fact.instrument in seen:
            what = getattr(fact, "kind", None) or fact.event_kind  # type: ignore[union-attr]
            by = f" by the {fact.by}" if hasattr(fact, "by") else ""
            sentence = f"{what.replace('_', ' ').capitalize()}{by}, {spoken(fact.occurred)}. It counts until disputed."
            yield Need(
                Urgency.UNVERIFIED, -fact.occurred.toordinal(), "alleged", papers.title(fact.instrument), sentence,
                fact.occurred, "instrument", fact.instrument, obligors[fact.instrument], fact.instrument,
            )  # fmt: skip
    for warning in warnings(line, on, unwaived_days=settings.UNWAIVED_DAYS):
        about = papers.waivers.get(warning.about) if warning.rule != 33 else None
        instrument = about.instrument if about else warning.about
        if instrument in seen:
            title = about.row.title if about else papers.title(instrument)
            yield Need(
                Urgency.WARNING, warning.on.toordinal(), f"rule {warning.rule}", title, warning.text, warning.on,
                "waiver" if about else "instrument", warning.about, obligors[instrument], instrument,
            )  # fmt: skip


def _cause(reasons: Reasons, line: Line, instrument: str) -> str:
    root = reasons.root(line.root)
    of = "" if line.root.instrument == instrument else f" under {root.debt}"
    return f"{root.short[0].lower()}{root.short[1:]}{of}"


def _borrower(papers: Dossier, instrument: str) -> str:
    record = papers.instruments.get(instrument)
    return "; ".join(party.name for party in record.parties("obligor")) if record else ""


def _held(waiver: str, position: Any) -> str:
    number = sum(line.waiver == waiver for item in position.instruments for line in item.lines)
    if not number:
        return "It holds nothing back on this day."
    return f"It holds back {number} default line{'s' * (number > 1)}."


def turns_ahead(instruments: QuerySet | None, first: date, last: date, *, most: int = 2000) -> list[Turn]:
    """The dates of a stretch of days that the papers name: last days, first days, payments that fall due, maturities.

    They are read from the facts themselves, so that a whole desk's months cost a few range scans. Where more than
    `most` of one kind fall into the stretch, the earliest are given.
    """

    def mine(rows: QuerySet, path: str = "instrument__") -> QuerySet:
        return rows if instruments is None else rows.filter(**{f"{path}in": instruments.values("pk")})

    turns: list[Turn] = []
    waivers = mine(Waiver.objects.standing().filter(executed__isnull=False))
    ending = waivers.filter(until_date__range=(first, last + ONE_DAY)).order_by("until_date", "ref")
    for ref, until, inclusive, instrument in ending.values_list(
        "ref", "until_date", "until_inclusive", "instrument__ref"
    )[:most]:
        on = until if inclusive else until - ONE_DAY
        if first <= on <= last:
            turns.append(Turn(on, f"last day of {ref}", True, ref, instrument, "waiver"))
    begun = waivers.filter(effective_from__range=(first, last)).order_by("effective_from", "ref")
    for ref, on, instrument in begun.values_list("ref", "effective_from", "instrument__ref")[:most]:
        turns.append(Turn(on, f"{ref} begins", False, ref, instrument, "waiver"))
    payments = mine(Payment.objects.standing().filter(paid=None))
    moved = mine(Deferral.objects.standing().filter(to__range=(first, last)), "payment__instrument__")
    later = defaultdict(list)
    for pk, to, effective in moved.values_list("payment_id", "to", "effective"):
        later[pk].append((effective, to))
    due = payments.filter(due__range=(first, last)).exclude(deferrals__recorded_in_error=False)
    columns = ("id", "kind", "due", "instrument__ref")
    for _, kind, on, instrument in due.order_by("due", "id").values_list(*columns)[:most]:
        turns.append(Turn(on, f"{kind} of {instrument} falls due", False, instrument, instrument, "payment"))
    for pk, kind, _, instrument in payments.filter(pk__in=list(later)[:900]).values_list(*columns):
        turns.append(
            Turn(
                max(later[pk])[1],
                f"{kind} of {instrument} falls due (deferred)",
                False,
                instrument,
                instrument,
                "payment",
            )
        )
    maturing = Instrument.objects.standing().filter(stated_maturity__range=(first, last))
    if instruments is not None:
        maturing = maturing.filter(pk__in=instruments.values("pk"))
    for ref, on in maturing.order_by("stated_maturity", "ref").values_list("ref", "stated_maturity")[:most]:
        turns.append(Turn(on, f"{ref} matures", False, ref, ref, "maturity"))
    acts = mine(HolderAction.objects.exclude(status=Standing.RECORDED_IN_ERROR).filter(occurred__range=(first, last)))
    for kind, by, on, instrument in acts.values_list("kind", "by", "occurred", "instrument__ref")[:most]:
        words = f"{kind.replace('_', ' ')} by the {by}, {instrument}"
        turns.append(Turn(on, words, True, instrument, instrument, "act"))
    return sorted(turns, key=lambda turn: (turn.on, not turn.urgent, turn.words))
