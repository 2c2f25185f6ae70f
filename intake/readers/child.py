"""The process in which one file is read: `file.read_file` starts it, so that a hostile file costs its limits at most.

The file comes in on standard input, the order as JSON in the only argument; the answer goes out as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any

from intake.readers.kinds import EXPECTED, kind_of, kind_of_text
from intake.readers.page import read_page
from intake.readers.reading import Limits, Reading, ReadingError, Writer
from intake.readers.submission import chosen, documents_of
from intake.readers.text import decoded, read_text

OPEN_FILES = 32


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


def answer(content: bytes, exhibit: str | None, limits: Limits) -> bytes:
    """The reading as JSON, or {"error": a sentence without its subject}. Raises nothing."""
    try:
        return _json(reading_of(content, exhibit, limits).as_json())
    except ReadingError as error:
        said = str(error)
    except MemoryError:
        said = f"needs more than {limits.memory_bytes:,} bytes of memory; expected a smaller document."
    except RecursionError:
        said = "is nested too deeply; expected a document that people wrote."
    except Exception as error:  # noqa: BLE001  # a library may raise anything over a damaged file
        said = f"is damaged or irregular ({type(error).__name__}); {EXPECTED}."
    return _json({"error": said})


def _json(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer, ensure_ascii=False).encode()


def _restrict(limits: Limits) -> None:
    """From here on, this process has no more than the limits, writes no file, and leaves no memory image."""
    for what, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))  # told, and then killed


def main() -> None:
    """Read what comes in, within the limits."""
    order = json.loads(sys.argv[1])
    limits = Limits(**order["limits"])
    _restrict(limits)
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read(), order["exhibit"], limits))


if __name__ == "__main__":
    main()
