"""Lines, for what has none: a page and a Word document say paragraph, row and cell, and this writes them as text.

Paragraphs are parted by two line breaks, rows by one, cells by a tab; a cell of several lines stands on lines of its
own, as the two halves of a signature page do.
"""

from __future__ import annotations

from dataclasses import dataclass

from intake.readers.reading import Writer

NOTHING, SPACE, CELL, LINE, BLANK = range(5)
WRITTEN = ("", " ", "\t", "\n", "\n\n")


@dataclass(slots=True)
class _Table:
    words: bool = False  # whether the table has words yet
    lines: bool = False  # whether they stand on several lines
    row_words: bool = False
    cell_words: bool = False
    in_cell: bool = False
    tall: bool = False  # whether the last cell that has words has several lines


class Layout:
    """What parts the words before from the words that come is remembered, and written with these."""

    def __init__(self, into: Writer) -> None:
        self._into = into
        self._parted, self._unit, self._offset = NOTHING, 0, 0
        self._tables: list[_Table] = []

    def write(self, words: str, unit: int, offset: int) -> None:
        """Words of the file, which stand at `offset`."""
        if self._parted and self._into:
            self._into.add(WRITTEN[self._parted], self._unit, self._offset)
        if self._tables:
            table = self._tables[-1]
            table.tall = table.cell_words and (table.tall or self._parted >= LINE)
            table.lines = table.lines or (table.words and self._parted >= LINE)
            table.words = table.row_words = table.cell_words = True
        self._parted = NOTHING
        self._into.write(words, unit, offset)

    def add(self, words: str, unit: int, offset: int) -> None:
        """Words that are not in the file and stand for what is at `offset`."""
        for character in words:
            self.write(character, unit, offset)

    def part(self, how: int, unit: int, offset: int) -> None:
        """SPACE, LINE or BLANK comes before the next words, unless a cell begins: then what parts cells does."""
        begins = self._tables and self._tables[-1].in_cell and not self._tables[-1].cell_words
        if how > self._parted and not begins:
            self._set(how, unit, offset)

    def end_line(self, unit: int, offset: int) -> None:
        """A line ends; two that end at once part paragraphs."""
        self.part(BLANK if self._parted == LINE else LINE, unit, offset)

    def cell(self, unit: int, offset: int, *, begins: bool) -> None:
        """A cell begins or ends."""
        if not self._tables:
            self.part(LINE, unit, offset)
            return
        table = self._tables[-1]
        if table.row_words:
            self._set(LINE if table.tall else CELL, unit, offset)
        table.in_cell, table.cell_words = begins, False

    def row(self, unit: int, offset: int) -> None:
        """A row begins or ends."""
        if not self._tables:
            self.part(LINE, unit, offset)
            return
        table = self._tables[-1]
        if table.row_words:
            self._set(LINE, unit, offset)
        table.row_words = table.cell_words = table.in_cell = table.tall = False

    def begin_table(self, unit: int, offset: int) -> None:
        """A table begins, perhaps within a cell of another."""
        self.part(BLANK, unit, offset)
        self._tables.append(_Table())

    def end_table(self, unit: int, offset: int) -> None:
        """The table ends; within a cell of another, it is what that cell holds."""
        inner = self._tables.pop() if self._tables else None
        if inner and inner.words and self._tables:
            outer = self._tables[-1]
            outer.tall = outer.tall or outer.cell_words or inner.lines
            outer.words = outer.row_words = outer.cell_words = True
        self.part(BLANK, unit, offset)

    def _set(self, how: int, unit: int, offset: int) -> None:
        self._parted, self._unit, self._offset = how, unit, offset
