"""Where the marks of a drawing go: a borrower's timeline, the web of its cross-defaults, the strip of dates to come.

Geometry only: shapes with places and words, which templates write as SVG. Units are those of the view box.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from alerts.letters import spoken
from waivers.dossier import Dossier
from waivers.position.facts import Clause, ClauseKind
from waivers.position.rules import FOR_EVER, ONE_DAY, PASSED_ON, Line, State, Status, first_day, last_day, worst
from waivers.position.timeline import Timeline
from waivers.positions import Group
from waivers.turns import Turn

WIDTH = 1200
LEFT, RIGHT = 16, 1184
LONGEST_LABEL = 7.2  # units a letter
LANE = 21


@dataclass(frozen=True, slots=True)
class Scale:
    """Days to units, from `first` to `last`."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return max((self.last - self.first).days, 1)

    def x(self, on: date) -> float:
        inside = min(max(on, self.first), self.last)
        return round(LEFT + (RIGHT - LEFT) * (inside - self.first).days / self.days, 1)

    def holds(self, on: date) -> bool:
        return self.first <= on <= self.last


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of days with one state. `end` is its last day; `words` say all of it; `label` is what fits into it."""

    x: float
    width: float
    state: State
    words: str
    label: str
    start: date
    end: date
    held_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A payment, a deferral, an action or an event."""

    x: float
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class WaiverBar:
    """The days for which a waiver was to run, `ended` where it ended before its time."""

    ref: str
    x: float
    width: float
    y: float
    words: str
    label: str
    label_x: float
    label_anchor: str
    over: bool
    ended_x: float | None


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """An instrument: `y` of its label, its segments, marks and waivers, and where it ends."""

    ref: str
    title: str
    y: float
    bar_y: float
    segments: list[Segment]
    marks: list[Mark]
    bars: list[WaiverBar]
    bottom: float


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True, slots=True)
class TimelineDrawing:
    """A borrower's life between two days."""

    scale: Scale
    height: float
    rows: list[TimelineRow]
    ticks: list[Tick]
    as_of_x: float
    today_x: float | None
    width: int = WIDTH
    left: int = LEFT
    right: int = RIGHT


SPANS = {"quarter": 45, "year": 183, "three-years": 548}
DEFAULT_SPAN = "year"


def window(timelines: Iterable[Timeline], on: date, span: str) -> Scale:
    """The days to draw: around the date, or the whole life where that is asked for or is short and holds the date."""
    turns = sorted({day for line in timelines for day in line.critical_dates})
    margin = timedelta(days=21)
    if turns:
        life = Scale(min(turns[0], on) - margin, max(turns[-1], on) + margin)
        if span == "life" or (span not in SPANS and life.days <= 2 * SPANS[DEFAULT_SPAN]):
            return life
    half = timedelta(days=SPANS.get(span, SPANS[DEFAULT_SPAN]))
    return Scale(on - half, on + half)


def draw_timeline(
    groups: Iterable[Group], papers: Dossier, own: Iterable[str], on: date, today: date, span: str = ""
) -> TimelineDrawing:
    """The instruments in `own`, one row each, by ref."""
    groups = list(groups)
    scale = window([group.timeline for group in groups], on, span)
    rows: list[TimelineRow] = []
    y = 46.0
    for ref in sorted(own):
        line = next((group.timeline for group in groups if ref in group.timeline.case.instruments), None)
        if line is not None:
            rows.append(_row(line, papers, ref, scale, y, on))
            y = rows[-1].bottom + 20
    return TimelineDrawing(
        scale=scale,
        height=y + 16,
        rows=rows,
        ticks=list(_ticks(scale)),
        as_of_x=scale.x(on),
        today_x=scale.x(today) if scale.holds(today) else None,
    )


def _ticks(scale: Scale) -> Iterator[Tick]:
    """The first days of months, as many as fit."""
    months = (scale.last.year - scale.first.year) * 12 + scale.last.month - scale.first.month + 1
    step = next((step for step in (1, 2, 3, 6, 12, 24, 60) if months / step <= 14), 120)
    for number in range(scale.first.year * 12, scale.last.year * 12 + 12, step):
        on = date(number // 12, number % 12 + 1, 1)
        if scale.holds(on):
            yield Tick(scale.x(on), f"{on:%b %Y}" if step < 12 else f"{on.year}")


def _row(line: Timeline, papers: Dossier, ref: str, scale: Scale, y: float, on: date) -> TimelineRow:
    bar_y = y + 8
    segments = list(segments_of(line, ref, scale))
    bars, lanes = _bars(line, papers, ref, scale, bar_y + 24, on)
    return TimelineRow(
        ref, papers.title(ref), y, bar_y, segments, list(_marks(line, ref, scale)), bars, bar_y + 26 + LANE * lanes
    )


def segments_of(line: Timeline, ref: str, scale: Scale) -> Iterator[Segment]:
    """The instrument's states, one run after the other, within the days drawn."""
    start, state = scale.first, State.CLEAR
    held: tuple[str, ...] = ()
    runs: list[tuple[date, State, tuple[str, ...]]] = []
    for day in line.days:
        lines = [found for found in day.lines.values() if found.instrument == ref]
        now = worst(lines), tuple(sorted({found.waiver for found in lines if found.waiver}))
        if day.on <= scale.first:
            state, held = now
            continue
        if day.on > scale.last:
            break
        if now != (state, held):
            runs.append((start, state, held))
            start, (state, held) = day.on, now
    runs.append((start, state, held))
    for place, (begins, found, by) in enumerate(runs):
        end = runs[place + 1][0] - ONE_DAY if place + 1 < len(runs) else scale.last
        x, width = scale.x(begins), scale.x(end + ONE_DAY) - scale.x(begins)
        said = str(found).replace("_", " ")
        by_words = f", held back by {', '.join(by)}" if by else ""
        words = f"{said} from {spoken(begins)} through {spoken(end)}{by_words}"
        label = said if len(said) * LONGEST_LABEL < width - 6 else ""
        yield Segment(x, max(width, 1.5), found, words, label, begins, end, by)


def _marks(line: Timeline, ref: str, scale: Scale) -> Iterator[Mark]:
    facts = line.case.facts
    for payment in facts.payments:
        if payment.instrument != ref:
            continue
        moved = {deferral.to for deferral in payment.deferrals}
        for due in sorted({payment.due, *moved}):
            if scale.holds(due):
                paid = f", paid {spoken(payment.paid)}" if payment.paid else ""
                what = "deferred to" if due in moved and due != payment.due else "due"
                words = f"{payment.kind} {payment.ref} {what} {spoken(due)}{paid}"
                yield Mark(scale.x(due), "paid" if payment.paid else "payment", words)
        for deferral in payment.deferrals:
            if scale.holds(deferral.effective):
                words = f"{payment.ref} deferred on {spoken(deferral.effective)} to {spoken(deferral.to)}"
                yield Mark(scale.x(deferral.effective), "deferral", words)
    for action in facts.holder_actions:
        if action.instrument == ref and scale.holds(action.occurred):
            kind = action.kind.replace("_", " ")
            words = f"{kind} by the {action.by} on {spoken(action.occurred)} ({action.standing.replace('_', ' ')})"
            yield Mark(scale.x(action.occurred), "act", words)
    for event in facts.default_events:
        if event.instrument == ref and scale.holds(event.occurred):
            words = (
                f"{event.event_kind.replace('_', ' ')} on {spoken(event.occurred)} ({event.standing.replace('_', ' ')})"
            )
            yield Mark(scale.x(event.occurred), "act", words)


def _bars(line: Timeline, papers: Dossier, ref: str, scale: Scale, y: float, on: date) -> tuple[list[WaiverBar], int]:
    """Waivers under the instrument, each in the first lane that is free."""
    bars: list[WaiverBar] = []
    free: list[float] = []
    standing = {found.ref: found for found in line.position(on).waivers}
    for waiver in sorted(line.case.waivers_of.get(ref, ()), key=lambda found: (found.effective_from, found.ref)):
        begins, last = first_day(waiver) or waiver.effective_from, last_day(waiver) or FOR_EVER
        if begins > scale.last or last < scale.first:
            continue
        x, end_x = scale.x(begins), scale.x(min(last, scale.last - ONE_DAY) + ONE_DAY)
        end = line.day(on).ends.get(waiver.ref)
        through = f"through {spoken(last)}" if last < FOR_EVER else "no end stated"
        status = standing[waiver.ref].status
        words = f"{waiver.ref}: from {spoken(begins)} {through}; {status.replace('_', ' ')}"
        label, room = _fitting(waiver.ref, through, end_x - x)
        inside = bool(label)
        label = label or f"{waiver.ref}, {through}"
        after = inside or end_x + room <= RIGHT
        label_x, anchor = (x + 7, "start") if inside else (end_x + 6, "start") if after else (x - 6, "end")
        reach = end_x if inside or not after else end_x + room
        begins_at = x if after else x - room
        lane = next((number for number, taken in enumerate(free) if taken <= begins_at), len(free))
        free[lane : lane + 1] = [reach + 6]
        over = status in (Status.DRAFT, Status.EXPIRED, Status.RESCINDED, Status.TERMINATED)
        ended_x = scale.x(end.ended_on) if end and scale.holds(end.ended_on) else None
        place = (x, max(end_x - x, 2), y + LANE * lane)
        bars.append(WaiverBar(waiver.ref, *place, words, label, label_x, anchor, over, ended_x))
    return bars, len(free)


def _fitting(ref: str, through: str, width: float) -> tuple[str, float]:
    """The longest label that fits into a bar, "" if none does, and the room that the whole one takes."""
    whole = f"{ref}, {through}"
    fits = (label for label in (whole, ref) if len(label) * 6.3 + 14 <= width)
    return next(fits, ""), len(whole) * 6.3 + 12


# The web of cross-defaults


@dataclass(frozen=True, slots=True)
class Node:
    """An instrument. `by`: its clauses through which another drags it down."""

    ref: str
    title: str
    y: float
    state: State
    by: str


@dataclass(frozen=True, slots=True)
class Arc:
    """`source` drags down `target` by `clause`. `live`: a root cause passes that way today; `held`: waived there."""

    source: str
    target: str
    clause: str
    kind: str
    path: str
    head: str
    manner: str
    words: str


@dataclass(frozen=True, slots=True)
class WebDrawing:
    height: float
    nodes: list[Node]
    arcs: list[Arc]
    width: int = 640


CROSS = (ClauseKind.CROSS_PAYMENT_DEFAULT, ClauseKind.CROSS_DEFAULT, ClauseKind.CROSS_ACCELERATION)
NODE_X, NODE_STEP = 400, 58


def draw_web(groups: Iterable[Group], titles: dict[str, str], on: date) -> WebDrawing:
    """Which instrument drags down which, by which clause. `titles`: the instruments to draw, with their names."""
    groups = [group for group in groups if titles.keys() & group.timeline.case.instruments.keys()]
    place: dict[str, float] = {}
    nodes: list[Node] = []
    for group in groups:
        for item in group.timeline.position(on).instruments:
            if item.ref in titles:
                place[item.ref] = 34 + NODE_STEP * len(nodes)
                clauses = group.timeline.case.facts.clauses
                by = sorted(row.ref for row in clauses if row.instrument == item.ref and row.kind in CROSS)
                nodes.append(Node(item.ref, titles[item.ref], place[item.ref], item.state, ", ".join(by)))
    arcs: list[Arc] = []
    arriving: Counter[str] = Counter()
    for group in groups:
        case, lines = group.timeline.case, list(group.timeline.day(on).lines.values())
        for clause in sorted(case.facts.clauses, key=lambda found: (found.instrument, found.ref)):
            if clause.kind not in CROSS or clause.instrument not in place:
                continue
            for source in sorted(case.reach[clause.instrument, clause.ref]):
                if source in place:
                    arcs.append(_arc(place, clause, source, _passing(lines, clause, source), arriving))
    return WebDrawing(34 + NODE_STEP * max(len(nodes), 1), nodes, arcs)


def _passing(lines: list[Line], clause: Clause, source: str) -> list[Line]:
    """The lines under a clause whose root causes come by way of an instrument: its own, or those it passes on."""
    passed_on = {line.root for line in lines if line.instrument == source and line.state in PASSED_ON}
    own = clause.kind is not ClauseKind.CROSS_DEFAULT
    return [
        line
        for line in lines
        if (line.instrument, line.clause) == (clause.instrument, clause.ref)
        and (line.root.instrument == source if own else line.root in passed_on)
    ]


def _arc(place: dict[str, float], clause: Clause, source: str, lines: list[Line], arriving: Counter[str]) -> Arc:
    start, end = place[source], place[clause.instrument]
    manner = "" if not lines else "live" if any(line.state is not State.WAIVED for line in lines) else "held"
    steps = round(abs(end - start) / NODE_STEP)
    # Arcs that come to one instrument end a little apart, so that each can be followed.
    number = arriving[clause.instrument]
    arriving[clause.instrument] += 1
    shift = (number - 1) * 7
    bulge = 26 + 34 * steps + 6 * (number % 3)
    x = NODE_X + 9
    mid = x + bulge
    path = f"M {x} {start} C {mid} {start}, {mid} {end + shift}, {x + 6} {end + shift}"
    head = f"{x},{end + shift} {x + 9},{end + shift - 4.5} {x + 9},{end + shift + 4.5}"
    state = {"": "nothing passes now", "live": "passes a default now", "held": "passes a default, held back"}[manner]
    words = f"{source} drags down {clause.instrument} by {clause.ref} ({clause.kind.replace('_', ' ')}); {state}"
    return Arc(source, clause.instrument, clause.ref, str(clause.kind), path, head, manner, words)


# The days ahead


@dataclass(frozen=True, slots=True)
class StripDay:
    x: float
    on: date
    words: str
    urgent: bool


@dataclass(frozen=True, slots=True)
class StripDrawing:
    """The next days, one mark for each on which something turns."""

    scale: Scale
    days: list[StripDay]
    ticks: list[Tick]
    width: int = WIDTH
    left: int = LEFT
    right: int = RIGHT


def draw_strip(turns: Iterable[Turn], on: date, days: int) -> StripDrawing:
    """A strip of `days` days from a date on."""
    scale = Scale(on, on + timedelta(days=days))
    by_day: dict[date, list[Turn]] = {}
    for turn in turns:
        if scale.holds(turn.on):
            by_day.setdefault(turn.on, []).append(turn)
    drawn = [
        StripDay(
            scale.x(day),
            day,
            f"{spoken(day)}: {'; '.join(turn.words for turn in found[:6])}{' and more' if len(found) > 6 else ''}",
            any(turn.urgent for turn in found),
        )
        for day, found in sorted(by_day.items())
    ]
    return StripDrawing(scale, drawn, list(_weeks(scale)))


def _weeks(scale: Scale) -> Iterator[Tick]:
    for number in range(0, scale.days + 1, 14):
        on = scale.first + timedelta(days=number)
        yield Tick(scale.x(on), f"{on.day} {on:%b}")


def month_days(year: int, month: int) -> tuple[date, date]:
    """The Monday on or before the first of a month, and the Sunday on or after its last."""
    first, last = date(year, month, 1), date(year, month, monthrange(year, month)[1])
    return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())
