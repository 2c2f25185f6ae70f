"""Plain text as it was filed."""

from __future__ import annotations

from intake.readers.reading import ReadingError, Writer


def decoded(content: bytes) -> str:
    """The characters of a file: UTF-8 (without its mark), or else Windows-1252. Raises `ReadingError`."""
    if b"\0" in content:
        raise ReadingError(f"is not text: it has a NUL at byte {content.index(0):,}.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read_text(source: str, start: int, end: int, into: Writer) -> None:
    """The characters of `source` from `start` to `end`, each as it is."""
    into.write(source[start:end], 0, start)
