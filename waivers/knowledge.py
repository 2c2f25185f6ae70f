"""What the register knew at one moment and at another, of one borrower as of one date (rule 4): answers and facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from agreements.models import Instrument, Party
from audit.trail import Difference, differences
from waivers.histories import parts_of_borrower
from waivers.position.rules import Line
from waivers.position.timeline import InstrumentPosition, WaiverPosition
from waivers.positions import Answer, answer, groups_at, groups_of

MOST_FACTS = 200  # of one kind


@dataclass(frozen=True, slots=True)
class Pair:
    """One answer as it was given by the knowledge of either moment; None where that knew of nothing to answer for."""

    ref: str
    then: Any
    now: Any

    @property
    def differs(self) -> bool:
        return self.then != self.now

    @property
    def states(self) -> tuple[str, str]:
        """The states or statuses, "" where there is no answer."""
        return _state(self.then), _state(self.now)

    def as_json(self) -> dict[str, str | None]:
        then, now = self.states
        return {"ref": self.ref, "then": then or None, "now": now or None}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the moments `then` and `now` knew of instruments, waivers and default lines, and of each fact."""

    as_of: date
    then: datetime
    now: datetime
    instruments: list[Pair]
    waivers: list[Pair]
    lines: list[Pair]
    facts: list[Difference]
    has_more_facts: bool

    @property
    def is_same(self) -> bool:
        return not any(pair.differs for pair in (*self.instruments, *self.waivers, *self.lines))

    @property
    def corrected(self) -> list[Difference]:
        """The facts that both moments knew, and not alike."""
        return [fact for fact in self.facts if not fact.is_new]

    @property
    def learnt(self) -> list[Difference]:
        """The facts that only the later moment knew."""
        return [fact for fact in self.facts if fact.is_new]

    def as_json(self) -> dict[str, Any]:
        """Both answers where they differ, as docs/portfolio-format.md has them, and the facts."""
        return {
            "as_of": self.as_of.isoformat(),
            "then": self.then.isoformat(),
            "now": self.now.isoformat(),
            "instruments": [pair.as_json() for pair in self.instruments if pair.differs],
            "waivers": [pair.as_json() for pair in self.waivers if pair.differs],
            "lines": [pair.as_json() for pair in self.lines if pair.differs],
            "facts": [
                {
                    "kind": fact.what,
                    "ref": fact.name,
                    "new": fact.is_new,
                    "changes": [{"field": c.name, "then": c.before, "now": c.after} for c in fact.fields],
                    "last_changed_by": fact.row.actor_name,
                    "last_changed_at": fact.row.history_date.isoformat(),
                    "reason": fact.row.history_change_reason or "",
                }
                for fact in self.facts
            ],
            "more_facts": self.has_more_facts,
        }


def compare(
    party: Party, as_of: date, then: datetime, now: datetime, *, today: date, seen: frozenset[str] | None = None
) -> Comparison:
    """Compare what two moments of knowledge answer for a borrower. `seen`: the instruments that the reader may open."""
    debts = Instrument.objects.ever_of(party)
    mine = debts if seen is None else debts.filter(ref__in=seen)
    numbers = groups_of(debts)
    told = [
        answer(groups_at(numbers, today=today, known_at=at), as_of, borrower=party.ref, known_at=at)
        for at in (then, now)
    ]
    facts, has_more = differences(
        parts_of_borrower(party, mine.values_list("pk", flat=True)), then, now, most=MOST_FACTS
    )
    return Comparison(
        as_of,
        then,
        now,
        _pairs(*(_instruments(found) for found in told)),
        _pairs(*({item.ref: item for item in found.waivers} for found in told)),
        _pairs(*(_lines(found.instruments) for found in told)),
        facts,
        has_more,
    )


def _instruments(found: Answer) -> dict[str, InstrumentPosition]:
    """Without their lines, which are compared by themselves."""
    return {item.ref: InstrumentPosition(item.ref, item.state, item.waived_through, ()) for item in found.instruments}


def _lines(instruments: Iterable[InstrumentPosition]) -> dict[str, Line]:
    return {
        f"{item.ref}: {line.clause} by {line.root.ref} of {line.root.instrument}": line
        for item in instruments
        for line in item.lines
    }


def _state(item: InstrumentPosition | WaiverPosition | Line | None) -> str:
    if item is None:
        return ""
    return str(item.status if isinstance(item, WaiverPosition) else item.state)


def _pairs(then: dict[str, Any], now: dict[str, Any]) -> list[Pair]:
    return [Pair(ref, then.get(ref), now.get(ref)) for ref in sorted(then.keys() | now.keys())]
