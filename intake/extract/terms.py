"""What a document is taken to say: a draft, in which each value bears the words that it was read from.

What a document does not say is None or an empty tuple, never a guess; what is unclear says so in `unclear`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Generic, TypeVar

from intake.extract.flow import Span

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Value(Generic[T]):
    """One value, the words for it, and a sentence for whoever must look at it more closely."""

    value: T
    spans: tuple[Span, ...]
    unclear: str = ""


@dataclass(frozen=True, slots=True)
class PartyTerms:
    """A party as the opening names it. `is_class`: a group without names of its own, such as the Lenders."""

    name: str
    roles: tuple[str, ...]
    defined: tuple[str, ...]
    jurisdiction: str | None
    entity_type: str | None
    former_names: tuple[str, ...]
    is_class: bool
    spans: tuple[Span, ...]
    unclear: str = ""


@dataclass(frozen=True, slots=True)
class PaperTerms:
    """An agreement that the document speaks of; `relation`: waived_under, prior_waiver or amendment (of the first)."""

    title: str
    dated: date | None
    relation: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class DebtTerms:
    """A series of notes as it is designated; the coupon in percent."""

    designation: str
    coupon: Decimal | None
    ranking: str | None
    convertible: bool
    increasing_rate: bool
    maturity: date | None
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class WaivedTerms:
    """A default that is waived. `kind`: payment, cross_default, covenant, or other.

    `due` is the day of a payment, `period_end` the day of a covenant's test, `debts` positions in `Draft.debts`.
    """

    kind: str
    cause: str
    sections: tuple[str, ...]
    due: date | None
    period_end: date | None
    debts: tuple[int, ...]
    solely: bool
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class EndTerms:
    """When the waiver ends: a day, an hour of it as it is written, or the earliest of several."""

    day: date | None
    hour: str | None
    earliest_of: tuple[str, ...]
    spans: tuple[Span, ...]
    unclear: str = ""


@dataclass(frozen=True, slots=True)
class TriggerTerms:
    """What ends the waiver by itself. `effect`: rescission or termination."""

    effect: str
    automatic: bool
    notice: bool | None
    by: tuple[str, ...]
    acts: tuple[str, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class SignatoryTerms:
    """Who signs for whom; `via`: through another entity. `signed`: a signature is conformed, "/s/"."""

    name: str | None
    title: str | None
    party: str | None
    via: str | None
    signed: bool
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """All that was read from one document."""

    title: Value[str] | None
    kind: Value[str]
    exhibit: Value[str] | None
    dated: Value[date] | None
    effective: Value[date | None] | None
    parties: tuple[PartyTerms, ...]
    papers: tuple[PaperTerms, ...]
    debts: tuple[DebtTerms, ...]
    waived: tuple[WaivedTerms, ...]
    ends: tuple[EndTerms, ...]
    triggers: tuple[TriggerTerms, ...]
    law: Value[str] | None
    signatories: tuple[SignatoryTerms, ...]


def as_json(value: Any) -> Any:
    """A draft, or a part of one, as JSON has it: dates ISO, decimals as text, spans as [start, end]."""
    if isinstance(value, Span):
        return [value.start, value.end]
    if is_dataclass(value):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [as_json(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
