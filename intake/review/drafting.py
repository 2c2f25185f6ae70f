"""The module that reads a text by the rules in a process of its own: what a hostile text costs is limited, too."""

from __future__ import annotations

from typing import Any

from intake.extract.read import read
from intake.extract.terms import as_json
from intake.readers.process import Answer, ask, serve
from intake.readers.reading import Limits, ReadingError

LIMITS = Limits(seconds=60)


def draft_of(text: str, limits: Limits = LIMITS) -> dict[str, Any]:
    """A text's draft as JSON. Raises `ReadingError`, a sentence, past the limits."""
    try:
        return ask("intake.review.drafting", text.encode(), limits)
    except ReadingError as error:
        raise ReadingError(f"The text {error}") from error


def work(content: bytes, order: Answer, limits: Limits) -> Answer:
    """The draft of a text in UTF-8."""
    answer: Answer = as_json(read(content.decode()))
    return answer


if __name__ == "__main__":
    serve(work)
