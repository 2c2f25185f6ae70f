"""Who changed what, from what to what, when and why: history rows as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

OWN_COLUMNS = frozenset(
    {"id", "history_id", "history_date", "history_change_reason", "history_type", "history_user_id"}
    | {"actor_name", "actor_role", "request_id"}
)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One column, before and after."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one record. `changes` is empty where it was recorded for the first time; `name`: its ref."""

    at: datetime
    what: str
    actor: str
    role: str
    reason: str
    first: bool
    changes: tuple[FieldChange, ...]
    number: int
    name: str = ""


def trail(rows: Iterable[Any], what: str) -> list[Step]:
    """The steps of some records of one kind, latest first. `rows`: their history; `what`: what one is called."""
    before: dict[int, Any] = {}
    steps = []
    for row in sorted(rows, key=lambda row: row.history_id):
        changes = tuple(_changes(before[row.id], row)) if row.id in before else ()
        before[row.id] = row
        steps.append(
            Step(
                row.history_date,
                what,
                row.actor_name,
                row.actor_role,
                row.history_change_reason or "",
                row.history_type == "+",
                changes,
                row.history_id,
                getattr(row, "ref", ""),
            )
        )
    return steps[::-1]


def _changes(before: Any, after: Any) -> Iterable[FieldChange]:
    for field in after._meta.fields:
        if field.name in OWN_COLUMNS:
            continue
        if getattr(before, field.attname) != getattr(after, field.attname):
            # By name, so that what a key points to is said by its ref and not by its number.
            yield FieldChange(
                str(field.verbose_name), _shown(getattr(before, field.name)), _shown(getattr(after, field.name))
            )


def _shown(value: Any) -> Any:
    value = getattr(value, "ref", value)
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value.day} {value:%B %Y, %a}" if isinstance(value, date) else str(value).replace("_", " ")
