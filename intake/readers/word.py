"""A Word document (.docx): its paragraphs and tables in the order in which they stand.

Read from document.xml as it streams by, with no tree built. What is deleted in tracked changes and what is hidden is
not read, what is inserted is; headers, footers, comments and footnotes are not.
"""

from __future__ import annotations

import io
import zipfile

from intake.readers.archive import opened, unpacked
from intake.readers.layout import BLANK, Layout
from intake.readers.numbering import Numbering
from intake.readers.parts import parse
from intake.readers.reading import Limits, ReadingError, Writer

DOCUMENT = "word/document.xml"
DELETED = frozenset(("del", "moveFrom"))
NOT_READ = DELETED | {"Fallback", "pPrChange", "rPrChange"}  # said again for old programs; as it was before a change
MARKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "sym": "\ufffd"}


def is_word(content: bytes, limits: Limits) -> bool:
    """Whether a zip is a Word document. Raises `ReadingError` where it is damaged."""
    with opened(io.BytesIO(content), limits) as archive:
        return DOCUMENT in archive.namelist()


def read_word(content: bytes, limits: Limits, into: Writer) -> list[str]:
    """The text of a Word document. Returns notes; raises `ReadingError`."""
    with opened(io.BytesIO(content), limits) as archive:
        left = limits.unpacked_bytes
        parts: dict[str, bytes] = {}
        for name in (DOCUMENT, "word/numbering.xml", "word/styles.xml"):
            if name in archive.namelist():
                parts[name] = _part(archive, name, left, limits)
                left -= len(parts[name])
        footnotes = "word/footnotes.xml" in archive.namelist()
    numbering = Numbering(parts.get("word/numbering.xml"), parts.get("word/styles.xml"))
    body = _Body(Layout(into), numbering)
    parse(parts[DOCUMENT], DOCUMENT, body)
    notes = []
    if body.changed:
        notes.append("The document has tracked changes: what they insert was read, what they delete was not.")
    if body.hidden:
        notes.append("The document has hidden text; it was not read.")
    if footnotes and body.footnotes:
        notes.append(f"The document has {body.footnotes:,} footnote{'s' if body.footnotes > 1 else ''}; not read.")
    return notes


def _part(archive: zipfile.ZipFile, name: str, most: int, limits: Limits) -> bytes:
    try:
        return unpacked(archive, archive.getinfo(name), most, limits)
    except ReadingError as error:
        raise ReadingError(f"is a Word document whose {name} {error}") from error


class _Body:
    """The document's body while it streams by."""

    def __init__(self, layout: Layout, numbering: Numbering) -> None:
        self.changed = self.hidden = False
        self.footnotes = 0
        self._layout = layout
        self._numbering = numbering
        self._count = 0  # of paragraphs
        self._open: list[list[int]] = []  # paragraphs, each with its number and how much of it was read
        self._not_read = self._runs = 0  # how many elements of the kind are open
        self._properties = self._text = self._vanished = False
        self._style = ""
        self._list: str | None = None
        self._level: str | None = None
        self._label = ""

    def begin(self, name: str, said: dict[str, str]) -> None:
        if name == "p":
            self._count += 1
        if self._not_read or name in NOT_READ:
            self._not_read += 1
            self.changed = self.changed or name in DELETED
            return
        number, offset = self._open[-1] if self._open else (self._count, 0)
        layout = self._layout
        match name:
            case "p":
                self._open.append([self._count, 0])
                self._label = ""
                layout.part(BLANK, self._count, 0)
            case "pPr":
                self._properties = True
                self._style, self._list, self._level = "", None, None
            case "pStyle":
                self._style = said.get("val", "")
            case "numId":
                self._list = said.get("val")
            case "ilvl":
                self._level = said.get("val")
            case "r":
                self._runs += 1
                self._vanished = False
            case "vanish" if self._runs and not self._properties:
                self._vanished = said.get("val") not in ("0", "false", "off")
            case "t":
                self._text = True
            case "ins" | "moveTo":
                self.changed = True
            case "footnoteReference":
                self.footnotes += 1
            case "tbl":
                layout.begin_table(number, offset)
            case "tr":
                layout.row(number, offset)
            case "tc":
                layout.cell(number, offset, begins=True)
            case _ if name in MARKS and self._runs and not self._properties:
                self._write(MARKS[name])

    def end(self, name: str) -> None:
        if self._not_read:
            self._not_read -= 1
            return
        number, offset = self._open[-1] if self._open else (self._count, 0)
        match name:
            case "p" if self._open:
                self._open.pop()
                self._layout.part(BLANK, number, offset)
            case "pPr":
                self._properties = False
                self._label = self._numbering.next(self._style, self._list, self._level)
            case "r":
                self._runs -= 1
            case "t":
                self._text = False
            case "tbl":
                self._layout.end_table(number, offset)
            case "tr":
                self._layout.row(number, offset)
            case "tc":
                self._layout.cell(number, offset, begins=False)

    def words(self, words: str) -> None:
        if self._text and not self._not_read:
            self._write(words)

    def _write(self, words: str) -> None:
        if self._vanished:
            self.hidden = True
            return
        paragraph = self._open[-1] if self._open else [self._count, 0]
        if self._label:
            self._layout.add(f"{self._label}\t", paragraph[0], paragraph[1])
            self._label = ""
        self._layout.write(words, paragraph[0], paragraph[1])
        paragraph[1] += len(words)
