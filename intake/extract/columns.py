"""The lines of a signature page: two parties that sign side by side are read one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from intake.extract.flow import FURNITURE, PLAIN

CELL = re.compile(r"[^\s]+(?:[ \u00a0][^\s]+)*")  # words one space apart
LABEL = re.compile(r"(?:by|name|title|its|date|attest|/s/)\s*:?", re.IGNORECASE)
RULED = re.compile(r"[_\-=.]{3,}")
RUNNING_FOOT = re.compile(r"\S\s{3,}-\s?\d{1,3}\s?-\s{3,}\S")
BESIDE = 24  # the column from which on a second cell belongs to another party
NEAR = 6  # columns by which the cells of one column may be apart
LABELLED = re.compile(r"(?:by|name|title|its)\s*:|/s/", re.IGNORECASE)
WITNESSES = re.compile(r"(?:attest(?:ed)?|witness(?:es|ed)?)\s*(?:by\s*)?:?[\s_]*", re.IGNORECASE)
CAPTION = re.compile(r"[A-Z][A-Z\s()]{2,30}:")  # LENDERS:   NORWICK BANK
NARROW = 3  # spaces that part two columns


@dataclass(frozen=True, slots=True)
class Line:
    """The words of a line, or of one column of it, and where in the text they begin and end."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Cell:
    column: int
    start: int
    end: int


def lines_of(original: str, start: int, end: int) -> list[Line]:
    """All lines between two places that are no page's furniture, empty ones too; of two columns, the left one first."""
    text = original[:end].translate(PLAIN)
    rows: list[list[list[_Cell]]] = []
    row: list[list[_Cell]] = []
    labelled = False  # whether the row has signed or is to sign already
    for cells in _rows(text, start):
        here = any(LABELLED.match(text, cell.start, cell.end) for cell in cells)
        if cells and labelled and not here and not row[-1]:
            rows.append(row)  # after an empty line, without a label: the next signatures
            row, labelled = [], False
        row.append(cells)
        labelled = labelled or here
    found: list[Line] = []
    for together in _in_one_column([*rows, row]):
        found += _unfolded(together, text)
    return found


def _in_one_column(rows: list[list[list[_Cell]]]) -> Iterator[list[list[_Cell]]]:
    """Rows of signatures below each other, put together where their second columns are one: captions hold for all."""
    together: list[list[_Cell]] = []
    edge = 0
    for row in rows:
        here = _edge(row)
        if together and not (here and edge and abs(here - edge) <= NEAR):
            yield together
            together = []
        together, edge = [*together, *row], here
    yield together


def _edge(row: list[list[_Cell]]) -> int:
    """The column in which the second of two parties signs; 0 where one does."""
    beside = [cells[1].column for cells in row if len(cells) > 1 and cells[1].column >= BESIDE]
    return min(beside) if beside else 0


def _rows(text: str, start: int) -> Iterator[list[_Cell]]:
    at = start
    for line in text[start:].splitlines(keepends=True):
        bare = line.expandtabs()
        if FURNITURE.fullmatch(line.strip()) or RUNNING_FOOT.search(line):
            yield []
        elif "\t" in line:  # where columns are not counted, the line is one cell
            words = line.strip()
            first = at + line.index(words[0]) if words else at
            yield [_Cell(0, first, first + len(words))] if words else []
        else:
            yield _joined(
                [_Cell(cell.start(), at + cell.start(), at + cell.end()) for cell in CELL.finditer(bare)], text
            )
        at += len(line)


def _joined(cells: list[_Cell], text: str) -> list[_Cell]:
    """Cells of a line, a label with what stands behind it."""
    found: list[_Cell] = []
    for cell in cells:
        if found and _belongs(
            text[found[-1].start : found[-1].end], text[cell.start : cell.end], cell.start - found[-1].end
        ):
            found[-1] = _Cell(found[-1].column, found[-1].start, cell.end)
        else:
            found.append(cell)
    return found


def _belongs(words: str, beside: str, apart: int) -> bool:
    """Whether a cell belongs to the one before it: a signature to its label, a party to its caption."""
    if apart < NARROW:
        return True
    if LABELLED.match(beside) and not beside.startswith("/"):
        return False
    if WITNESSES.fullmatch(words) and not beside.startswith(("/", "_", "-")):
        return False
    if RULED.fullmatch(beside):
        return bool(LABEL.fullmatch(words.strip(" _")))
    return bool(LABEL.fullmatch(words)) or bool(CAPTION.fullmatch(words) and not beside.endswith(":"))


def _unfolded(row: list[list[_Cell]], text: str) -> list[Line]:
    """The lines of one row of signatures; of two columns, first those on the left."""
    edge = _edge(row) - NEAR
    if edge <= 0 or not any(cells[0].column < edge for cells in row if cells):
        return [line for cells in row for line in (_lines(text, cells) or [Line("", 0, 0)])]
    left, right = (
        [[cell for cell in cells if (cell.column >= edge) is side] for cells in row] for side in (False, True)
    )
    left = _without_witnesses(left, text)
    return [
        *(line for cells in left for line in (_lines(text, cells) or [Line("", 0, 0)])),
        *(line for cells in right for line in (_lines(text, cells) or [Line("", 0, 0)])),
    ]


def _without_witnesses(rows: list[list[_Cell]], text: str) -> list[list[_Cell]]:
    """The rows without those below ATTEST or WITNESS, up to an empty one: who stands beside a party signs for none."""
    kept: list[list[_Cell]] = []
    attests = signed = False
    for cells in rows:
        if cells and WITNESSES.fullmatch(text, cells[0].start, cells[0].end):
            attests, signed = True, False
        elif cells:
            signed = True
        attests = attests and bool(cells or not signed)
        kept.append([] if attests else cells)
    return kept


def _lines(text: str, cells: list[_Cell]) -> list[Line]:
    if not cells:
        return []
    start, end = cells[0].start, cells[-1].end
    return [Line(" ".join(text[start:end].split()), start, end)]
