"""One file in, its text out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from intake.readers.reading import Limits, Reading, ReadingError

HERE = Path(__file__).resolve().parents[2]  # from where the child finds its modules
CHILD = ("-B", "-E", "-s", "-X", "utf8", "-m", "intake.readers.child")
SMALLER = "expected a document that people wrote."


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
    order = json.dumps({"exhibit": exhibit, "limits": asdict(limits)})
    child = subprocess.Popen(  # noqa: S603  # our own module, and no shell
        [sys.executable, *CHILD, order],
        cwd=HERE,
        env={},  # it needs no secret, so it gets none
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with child:
        try:
            said, _ = child.communicate(content, timeout=limits.seconds)
        except subprocess.TimeoutExpired:
            said = b""
        finally:
            late = child.returncode is None
            if late:
                os.killpg(child.pid, signal.SIGKILL)
    if late or child.returncode == -signal.SIGXCPU:
        raise ReadingError(f"takes more than {limits.seconds} seconds to read; {SMALLER}")
    try:
        answer = json.loads(said)
    except ValueError:
        raise ReadingError(f"ended the program that reads it (status {child.returncode}); {SMALLER}") from None
    if "error" in answer:
        raise ReadingError(answer["error"])
    return Reading.of_json(answer)
