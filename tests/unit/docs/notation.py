"""The notation of the examples in docs/rules/ (explained in docs/rules/README.md): facts, then a table of answers.

`read` turns the text of one block into an `Example`. What the notation does not know raises `UnreadableExampleError`,
so that a slip of the pen never passes for a fact left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.unit.position.portfolio import facts_from_portfolio
from waivers.position.facts import ActionKind, Facts, PaymentKind

Item = dict[str, Any]
Phrases = list[list[str]]

ONE = {
    "agreement": {"principal": "principal_outstanding", "currency": "currency"},
    "payment": {"due": "due", "paid": "paid"},
    "waiver": {"from": "effective_from", "executed": "executed", "extends": "extends"},
    "action": {name: name for name in ("by", "occurred", "reported", "annulled", "withdrawn", "status")},
    "event": {"clause": "clause", "kind": "event_kind", "occurred": "occurred", "cured": "cured", "status": "status"},
    "notice": {"given": "given", "effective": "effective"},
    "clause": {"grace": "grace_days"},
    "scope": {},
    "trigger": {},
}
MANY = {
    "agreement": {"obligors": "obligors"},
    "waiver": {"by": "granted_by"},
    "clause": {"reaches": "reaches"},
    "scope": {"kinds": "kinds", "due": "due"},
    "trigger": {"by": "by", "of": "instruments", "waivers": "waivers", "events": "events"},
}


class UnreadableExampleError(ValueError):
    """A line of an example that the notation does not have."""


@dataclass
class Example:
    """The facts of an example and what is expected of them. `rows`: one dict a row, column heading -> cell."""

    rules: list[int]
    items: dict[str, list[Item]] = field(default_factory=dict)
    critical_dates: list[date] = field(default_factory=list)
    rows: list[dict[str, str]] = field(default_factory=list)

    def facts(self, known_at: str | None = None) -> Facts:
        """What was recorded by the close of a day; all of it without one."""
        document = {name: [_as_known(item, known_at) for item in items] for name, items in self.items.items()}
        return facts_from_portfolio({name: [item for item in items if item] for name, items in document.items()})


def _as_known(item: Item, known_at: str | None) -> Item:
    """The item as it stood at the close of a day, empty if it was not recorded yet."""
    if known_at and known_at < item.get("recorded", ""):
        return {}
    voided = "voided" in item and (known_at is None or item["voided"] <= known_at)
    return item | {"status": "recorded_in_error"} if voided else item


def read(text: str) -> Example:
    """One block as an `Example`."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines or not lines[0].startswith("rules "):
        raise UnreadableExampleError("an example begins with the rules that it shows")
    example = Example([int(word) for word in lines[0].replace(",", " ").split()[1:]])
    heading: list[str] = []
    last: Item = {}
    for line in lines[1:]:
        if "|" in line:
            cells = [cell.strip() for cell in line.split("|")]
            if heading and len(cells) != len(heading):
                raise UnreadableExampleError(f"{len(cells)} cells under {len(heading)} headings: {line}")
            if heading:
                example.rows.append(dict(zip(heading, cells, strict=True)))
            heading = heading or cells
        elif line.startswith("critical dates "):
            example.critical_dates = [date.fromisoformat(word) for word in line.split()[2:]]
        elif line.startswith(" "):
            _child(last, _phrases(line), line)
        else:
            name, last = _item(line)
            example.items.setdefault(name, []).append(last)
    if not example.rows:
        raise UnreadableExampleError("an example ends with a table")
    return example


def _phrases(text: str) -> Phrases:
    return [phrase.split() for phrase in text.split(",")]


def _item(line: str) -> tuple[str, Item]:
    ref, _, rest = line.partition(" ")
    head, *more = _phrases(rest)
    match head:
        case ["note", "series"]:
            return "note_series", {"ref": ref, "issuer": "borrower"} | _fields("agreement", more, line)
        case ["agreement"]:
            return "agreements", {"ref": ref, "obligors": ["borrower"]} | _fields("agreement", more, line)
        case ["waiver" | "forbearance" as kind, "under", instrument]:
            item = {"ref": ref, "kind": kind, "instrument": instrument, "granted_by": [instrument], "covers": []}
            item |= _fields("waiver", more, line)
            return "waivers", {"executed": item["effective_from"]} | item
        case [kind, "of", instrument] if kind in set(ActionKind):
            item = {"ref": ref, "kind": kind, "instrument": instrument, "by": "holder"}
            return "holder_actions", item | _fields("action", more, line)
        case ["event", "under", instrument]:
            return "default_events", {"ref": ref, "instrument": instrument} | _fields("event", more, line)
        case ["notice", "under", waiver]:
            return "termination_notices", {"ref": ref, "waiver": waiver} | _fields("notice", more, line)
    raise UnreadableExampleError(line)


def _child(item: Item, phrases: Phrases, line: str) -> None:
    head, *more = phrases
    match head:
        case [kind, ref] if kind in set(PaymentKind):
            item.setdefault("payments", []).append({"ref": ref, "kind": kind} | _fields("payment", more, line))
        case ["clause", ref, kind]:
            clause = {"ref": ref, "kind": kind} | _fields("clause", more, line)
            item.setdefault("events_of_default", []).append(clause)
        case ["reserves", "rights", on]:
            item.setdefault("documents", []).append({"kind": "reservation_of_rights", "dated_as_of": on})
        case ["covers", "failure", "to", "pay", *refs]:
            scope = {"instruments": refs} | _fields("scope", more, line)
            item["covers"].append({"failure_to_pay": scope})
        case ["covers", "events", *refs] if not more:
            item["covers"].append({"default_events": refs})
        case ["covers", "acceleration", "of", *refs] if not more:
            item["covers"].append({"acceleration_of": refs})
        case ["covers", "all", "of", *refs] if not more:
            item["covers"].append({"all_of": refs})
        case ["condition", "met", on]:
            item.setdefault("conditions", []).append({"satisfied": on})
        case ["condition", "open"]:
            item.setdefault("conditions", []).append({})
        case ["ends", "on", *what]:
            item.setdefault("ends_on", []).append({"on": what} | _fields("trigger", more, line))
        case _:
            raise UnreadableExampleError(line)


def _fields(what: str, phrases: Phrases, line: str) -> Item:
    found: Item = {}
    for phrase in phrases:
        name, *values = phrase
        match phrase:
            case ["recorded" | "voided", on]:
                found[name] = on
            case ["unexecuted"] if what == "waiver":
                found["executed"] = None
            case ["until", on, *rest] if what == "waiver" and rest in ([], ["included"]):
                found["until"] = {"date": on, "inclusive": bool(rest)}
            case ["deferred", "to", to, "from", effective] if what == "payment":
                found.setdefault("deferrals", []).append({"effective": effective, "to": to})
            case ["over", amount, *rest] if what == "clause":
                found["threshold"] = _threshold(amount, ">", rest, line)
            case ["at", "least", amount, *rest] if what == "clause":
                found["threshold"] = _threshold(amount, ">=", rest, line)
            case ["on", "notice"] if what == "trigger":
                found["effect"] = "on_notice"
            case [_, value] if name in ONE.get(what, {}):
                found[ONE[what][name]] = int(value) if name == "grace" else value
            case [_, _, *_] if name in MANY.get(what, {}):
                found[MANY[what][name]] = values
            case _:
                raise UnreadableExampleError(f"{' '.join(phrase)!r} in: {line}")
    return found


def _threshold(amount: str, operator: str, rest: list[str], line: str) -> Item:
    if rest not in ([], ["together"]):
        raise UnreadableExampleError(line)
    return {"amount": amount, "operator": operator, "aggregate": bool(rest)}


def blocks(markdown: str) -> Iterator[str]:
    """The fenced blocks of a page that are marked as examples."""
    for part in markdown.split("```example\n")[1:]:
        yield part.partition("```")[0]
