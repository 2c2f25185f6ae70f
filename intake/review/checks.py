"""Whether what was read makes sense: its dates in order, and whether the register has it already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from alerts.letters import spoken
from intake.models import Incoming
from intake.review.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Doubt:
    """A sentence for whoever reviews, and the term that it is about ("": the whole document)."""

    words: str
    key: str = ""


def doubts_of(sheet: Sheet) -> list[Doubt]:
    """What does not fit together; of terms that were rejected, nothing."""
    values = {item.key: item.value for item in sheet.items if item.value is not None}
    return [*_dates(values), *_register(sheet), *_twice(sheet.incoming)]


def _day(values: Mapping[str, Any], key: str, name: str = "value") -> date | None:
    found = (values.get(key) or {}).get(name)
    return date.fromisoformat(found) if found else None


def _dates(values: Mapping[str, Any]) -> Iterator[Doubt]:
    dated = _day(values, "dated")
    effective = _day(values, "effective") or dated
    for key in values:
        name = key.partition(".")[0]
        if name == "ends" and (end := _day(values, key, "day")) and effective and end < effective:
            yield Doubt(f"It ends on {spoken(end)}, before it takes effect on {spoken(effective)}.", key)
        if name == "papers" and dated and (of := _day(values, key, "dated")) and of > dated:
            yield Doubt(f"This agreement is dated {spoken(of)}, after the document itself ({spoken(dated)}).", key)
        if name == "signed" and dated and (on := _day(values, key)) and on < dated:
            yield Doubt(f"It was signed on {spoken(on)}, before its date ({spoken(dated)}).", key)
        if name == "waived":
            yield from _waived(values, key)
    if dated is None:
        yield Doubt("The document bears no date that could be read; a waiver in the register bears one.")


def _waived(values: Mapping[str, Any], key: str) -> Iterator[Doubt]:
    due = _day(values, key, "due")
    ends = [end for other in values if other.startswith("ends.") and (end := _day(values, other, "day"))]
    if due and ends and due >= max(ends):
        said = f"The payment falls due on {spoken(due)}; the waiver ends on {spoken(max(ends))}, before that."
        yield Doubt(said, key)
    for number in values[key].get("debts") or ():
        maturity = _day(values, f"debts.{number}", "maturity")
        if maturity and ends and maturity <= max(ends) and maturity != due:
            name = (values.get(f"debts.{number}") or {}).get("designation")
            said = f"{name} mature on {spoken(maturity)}, on or before the end of the waiver, and only another payment"
            yield Doubt(f"{said} is waived.", key)


def _register(sheet: Sheet) -> Iterator[Doubt]:
    for item in sheet.items:
        if item.match and item.match.said and item.state != "rejected":
            yield Doubt(item.match.said, item.key)
        elif item.match and item.has_come:
            yield Doubt(
                f"By now the register has {item.match.title}; when the verdict was given it had none.", item.key
            )


def _twice(incoming: Incoming) -> Iterator[Doubt]:
    if not incoming.words_sha256:
        return
    others = Incoming.objects.filter(words_sha256=incoming.words_sha256, desk=incoming.desk).exclude(pk=incoming.pk)
    others = others.exclude(state=Incoming.State.DUPLICATE).select_related("waiver").only("name", "waiver__ref")
    for other in others.order_by("id")[:3]:
        became = f", recorded as {other.waiver.ref}" if other.waiver else ""
        yield Doubt(f"{other.name} (number {other.pk}) says the same, word for word{became}.")
