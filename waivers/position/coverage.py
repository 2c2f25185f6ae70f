"""Which creditors hold back which missed payments, and for how long: debt x payment date x creditor.

A payment that is not due yet, or not yet missed, is looked at as if it were missed on its day (rule 29): what would
hold it back then?
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from waivers.position.facts import Facts, Payment, Root, RootKind, WaiverKind
from waivers.position.rules import (
    FOR_EVER,
    ONE_DAY,
    Casefile,
    Line,
    due_on,
    in_its_time,
    is_missed,
    last_day,
    open_casefile,
)
from waivers.position.timeline import Timeline, timeline
from waivers.position.warnings import DAYS_AFTER_THE_LAST

AHEAD = timedelta(days=92)


class Cover(StrEnum):
    """How one instrument's creditor stands to one payment."""

    COVERED = "covered"
    OVERLAP = "overlap"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Cell:
    """`since`: the day on which the payment first puts this creditor's instrument into default, from the day asked on.

    `waivers`: those that hold it back then; `through`: the last day on which one does, each taking over from the one
    before (rule 27), None where one has no end. `ends_before`: a day, at most a week after `through`, on which more of
    the debt falls due.
    """

    cover: Cover
    since: date
    waivers: tuple[str, ...]
    through: date | None
    ends_before: date | None


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One payment. `cells` by the instrument whose creditor is asked; what is absent is not dragged down by it."""

    payment: Payment
    due: date
    missed: bool
    cells: dict[str, Cell]


def coverage(facts: Facts, on: date, *, today: date | None) -> list[CoverageRow]:
    """The payments that matter as of a date, by debt and due date.

    They are those that are missed on that day, and the unpaid ones that fall due up to three months after it or are
    named in the scope of a waiver in its time. A creditor whose clause waits, for a grace or for the end of a waiver of
    the debt itself, is asked about the day on which its turn comes, if nothing else happens.
    """
    case = open_casefile(facts)
    asked = [payment for payment in facts.payments if _matters(case, payment, on)]
    feared = timeline(facts, today=today, missed=frozenset((payment.instrument, payment.ref) for payment in asked))
    rows = []
    for payment in asked:
        due = due_on(payment, on)
        root = Root(RootKind.MISSED_PAYMENT, payment.ref, payment.instrument)
        cells = {line.instrument: _cell(feared, line, day) for day, line in _first_touched(feared, root, max(due, on))}
        rows.append(CoverageRow(payment, due, is_missed(payment, on), cells))
    return sorted(rows, key=lambda row: (row.payment.instrument, row.due, row.payment.ref))


def _first_touched(feared: Timeline, root: Root, from_: date) -> Iterator[tuple[date, Line]]:
    """A line of each instrument that the root cause ever puts into default from a day on, with its first day then."""
    touched: set[str] = set()
    for on in [from_, *(day.on for day in feared.days if day.on > from_)]:
        for line in feared.day(on).lines.values():
            if line.root == root and line.instrument not in touched:
                touched.add(line.instrument)
                yield on, line


def _matters(case: Casefile, payment: Payment, on: date) -> bool:
    if payment.paid is not None and payment.paid <= on:
        return False
    due = due_on(payment, on)
    if due <= on + AHEAD:
        return True
    root = Root(RootKind.MISSED_PAYMENT, payment.ref, payment.instrument)
    return any(in_its_time(waiver, on) and case.covers(waiver, root) for waiver in case.facts.waivers)


def _cell(feared: Timeline, line: Line, day: date) -> Cell:
    case, ends = feared.case, feared.day(day).ends
    holding = [
        waiver
        for waiver in case.waivers_of.get(line.instrument, ())
        if in_its_time(waiver, day) and waiver.ref not in ends and case.covers(waiver, line.root)
    ]
    if not holding:
        return Cell(Cover.GAP, day, (), None, None)
    waived = any(waiver.kind is WaiverKind.WAIVER for waiver in holding)
    last = max(last_day(waiver) or FOR_EVER for waiver in holding)
    through = feared.line_waived_through(line, day) if waived else last if last < FOR_EVER else None
    more = [
        due_on(payment, day)
        for payment in case.facts.payments
        if payment.instrument == line.root.instrument
        and payment.ref != line.root.ref
        and (payment.paid is None or payment.paid > day)
    ]
    within = DAYS_AFTER_THE_LAST * ONE_DAY
    ends_before = min((due for due in more if through is not None and through <= due <= through + within), default=None)
    cover = Cover.OVERLAP if len(holding) > 1 else Cover.COVERED
    return Cell(cover, day, tuple(sorted(waiver.ref for waiver in holding)), through, ends_before)
