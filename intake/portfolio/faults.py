"""What is wrong with a portfolio file: where, what was found, what was expected."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LONGEST_FOUND = 120


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `pointer` is a JSON pointer (RFC 6901), empty for the file as a whole."""

    pointer: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.pointer or 'the file'}: found {self.found}; expected {self.expected}."


class FaultyPortfolioError(ValueError):
    """A portfolio file that cannot be imported. `faults` has all that was found; nothing was written."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def pointer(*steps: str | int) -> str:
    """A JSON pointer from its steps."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def words(value: Any) -> str:
    """A value as it stands in the file, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_FOUND else text[:LONGEST_FOUND] + "…"
