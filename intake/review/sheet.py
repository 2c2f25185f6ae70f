"""A draft as it is gone through: each term with the words it came from, what the register has, and its verdict."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from intake.extract.terms import as_json
from intake.models import Incoming, Verdict
from intake.review.terms import SECTIONS, Kind

OF_THE_READER = ("spans", "unclear", "inferred", "alternatives", "confidence")
MOST_TEXT = 400_000  # characters that one page shows; of more, what stands around the words that count
AROUND = 1_500


@dataclass(frozen=True, slots=True)
class Match:
    """What of the register a term can be: refs with titles, the likeliest, and a sentence where it is not plain."""

    choices: tuple[tuple[str, str], ...] = ()
    ref: str = ""
    said: str = ""

    @property
    def title(self) -> str:
        return dict(self.choices).get(self.ref, "")


@dataclass(frozen=True, slots=True)
class Item:
    """One term. `key`: its place in the draft; `proposed`: what was read (None: not stated, or added by a person)."""

    key: str
    kind: Kind
    proposed: dict[str, Any] | None
    spans: tuple[tuple[int, int], ...] = ()
    words: str = ""
    confidence: str = ""
    unclear: str = ""
    alternatives: tuple[str, ...] = ()
    verdict: Verdict | None = None
    match: Match | None = None
    debts: tuple[str, ...] = ()
    where: str = ""

    @property
    def value(self) -> dict[str, Any] | None:
        """What counts: what a person said, or else what was read."""
        return self.verdict.value if self.verdict else self.proposed

    @property
    def state(self) -> str:
        """open, accepted, corrected, rejected or added; absent where the document does not state it.

        A verdict that it is new to the register is open again once the register has what it may be.
        """
        if self.has_come:
            return "open"
        if self.verdict:
            return self.verdict.outcome
        return "open" if self.proposed is not None else "absent"

    @property
    def has_come(self) -> bool:
        """Whether the register has by now what was new to it when the verdict was given."""
        value = (self.verdict and self.verdict.value) or {}
        likeliest = self.match.ref if self.match else ""
        return bool(likeliest and "register" in value and not value["register"] and value.get("offered") != likeliest)

    @property
    def counts(self) -> bool:
        """Whether a person confirmed that it is so."""
        return self.verdict is not None and self.verdict.value is not None

    @property
    def register_ref(self) -> str:
        """The record of the register that it is: as a person said, or else the likeliest; "" for a new one."""
        if self.verdict and self.verdict.value is not None and not self.has_come:
            return str(self.verdict.value.get("register") or "")
        return self.match.ref if self.match else ""

    @property
    def register_title(self) -> str:
        return dict(self.match.choices).get(self.register_ref, "") if self.match else ""

    @property
    def shown(self) -> list[tuple[str, str]]:
        """Its fields that have something to show, as (label, words); of a rejected one what was read."""
        value = self.value or self.proposed or {}
        lines = []
        for box in self.kind.boxes:
            found = value.get(box.name)
            if box.kind == "debts":
                words = "; ".join(self.debts[number] for number in found or () if number < len(self.debts))
            else:
                words = box.shown(found)
            if words and not (box.kind == "flag" and found is not True):
                lines.append((box.label, words))
        return lines

    @property
    def quotes_itself(self) -> bool:
        """Whether what is shown of it is just the words that it came from."""
        shown = self.shown
        return bool(shown) and " ".join(shown[0][1].split()).strip(" .,;:") == self.words.strip(" .,;:")

    @property
    def anchor(self) -> str:
        return f"term-{self.key.replace('.', '-')}"

    @property
    def place(self) -> str:
        """The anchor of its words in the text; "" for what has none."""
        return f"words-{self.key.replace('.', '-')}" if self.spans else ""

    @property
    def number(self) -> int:
        """Its place among those of its kind, from 1."""
        return int(self.key.partition(".")[2] or 0) + 1


@dataclass(frozen=True, slots=True)
class Section:
    """Terms of one part of the document; `missing`: kinds of which there may be more, with the place of the next."""

    title: str
    items: tuple[Item, ...]
    missing: tuple[tuple[Kind, str], ...]

    @property
    def unstated(self) -> list[str]:
        """What of this part the document does not state."""
        return [kind.label.lower() for kind, _ in self.missing if not kind.several]

    @property
    def places(self) -> list[str]:
        """Where a person may add a term."""
        return [key for _, key in self.missing]


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of the text: which terms rest on it, which of them begin here; or how many characters are left out."""

    text: str
    keys: tuple[Item, ...] = ()
    begins: tuple[Item, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole draft under review."""

    incoming: Incoming
    sections: tuple[Section, ...]
    matches: Mapping[str, Match]
    debts: tuple[str, ...]

    @property
    def items(self) -> list[Item]:
        return [item for section in self.sections for item in section.items]

    @property
    def open(self) -> list[Item]:
        """What still waits for a verdict."""
        return [item for item in self.items if item.state == "open"]

    @property
    def decided(self) -> int:
        return len(self.items) - len(self.open)

    def of(self, name: str) -> list[Item]:
        """The confirmed terms of one kind, in order."""
        return [item for item in self.items if item.kind.name == name and item.counts]

    def value(self, name: str, field: str = "value") -> Any:
        """A field of the first confirmed term of a kind; None where there is none."""
        return next(((item.value or {}).get(field) for item in self.of(name)), None)

    def item(self, key: str) -> Item | None:
        """The term at a place, or an empty one at the place where a person may add the next; None elsewhere."""
        for section in self.sections:
            for item in section.items:
                if item.key == key:
                    return item
            for kind, place in section.missing:
                if place == key:
                    return Item(key, kind, None, match=self.matches.get(kind.name), debts=self.debts)
        return None


def sheet_of(incoming: Incoming, verdicts: Iterable[Verdict], matches: Mapping[str, Match] | None = None) -> Sheet:
    """A draft with its verdicts (in order of time: the last of a term counts) and what the register has."""
    last = {verdict.term: verdict for verdict in verdicts if verdict.term}
    draft = incoming.draft or {}
    debts = _designations(draft, last)
    sections = []
    for title, kinds in SECTIONS:
        items: list[Item] = []
        missing: list[tuple[Kind, str]] = []
        for kind in kinds:
            found = list(_read(draft, kind, incoming.text, last, matches or {}, debts, incoming.places, incoming.kind))
            items += found
            if kind.several:
                missing.append((kind, f"{kind.name}.{max([0, *(item.number for item in found)])}"))
            elif not found:
                missing.append((kind, kind.name))
        sections.append(Section(title, tuple(items), tuple(missing)))
    return Sheet(incoming, tuple(sections), matches or {}, debts)


def as_judged(draft: Mapping[str, Any], verdicts: Iterable[Verdict]) -> dict[str, Any]:
    """A draft with what people said in place of what was read, and with what they added."""
    found = {name: dict(enumerate(terms)) for name, terms in draft.items() if isinstance(terms, list)}
    for verdict in verdicts:
        name, _, number = verdict.term.partition(".")
        if verdict.value is not None and name in found:
            found[name][int(number)] = {**found[name].get(int(number), {}), **verdict.value}
    return {**draft, **{name: [terms[number] for number in sorted(terms)] for name, terms in found.items()}}


def _where(places: Sequence[Sequence[int]], kind: str, at: int) -> str:
    """The page or the paragraph of the file in which a character of the text stands; "" where it has none."""
    name = {"PDF": "page", "Word document": "paragraph"}.get(kind)
    if name is None or not places:
        return ""
    return f"{name} {places[bisect_right(places, at, key=lambda piece: piece[0]) - 1][1]}"


def _designations(draft: Mapping[str, Any], last: Mapping[str, Verdict]) -> tuple[str, ...]:
    """What the notes of a draft are called, with those that a person added."""
    names = {number: term["designation"] for number, term in enumerate(draft.get("debts") or ())}
    for key, verdict in last.items():
        name, _, number = key.partition(".")
        if name == "debts" and verdict.value:
            names[int(number)] = verdict.value.get("designation") or ""
    return tuple(names.get(number, "") for number in range(max(names, default=-1) + 1))


def _read(
    draft: Mapping[str, Any],
    kind: Kind,
    text: str,
    last: Mapping[str, Verdict],
    matches: Mapping[str, Match],
    debts: tuple[str, ...],
    places: Sequence[Sequence[int]],
    source: str,
) -> Iterator[Item]:
    found = draft.get(kind.name)
    terms = [(f"{kind.name}.{n}", term) for n, term in enumerate(found or ())] if kind.several else [(kind.name, found)]
    terms = [(key, term) for key, term in terms if term is not None]
    known = {key for key, _ in terms}
    added = [(key, None) for key in last if key.partition(".")[0] == kind.name and key not in known]
    for key, term in [*terms, *added]:
        verdict = last.get(key)
        if term is None:
            yield Item(key, kind, None, verdict=verdict, match=matches.get(key) or matches.get(kind.name), debts=debts)
            continue
        spans = tuple((start, end) for start, end in term["spans"])
        yield Item(
            key,
            kind,
            {name: value for name, value in term.items() if name not in OF_THE_READER},
            spans=spans,
            words=" ... ".join(" ".join(text[start:end].split()) for start, end in spans),
            confidence=term["confidence"],
            unclear=term["unclear"],
            alternatives=tuple(str(as_json(one)) for one in term["alternatives"]),
            verdict=verdict,
            match=matches.get(key) or matches.get(kind.name),
            debts=debts,
            where=_where(places, source, spans[0][0]) if spans else "",
        )


def segments(text: str, items: Iterable[Item]) -> list[Segment]:
    """The text cut where a term's words begin or end. Of a very long one, what lies far from any words is left out."""
    marked = [(start, end, item) for item in items for start, end in item.spans if start < end]
    cuts = sorted({0, len(text), *(at for start, end, _ in marked for at in (start, end) if at <= len(text))})
    starts: dict[int, list[Item]] = {}
    ends: dict[int, list[Item]] = {}
    for start, end, item in marked:
        starts.setdefault(start, []).append(item)
        ends.setdefault(end, []).append(item)
    begun: set[str] = set()
    live: list[Item] = []
    found: list[Segment] = []
    for start, end in pairwise(cuts):
        for item in ends.get(start, ()):
            live.remove(item)
        live += starts.get(start, ())
        first = [item for item in starts.get(start, ()) if item.key not in begun]
        begun.update(item.key for item in first)
        words = text[start:end]
        if not live and len(text) > MOST_TEXT and len(words) > 2 * AROUND:
            left_out = len(words) - 2 * AROUND
            found += [Segment(words[:AROUND]), Segment("", left_out=left_out), Segment(words[-AROUND:])]
        else:
            keys = tuple(sorted(live, key=_shortest)) if words.strip() else ()
            found.append(Segment(words, keys, tuple(first)))
    return found


def _shortest(item: Item) -> int:
    return min(end - start for start, end in item.spans)
