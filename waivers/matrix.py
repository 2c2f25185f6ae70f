"""A position as instruments by root causes, each cell with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count

from waivers.dossier import Dossier
from waivers.position.facts import Root
from waivers.position.rules import Line, State
from waivers.positions import Answer
from waivers.reasons import Reason, Reasons, RootWords

MOST_ROOTS = 8  # columns before the rest is asked for


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """An instrument with its state, and for each root cause shown the reasons of its lines (none where it has none)."""

    ref: str
    title: str
    state: State
    through: date | None
    principal: Decimal | None
    currency: str
    cells: list[list[Reason]]
    lines: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """Instruments by root causes. `more`: how many root causes are not shown."""

    roots: list[RootWords]
    rows: list[MatrixRow]
    more: int

    @property
    def reasons(self) -> list[tuple[str, Reason]]:
        """Every reason with the title of its instrument, in the order of their numbers."""
        return [(row.title, reason) for row in self.rows for cell in row.cells for reason in cell]


def matrix(found: Answer, reasons: Reasons, papers: Dossier, *, most: int | None = MOST_ROOTS) -> Matrix:
    """The position as instrument x root cause; the worst root causes first, at most `most` of them."""
    worst: dict[Root, int] = {}
    for item in found.instruments:
        for line in item.lines:
            worst[line.root] = max(worst.get(line.root, 0), line.state.severity)
    ordered = sorted(worst, key=lambda root: (-worst[root], root.instrument, root.ref))
    shown = ordered[:most]
    numbers = count(1)
    rows = []
    for item in found.instruments:
        by_root: dict[Root, list[Line]] = {}
        for line in sorted(item.lines, key=lambda line: (-line.state.severity, line.clause)):
            by_root.setdefault(line.root, []).append(line)
        record = papers.instruments.get(item.ref)
        rows.append(
            MatrixRow(
                item.ref,
                papers.title(item.ref),
                item.state,
                item.waived_through,
                record.row.principal_outstanding if record else None,
                record.row.currency if record else "",
                [[reasons.reason(line, next(numbers)) for line in by_root.get(root, ())] for root in shown],
                len(item.lines),
            )
        )
    return Matrix([reasons.root(root) for root in shown], rows, len(ordered) - len(shown))
