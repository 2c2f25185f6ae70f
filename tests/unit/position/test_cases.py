"""The worked cases: ours in tests/cases, and the project's shared scenarios where they are at hand."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.unit.position.naive import walk
from tests.unit.position.portfolio import facts_from_portfolio
from tests.unit.position.test_against_naive import as_naive
from waivers.position.timeline import InstrumentPosition, WaiverPosition, timeline
from waivers.position.warnings import warnings

ROOT = Path(__file__).resolve().parents[3]
OWN = sorted((ROOT / "tests/cases").glob("*.json"))
SHARED = sorted((ROOT.parent / "shared/scenarios").glob("*.json"))


def text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def stated(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """What was found, in the fields that the case states."""
    return {name: found[name] for name in expected}


def instrument(found: InstrumentPosition, expected: dict[str, Any]) -> dict[str, Any]:
    lines = [
        {
            "clause": line.clause,
            "root": {"kind": line.root.kind, "ref": line.root.ref},
            "via": list(line.via),
            "state": line.state,
            "since": text(line.since),
            "event_of_default_on": text(line.event_of_default_on),
            "waiver": line.waiver,
            "uncertain": list(line.uncertain),
        }
        for line in found.lines
    ]
    assert len(lines) == len(expected["lines"]), lines
    return stated(
        {
            "ref": found.ref,
            "state": found.state,
            "waived_through": text(found.waived_through),
            "lines": [stated(*pair) for pair in zip(lines, expected["lines"], strict=True)],
        },
        expected,
    )


def waiver(found: WaiverPosition, expected: dict[str, Any]) -> dict[str, Any]:
    end = found.end
    return stated(
        {
            "ref": found.ref,
            "status": found.status,
            "first_day": text(found.first_day),
            "last_day": text(found.last_day),
            "ended_on": end and text(end.ended_on),
            "ended_by": end and {"on": end.on, "kind": end.kind, "ref": end.ref},
        },
        expected,
    )


def check(path: Path) -> None:
    case = json.loads(path.read_text())
    facts = facts_from_portfolio(case["portfolio"])
    line = timeline(facts)
    for expected in case["expect"]:
        on = date.fromisoformat(expected["as_of"])
        position = line.position(on)
        instruments = [instrument(*pair) for pair in zip(position.instruments, expected["instruments"], strict=True)]
        assert (on, instruments) == (on, expected["instruments"])
        waivers = [waiver(*pair) for pair in zip(position.waivers, expected["waivers"], strict=True)]
        assert (on, waivers) == (on, expected["waivers"])
        if "warnings" in expected:
            found = [{"rule": each.rule, "about": each.about, "text": each.text} for each in warnings(line, on)]
            assert [stated(*pair) for pair in zip(found, expected["warnings"], strict=True)] == expected["warnings"]
    turns = line.critical_dates
    for day, expected in walk(facts, turns[0], turns[-1]).items():
        assert (day, as_naive(line.position(day))) == (day, expected)


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_our_own_case_is_answered_as_it_is_worked_out(path: Path) -> None:
    check(path)


@pytest.mark.skipif(not SHARED, reason="the shared scenarios are not beside this checkout")
@pytest.mark.parametrize("path", SHARED, ids=lambda path: path.stem)
def test_shared_scenario_is_answered_as_it_states(path: Path) -> None:
    check(path)
