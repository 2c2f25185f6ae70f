"""The rules room imports the standard library and itself, and nothing else."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.rooms import ROOT, python_files

ITSELF = "waivers.position"
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


@pytest.mark.parametrize("path", [*python_files("waivers/position")], ids=str)
def test_the_rules_import_only_what_cannot_reach_the_world(path: Path) -> None:
    foreign = {name for name in imported(path) if not name.startswith(ITSELF)}
    assert {name.partition(".")[0] for name in foreign} <= sys.stdlib_module_names - INPUT_AND_OUTPUT
