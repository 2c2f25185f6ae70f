"""What is installed is what pyproject.toml names. To compile anew after a change there:

    uv pip compile --universal --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.txt

(for requirements-dev.txt with `--group dev`).
"""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.architecture.rooms import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = PROJECT["project"]["dependencies"]
DEVELOPMENT = [*RUNTIME, *PROJECT["dependency-groups"]["dev"]]


def plain(requirement: str) -> str:
    """`name==version`, without extras and markers."""
    return re.sub(r"\[.*?\]", "", requirement).partition(";")[0].strip()


@pytest.mark.parametrize(
    ("named", "file"), [(RUNTIME, "requirements.txt"), (DEVELOPMENT, "requirements-dev.txt")], ids=["runtime", "dev"]
)
def test_every_dependency_is_pinned_as_named(named: list[str], file: str) -> None:
    lines = (ROOT / file).read_text().splitlines()
    pinned = {plain(line.rstrip(" \\")) for line in lines if "==" in line}
    assert {plain(requirement) for requirement in named} - pinned == set()
