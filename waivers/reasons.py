"""Why a default line stands, in words, each with the paper that says so.

The rules give lines (`position`), the register gives names and papers (`dossier`); this puts them into sentences. What
the reader may not open is named by its ref alone (docs/decisions/0014-refs-follow-the-line.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from alerts.letters import spoken
from waivers.dossier import Dossier, Row, WaiverRecord
from waivers.position.facts import Root, RootKind, TriggerOn
from waivers.position.rules import Casefile, End, Line, Status, due_on, in_its_time, in_scope
from waivers.position.timeline import Position, WaiverPosition
from waivers.positions import Group

ENDED_WORDS = {
    TriggerOn.ACCELERATION: "acceleration was sought or declared",
    TriggerOn.REMEDIES: "a remedy was enforced or exercised",
    TriggerOn.OTHER_DEFAULT: "another event of default stands that it does not cover",
    TriggerOn.WAIVER_ENDED: "a waiver that it is tied to has ended",
    TriggerOn.EVENT: "a default event that it names was recorded",
}


@dataclass(frozen=True, slots=True)
class Citation:
    """Where something is written: the paper, the place in it, and the paper's file, if it is kept."""

    what: str
    paper: str
    place: str
    document: Row | None = None


@dataclass(frozen=True, slots=True)
class RootWords:
    """A root cause in words: `short` for a heading, `text` as a sentence; `debt` is the instrument it springs from."""

    root: Root
    short: str
    text: str
    debt: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One line in words."""

    line: Line
    root: RootWords
    sentences: tuple[str, ...]
    citations: tuple[Citation, ...]
    through: date | None
    number: int = 0  # among those of a page


class Reasons:
    """Says why, for some groups as of a date, to whom the dossier is open."""

    def __init__(self, groups: Iterable[Group], papers: Dossier, on: date) -> None:
        self.papers, self.on = papers, on
        self.cases: dict[str, Casefile] = {}
        self.standing: dict[str, WaiverPosition] = {}
        self.ends: dict[str, End] = {}
        for group in groups:
            self.cases |= dict.fromkeys(group.timeline.case.instruments, group.timeline.case)
            position = group.timeline.position(on)
            self.standing |= {found.ref: found for found in position.waivers}
            self.ends |= group.timeline.day(on).ends

    def root(self, root: Root) -> RootWords:
        """A root cause in words."""
        debt = self.papers.title(root.instrument)
        hidden = self.papers.seen is not None and root.instrument not in self.papers.seen
        if hidden or root.instrument not in self.cases:
            kind = root.kind.replace("_", " ")
            return RootWords(
                root, f"{kind.capitalize()} {root.ref}", f"{kind} {root.ref} under {root.instrument}", debt
            )
        case = self.cases[root.instrument]
        if root.kind is RootKind.MISSED_PAYMENT:
            payment = case.payments[root.instrument, root.ref]
            due = due_on(payment, self.on)
            short = f"{payment.kind.capitalize()} due {spoken(due)}"
            moved = "" if due == payment.due else f" (first due on {spoken(payment.due)})"
            paid = f", and was paid only on {spoken(payment.paid)}" if payment.paid else " and is not paid"
            return RootWords(root, short, f"{payment.kind} of {debt} fell due on {spoken(due)}{moved}{paid}", debt)
        if root.kind is RootKind.ACCELERATION:
            action = next(action for action in case.facts.holder_actions if action.ref == root.ref)
            short = f"Accelerated {spoken(action.occurred)}"
            text = f"the {action.by} of {debt} declared it due and payable on {spoken(action.occurred)}"
            return RootWords(root, short, text, debt)
        event = next(event for event in case.facts.default_events if event.ref == root.ref)
        kind = event.event_kind.replace("_", " ")
        short = f"{kind.capitalize()} {spoken(event.occurred)}"
        return RootWords(root, short, f"{kind} under {debt} on {spoken(event.occurred)}", debt)

    def reason(self, line: Line, number: int = 0) -> Reason:
        """A line in words, with its citations."""
        root = self.root(line.root)
        clause = self.papers.clause(line.instrument, line.clause)
        kind = clause.row.get_kind_display().lower() if clause else "clause"
        via = [self.papers.title(ref) for ref in line.via if ref != line.root.instrument]
        way = f", by way of {', then '.join(via)}" if via else ""
        under = f"Under {self.papers.title(line.instrument)} that is a default by its {kind} clause{way}"
        sentences = [
            f"{root.text[0].upper()}{root.text[1:]}.",
            f"{under}, since {spoken(line.since)}{self._grace(line)}.",
        ]
        citations = [*self._clause(line, clause)]
        through = None
        if line.waiver:
            record = self.papers.waivers.get(line.waiver)
            found = self.standing.get(line.waiver)
            through = found.last_day if found else None
            held = "waived" if line.state == "waived" else "forborne"
            until = f"through {spoken(through)}" if through else "with no end stated"
            name = f"{record.row.title} ({line.waiver})" if record else line.waiver
            sentences.append(f"It is {held} by {name}, in force {until}.")
            if record:
                citations.append(self._covering(record, line.root))
                citations += self._endings(record)
        else:
            sentences.append("Nothing holds it back on this day.")
            sentences += self._fell(line)
        sentences += [f"Uncertain: {doubt}." for doubt in line.uncertain]
        return Reason(line, root, tuple(sentences), tuple(citations), through, number)

    def _grace(self, line: Line) -> str:
        if line.event_of_default_on <= line.since:
            return ", without grace: an event of default from that day"
        verb = "becomes" if line.event_of_default_on > self.on else "became"
        return f"; its grace over, it {verb} an event of default on {spoken(line.event_of_default_on)}"

    def _clause(self, line: Line, clause: Any) -> Iterable[Citation]:
        section = clause.row.section if clause else ""
        agreement = self.papers.instruments.get(line.instrument)
        dated = ""
        if agreement and agreement.agreement:
            dated = f" dated as of {spoken(agreement.agreement.dated_as_of)}"
        place = f"{line.clause}: {section}" if section else f"{line.clause}; its section is not recorded"
        yield Citation("The default", f"{self.papers.title(line.instrument)}{dated}", place)

    def _covering(self, record: WaiverRecord, root: Root) -> Citation:
        """Which scope of the waiver names the root cause (rule 15)."""
        case = self.cases[record.instrument]
        waiver = next(found for found in case.facts.waivers if found.ref == record.row.ref)
        payment = case.payments.get((root.instrument, root.ref)) if root.kind is RootKind.MISSED_PAYMENT else None
        number = next(place for place, scope in enumerate(waiver.covers) if in_scope(scope, root, payment))
        paragraph = record.scopes[number].paragraph if number < len(record.scopes) else ""
        return Citation("The waiver", record.row.title, _paragraph(paragraph), record.document)

    def _endings(self, record: WaiverRecord) -> Iterable[Citation]:
        words = record.row.until_text
        yield Citation("Its end", record.row.title, f"“{words}”" if words else "no end date is stated", record.document)
        for trigger in record.triggers:
            how = "automatically" if trigger.row.effect == "automatic" else "on notice"
            place = f"{_paragraph(trigger.row.paragraph)}: {how}, on {'; on '.join(trigger.what)}"
            yield Citation("What ends it", record.row.title, place, record.document)

    def _fell(self, line: Line) -> Iterable[str]:
        """Waivers that named the root cause, were to run on this day, and were ended."""
        case = self.cases[line.instrument]
        for waiver in case.waivers_of.get(line.instrument, ()):
            end = self.ends.get(waiver.ref)
            held = end is not None and end.ended_on > line.since
            if end is not None and held and in_its_time(waiver, self.on) and case.covers(waiver, line.root):
                yield f"{waiver.ref} held it back until {self.ending(end)}."

    def ending(self, end: End) -> str:
        """How a waiver ended, in words."""
        doubt = ", which is alleged and not verified" if end.unverified else ""
        how = "rescinded" if end.status == "rescinded" else "terminated"
        return f"it was {how} on {spoken(end.ended_on)}: {ENDED_WORDS[end.on]} ({end.ref}{doubt})"


def held_back(group: Group, position: Position, waiver: str) -> list[Line]:
    """The lines that a waiver holds back on a day, also where another, longer one is named for them (rule 18)."""
    case = group.timeline.case
    standing = next(item for item in position.waivers if item.ref == waiver)
    paper = next(found for found in case.facts.waivers if found.ref == waiver)
    if standing.status is not Status.IN_FORCE:
        return []
    return [
        line
        for item in position.instruments
        for line in item.lines
        if line.waiver is not None and line.instrument == paper.instrument and case.covers(paper, line.root)
    ]


def _paragraph(paragraph: str) -> str:
    return f"paragraph {paragraph}" if paragraph else "paragraph not recorded"
