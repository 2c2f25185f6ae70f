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


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What every value bears: the words that it was read from, and how far it can be relied on.

    `unclear` is a sentence for whoever must look more closely; `alternatives` are the other values that the words
    could mean. `inferred`: it follows from the document but is not stated, as a role that only a signature shows.
    """

    spans: tuple[Span, ...]
    unclear: str = ""
    inferred: bool = False
    alternatives: tuple[Any, ...] = ()

    @property
    def confidence(self) -> str:
        """stated, inferred or unclear."""
        return "unclear" if self.unclear else "inferred" if self.inferred else "stated"


@dataclass(frozen=True, slots=True)
class Value(Term, Generic[T]):
    """A single value."""

    value: T


@dataclass(frozen=True, slots=True)
class PartyTerms(Term):
    """A party as the opening names it. `is_class`: a group without names of its own, such as the Lenders."""

    name: str
    roles: tuple[str, ...]
    defined: tuple[str, ...]
    jurisdiction: str | None
    entity_type: str | None
    former_names: tuple[str, ...]
    is_class: bool


@dataclass(frozen=True, slots=True)
class PaperTerms(Term):
    """An agreement that the document speaks of; `relation`: waived_under, prior_waiver or amendment (of the first).

    `amendments` and `riders`: what changed it and what is part of it, in the document's words.
    """

    title: str
    dated: date | None
    relation: str
    amendments: tuple[str, ...] = ()
    riders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DefinitionTerms(Term):
    """A term that this document defines, and what it stands for, in its words."""

    term: str
    meaning: str


@dataclass(frozen=True, slots=True)
class DebtTerms(Term):
    """A series of notes as it is designated; the coupon in percent."""

    designation: str
    coupon: Decimal | None
    ranking: str | None
    convertible: bool
    increasing_rate: bool
    maturity: date | None
    principal: Decimal | None = None
    holder: str | None = None
    trustee: str | None = None


@dataclass(frozen=True, slots=True)
class WaivedTerms(Term):
    """A default that is waived. `kind`: payment, cross_default, covenant, reporting,
    borrowing_base, change_of_control, or other.

    `due` is the day of a payment, `period_end` the day of a covenant's test, `debts` positions in `Draft.debts`,
    `payments` what was to be paid: principal, interest, fee.
    """

    kind: str
    cause: str
    sections: tuple[str, ...]
    due: date | None
    period_end: date | None
    debts: tuple[int, ...]
    solely: bool
    payments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EndTerms(Term):
    """When the waiver ends: a day, an hour of it as it is written, or the earliest of several.

    `words` are the document's; `inclusive` says whether they cover the day itself (rule 2; None where they do not
    say, and it is then read as not included); `on_notice`: a creditor's notice ends it.
    """

    day: date | None
    hour: str | None
    earliest_of: tuple[str, ...]
    words: str = ""
    inclusive: bool | None = None
    on_notice: bool = False


@dataclass(frozen=True, slots=True)
class TriggerTerms(Term):
    """What ends the waiver by itself. `effect`: rescission or termination; `debts`: positions in `Draft.debts`."""

    effect: str
    automatic: bool
    notice: bool | None
    by: tuple[str, ...]
    acts: tuple[str, ...]
    debts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ConditionTerms(Term):
    """A condition precedent, in the document's words."""

    text: str


@dataclass(frozen=True, slots=True)
class FeeTerms(Term):
    """A fee for the waiver, in the document's words: its amount where one is stated, and its currency (ISO 4217)."""

    amount: Decimal | None
    currency: str | None
    text: str


@dataclass(frozen=True, slots=True)
class SignatoryTerms(Term):
    """Who signs for whom; `via`: through another entity. `signed`: a signature is conformed, "/s/".

    `capacity`: in what role the party signs, in the document's words, "as Administrative Agent".
    """

    name: str | None
    title: str | None
    party: str | None
    via: str | None
    signed: bool
    capacity: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """All that was read from one document. Clauses of a kind (`release` and so on) have their own words as value."""

    title: Value[str] | None
    kind: Value[str]
    exhibit: Value[str] | None
    dated: Value[date] | None
    effective: Value[date | None] | None
    signed: tuple[Value[date], ...]
    parties: tuple[PartyTerms, ...]
    papers: tuple[PaperTerms, ...]
    definitions: tuple[DefinitionTerms, ...]
    debts: tuple[DebtTerms, ...]
    waived: tuple[WaivedTerms, ...]
    ends: tuple[EndTerms, ...]
    triggers: tuple[TriggerTerms, ...]
    conditions: tuple[ConditionTerms, ...]
    fees: tuple[FeeTerms, ...]
    reservation_of_rights: Value[str] | None
    no_other_waiver: Value[str] | None
    ratification: Value[str] | None
    release: Value[str] | None
    counterparts: Value[str] | None
    law: Value[str] | None
    signatories: tuple[SignatoryTerms, ...]


def as_json(value: Any) -> Any:
    """A draft, or a part of one, as JSON has it: dates ISO, decimals as text, spans as [start, end]."""
    if isinstance(value, Span):
        return [value.start, value.end]
    if is_dataclass(value):
        said = {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
        return said | {"confidence": value.confidence} if isinstance(value, Term) else said
    if isinstance(value, tuple):
        return [as_json(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
