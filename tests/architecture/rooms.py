"""The rooms and their files, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ["audit", "alerts", "agreements", "notes", "waivers", "intake"]
OURS = [*ROOMS, "config", "tests", "benchmarks"]


def python_files(*folders: str) -> Iterator[Path]:
    """Every Python file in these folders, as a path from the root."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT)
