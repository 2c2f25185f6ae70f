"""What the register says of some borrower groups, record by record, as it stands or as it stood at a moment.

The rules need few facts (`positions`); people need names, words, papers and who said so. One query a table, whatever
the number of rows; with `known_at` each table is read from its history, relations included. Rows that were recorded in
error are here too, marked as such: the record of an error stays visible (rule 24).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from agreements.models import (
    Clause,
    ClauseReach,
    CreditAgreement,
    DefaultEvent,
    Instrument,
    InstrumentParty,
    LoanDocument,
    Party,
)
from alerts.letters import spoken
from notes.models import Alias, Deferral, HolderAction, NoteSeries, Payment
from waivers.models import (
    Condition,
    Grantor,
    ScopeLine,
    Signatory,
    TerminationNotice,
    Trigger,
    TriggerTarget,
    Waiver,
)
from waivers.position.rules import last_day_by_words

Row = Any  # a record, or the history row that it was: both have the same columns


@dataclass(slots=True)
class PaymentRecord:
    row: Row
    deferrals: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class ClauseRecord:
    """`reaches`: the refs of the instruments that it names."""

    row: Row
    reaches: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ScopeRecord:
    """One scope of a paper: its form, and its lines, each with the instrument's ref or the event's."""

    number: int
    form: str
    form_words: str
    paragraph: str
    kinds_words: str
    instruments: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    due: list[date] = field(default_factory=list)


@dataclass(slots=True)
class TriggerRecord:
    """What ends a waiver; `instruments`, `waivers` and `events` are what it names, empty where it names none."""

    row: Row
    instruments: list[str] = field(default_factory=list)
    waivers: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    @property
    def what(self) -> list[str]:
        """What fires it, in words."""
        row = self.row
        by = row.get_by_display()
        named = f": {', '.join(self.waivers)}" if self.waivers else ""
        kinds = f": {', '.join(kind.replace('_', ' ') for kind in self.events)}" if self.events else ""
        said = (
            (row.on_acceleration, f"acceleration sought or declared by {by}"),
            (row.on_remedies, f"a remedy enforced or exercised by {by}"),
            (row.on_other_default, "another event of default that it does not cover"),
            (row.on_waiver_ended, f"the end of another waiver{named}"),
            (row.on_event, f"a recorded default event{kinds}"),
        )
        return [words for fires, words in said if fires]


@dataclass(slots=True)
class WaiverRecord:
    """A waiver with all that its paper says."""

    row: Row
    instrument: str
    document: Row | None = None
    extends: str | None = None
    grantors: list[Row] = field(default_factory=list)
    conditions: list[Row] = field(default_factory=list)
    scopes: list[ScopeRecord] = field(default_factory=list)
    triggers: list[TriggerRecord] = field(default_factory=list)
    signatories: list[tuple[Row, Row]] = field(default_factory=list)
    notices: list[Row] = field(default_factory=list)

    @property
    def last_day(self) -> date | None:
        """The last day in force by its words."""
        until = self.row.until_date
        return last_day_by_words(until, inclusive=self.row.until_inclusive) if until else None

    @property
    def reading(self) -> str:
        """The words of its end, and how they are read."""
        return reading(self.row.until_date, self.row.until_text, inclusive=self.row.until_inclusive)


@dataclass(slots=True)
class InstrumentRecord:
    """An instrument with its terms, its schedule, its papers and what was done in respect of it."""

    row: Row
    agreement: Row | None = None
    series: Row | None = None
    aliases: list[Row] = field(default_factory=list)
    roles: list[tuple[Row, Row]] = field(default_factory=list)
    clauses: list[ClauseRecord] = field(default_factory=list)
    payments: list[PaymentRecord] = field(default_factory=list)
    papers: list[Row] = field(default_factory=list)
    actions: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    waivers: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self.row.title

    def parties(self, role: str) -> list[Row]:
        """Those in a standing role."""
        return [party for found, party in self.roles if found.role == role and not found.recorded_in_error]


@dataclass(slots=True)
class Dossier:
    """Instruments and waivers by ref; papers by id. `seen`: the instruments that the reader may open; None for all."""

    known_at: datetime | None
    seen: frozenset[str] | None = None
    instruments: dict[str, InstrumentRecord] = field(default_factory=dict)
    waivers: dict[str, WaiverRecord] = field(default_factory=dict)
    papers: dict[int, Row] = field(default_factory=dict)

    def title(self, instrument: str) -> str:
        """What an instrument is called; its ref where the register does not know it, or the reader may not open it.

        What the reader may not open is named by its ref alone (docs/decisions/0014-refs-follow-the-line.md).
        """
        found = self.instruments.get(instrument)
        open_ = self.seen is None or instrument in self.seen
        return found.row.title if found and open_ else instrument

    def clause(self, instrument: str, ref: str) -> ClauseRecord | None:
        found = self.instruments.get(instrument)
        return next((clause for clause in found.clauses if clause.row.ref == ref), None) if found else None

    def action(self, ref: str) -> Row | None:
        """A holder action by its ref."""
        return next((row for found in self.instruments.values() for row in found.actions if row.ref == ref), None)


def reading(until: date | None, text: str, *, inclusive: bool) -> str:
    """The words of a waiver's end, and how they are read (rule 2)."""
    if until is None:
        return "No end date is stated."
    words = f'"{text}"' if text else f"until {spoken(until)}"
    last = last_day_by_words(until, inclusive=inclusive)
    manner = "the date itself is included" if inclusive else "the date itself is not included"
    return f"{words}: {manner}, so the last day in force is {spoken(last)}."


def dossier(groups: Iterable[int], known_at: datetime | None = None, seen: frozenset[str] | None = None) -> Dossier:
    """Everything recorded of some groups, in a fixed number of queries. `seen` as in `Dossier`."""
    found = _Reader(list(groups), known_at).read()
    found.seen = seen
    return found


class _Reader:
    def __init__(self, groups: list[int], known_at: datetime | None) -> None:
        self.groups, self.known_at = groups, known_at
        self.found = Dossier(known_at)
        self.by_id: dict[int, InstrumentRecord] = {}
        self.waiver_by_id: dict[int, WaiverRecord] = {}
        self.events_by_id: dict[int, Row] = {}

    def rows(self, model: Any, path: str, *order: str) -> list[Row]:
        rows = model.objects.known_at(self.known_at).filter(**{f"{path}group__in": self.groups})
        if model is LoanDocument and self.known_at is None:
            rows = rows.defer("words")
        return list(rows.order_by(*order, "id"))

    def read(self) -> Dossier:
        live = Instrument.objects.filter(group__in=self.groups).values_list("id", flat=True)
        for row in Instrument.objects.known_at(self.known_at).filter(id__in=list(live)).order_by("ref"):
            self.by_id[row.id] = self.found.instruments[row.ref] = InstrumentRecord(row)
        self._terms()
        self._schedules()
        self._waivers()
        self._people()
        return self.found

    def _terms(self) -> None:
        for row in self.rows(CreditAgreement, "instrument__"):
            if row.instrument_id in self.by_id:
                self.by_id[row.instrument_id].agreement = row
        for row in self.rows(NoteSeries, "instrument__"):
            if row.instrument_id in self.by_id:
                self.by_id[row.instrument_id].series = row
        for row in self.rows(Alias, "instrument__", "used_from"):
            self._put(row.instrument_id, "aliases", row)
        reaches: dict[int, list[str]] = defaultdict(list)
        for row in self.rows(ClauseReach, "clause__instrument__"):
            if row.instrument_id in self.by_id and not row.recorded_in_error:
                reaches[row.clause_id].append(self.by_id[row.instrument_id].row.ref)
        self.clause_owner: dict[int, int] = {}
        for row in self.rows(Clause, "instrument__", "ref"):
            self._put(row.instrument_id, "clauses", ClauseRecord(row, sorted(reaches[row.id])))
            self.clause_owner[row.id] = row.instrument_id
        for row in self.rows(LoanDocument, "instrument__", "dated_as_of", "ref"):
            self.found.papers[row.id] = row
            self._put(row.instrument_id, "papers", row)

    def _put(self, instrument_id: int, where: str, what: Any) -> None:
        if instrument_id in self.by_id:
            getattr(self.by_id[instrument_id], where).append(what)

    def _schedules(self) -> None:
        deferrals: dict[int, list[Row]] = defaultdict(list)
        for row in self.rows(Deferral, "payment__instrument__", "effective"):
            deferrals[row.payment_id].append(row)
        for row in self.rows(Payment, "instrument__", "due", "ref"):
            self._put(row.instrument_id, "payments", PaymentRecord(row, deferrals[row.id]))
        for row in self.rows(HolderAction, "instrument__", "occurred", "ref"):
            self._put(row.instrument_id, "actions", row)
        for row in self.rows(DefaultEvent, "clause__instrument__", "occurred", "ref"):
            self.events_by_id[row.id] = row
            self._put(self.clause_owner.get(row.clause_id, 0), "events", row)

    def _waivers(self) -> None:
        rows = [
            row for row in self.rows(Waiver, "instrument__", "effective_from", "ref") if row.instrument_id in self.by_id
        ]
        refs = {row.id: row.ref for row in rows}
        for row in rows:
            record = WaiverRecord(row, self.by_id[row.instrument_id].row.ref)
            record.document = self.found.papers.get(row.document_id) if row.document_id else None
            record.extends = refs.get(row.extends_id) if row.extends_id else None
            self.waiver_by_id[row.id] = self.found.waivers[row.ref] = record
            self.by_id[row.instrument_id].waivers.append(row.ref)
        of = "waiver__instrument__"
        for row in self.rows(Condition, of, "number"):
            if row.waiver_id in self.waiver_by_id and not row.recorded_in_error:
                self.waiver_by_id[row.waiver_id].conditions.append(row)
        for row in self.rows(ScopeLine, of, "number"):
            if row.waiver_id in self.waiver_by_id and not row.recorded_in_error:
                self._scope_line(self.waiver_by_id[row.waiver_id], row)
        triggers: dict[int, TriggerRecord] = {}
        for row in self.rows(Trigger, of, "number"):
            if row.waiver_id in self.waiver_by_id and not row.recorded_in_error:
                triggers[row.id] = TriggerRecord(row)
                self.waiver_by_id[row.waiver_id].triggers.append(triggers[row.id])
        for row in self.rows(TriggerTarget, "trigger__waiver__instrument__"):
            trigger = triggers.get(row.trigger_id)
            if trigger is None or row.recorded_in_error:
                continue
            if row.instrument_id in self.by_id:
                trigger.instruments.append(self.by_id[row.instrument_id].row.ref)
            elif row.waiver_id in refs:
                trigger.waivers.append(refs[row.waiver_id])
            elif row.event_kind:
                trigger.events.append(row.event_kind)
        for row in self.rows(TerminationNotice, of, "given"):
            if row.waiver_id in self.waiver_by_id:
                self.waiver_by_id[row.waiver_id].notices.append(row)

    def _scope_line(self, waiver: WaiverRecord, row: Row) -> None:
        if not waiver.scopes or waiver.scopes[-1].number != row.number:
            made = ScopeRecord(row.number, row.form, row.get_form_display(), row.paragraph, row.get_kinds_display())
            waiver.scopes.append(made)
        scope = waiver.scopes[-1]
        if row.instrument_id in self.by_id:
            ref = self.by_id[row.instrument_id].row.ref
            if ref not in scope.instruments:
                scope.instruments.append(ref)
        if row.default_event_id in self.events_by_id:
            scope.events.append(self.events_by_id[row.default_event_id].ref)
        if row.due is not None and row.due not in scope.due:
            scope.due.append(row.due)

    def _people(self) -> None:
        """Parties are read last, by the ids that roles, grantors and signatories name."""
        of = "waiver__instrument__"
        roles = self.rows(InstrumentParty, "instrument__")
        grantors = self.rows(Grantor, of)
        signatories = self.rows(Signatory, of)
        ids = {row.party_id for row in [*roles, *grantors, *signatories]}
        parties = {row.id: row for row in Party.objects.known_at(self.known_at).filter(id__in=ids)}
        for row in roles:
            if row.party_id in parties:
                self._put(row.instrument_id, "roles", (row, parties[row.party_id]))
        for row in grantors:
            if row.waiver_id in self.waiver_by_id and row.party_id in parties and not row.recorded_in_error:
                self.waiver_by_id[row.waiver_id].grantors.append(parties[row.party_id])
        for row in signatories:
            if row.waiver_id in self.waiver_by_id and row.party_id in parties and not row.recorded_in_error:
                self.waiver_by_id[row.waiver_id].signatories.append((row, parties[row.party_id]))
