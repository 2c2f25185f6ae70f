"""Plain text as it was filed."""

from __future__ import annotations

from pathlib import Path

MOST_BYTES = 10_000_000
ANOTHER_KIND = {  # what a file of another kind begins with
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip, or a document that is one (.docx)",
    b"\xd0\xcf\x11\xe0": "an old Office document (.doc)",
    b"{\\rtf": "an RTF document",
}
MARKUP = (b"<!doctype html", b"<html", b"<?xml", b"<sec-document", b"-----begin privacy")


class ReadingError(ValueError):
    """A file that cannot be read, as a sentence that says what was found and what was expected."""


def text_of(path: Path) -> str:
    """The text of a file, character for character: UTF-8, or else Windows-1252. Raises `ReadingError`."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ReadingError(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > MOST_BYTES:
        raise ReadingError(f"{path} is larger than {MOST_BYTES:,} bytes; expected the text of one document.")
    for start, kind in ANOTHER_KIND.items():
        if content.startswith(start):
            raise ReadingError(f"{path} is {kind}; expected plain text.")
    if content[:200].lstrip().lower().startswith(MARKUP):
        raise ReadingError(f"{path} is a page or a submission with markup; expected the plain text of one document.")
    if b"\0" in content:
        raise ReadingError(f"{path} is not text: it has a NUL at byte {content.index(0)}.")
    if not content.strip():
        raise ReadingError(f"{path} is empty.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
