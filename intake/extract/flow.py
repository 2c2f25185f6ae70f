"""A filed text as it reads: wraps joined, pages' furniture left out, and the way back to the original kept.

Exhibits are filed as lines of some eighty characters, cut by page numbers and `<PAGE>` marks. Patterns are written
against the flow, and `Flow.span` says where in the original a match stands.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

LONG_LINE = 0.6  # of the usual width: a line this long was wrapped, a shorter one ended there
FURNITURE = re.compile(
    r"<PAGE>\s*\d*|[-–]?\s*\d{1,3}\s*[-–]?|page\s+(?:s-)?\d+(\s+of\s+\d+)?|s-\d+|\(?[ivx]{1,5}\)?"
    r"|\[?(?:remainder|signature|balance)[^\]]*\bpages?\b[^\]]*\]?",
    re.IGNORECASE,
)
PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " ", "\u200b": " ", "\u2011": "-", "″": '"'})
RUNS = re.compile(r"\S+(?: \S+)*")  # words that stand one space apart
CUT_WORD = re.compile(r"([A-Za-z]+)-$")
HYPHENATED = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")
CUT = "-"
SMALL_WORD = re.compile(r"(?:^|[a-z,] |\()(?:the|an?|of|and|to|by|in|or|for|with|such)$")
FIRST_WORD = re.compile(r"(?!(?:by|name|title|its)\s*:)[a-z]+")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters of the original text, from `start` up to and not with `end`."""

    start: int
    end: int


@dataclass(slots=True)
class Flow:
    """The flowing text. Lines that ended are parted by one line break, paragraphs by two, words by one space."""

    text: str = ""
    _here: list[int] = field(default_factory=list)  # where each piece begins in `text`, ascending
    _there: list[int] = field(default_factory=list)  # where the same piece begins in the original

    def span(self, start: int, end: int) -> Span:
        """Where the characters from `start` to `end` of the flow stand in the original."""
        return Span(self._original(start), self._original(end - 1) + 1)

    def _original(self, at: int) -> int:
        piece = bisect_right(self._here, at) - 1
        return self._there[piece] + at - self._here[piece]


def flow_of(original: str) -> Flow:
    """The flow of a text as filed; offsets count characters of `original`."""
    text = original.translate(PLAIN)
    pieces: list[tuple[str, int]] = []
    for between, line, start in _joined(text):
        if between == CUT:
            pieces[-1] = (pieces[-1][0][:-1], pieces[-1][1])  # the hyphen goes
        elif between:
            pieces.append((between, start))
        for number, run in enumerate(RUNS.finditer(line)):
            if number:
                pieces.append((" ", start + run.start() - 1))
            pieces.append((run[0], start + run.start()))
    found = Flow("".join(piece for piece, _ in pieces))
    at = 0
    for piece, start in pieces:
        found._here.append(at)
        found._there.append(start)
        at += len(piece)
    return found


def _joined(text: str) -> Iterator[tuple[str, str, int]]:
    """The lines that are kept, each with what parts it from the one before, and where it begins."""
    lines = list(_lines(text))
    lengths = sorted(len(line) for line, _ in lines if line)
    wide = lengths[len(lengths) * 9 // 10] * LONG_LINE if lengths else 0
    known: set[str] = set()  # the words of the text, for those that a line's end cuts
    before, blanks = "", 0
    for line, start in lines:
        if not line or FURNITURE.fullmatch(line):
            blanks += 1
            continue
        goes_on = before and before[-1] not in ".:;!?" and FIRST_WORD.match(line)
        cut = CUT_WORD.search(before) if goes_on else None
        if not before:
            between = ""
        elif goes_on and cut:
            word = goes_on[0]
            known = known or set(HYPHENATED.findall(text))
            between = "" if f"{cut[1]}-{word}" in known and f"{cut[1]}{word}" not in known else CUT
        elif blanks:
            between = " " if goes_on else "\n\n"
        else:
            between = " " if goes_on or len(before) >= wide or _unfinished(before) else "\n"
        before, blanks = line, 0
        yield between, line, start


def _unfinished(line: str) -> bool:
    """Whether a short line breaks off: within quotation marks, or behind a small word."""
    return bool(SMALL_WORD.search(line)) or (line.count('"') % 2 == 1 and line[-1] not in ".:;!?")


def _lines(text: str) -> Iterator[tuple[str, int]]:
    at = 0
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        yield bare, at + (len(line) - len(line.lstrip()) if bare else 0)
        at += len(line)
