"""Which creditors hold back which missed payments, and for how long: debt x payment date x creditor.

A payment that is not due yet, or not yet missed, is looked at as if it were missed on its day (rule 29): what would
hold it back then?
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from waivers.position.facts import Facts, Payment, Root, RootKind
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
    """`waivers`: those that hold it back; `through`: the last day on which one does, None where one has no end.

    `ends_before`: a day, at most a week after `through`, on which more of the debt falls due.
    """

    cover: Cover
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
    named in the scope of a waiver in its time.
    """
    case = open_casefile(facts)
    asked = [payment for payment in facts.payments if _matters(case, payment, on)]
    feared = timeline(facts, today=today, missed=frozenset((payment.instrument, payment.ref) for payment in asked))
    rows = []
    for payment in asked:
        due = due_on(payment, on)
        day = max(due, on)
        root = Root(RootKind.MISSED_PAYMENT, payment.ref, payment.instrument)
        found = [line for line in feared.day(day).lines.values() if line.root == root]
        cells: dict[str, Cell] = {}
        for line in sorted(found, key=lambda line: (line.state.severity, line.clause)):
            cells[line.instrument] = _cell(feared, line, day)  # the worst of an instrument's clauses stands
        rows.append(CoverageRow(payment, due, is_missed(payment, on), cells))
    return sorted(rows, key=lambda row: (row.payment.instrument, row.due, row.payment.ref))


def _matters(case: Casefile, payment: Payment, on: date) -> bool:
    if payment.paid is not None and payment.paid <= on:
        return False
    due = due_on(payment, on)
    if due <= on + AHEAD:
        return True
    root = Root(RootKind.MISSED_PAYMENT, payment.ref, payment.instrument)
    return any(in_its_time(waiver, on) and case.covers(waiver, root) for waiver in case.facts.waivers)


def _cell(line: Timeline, found: Line, day: date) -> Cell:
    case, ends = line.case, line.day(day).ends
    holding = [
        waiver
        for waiver in case.waivers_of.get(found.instrument, ())
        if in_its_time(waiver, day) and waiver.ref not in ends and case.covers(waiver, found.root)
    ]
    if not holding:
        return Cell(Cover.GAP, (), None, None)
    last = max(last_day(waiver) or FOR_EVER for waiver in holding)
    cover = Cover.OVERLAP if len(holding) > 1 else Cover.COVERED
    through = last if last < FOR_EVER else None
    due_after = [
        due_on(payment, day)
        for payment in case.facts.payments
        if payment.instrument == found.root.instrument
        and (payment.paid is None or payment.paid > day)
        and through is not None
        and through <= due_on(payment, day) <= through + DAYS_AFTER_THE_LAST * ONE_DAY
    ]
    refs = tuple(sorted(waiver.ref for waiver in holding))
    return Cell(cover, refs, through, min(due_after, default=None))
