"""The environment variables of docs/operations.md are those that the settings read."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def read_by_the_settings() -> set[str]:
    """The first argument of every call of a method of `env`, and every name looked for in `env.ENVIRON`."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / "config/settings.py").read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="env")), args=[ast.Constant(value=str(name)), *_]):
                found.add(name)
            case ast.Compare(
                left=ast.Constant(value=str(name)),
                comparators=[ast.Attribute(value=ast.Name(id="env"), attr="ENVIRON")],
            ):
                found.add(name)
    return found


def in_the_table() -> set[str]:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    table = page.partition("## Environment variables")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([A-Z_]+)` \|", table, flags=re.MULTILINE))


def test_every_variable_that_the_settings_read_is_in_the_table() -> None:
    assert read_by_the_settings() - in_the_table() == set()


def test_every_variable_in_the_table_is_read_by_the_settings() -> None:
    assert in_the_table() - read_by_the_settings() == set()
