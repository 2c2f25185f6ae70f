"""The commands that the documents name exist."""

from __future__ import annotations

import re

from tests.architecture.rooms import ROOT

TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
NAMED = re.compile(r"(?:`|^\s*(?:\$ )?)make ([a-z][a-z-]*)", re.MULTILINE)


def targets() -> set[str]:
    return set(TARGET.findall((ROOT / "Makefile").read_text()))


def named() -> dict[str, str]:
    """Make target -> a document that names it."""
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / ".ci" / "run"]
    return {target: str(path.relative_to(ROOT)) for path in documents for target in NAMED.findall(path.read_text())}


def test_documents_name_only_make_targets_that_exist() -> None:
    assert {target: path for target, path in named().items() if target not in targets()} == {}


def test_the_documents_do_name_the_command_that_starts_everything() -> None:
    assert "run" in targets()
