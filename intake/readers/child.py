"""The module that reads one file in a process of its own, at the word of `file.read_file`."""

from __future__ import annotations

from intake.readers.kinds import EXPECTED, kind_of, kind_of_text
from intake.readers.page import read_page
from intake.readers.process import Answer, serve
from intake.readers.reading import Limits, Reading, ReadingError, Writer
from intake.readers.submission import chosen, documents_of
from intake.readers.text import decoded, read_text


def reading_of(content: bytes, exhibit: str | None, limits: Limits) -> Reading:
    """The text of a file, read in this process. Raises `ReadingError`, a sentence without its subject, and others."""
    if not content.strip():
        raise ReadingError("is empty.")
    kind = kind_of(content)
    into = Writer(limits)
    # Each library is loaded where it is needed: most files are text, and a folder holds thousands.
    if kind == "PDF":
        from intake.readers.pdf import read_pdf

        notes = read_pdf(content, limits, into)
    elif kind == "zip":
        from intake.readers.word import is_word, read_word

        if not is_word(content, limits):
            raise ReadingError(f"is a zip, and no Word document; {EXPECTED}.")
        kind, notes = "Word document", read_word(content, limits, into)
    else:
        return _characters(decoded(content), exhibit, into)
    return into.reading(kind, None, [*_unasked(exhibit), *notes])


def _characters(source: str, exhibit: str | None, into: Writer) -> Reading:
    start, end, taken, notes = 0, len(source), None, []
    kind = inner = kind_of_text(source, start, end)
    if kind == "submission":
        document = chosen(documents_of(source), exhibit)
        start, end, taken = document.start, document.end, document.type
        inner = kind_of_text(source, start, end)
        notes += [] if document.whole else [f"The file ends within {document.type}: the rest of it is missing."]
    else:
        notes += _unasked(exhibit)
    if inner == "page":
        notes += read_page(source, start, end, into)
    else:
        read_text(source, start, end, into)
    return into.reading(kind, taken, notes)


def _unasked(exhibit: str | None) -> list[str]:
    return [] if exhibit is None else [f"The file is one document; exhibit {exhibit} was not looked for in it."]


def work(content: bytes, order: Answer, limits: Limits) -> Answer:
    """The reading as JSON. Raises as `reading_of` does."""
    return reading_of(content, order["exhibit"], limits).as_json()


if __name__ == "__main__":
    serve(work)
