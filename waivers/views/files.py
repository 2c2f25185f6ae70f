"""The lists of pages as files: their columns, and rows of typed values. Those of the registers are their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any

from django.utils.html import strip_tags

from alerts.models import Alert
from audit.exports import Row
from waivers.matrix import Matrix
from waivers.position.coverage import Cell
from waivers.position.rules import State
from waivers.search import Found
from waivers.turns import Turn
from waivers.watch import SAID, Need

NO_END = "no end stated"

NEED_COLUMNS = ("needs", "state", "what", "why", "date", "borrower", "ref", "instrument")
NOBODY = "Nobody has acknowledged these"


def need_row(need: Need) -> Row:
    return (
        *(SAID[need.urgency], need.state, need.title, need.sentence, need.on),
        *(need.borrower, need.ref, need.instrument),
    )


def passed_on_row(alert: Alert) -> Row:
    """An alert that nobody acknowledged, among what needs a person."""
    content = alert.content
    return (
        *(NOBODY, alert.state, content.get("heading"), content.get("what"), alert.raised_for),
        *(None, alert.about, alert.topic.removeprefix("instrument:")),
    )


TURN_COLUMNS = ("date", "kind", "what", "urgent", "about", "instrument")


def turn_row(turn: Turn) -> Row:
    return turn.on, turn.kind, turn.words, turn.urgent, turn.about, turn.instrument


FOUND_COLUMNS = ("group", "name", "what", "ref", "also called", "roles", "words")


def found_row(group: str, found: Found) -> Row:
    """What a search found; `group`: among what it is shown."""
    roles = [f"{role.get_role_display()} under {role.instrument.ref}" for role in found.roles]
    more = ["and under others"] if found.has_more_roles else []
    words = unescape(strip_tags(found.excerpt))
    return group, found.name, found.what, found.ref, "; ".join(found.also_called), "; ".join([*roles, *more]), words


POSITION_COLUMNS = ("instrument", "title", "currency", "principal outstanding", "state", "waived through")


def position_columns(of: Matrix) -> tuple[str, ...]:
    """The instrument's columns, and one for each root cause."""
    return (*POSITION_COLUMNS, *(f"{root.short} ({root.root.instrument}, {root.root.ref})" for root in of.roots))


def position_rows(of: Matrix) -> Iterator[Row]:
    """One row an instrument; under each root cause the state of its lines, and what holds them back."""
    for row in of.rows:
        through = row.through or (NO_END if row.state is State.WAIVED else None)
        yield (
            *(row.ref, row.title, row.currency, row.principal, row.state, through),
            *("; ".join(_reason(reason) for reason in cell) for cell in row.cells),
        )


def _reason(reason: Any) -> str:
    line = reason.line
    if not line.waiver:
        return line.state
    through = f"through {reason.through}" if reason.through else NO_END
    return f"{line.state} {through} by {line.waiver}"


COVERAGE_COLUMNS = (
    "debt", "title", "payment", "kind", "due", "missed", "matures", "creditors' instrument", "creditors", "cover",
    "from", "waivers", "through", "ends early",
)  # fmt: skip


def coverage_rows(rows: Iterable[dict[str, Any]], creditors: list[tuple[str, str, str]]) -> Iterator[Row]:
    """One row a payment and a creditor; the cover is empty where the creditor's instrument is not dragged down."""
    for item in rows:
        row, payment = item["row"], item["row"].payment
        for (ref, _, names), (cell, ends_early) in zip(creditors, item["cells"], strict=True):
            yield (
                *(payment.instrument, item["title"], payment.ref, payment.kind, row.due, row.missed, item["maturity"]),
                *(ref, names),
                *_cover(cell),
                ends_early,
            )


def _cover(cell: Cell | None) -> Row:
    if cell is None:
        return None, None, None, None
    through = cell.through or (NO_END if cell.waivers else None)
    return cell.cover, cell.since, "; ".join(cell.waivers), through


SUPPOSED_COLUMNS = (
    "instrument", "title", "creditors", "currency", "principal outstanding", "as recorded", "waived through", "if so",
    "waived through if so",
)  # fmt: skip


def supposed_row(row: dict[str, Any]) -> Row:
    """An instrument as recorded, and as it would be."""
    debt, before, after = row["record"].row, row["before"], row["after"]
    return (
        *(row["ref"], debt.title, row["creditors"], debt.currency, debt.principal_outstanding),
        *(before and before.state, before and before.waived_through),
        *(after and after.state, after and after.waived_through),
    )


SCHEDULE_COLUMNS = (
    "payment", "kind", "first due", "due", "amount", "currency", "paid", "late", "stands", "deferrals",
)  # fmt: skip


def schedule_rows(payments: Iterable[dict[str, Any]], currency: str) -> Iterator[Row]:
    """One row a payment, with how it stands."""
    for payment in payments:
        row = payment["record"].row
        moved = [_deferral(found) for found in payment["record"].deferrals]
        yield (
            *(row.ref, row.kind, row.due, payment["due"], row.amount, currency, row.paid, payment.get("late", False)),
            *("recorded in error" if payment["stands"] == "void" else payment["stands"], "; ".join(moved)),
        )


def _deferral(found: Any) -> str:
    paper = f", {found.instrument_title}" if found.instrument_title else ""
    void = " (recorded in error)" if found.recorded_in_error else ""
    return f"to {found.to} from {found.effective}{paper}{void}"
