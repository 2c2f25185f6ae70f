"""Every example of docs/rules/ is answered as its table says, and every rule has one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.unit.docs.notation import Example, UnreadableExampleError, blocks, read
from waivers.position.rules import Line
from waivers.position.timeline import InstrumentPosition, Position, Timeline, WaiverPosition, timeline
from waivers.position.warnings import warnings

PAGES = sorted((Path(__file__).resolve().parents[3] / "docs/rules").glob("*.md"))
EXAMPLES = [
    pytest.param(block, id=f"{page.stem}-{number}-{'_'.join(block.split(maxsplit=4)[1:4])}")
    for page in PAGES
    for number, block in enumerate(blocks(page.read_text(encoding="utf-8")), 1)
]
SETTINGS = ("as of", "known at", "today", "if missed")


def run(example: Example) -> None:
    """Compare the answers with the table, cell by cell."""
    if example.critical_dates:
        assert list(timeline(example.facts()).critical_dates) == example.critical_dates
    for row in example.rows:
        known_at = row.get("known at") or None
        today = row.get("today") or known_at
        facts, asked = example.facts(known_at), row.get("if missed", "").split()
        line = timeline(
            facts,
            today=date.fromisoformat(today) if today else None,
            missed=frozenset((found.instrument, found.ref) for found in facts.payments if found.ref in asked),
        )
        on = date.fromisoformat(row["as of"])
        position = line.position(on)
        for column, cell in row.items():
            if column not in SETTINGS and cell:
                assert (row["as of"], column, answer(line, position, column, cell)) == (row["as of"], column, cell)


def answer(line: Timeline, position: Position, column: str, cell: str) -> str:
    """What the rules say, told in the words of the cell (with those details only that the cell states)."""
    if column == "warnings":
        told = [f"{found.rule} {found.about}" for found in warnings(line, position.as_of)]
        return ", ".join(told) or "none"
    if "/" in column:
        instrument, root = column.split("/")
        lines = [found for found in _instrument(position, instrument).lines if found.root.ref == root]
        assert len(lines) <= 1, f"{column} has {len(lines)} lines"
        return _line(lines[0], cell) if lines else "none"
    if any(found.ref == column for found in position.instruments):
        found = _instrument(position, column)
        return f"{found.state} through {found.waived_through}" if found.waived_through else str(found.state)
    for found in position.waivers:
        if found.ref == column:
            return _waiver(found, cell)
    raise UnreadableExampleError(f"{column!r} is no instrument, no waiver, no question")


def _instrument(position: Position, ref: str) -> InstrumentPosition:
    return next(found for found in position.instruments if found.ref == ref)


def _line(found: Line, cell: str) -> str:
    details = {
        "by": found.waiver,
        "since": found.since,
        "matures": found.event_of_default_on,
        "via": ">".join(found.via),
        "unsure": len(found.uncertain),
    }
    return _told(str(found.state), details, cell)


def _waiver(found: WaiverPosition, cell: str) -> str:
    end = found.end
    details = {
        "first": found.first_day,
        "last": found.last_day,
        "ended": end and end.ended_on,
        "by": end and end.ref,
    }
    return _told(str(found.status), details, cell)


def _told(state: str, details: dict[str, object], cell: str) -> str:
    asked = cell.split()[1::2]
    if unknown := set(asked) - details.keys():
        raise UnreadableExampleError(f"{', '.join(sorted(unknown))} in the cell {cell!r}")
    return " ".join([state, *(f"{name} {details[name]}" for name in asked)])


@pytest.mark.parametrize("block", EXAMPLES)
def test_an_example_is_answered_as_its_table_says(block: str) -> None:
    run(read(block))


def test_every_rule_has_an_example_that_names_it() -> None:
    named = {rule for page in PAGES for block in blocks(page.read_text(encoding="utf-8")) for rule in read(block).rules}
    assert named == set(range(1, 35))


def test_every_rule_stands_on_its_page_with_its_number() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [rule for rule in range(1, 35) if text.count(f"\n**{rule}.** ") != 1] == []


WRONG = """rules 5
notes  note series
  interest coupon, due 2000-02-01
  clause own payment

as of      | notes
2000-02-01 | clear
"""


def test_a_wrong_cell_is_noticed() -> None:
    with pytest.raises(AssertionError):
        run(read(WRONG))
    run(read(WRONG.replace("clear", "event_of_default")))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("note series", "bond"),
        ("interest coupon", "dividend coupon"),
        (", due", ", owing"),
        ("rules 5", "rule 5"),
        ("| clear", "| clear | clear"),
        ("clause own", "clauses own"),
    ],
)
def test_what_the_notation_does_not_have_is_refused(right: str, wrong: str) -> None:
    with pytest.raises(UnreadableExampleError):
        read(WRONG.replace(right, wrong))


@pytest.mark.parametrize(("heading", "cell"), [("notes/coupon", "event_of_default until 2000-02-01"), ("note", "none")])
def test_an_unknown_detail_or_column_is_refused(heading: str, cell: str) -> None:
    with pytest.raises(UnreadableExampleError):
        run(read(WRONG.replace("| notes", f"| {heading}").replace("clear", cell)))
