"""Dates as agreements write them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

MONTHS = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip
_MONTH = "(?:" + "|".join([*MONTHS, *(rf"{month[:3]}\.?" for month in MONTHS), r"Sept\.?"]) + ")"
ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "twenty-first",
    "twenty-second",
    "twenty-third",
    "twenty-fourth",
    "twenty-fifth",
    "twenty-sixth",
    "twenty-seventh",
    "twenty-eighth",
    "twenty-ninth",
    "thirtieth",
    "thirty-first",
]
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_IN_WORDS = rf"(?:{'|'.join(reversed(ORDINALS))})(?:\s+\(\d{{1,2}}(?:st|nd|rd|th)?\))?"
PATTERN = (
    rf"(?:{_MONTH}\s+{_DAY}(?:\s*,\s*|\s+)\d{{4}}"
    rf"|{_DAY}\s+(?:day\s+)?(?:of\s+)?{_MONTH}\s*,?\s+\d{{4}}"
    rf"|{_IN_WORDS}\s+day\s+of\s+{_MONTH}\s*,?\s+\d{{4}}"
    r"|\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/(?:\d{4}|\d{2}))"
)
_ANY = re.compile(rf"(?<![\w/-]){PATTERN}(?![\w/])", re.IGNORECASE)
_IN_ORDER = re.compile(rf"(?:{'|'.join(reversed(ORDINALS))})\b", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]{3,}")
_YEAR = re.compile(r"\d{4}|\d/\d")
BEFORE_YEAR, AFTER_YEAR = 90, 20  # characters from a year in which its date stands
SHORT = 2000  # characters of a text that is looked through each time
CENTURY_TURNS = 70  # a year of two digits from here on is of the century before


@dataclass(frozen=True, slots=True)
class Dated:
    """A date and where in the text it stands; `reading` says what was assumed, `other` what it could mean too."""

    day: date
    start: int
    end: int
    reading: str = ""
    other: date | None = None

    @property
    def alternatives(self) -> tuple[date, ...]:
        """Both readings of a date in numbers, such as 03/04/2000; nothing where there is one only."""
        return (self.day, self.other) if self.other else ()


def dates_in(text: str, start: int = 0, end: int | None = None) -> Iterator[Dated]:
    """All dates that there are in a part of a text, first to last. A day that no calendar has is none."""
    if len(text) < SHORT:
        yield from _found(text, start, len(text) if end is None else end)
        return
    found, places = _all(text)
    last = len(text) if end is None else end
    for one in found[bisect_left(places, start) :]:
        if one.start >= last:
            return
        if one.end <= last:
            yield one


@lru_cache(maxsize=4)
def _all(text: str) -> tuple[tuple[Dated, ...], list[int]]:
    """The dates of a whole text, found once: its parts are asked for again and again."""
    found = tuple(_found(text, 0, len(text)))
    return found, [one.start for one in found]


def _found(text: str, start: int, end: int) -> Iterator[Dated]:
    for first, last in _with_years(text, start, end):
        for match in _ANY.finditer(text, first, last):
            if found := _day(match[0]):
                reading = "Read as month/day/year." if "/" in match[0] else ""
                yield Dated(found[0], match.start(), match.end(), reading, found[1])


def _with_years(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of a text around what may be a year: dates are nowhere else, and most of a text is none of them."""
    first = last = start
    for year in _YEAR.finditer(text, start, end):
        if year.start() - BEFORE_YEAR > last:
            if last > first:
                yield first, last
            first = year.start() - BEFORE_YEAR
        last = min(end, year.end() + AFTER_YEAR)
    if last > first:
        yield first, last


def _day(words: str) -> tuple[date, date | None] | None:
    """The day, and the other one that it is where the month stands second."""
    numbers = [int(number) for number in re.findall(r"\d+", words)]
    month = next((_month(word) for word in _WORD.findall(words) if _month(word)), 0)
    if month:
        ordinal = _IN_ORDER.match(words)
        day = ORDINALS.index(ordinal[0].lower()) + 1 if ordinal else min(numbers)
        return _both(max(numbers), month, day)
    if "/" in words:
        month, day, year = numbers
        if year < 100:
            year += 1900 if year >= CENTURY_TURNS else 2000
        return _both(year, month, day, other=month != day)
    return _both(*numbers)


def _both(year: int, month: int, day: int, *, other: bool = False) -> tuple[date, date | None] | None:
    try:
        return date(year, month, day), date(year, day, month) if other and day <= len(MONTHS) else None
    except ValueError:
        return None


def _month(word: str) -> int:
    for number, month in enumerate(MONTHS, 1):
        if month.lower() == word.lower() or (len(word) <= 4 and month[:3].lower() == word[:3].lower()):
            return number
    return 0
