"""One file in, its text out."""

from __future__ import annotations

from pathlib import Path

from intake.readers.process import ask
from intake.readers.reading import Limits, Reading, ReadingError


def read_file(
    file: Path | bytes, *, name: str | None = None, exhibit: str | None = None, limits: Limits | None = None
) -> Reading:
    """The text of a file, by its content and whatever its name, read in a process of its own within the limits.

    exhibit: which document of a submission, by type, number, sequence or file name. Raises `ReadingError`, whose
    sentence begins with `name` (the path, where it is not given).
    """
    limits = limits or Limits()
    named = shown(name or (str(file) if isinstance(file, Path) else "The file"))
    try:
        return _read(file if isinstance(file, bytes) else content_of(file, limits), exhibit, limits)
    except ReadingError as error:
        raise ReadingError(f"{named} {shown(str(error))}") from error


def content_of(path: Path, limits: Limits) -> bytes:
    """The bytes of a file, one more than the limit at most. Raises `ReadingError`, a sentence without its subject."""
    try:
        if not path.is_dir() and not path.is_file() and path.exists():  # a pipe or a device may never end
            raise ReadingError("is no ordinary file; expected one.")
        with path.open("rb") as opened:
            return opened.read(limits.file_bytes + 1)
    except OSError as error:
        raise ReadingError(f"cannot be read: {error.strerror}.") from error


def shown(words: str) -> str:
    """Words of a file, fit to be shown: on one line, and without what a terminal would obey."""
    return "".join(character if character.isprintable() else "\ufffd" for character in words)


def _read(content: bytes, exhibit: str | None, limits: Limits) -> Reading:
    if len(content) > limits.file_bytes:
        raise ReadingError(f"is larger than {limits.file_bytes:,} bytes; expected a single document.")
    return Reading.of_json(ask("intake.readers.child", content, limits, exhibit=exhibit))
