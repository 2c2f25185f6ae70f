"""What an alert says: made by whoever knows the matter, kept as it was said, shown in mail and inbox alike."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing to tell.

    `about`, `kind` and `version` say which thing it is: told once to each person. `contractual_date` is the date that
    matters and `reading` its words and how they are read. `due` is the day on which it was to be told. `why` and
    `sources` are sentences; `todo` says what to do now; `path` is where in the application to look.
    """

    about: str
    kind: str
    version: str
    contractual_date: date
    reading: str
    due: date
    heading: str
    what: str
    why: tuple[str, ...]
    sources: tuple[str, ...]
    todo: str
    path: str
    urgent: bool = False

    def content(self) -> dict[str, Any]:
        """What is shown, as JSON."""
        shown = ("heading", "what", "why", "sources", "todo", "path")
        return {name: value for name, value in asdict(self).items() if name in shown}


def spoken(on: date) -> str:
    """A date that nobody can misread: 1 May 2000, Mon."""
    return f"{on.day} {on:%B %Y, %a}"
