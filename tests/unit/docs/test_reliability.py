"""The state diagram of docs/reliability.md is the one that the code draws."""

from __future__ import annotations

from pathlib import Path

from alerts.states import diagram

PAGE = Path(__file__).resolve().parents[3] / "docs/reliability.md"


def test_the_diagram_is_drawn_from_the_table_of_transitions() -> None:
    shown = PAGE.read_text(encoding="utf-8").partition("<!-- states -->\n")[2].partition("<!-- /states -->")[0]
    assert shown == f"```mermaid\n{diagram()}\n```\n"
