"""What a person chooses beside the terms, what the register holds of them, and what is to be recorded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Portfolio = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person says beside the terms: under which of them the waiver is, its ref, its days, what it extends.

    `under` is the place of an agreement or a series of notes (`papers.0`); `offers` the offers that were taken.
    """

    under: str
    ref: str
    executed: date | None
    effective: date
    until: date | None
    until_text: str
    inclusive: bool
    extends: str
    offers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that the document implies and the register lacks: recorded only if a person takes it."""

    key: str
    words: str


@dataclass(slots=True)
class Proposal:
    """Two portfolio documents, the debts' first; other names of known notes; what is new in words; what is left out."""

    debts: Portfolio = field(default_factory=dict)
    waiver: Portfolio = field(default_factory=dict)
    aliases: list[tuple[str, str]] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    new_debts: set[str] = field(default_factory=set)
    to_the_desk: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    under: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A default event of the register: its clause's section, its day, and the waivers that cover it."""

    ref: str
    section: str
    occurred: date
    waivers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Held:
    """What the register holds and the person may see of the records that were matched; and whether a ref is taken.

    `on_no_desk`: those of the parties that no desk has.
    """

    parties: Collection[str]
    on_no_desk: Collection[str]
    agreements: Mapping[str, Mapping[str, Any]]
    note_series: Mapping[str, Mapping[str, Any]]
    events: Mapping[str, list[Event]]
    taken: Callable[[str], bool]

    def has(self, ref: str) -> bool:
        return ref in self.parties or ref in self.agreements or ref in self.note_series
