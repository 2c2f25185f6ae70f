"""Letters about waivers, drafted from the register: a reservation of rights, and a notice that a waiver ended.

A letter is plain data, so that a page, a text file and a PDF say the same. Each fact in it bears the number of its
source in the register; what the register does not know is a blank in square brackets, and is not made up. It names
what everybody who reads about its debt may read: other debts of the same obligors by their titles, and what belongs to
others by their refs alone. The wording around the facts is ours; a lawyer reads it before it is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime

from django.conf import settings
from django.utils.timezone import localtime

from agreements.models import Instrument
from alerts.letters import spoken
from waivers.dossier import Dossier, InstrumentRecord, Row, WaiverRecord, dossier
from waivers.papers.render import UNSEEN, named, render
from waivers.position.facts import RootKind, TriggerOn
from waivers.position.rules import ONE_DAY, Line, State, Status
from waivers.position.timeline import InstrumentPosition, WaiverPosition
from waivers.positions import Group, groups_at
from waivers.reasons import Reasons

RESERVATION, NOTICE = "reservation_of_rights", "notice_of_end"
TITLES = {RESERVATION: "Reservation of rights", NOTICE: "Notice that a waiver ended"}
ENDED = (Status.EXPIRED, Status.RESCINDED, Status.TERMINATED)
NO_ADDRESS = "[address not recorded]"

RESERVED = """
Nothing in this letter, and nothing that we have said, done, accepted or left undone, waives any default or event of
default, whether it is named here or not, or any right, power or remedy that we have under the Agreement, under any
paper that belongs to it, at law or in equity. All of them are reserved.

That we do not exercise a right or remedy now, or exercise it late or in part, is no waiver of it, no consent, no
election among remedies, and no course of dealing on which anybody may rely. We may exercise any of them at any time,
without further notice except where the Agreement asks for one.

No talks about these matters, past or to come, bind us or change the Agreement. Only a paper that says so and is signed
by those whose signature the Agreement asks for can waive, forbear, amend or extend. Until there is one, the Agreement
stands as it is written, and we ask that each of its terms be kept.

This letter is not a demand for payment and not an acceleration, and it is not complete: a default that it does not
name is reserved like those that it does.
"""
FOR_GOOD = (
    "this letter only says so. That an act is withdrawn or an acceleration annulled does not bring it back: only a new "
    "paper could."
)


class NothingToSayError(Exception):
    """The facts do not bear this letter on this day; the message says why."""


@dataclass(frozen=True, slots=True)
class Part:
    """A heading (or none), its paragraphs, and a lettered list below them."""

    heading: str
    paragraphs: tuple[str, ...]
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it stands: what it says, what each fact rests on, and what to see to before it is sent.

    `as_of` is its date. `waiver` is the ref of the one that ended, "" in a reservation of rights.
    """

    kind: str
    instrument: str
    waiver: str
    as_of: date
    known_at: datetime
    creditors: tuple[str, ...]
    addressees: tuple[str, ...]
    copies: tuple[str, ...]
    subject: str
    parts: tuple[Part, ...]
    law: str
    sources: tuple[str, ...]
    to_see_to: tuple[str, ...]

    @property
    def title(self) -> str:
        return TITLES[self.kind]

    def pdf(self, *, ref: str = "") -> bytes:
        """As PDF: under its ref as it was sent, or without one as a draft that says so on every page."""
        data = {name: value for name, value in asdict(self).items() if name not in ("as_of", "known_at")}
        data |= {"title": self.title, "ref": ref, "paper_size": settings.PAPER_SIZE, "no_address": NO_ADDRESS}
        data |= {"as_of": self.as_of.isoformat(), "known_at": localtime(self.known_at).isoformat()}
        return render("letter.typ", data, at=self.known_at)

    def text(self, *, draft: bool = True) -> str:
        """As plain text to edit: one line a paragraph; a draft says so, and what to see to."""
        known = localtime(self.known_at)
        mark = f"DRAFT, as of {spoken(self.as_of)}, as the register knew it at {spoken(known.date())} {known:%H:%M}."
        lines = [
            *((mark, "") if draft else ()),
            *self.creditors,
            NO_ADDRESS,
            "",
            spoken(self.as_of),
            "",
        ]
        for name in self.addressees:
            lines += [f"To: {name}", NO_ADDRESS, ""]
        lines += [line for name in self.copies for line in (f"With a copy to: {name}", NO_ADDRESS, "")]
        lines += [f"Re: {self.subject}", "", self.title.upper(), ""]
        for part in self.parts:
            lines += [part.heading, ""] if part.heading else []
            lines += [line for paragraph in part.paragraphs for line in (paragraph, "")]
            lines += [line for letter, item in lettered(part.items) for line in (f"({letter}) {item}", "")]
        for name in self.creditors:
            lines += [name, "", "By: ____________________", "Name: [signatory not recorded]", "Title:", ""]
        lines += ["SOURCES IN THE REGISTER", ""]
        lines += [f"[{number}] {source}" for number, source in enumerate(self.sources, 1)]
        if draft:
            lines += ["", "TO SEE TO BEFORE IT IS SENT (not part of the letter)", ""]
            lines += [f"- {item}" for item in self.to_see_to]
        return "\n".join(UNSEEN.sub(named, line) for line in lines) + "\n"


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, each on one line."""
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]


def lettered(items: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(a), (b) ... (z), (aa), (ab) ..."""
    for number, item in enumerate(items):
        letter = chr(ord("a") + number % 26)
        yield (chr(ord("a") + number // 26 - 1) if number >= 26 else "") + letter, item


def reservation_of_rights(instrument: Instrument, *, as_of: date, known_at: datetime) -> Letter:
    """The letter in which the creditor of an instrument reserves its rights. Raises `NothingToSayError`."""
    return _Draft(instrument, as_of, known_at).reservation()


def notice_of_end(instrument: Instrument, waiver: str, *, as_of: date, known_at: datetime) -> Letter:
    """The letter that a waiver under an instrument has ended. Raises `NothingToSayError`."""
    return _Draft(instrument, as_of, known_at).notice(waiver)


@dataclass
class _Sources:
    """Numbers what is cited, each once."""

    found: dict[str, int] = field(default_factory=dict)

    def cite(self, *sources: str) -> str:
        numbers = [self.found.setdefault(source, len(self.found) + 1) for source in sources]
        return f" [{', '.join(str(number) for number in dict.fromkeys(numbers))}]"


class _Draft:
    """The register's facts of one group, being put into a letter about one instrument."""

    def __init__(self, instrument: Instrument, as_of: date, known_at: datetime) -> None:
        self.ref, self.as_of, self.known_at = instrument.ref, as_of, known_at
        groups = list(groups_at([instrument.group], known_at=known_at))
        self.group: Group | None = groups[0] if groups else None
        self.papers = self._papers(instrument.group)
        if self.ref not in self.papers.instruments or self.group is None:
            raise NothingToSayError("The register did not know of this debt then.")
        self.record: InstrumentRecord = self.papers.instruments[self.ref]
        self.reasons = Reasons(groups, self.papers, as_of)
        self.position = self.group.timeline.position(as_of)
        self.sources = _Sources()
        self.to_see_to: dict[str, None] = {"Addresses, and who signs, are not recorded in the register.": None}
        if as_of > localtime(known_at).date():
            self.to_see_to["It is dated ahead: payments not due yet are taken as made on time (rule 29)."] = None

    def _papers(self, number: int) -> Dossier:
        """What is recorded, with titles for the debts that have all the obligors of this one."""
        instruments = self.group.timeline.case.instruments if self.group else {}
        mine = instruments[self.ref].obligors if self.ref in instruments else frozenset()
        same = frozenset(ref for ref, row in instruments.items() if mine and mine <= row.obligors) | {self.ref}
        return dossier([number], self.known_at, same)

    # the two letters

    def reservation(self) -> Letter:
        item = self._item()
        if item is None or item.state is not State.EVENT_OF_DEFAULT:
            raise NothingToSayError(f"No event of default stands under it as of {spoken(self.as_of)}.")
        stand = [line for line in item.lines if line.state is State.EVENT_OF_DEFAULT]
        grace = [line for line in item.lines if line.state is State.DEFAULT]
        held = [line for line in item.lines if line.state in (State.WAIVED, State.FORBORNE)]
        said = (
            f"As of {spoken(self.as_of)} the following events of default have occurred under the Agreement and stand:"
        )
        parts = [self._opening(), Part("Events of default", (said,), tuple(map(self._line, stand)))]
        if grace:
            said = "The following defaults stand too, and become events of default unless they are cured in time:"
            parts.append(Part("Defaults within their grace", (said,), tuple(map(self._line, grace))))
        waivers = [found for found in self.position.waivers if found.ref in self.record.waivers]
        told = tuple(filter(None, map(self._waiver_told, waivers)))
        if told:
            parts.append(Part("What was waived or forborne, and until when", (), told))
        if held:
            said = "Only the following is waived or forborne as of that day, and only for as long as that lasts:"
            parts.append(Part("What is still held back", (said,), tuple(map(self._line, held))))
        return self._letter(RESERVATION, "", self._agreement_named(), parts)

    def notice(self, ref: str) -> Letter:
        record = self.papers.waivers.get(ref)
        standing = next((found for found in self.position.waivers if found.ref == ref), None)
        if record is None or standing is None or record.instrument != self.ref:
            raise NothingToSayError("The register did not know of this waiver then.")
        if standing.status not in ENDED:
            raise NothingToSayError(
                f"As of {spoken(self.as_of)} it is {standing.status.replace('_', ' ')}: it has not ended."
            )
        kind, opening = record.row.get_kind_display(), self._opening()
        named = f"{record.row.title}, dated as of {spoken(record.row.dated_as_of)}{self._cite_waiver(record)}"
        called = f"We also refer to the {kind.lower()} called {named} (the “{kind}”)."
        opening = replace(opening, paragraphs=(*opening.paragraphs, called))
        ended = Part(f"The {kind} has ended", tuple(self._ending(record, standing)))
        parts = [opening, ended, *self._what_it_held(record, kind)]
        return self._letter(NOTICE, ref, f"{record.row.title} under {self._agreement_named()}", parts)

    # their parts

    def _item(self) -> InstrumentPosition | None:
        return next((item for item in self.position.instruments if item.ref == self.ref), None)

    def _letter(self, kind: str, waiver: str, subject: str, parts: list[Part]) -> Letter:
        law = self.record.agreement.governing_law if self.record.agreement else ""
        closing = f"This letter is governed by the law that governs the Agreement: {law or '[not recorded]'}."
        parts = [*parts, Part("Rights reserved", (*paragraphs(RESERVED), closing + self._cite_instrument()))]
        if not law:
            self.to_see_to["The governing law is not recorded."] = None
        return Letter(
            kind,
            self.ref,
            waiver,
            self.as_of,
            self.known_at,
            tuple(self._creditors()) or ("[creditor not recorded]",),
            tuple(party.name for party in self.record.parties("obligor")),
            tuple(party.name for party in self.record.parties("guarantor")),
            subject,
            tuple(parts),
            law,
            tuple(self.sources.found),
            tuple(self.to_see_to),
        )

    def _creditors(self) -> list[str]:
        """Who writes: the agent for the lenders, or they themselves; the trustee, or the holders."""
        for role in ("agent", "lender", "trustee", "holder"):
            if names := [party.name for party in self.record.parties(role)]:
                return names
        self.to_see_to["Who the creditor is, is not recorded."] = None
        return []

    def _agreement_named(self) -> str:
        dated = f" dated as of {spoken(self.record.agreement.dated_as_of)}" if self.record.agreement else ""
        return f"{self.record.title}{dated}"

    def _opening(self) -> Part:
        obligors = "; ".join(party.name for party in self.record.parties("obligor")) or "[obligor not recorded]"
        said = f"We refer to {self._agreement_named()} (the “Agreement”), of which you, {obligors}, are obligor."
        return Part("", (said + self._cite_instrument(),))

    def _line(self, line: Line) -> str:
        """A default in a sentence or two, with the clause that makes it one."""
        reason = self.reasons.reason(line)
        for doubt in line.uncertain:
            self.to_see_to[f"{line.clause}, {line.root.ref}: {doubt}."] = None
        clause = self.papers.clause(line.instrument, line.clause)
        place = clause.row.section if clause else ""
        if not place:
            self.to_see_to[f"The section of clause {line.clause} is not recorded."] = None
        kept = 3 if line.waiver else 2
        cited = self.sources.cite(
            self._root_source(line), f"Clause {line.clause} of {line.instrument}: {place or 'section not recorded'}"
        )
        return f"{' '.join(reason.sentences[:kept])} Section: {place or '[not recorded]'}.{cited}"

    def _root_source(self, line: Line) -> str:
        kind = {RootKind.MISSED_PAYMENT: "Payment", RootKind.ACCELERATION: "Holder action"}.get(
            line.root.kind, "Default event"
        )
        return f"{kind} {line.root.ref} of {line.root.instrument}"

    def _waiver_told(self, found: WaiverPosition) -> str:
        """What became of a waiver by the day; nothing where it never counted."""
        record = self.papers.waivers[found.ref]
        row, cited = record.row, self._cite_waiver(record)
        name = f"{row.title}, dated as of {spoken(row.dated_as_of)}"
        if found.status in ENDED:
            return f"{name}{cited}: {' '.join(self._ending(record, found))}"
        if found.status is Status.IN_FORCE:
            through = f"through {spoken(found.last_day)}" if found.last_day else "with no end stated"
            return f"{name}{cited}: it is in force {through}, and covers only what it names."
        return ""

    def _ending(self, record: WaiverRecord, found: WaiverPosition) -> Iterator[str]:
        """How and on what day a waiver ended, in sentences."""
        if found.end is None:
            last = found.last_day or self.as_of
            yield f"By its own words it ended of itself: {record.reading}{self._cite_waiver(record)}"
            yield f"Since {spoken(last + ONE_DAY)} it holds nothing back."
            return
        end = found.end
        what = "Waiver" if end.on is TriggerOn.WAIVER_ENDED else "Record"
        cited = self.sources.cite(f"{what} {end.ref}", *self._triggers(record))
        told = self.reasons.ending(end)
        yield f"{told[0].upper()}{told[1:]}.{cited}"
        if end.unverified:
            self.to_see_to[f"{end.ref}, which ended {record.row.ref}, is alleged and not verified."] = None
        action = self._act(end.ref)
        if action is not None:
            known = action.reported is not None and action.reported <= self.as_of
            reported = f", reported to us on {spoken(action.reported)}" if known else ""
            kind = action.get_kind_display().lower()
            yield f"The act: {kind} by the {action.by} on {spoken(action.occurred)}{reported}.{cited}"
        if found.status is Status.RESCINDED:
            yield f"It ended on {spoken(end.ended_on)} of itself, without notice; {FOR_GOOD}"
        else:
            for row in record.notices:
                if row.recorded_in_error or row.given > self.as_of:
                    continue
                source = self.sources.cite(f"Termination notice {row.ref}")
                yield f"Notice was given on {spoken(row.given)}, effective {spoken(row.effective)}.{source}"

    def _act(self, ref: str) -> Row | None:
        """A holder action under a debt that is named by its title here; of others it is told that they acted."""
        seen = (self.papers.instruments[ref] for ref in self.papers.seen or ())
        return next((row for record in seen for row in record.actions if row.ref == ref), None)

    def _triggers(self, record: WaiverRecord) -> list[str]:
        return [f"Waiver {record.row.ref}, what ends it: {_place(found.row.paragraph)}" for found in record.triggers]

    def _what_it_held(self, record: WaiverRecord, kind: str) -> Iterator[Part]:
        """What it covered and stands now: as event of default, in grace, or held back by another paper."""
        assert self.group is not None  # noqa: S101 - the constructor saw to it
        case, item = self.group.timeline.case, self._item()
        paper = next(found for found in case.facts.waivers if found.ref == record.row.ref)
        lines = [line for line in item.lines if case.covers(paper, line.root)] if item else []
        if lines:
            said = f"What the {kind} covered stands as follows as of {spoken(self.as_of)}:"
            yield Part("What stands now", (said,), tuple(map(self._line, lines)))
        else:
            yield Part("What stands now", (f"As of {spoken(self.as_of)} no default stands that the {kind} covered.",))

    # sources

    def _cite_instrument(self) -> str:
        kind = self.record.row.get_kind_display()
        return self.sources.cite(f"{kind} {self.ref}: {self._agreement_named()}")

    def _cite_waiver(self, record: WaiverRecord) -> str:
        paper = (
            f"; paper {record.document.ref}{_hash(record.document)}" if record.document else "; its paper is not kept"
        )
        return self.sources.cite(f"Waiver {record.row.ref}: {record.row.title}{paper}")


def _hash(document: Row) -> str:
    return f", SHA-256 {document.sha256}" if document.sha256 else ""


def _place(paragraph: str) -> str:
    return f"paragraph {paragraph}" if paragraph else "paragraph not recorded"
