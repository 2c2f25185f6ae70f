"""What a reader gives: a text, and the way from each of its characters back to the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

LONE = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")  # surrogates that no text can be written with
ODD = [  # characters that a person does not see, and what a note says of them
    (
        r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]",
        "right-to-left or direction mark",
        "what is shown may differ from what is read",
    ),
    (
        r"[\u00ad\u200b-\u200d\u2060\ufeff\U000e0000-\U000e007f]",
        "invisible character",
        "words that look whole may be parted",
    ),
    (
        r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]",
        "control character",
        "the file may be damaged, or not a text",
    ),
    (r"\ufffd", "character that could not be decoded", "words may be incomplete"),
]


class ReadingError(ValueError):
    """A file that cannot be read. The sentence says what was found and what was expected."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one file may cost. Of a folder or a zip: `members`, and `bundle_bytes` in all."""

    file_bytes: int = 25_000_000
    seconds: int = 20  # of computing, and of waiting for it
    memory_bytes: int = 1_000_000_000
    pages: int = 2_000
    characters: int = 10_000_000
    pieces: int = 1_000_000
    unpacked_bytes: int = 100_000_000  # of the parts of a .docx
    ratio: int = 200  # of unpacked to packed bytes, above a megabyte
    members: int = 10_000
    bundle_bytes: int = 1_000_000_000


class Piece(NamedTuple):
    """Characters of the text from `start` on, which are those of the file's `unit` from `offset` on."""

    start: int
    unit: int
    offset: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a character comes from: `unit` is "file", "page 3" or "paragraph 12"; `offset` counts its characters."""

    unit: str
    offset: int


@dataclass(frozen=True, slots=True)
class Reading:
    """The text of one document, and where each character stands in the file.

    kind: text, page, submission, PDF or Word document. exhibit: the type of the document taken from a submission.
    notes: sentences on what was left out or looks odd. pieces: ascending by start, the first at 0.
    """

    kind: str
    text: str
    exhibit: str | None
    notes: tuple[str, ...]
    pieces: tuple[Piece, ...]

    def place(self, at: int) -> Place:
        """Where the character at `at` comes from. Raises IndexError where the text has none.

        Text, pages and submissions: in the file as decoded. PDF: in that page's text. Word: in the paragraph, counted
        as in document.xml. What a reader adds (line breaks, tabs, list numbers) is placed at what it stands for.
        """
        if not 0 <= at < len(self.text):
            raise IndexError(f"The text has {len(self.text):,} characters, and none at {at}.")
        start, unit, offset = self.pieces[bisect_right(self.pieces, at, key=lambda piece: piece.start) - 1]
        named = {"PDF": f"page {unit}", "Word document": f"paragraph {unit}"}.get(self.kind, "file")
        return Place(named, offset + at - start)

    def as_json(self) -> dict[str, Any]:
        """The reading as JSON can carry it, from one process to another."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of_json(cls, said: dict[str, Any]) -> Reading:
        """What `as_json` gave, after its way."""
        pieces = tuple(Piece(*piece) for piece in said["pieces"])
        return cls(said["kind"], said["text"], said["exhibit"], tuple(said["notes"]), pieces)


class Writer:
    """A text while it is put together."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._words: list[str] = []
        self._pieces: list[Piece] = []
        self._length = 0

    def __bool__(self) -> bool:
        return bool(self._length)

    def write(self, words: str, unit: int, offset: int) -> None:
        """Words of the file, as they stand at `offset`. Raises `ReadingError` past the limits."""
        last = self._pieces[-1] if self._pieces else None
        if last is None or last.unit != unit or last.offset + self._length - last.start != offset:
            self._pieces.append(Piece(self._length, unit, offset))
        self._words.append(words)
        self._length += len(words)
        if self._length > self._limits.characters:
            raise ReadingError(
                f"has more than {self._limits.characters:,} characters of text; expected a single document."
            )
        if len(self._pieces) > self._limits.pieces:
            raise ReadingError(
                f"has its text in more than {self._limits.pieces:,} pieces; expected a document that people wrote."
            )

    def add(self, words: str, unit: int, offset: int) -> None:
        """What is not in the file: each character stands for what is at `offset`."""
        for character in words:
            self.write(character, unit, offset)

    def reading(self, kind: str, exhibit: str | None, notes: list[str]) -> Reading:
        """What was written. Raises `ReadingError` where that is nothing."""
        text = "".join(self._words)
        if not text.isascii():
            text = text.translate(LONE) if re.search(r"[\ud800-\udfff]", text) else text
        if not text.strip():
            raise ReadingError("has no text.")
        return Reading(kind, text, exhibit, (*notes, *_odd(text)), tuple(self._pieces))


def _odd(text: str) -> list[str]:
    said = []
    for pattern, name, why in ODD:
        if count := len(re.findall(pattern, text)):
            said.append(f"The text has {count:,} {name}{'s' if count > 1 else ''}: {why}.")
    return said
