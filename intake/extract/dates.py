"""Dates as agreements write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

MONTHS = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip
_MONTH = "(?:" + "|".join([*MONTHS, *(f"{month[:3]}\\." for month in MONTHS), r"Sept\."]) + ")"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
PATTERN = (
    rf"(?:{_MONTH}\s+{_DAY}\s*,?\s+\d{{4}}"
    rf"|{_DAY}\s+(?:day\s+)?(?:of\s+)?{_MONTH}\s*,?\s+\d{{4}}"
    r"|\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/(?:\d{4}|\d{2}))"
)
_ANY = re.compile(rf"(?<![\w/-]){PATTERN}(?![\w/])", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]{3,}")
CENTURY_TURNS = 70  # a year of two digits from here on is of the century before


@dataclass(frozen=True, slots=True)
class Dated:
    """A date and where in the text it stands; `reading` says what was assumed, if anything was."""

    day: date
    start: int
    end: int
    reading: str = ""


def dates_in(text: str, start: int = 0, end: int | None = None) -> Iterator[Dated]:
    """All dates that there are in a part of a text, first to last. A day that no calendar has is none."""
    for match in _ANY.finditer(text, start, len(text) if end is None else end):
        found = _day(match[0])
        if found:
            yield Dated(found[0], match.start(), match.end(), found[1])


def _day(words: str) -> tuple[date, str] | None:
    numbers = [int(number) for number in re.findall(r"\d+", words)]
    reading = ""
    month = next((_month(word) for word in _WORD.findall(words) if _month(word)), 0)
    if month:
        year, day = max(numbers), min(numbers)
    elif "/" in words:
        month, day, year = numbers
        if year < 100:
            year += 1900 if year >= CENTURY_TURNS else 2000
        reading = "Read as month/day/year."
    else:
        year, month, day = numbers
    try:
        return date(year, month, day), reading
    except ValueError:
        return None


def _month(word: str) -> int:
    for number, month in enumerate(MONTHS, 1):
        if month[:3].lower() == word[:3].lower():
            return number
    return 0
