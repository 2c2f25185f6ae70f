"""The sentences of a flow, and the items of the lists in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

STOP = re.compile(r"[.;:](?=\s)|\n\n")
ABBREVIATED = re.compile(
    r"\b(?:Inc|Corp|Nos?|Co|Ltd|[ap]\.\s?m|U\.S|L\.P|Secs?|N\.A|Mrs?|Dr|St|et\s+seq|i\.e|e\.g|[A-Z])\.$"
)
GOES_ON = re.compile(r"\s+[a-z]")
LISTED = re.compile(
    r"(?<=\s)\((?:[a-h]|[ivx]{1,4}|[A-H]|(?<=[,;:]\s\()[1-9]|(?<=\band\s\()[1-9]|(?<=\bor\s\()[1-9])\)\s"
)  # and not the (e) of Section 5.8(e)
OF_A_SECTION = re.compile(
    r"(?:\b(?:clauses?|subsections?|paragraphs?|sections?)|\([A-Za-z0-9]{1,4}\)\s+(?:and|or))\s+$", re.IGNORECASE
)
AND_MORE = re.compile(r"(?:and|or)\s+\([a-z0-9]{1,4}\)", re.IGNORECASE)
OF_SOMETHING = re.compile(r"(?:of|above|below|hereof|thereof)\b", re.IGNORECASE)
LONGEST_SENTENCE, LONGEST_PIECE = 3000, 8000


def sentences(text: str, start: int = 0, end: int | None = None) -> Iterable[tuple[int, int]]:
    """Where each sentence of a part of a text begins and ends; a list's items are sentences of their own."""
    if start == 0 and end is None:
        return _whole(text)
    return _cut(text, start, len(text) if end is None else min(end, len(text)))


@lru_cache(maxsize=4)
def _whole(text: str) -> tuple[tuple[int, int], ...]:
    """The sentences of a whole text, cut once: each reader goes through them."""
    return tuple(_cut(text, 0, len(text)))


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for stop in STOP.finditer(text, start, end):
        after = stop.end()
        if stop[0] != "\n\n" and (
            GOES_ON.match(text, after) or (stop[0] == "." and ABBREVIATED.search(text, max(start, after - 12), after))
        ):
            continue
        yield from _pieces(text, start, after)
        start = after
    yield from _pieces(text, start, end)


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence; what goes on for pages without a stop is cut, so that no reader looks at all of it at once."""
    while end - start > LONGEST_PIECE:
        yield start, start + LONGEST_PIECE
        start += LONGEST_PIECE
    if text[start:end].strip():
        yield start, end


def sentence_at(text: str, place: int) -> tuple[int, int]:
    """The sentence that a place of the text is in."""
    first = max(text.rfind("\n\n", max(0, place - LONGEST_SENTENCE), place), 0, place - LONGEST_SENTENCE)
    for start, stop in sentences(text, first, place + LONGEST_SENTENCE):
        if start <= place < stop:
            return start, stop
    return place, min(len(text), place + 1)


def marks_in(text: str, start: int, end: int) -> list[int]:
    """Where the items of a list begin. The clauses (b) and (c) of a section are none."""
    return [
        mark.start()
        for mark in LISTED.finditer(text, start, end)
        if not OF_A_SECTION.search(text, max(start, mark.start() - 16), mark.start())
        and not AND_MORE.match(text, mark.end())
        and not OF_SOMETHING.match(text, mark.end())
    ]


def with_list(text: str, end: int) -> int:
    """Where what follows a colon ends: the sentences of the list after it belong to it."""
    if text[end - 1 : end] != ":":
        return end
    last = end
    for number, (start, stop) in enumerate(sentences(text, end, end + LONGEST_SENTENCE)):
        words = text[start:stop].lstrip()
        if number and not re.match(r"\(?[a-z0-9]{1,4}[.)]\s|and\b|or\b", words, re.IGNORECASE):
            break
        last = stop
        if words.endswith(".") and not re.match(r"\s*\(?[a-z0-9]{1,4}[.)]\s", text[stop : stop + 8]):
            break
    return last


def plain_words(text: str) -> str:
    """Words one space apart."""
    return " ".join(text.split())


def spaced(words: str) -> str:
    """A pattern for some words, however they are wrapped."""
    return r"\s+".join(re.escape(word) for word in words.split())
