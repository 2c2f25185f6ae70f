"""The rules, and the reading of texts, import the standard library and themselves, and nothing else."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.rooms import ROOT, python_files

PURE = ["waivers/position", "intake/extract"]
INPUT_AND_OUTPUT = {
    "asyncio",
    "http",
    "io",
    "os",
    "pathlib",
    "random",
    "shutil",
    "socket",
    "subprocess",
    "time",
    "urllib",
}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module if not node.level and node.module else "a relative import"


@pytest.mark.parametrize("path", [*python_files(*PURE)], ids=str)
def test_what_is_pure_imports_only_what_cannot_reach_the_world(path: Path) -> None:
    itself = ".".join(path.parts[:2])
    foreign = {name for name in imported(path) if not name.startswith(itself)}
    assert {name.partition(".")[0] for name in foreign} <= sys.stdlib_module_names - INPUT_AND_OUTPUT
