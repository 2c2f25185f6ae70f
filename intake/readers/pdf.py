"""A PDF with a text layer, page by page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import groupby

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError

from intake.readers.reading import Limits, ReadingError, Writer

DAMAGE = (
    PyPdfError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
)
ENOUGH = 0.95  # of the letters of a page
MOST_LISTED = 20


def read_pdf(content: bytes, limits: Limits, into: Writer) -> list[str]:
    """The text of each page, with the lines and gaps that are seen on it. Returns notes; raises `ReadingError`."""
    try:
        reader = PdfReader(io.BytesIO(content))
        locked = reader.is_encrypted and not reader.decrypt("")
        count = 0 if locked else len(reader.pages)
    except DAMAGE as error:
        raise ReadingError(f"is a damaged PDF ({_short(error)}); expected a whole one.") from error
    if locked:
        raise ReadingError("is a PDF that opens with a password only; expected one without.")
    if not count:
        raise ReadingError("is a PDF without pages; expected some, with text on them.")
    if count > limits.pages:
        raise ReadingError(f"is a PDF of {count:,} pages; expected {limits.pages:,} at most.")
    bare, damaged = [], []
    ended = (0, 0)  # the page before, and how long its text is
    for number, page in enumerate(reader.pages, 1):
        try:
            text = _text(page)
        except DAMAGE:
            damaged.append(number)
            continue
        if not text.strip():
            bare.append(number)
            continue
        if into:
            into.add("\n\n", *ended)
        into.write(text, number, 0)
        ended = (number, len(text))
    pages = f"{count:,} page{'' if count == 1 else 's'}"
    if not into and damaged:
        raise ReadingError(f"is a PDF of {pages}, and what is on them is damaged; expected a whole one.")
    if not into:
        raise ReadingError(
            f"is a PDF of {pages} and no text: it is a scan. Expected text on the pages; run text recognition first."
        )
    notes = []
    if bare:
        notes.append(f"Of {pages}, {_listed(bare)} no text: blank or scanned, and not read.")
    if damaged:
        notes.append(f"Of {pages}, {_listed(damaged)} damaged content, and could not be read.")
    return notes


def _text(page: PageObject) -> str:
    """As laid out, which keeps lines and paragraphs apart; where that loses text (turned, say), as the file has it."""
    plain = page.extract_text()
    try:
        laid_out = page.extract_text(extraction_mode="layout")
    except DAMAGE:
        return plain
    return laid_out if _letters(laid_out) >= _letters(plain) * ENOUGH else plain


def _letters(text: str) -> int:
    return len("".join(text.split()))


def _listed(numbers: list[int]) -> str:
    """page 3 has; pages 3, 5-9 have."""
    runs = list(_runs(numbers))
    said = ", ".join(runs[:MOST_LISTED]) + (" and others" if len(runs) > MOST_LISTED else "")
    return f"page {said} has" if len(numbers) == 1 else f"pages {said} have"


def _runs(numbers: list[int]) -> Iterator[str]:
    for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        found = [number for _, number in run]
        yield str(found[0]) if len(found) == 1 else f"{found[0]}-{found[-1]}"


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:100].rstrip(".") or type(error).__name__
