"""Whoever knows one room knows all: the files of a room bear known names, and none grows past reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.rooms import OURS, ROOMS, ROOT, python_files

KNOWN_NAMES = {
    "__init__",
    "admin",
    "apps",
    "chain",
    "chains",
    "data_steps",
    "dates",
    "dispatch",
    "dossier",
    "drawings",
    "example",
    "exports",
    "feeds",
    "filters",
    "forms",
    "guards",
    "histories",
    "knowledge",
    "leads",
    "letters",
    "matrix",
    "middleware",
    "models",
    "moments",
    "operations",
    "paging",
    "permissions",
    "positions",
    "querysets",
    "reasons",
    "registers",
    "reminders",
    "row_text",
    "seals",
    "search",
    "signing",
    "links",
    "recipients",
    "register",
    "reports",
    "sweeps",
    "states",
    "tasks",
    "trail",
    "turns",
    "urls",
    "verify",
    "views",
    "watch",
}
KNOWN_PACKAGES = {
    *(
        "channels",
        "extract",
        "forms",
        "management",
        "migrations",
        "packs",
        "papers",
        "portfolio",
        "position",
        "readers",
        "review",
        "templatetags",
        "views",
    ),
}
MOST_LINES = 600
LONGER = {
    "waivers/position/rules.py",  # the rules in one place, in the order of their numbers
    "tests/unit/position/test_rules.py",  # and their tests, in the same order
}


def lines(path: Path) -> int:
    return len((ROOT / path).read_text().splitlines())


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_only_files_with_known_names(room: str) -> None:
    names = {path.parts[1].removesuffix(".py") for path in python_files(room)}
    assert names <= KNOWN_NAMES | KNOWN_PACKAGES


@pytest.mark.parametrize("room", ROOMS)
def test_management_holds_commands_only(room: str) -> None:
    found = {path for path in python_files(room) if path.parts[1] == "management" and path.name != "__init__.py"}
    assert {path.parts[:-1] for path in found} <= {(room, "management", "commands")}


def test_no_file_is_longer_than_can_be_read() -> None:
    long = {str(path) for path in python_files(*OURS) if "migrations" not in path.parts and lines(path) > MOST_LINES}
    assert long == LONGER
