"""The four lists of the register, as data: their columns, orders and filters, and how their rows are read.

What the rules say of a row (a state, a status) is no column of the database. It is asked for the rows of one page only,
and apart from the rest, since it takes longer than all of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from agreements.models import CreditAgreement, Desk, Instrument, InstrumentParty, Party
from agreements.templatetags import words
from audit.exports import Listing, Plain, Row
from audit.models import User
from audit.moments import Moment
from audit.paging import Order, ordered, walk
from notes.models import NoteSeries
from waivers.filters import BorrowerFilters, DebtFilters, NoteFilters, RegisterFilters, WaiverFilters
from waivers.models import Grantor, Waiver
from waivers.position.rules import State, Status, last_day_by_words
from waivers.positions import CHUNK, groups_at

MOST_ANSWERS = 5000  # groups whose answers are kept while a file is written; about 20 MB
NO_END = "no end stated"
NOTHING = "—"
NO_ID = 0  # so that a page takes the same number of queries, whatever its rows lack


@dataclass(frozen=True, slots=True)
class Link:
    """A record that a cell names: its ref and how it is called."""

    ref: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Answer:
    """What the rules say of one record. `through`: a date, or that there is no end."""

    state: State | Status
    through: date | str | None = None


@dataclass(slots=True)
class Record:
    """A row of a list, as it is or was, with what it points to.

    `terms`: the credit agreement or the note series of an instrument. `parties`: by their role under the instrument.
    """

    row: Any
    instrument: Any = None
    terms: Any = None
    parties: dict[str, list[Link]] = field(default_factory=dict)
    grantors: list[Link] = field(default_factory=list)
    extends: Link | None = None
    desk: str = ""
    officer: str = ""
    answer: Answer | None = None


def plain(value: Any) -> str:
    """A value as it is; a list with semicolons; an em dash for nothing."""
    return "; ".join(map(str, value)) or NOTHING if isinstance(value, list) else str(value or NOTHING)


def _capital(value: Any) -> str:
    return words.words(value).capitalize() if value else NOTHING


def _percent(value: Any) -> str:
    return NOTHING if value is None else f"{value.normalize():f}%"


def _money(value: Any) -> str:
    return NOTHING if value is None else words.money(value)


def _through(value: Any) -> str:
    return words.day(value) if isinstance(value, date) else plain(value)


def _state(value: Any) -> str:
    return words.state(value) if value else NOTHING


def last_day_of(waiver: Any) -> date | str:
    """The last day in force by the waiver's words (rule 2), or that they give no end."""
    if waiver.until_date is None:
        return NO_END
    return last_day_by_words(waiver.until_date, inclusive=waiver.until_inclusive)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list. `read` gives the value, as a file has it; `say` puts it as a page does.

    `order`: the columns of the database that it sorts by, each with an index. `to`: the page that its values, links,
    lead to. `derived`: it comes from the rules. `shown`: unless somebody chooses. `look`: its class on a page. `path`:
    where the database has just this value, by itself or through a key.
    """

    name: str
    heading: str
    read: Callable[[Record], Any]
    say: Callable[[Any], str] = plain
    order: tuple[str, ...] = ()
    to: str = ""
    derived: bool = False
    shown: bool = True
    look: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    """A list. `rows`: what it lists at a moment, of whatever desk; `fill` reads what some rows point to."""

    name: str
    noun: str
    nouns: str
    model: Any
    rows: Callable[[datetime | None], QuerySet]
    fill: Callable[[list[Any], datetime | None], list[Record]]
    groups: Callable[[list[Record], datetime | None], dict[int, set[int]]]
    filters: type[RegisterFilters]
    at_hand: tuple[str, ...]  # filters that are always visible
    columns: tuple[Column, ...]  # the first is always shown, and its order is the list's own

    def rows_for(self, user: User, moment: Moment) -> QuerySet:
        """The rows that a person sees. Whose they are is read as of today, for past knowledge too."""
        return self.model.objects.limit_to_visible(self.rows(moment.known_at), user)

    def chosen(self, names: Iterable[str], sorted_by: Column | None = None) -> list[Column]:
        """The columns of these names in their own order, or those that are shown unless one chooses.

        What the list is sorted by is among them, or nobody could see its order.
        """
        wanted = set(names) & {column.name for column in self.columns}
        always = (self.columns[0], sorted_by)
        return [c for c in self.columns if c in always or (c.name in wanted if wanted else c.shown)]

    def order_of(self, asked: str) -> tuple[Column, Order] | None:
        """The column and the order of `name` or `-name`; None if the list cannot be sorted so."""
        for column in self.columns:
            if column.order and column.name == asked.removeprefix("-"):
                return column, Order(column.order, descending=asked.startswith("-"))
        return None


# What rows point to: some queries whatever their number


def _parties(ids: Iterable[int], known_at: datetime | None) -> dict[int, Link]:
    found = Party.objects.known_at(known_at).filter(id__in=set(ids))
    return {pk: Link(ref, name) for pk, ref, name in found.values_list("id", "ref", "name")}


def _roles(instruments: Iterable[int], known_at: datetime | None) -> list[tuple[int, str, int]]:
    roles = InstrumentParty.objects.known_at(known_at).filter(instrument_id__in=set(instruments))
    roles = roles.filter(recorded_in_error=False)
    return list(roles.order_by("id").values_list("instrument_id", "role", "party_id"))


def _borrowers(rows: list[Any], known_at: datetime | None) -> list[Record]:
    desks = dict(Desk.objects.known_at(known_at).filter(id__in={row.desk_id for row in rows}).values_list("id", "name"))
    people = {user.pk: user for user in User.objects.filter(id__in={row.officer_id for row in rows})}
    return [
        Record(
            row,
            desk=desks.get(row.desk_id, ""),
            officer=str(people[row.officer_id].get_full_name() or people[row.officer_id]) if row.officer_id else "",
        )
        for row in rows
    ]


def _debts(rows: list[Any], known_at: datetime | None) -> list[Record]:
    ids = {row.id for row in rows}
    roles = _roles(ids, known_at)
    names = _parties((party for _, _, party in roles), known_at)
    parties: dict[int, dict[str, list[Link]]] = defaultdict(lambda: defaultdict(list))
    for instrument, role, party in roles:
        if party in names:
            parties[instrument][role].append(names[party])
    agreement = bool(rows) and rows[0].kind == Instrument.Kind.CREDIT_AGREEMENT
    kind: Any = CreditAgreement if agreement else NoteSeries
    terms = {found.instrument_id: found for found in kind.objects.known_at(known_at).filter(instrument_id__in=ids)}
    return [Record(row, instrument=row, terms=terms.get(row.id), parties=parties[row.id]) for row in rows]


def _waivers(rows: list[Any], known_at: datetime | None) -> list[Record]:
    ids, debts = {row.id for row in rows}, {row.instrument_id for row in rows}
    instruments = {found.id: found for found in Instrument.objects.known_at(known_at).filter(id__in=debts)}
    roles = [(debt, party) for debt, role, party in _roles(debts, known_at) if role == InstrumentParty.Role.OBLIGOR]
    granted = Grantor.objects.known_at(known_at).filter(waiver_id__in=ids, recorded_in_error=False)
    grants = list(granted.order_by("id").values_list("waiver_id", "party_id"))
    names = _parties((party for _, party in (*roles, *grants)), known_at)
    obligors: dict[int, list[Link]] = defaultdict(list)
    grantors: dict[int, list[Link]] = defaultdict(list)
    for found, pairs in ((obligors, roles), (grantors, grants)):
        for of, party in pairs:
            if party in names:
                found[of].append(names[party])
    earlier = Waiver.objects.known_at(known_at).filter(id__in={row.extends_id or NO_ID for row in rows})
    extended = {pk: Link(ref, ref) for pk, ref in earlier.values_list("id", "ref")}
    return [
        Record(
            row,
            instrument=instruments.get(row.instrument_id),
            parties={InstrumentParty.Role.OBLIGOR: obligors[row.instrument_id]},
            grantors=grantors[row.id],
            extends=extended.get(row.extends_id),
        )
        for row in rows
    ]


# What the rules say of rows


def _groups_by(instrument_of: dict[int, set[int]]) -> dict[int, set[int]]:
    """The group numbers of records, from the ids of their instruments. The group is an index of the live row only."""
    ids = set().union(*instrument_of.values())
    number = dict(Instrument.objects.filter(id__in=ids).values_list("id", "group"))
    return {pk: {number[found] for found in debts if found in number} for pk, debts in instrument_of.items()}


def _groups_of_borrowers(records: list[Record], known_at: datetime | None) -> dict[int, set[int]]:
    debts: dict[int, set[int]] = {record.row.id: set() for record in records}
    roles = InstrumentParty.objects.known_at(known_at).filter(
        party_id__in=debts, role=InstrumentParty.Role.OBLIGOR, recorded_in_error=False
    )
    for party, instrument in roles.values_list("party_id", "instrument_id"):
        debts[party].add(instrument)
    return _groups_by(debts)


def _groups_of_debts(records: list[Record], known_at: datetime | None) -> dict[int, set[int]]:
    return _groups_by({record.row.id: {record.row.id} for record in records})


def _groups_of_waivers(records: list[Record], known_at: datetime | None) -> dict[int, set[int]]:
    return _groups_by({record.row.id: {record.row.instrument_id} for record in records})


class Answers:
    """What the rules say as of a date, as known at a moment: each group asked once, and the oldest forgotten.

    An answer is kept under the list's model and the ref.
    """

    def __init__(self, register: Register, moment: Moment) -> None:
        self.register, self.moment = register, moment
        self.kept: dict[int, dict[str, Answer]] = {}

    def give(self, records: list[Record]) -> list[Record]:
        """The records, each with its answer; without one where no group knows it."""
        groups = self.register.groups(records, self.moment.known_at)
        wanted = set().union(*groups.values()) if groups else set()
        for number in [number for number in self.kept if number not in wanted]:
            if len(self.kept) + len(wanted - self.kept.keys()) <= MOST_ANSWERS:
                break
            del self.kept[number]
        for group in groups_at(
            sorted(wanted - self.kept.keys()), today=self.moment.today, known_at=self.moment.known_at
        ):
            self.kept[group.number] = dict(self._of(group))
        for record in records:
            of = groups[record.row.id]
            found = [self.kept[n][record.row.ref] for n in of if record.row.ref in self.kept.get(n, ())]
            # A borrower may have debts in groups that do not reach each other: the worst of its states.
            record.answer = max(found, key=lambda answer: getattr(answer.state, "severity", 0), default=None)
        return records

    def _of(self, group: Any) -> Iterator[tuple[str, Answer]]:
        position = group.timeline.position(self.moment.as_of)
        if self.register.model is Waiver:
            yield from ((found.ref, Answer(found.status)) for found in position.waivers)
            return
        worst: dict[str, State] = {}
        for found in position.instruments:
            if self.register.model is Instrument:
                through = found.waived_through or (NO_END if found.state is State.WAIVED else None)
                yield found.ref, Answer(found.state, through)
            for obligor in group.timeline.case.instruments[found.ref].obligors:
                worst[obligor] = max(found.state, worst.get(obligor, State.CLEAR), key=lambda state: state.severity)
        if self.register.model is Party:
            yield from ((ref, Answer(state)) for ref, state in worst.items())


# The lists


def _state_column(heading: str) -> Column:
    return Column("state", heading, lambda r: r.answer and r.answer.state, say=_state, derived=True)


def _of_role(role: str) -> Callable[[Record], list[Link]]:
    return lambda record: record.parties.get(role, [])


REF = Column("ref", "Ref", lambda r: r.row.ref, order=("ref",), look="ref", path="ref")
BORROWER = Column("borrower", "Borrower", _of_role(InstrumentParty.Role.OBLIGOR), to="borrower")
CURRENCY = Column("currency", "Currency", lambda r: r.row.currency, path="currency")
PRINCIPAL = Column(
    "principal",
    "Principal outstanding",
    lambda r: r.row.principal_outstanding,
    say=_money,
    order=("principal_outstanding",),
    look="num",
    path="principal_outstanding",
)
MATURITY = Column(
    "maturity",
    "Stated maturity",
    lambda r: r.row.stated_maturity,
    say=words.day,
    order=("stated_maturity",),
    look="date",
    path="stated_maturity",
)
THROUGH = Column(
    "through", "Waived through", lambda r: r.answer and r.answer.through, say=_through, derived=True, look="date"
)


def _debts_called(heading: str) -> Column:
    name = heading.lower()
    return Column(
        name, heading, lambda r: Link(r.row.ref, r.row.title), order=("title",), to="instrument", path="title"
    )


def _debtors(known_at: datetime | None) -> QuerySet:
    roles = InstrumentParty.objects.known_at(known_at).filter(
        party_id=OuterRef("id"), role=InstrumentParty.Role.OBLIGOR, recorded_in_error=False
    )
    return Party.objects.known_at(known_at).filter(Exists(roles), recorded_in_error=False)


def _instruments(kind: str) -> Callable[[datetime | None], QuerySet]:
    return lambda known_at: Instrument.objects.known_at(known_at).filter(kind=kind, recorded_in_error=False)


def _promises(known_at: datetime | None) -> QuerySet:
    return Waiver.objects.known_at(known_at).filter(recorded_in_error=False).defer("text")


BORROWERS = Register(
    name="borrowers",
    noun="borrower",
    nouns="borrowers",
    model=Party,
    rows=_debtors,
    fill=_borrowers,
    groups=_groups_of_borrowers,
    filters=BorrowerFilters,
    at_hand=("q", "desk", "officer"),
    columns=(
        Column("name", "Borrower", lambda r: Link(r.row.ref, r.row.name), order=("name",), to="borrower", path="name"),
        REF,
        _state_column("State"),
        Column("entity-type", "Entity type", lambda r: r.row.entity_type, path="entity_type"),
        Column("jurisdiction", "Jurisdiction", lambda r: r.row.jurisdiction, path="jurisdiction"),
        Column("cik", "CIK", lambda r: r.row.cik, shown=False, path="cik"),
        Column("desk", "Desk", lambda r: r.desk, path="desk__name"),
        Column("officer", "Officer in charge", lambda r: r.officer),
    ),
)
AGREEMENTS = Register(
    name="agreements",
    noun="credit agreement",
    nouns="credit agreements",
    model=Instrument,
    rows=_instruments(Instrument.Kind.CREDIT_AGREEMENT),
    fill=_debts,
    groups=_groups_of_debts,
    filters=DebtFilters,
    at_hand=("q", "desk"),
    columns=(
        _debts_called("Title"),
        REF,
        BORROWER,
        _state_column("State"),
        THROUGH,
        PRINCIPAL,
        CURRENCY,
        MATURITY,
        Column("lender", "Lender", _of_role(InstrumentParty.Role.LENDER), shown=False),
        Column(
            "dated",
            "Dated as of",
            lambda r: r.terms and r.terms.dated_as_of,
            say=words.day,
            look="date",
            shown=False,
            path="credit_agreement__dated_as_of",
        ),
        Column(
            "law",
            "Governing law",
            lambda r: r.terms and r.terms.governing_law,
            shown=False,
            path="credit_agreement__governing_law",
        ),
    ),
)
NOTES = Register(
    name="notes",
    noun="note series",
    nouns="note series",
    model=Instrument,
    rows=_instruments(Instrument.Kind.NOTE_SERIES),
    fill=_debts,
    groups=_groups_of_debts,
    filters=NoteFilters,
    at_hand=("q", "ranking"),
    columns=(
        _debts_called("Designation"),
        REF,
        Column("issuer", "Issuer", _of_role(InstrumentParty.Role.OBLIGOR), to="borrower"),
        _state_column("State"),
        THROUGH,
        Column("ranking", "Ranking", lambda r: r.terms and r.terms.ranking, say=_capital, path="note_series__ranking"),
        Column(
            "coupon",
            "Coupon",
            lambda r: r.terms and r.terms.coupon,
            say=_percent,
            look="num",
            path="note_series__coupon",
        ),
        PRINCIPAL,
        CURRENCY,
        MATURITY,
        Column("trustee", "Trustee", _of_role(InstrumentParty.Role.TRUSTEE), shown=False),
    ),
)
WAIVERS = Register(
    name="waivers",
    noun="waiver",
    nouns="waivers",
    model=Waiver,
    rows=_promises,
    fill=_waivers,
    groups=_groups_of_waivers,
    filters=WaiverFilters,
    at_hand=("q", "term"),
    columns=(
        Column("ref", "Waiver", lambda r: Link(r.row.ref, r.row.ref), order=("ref",), to="waiver", path="ref"),
        Column("title", "Title", lambda r: r.row.title, order=("title",), path="title"),
        Column(
            "instrument",
            "Instrument",
            lambda r: r.instrument and Link(r.instrument.ref, r.instrument.title),
            to="instrument",
            path="instrument__title",
        ),
        BORROWER,
        Column("kind", "Kind", lambda r: r.row.kind, say=_capital, path="kind"),
        _state_column("Status"),
        Column(
            "from",
            "Effective from",
            lambda r: r.row.effective_from,
            say=words.day,
            order=("effective_from",),
            look="date",
            path="effective_from",
        ),
        Column(
            "last-day",
            "Last day by its words",
            lambda r: last_day_of(r.row),
            say=_through,
            order=("until_date", "until_inclusive"),  # together they never go against the last day
            look="date",
        ),
        Column("granted", "Granted by", lambda r: r.grantors, shown=False),
        Column(
            "executed",
            "Executed",
            lambda r: r.row.executed,
            say=words.day,
            order=("executed",),
            look="date",
            shown=False,
            path="executed",
        ),
        Column("extends", "Extends", lambda r: r.extends, to="waiver", shown=False, path="extends__ref"),
    ),
)
REGISTERS = {register.name: register for register in (BORROWERS, AGREEMENTS, NOTES, WAIVERS)}


# Records of a page, and a file of all pages


def records_of(register: Register, rows: list[Any], moment: Moment, answers: Answers | None = None) -> list[Record]:
    """The rows with what they point to, and with what the rules say of them if `answers` are to be given."""
    records = register.fill(rows, moment.known_at)
    return answers.give(records) if answers else records


def listing_of(
    register: Register, rows: QuerySet, order: Order, columns: list[Column], moment: Moment, said: tuple[str, ...]
) -> Listing:
    """All rows of a list in their order, for a file; `said`: how they were narrowed, in words."""
    headings = tuple(column.heading.lower() for column in columns)
    paths = tuple(column.path for column in columns)
    # What a key points to is read in its own history for past knowledge, and is no plain column then.
    plain = all(path and (moment.known_at is None or "__" not in path) for path in paths)
    of: Iterable[Row] = Plain(ordered(rows, order), paths) if plain else _cells(register, rows, order, columns, moment)
    return Listing(register.name, headings, of, said)


def _cells(register: Register, rows: QuerySet, order: Order, columns: list[Column], moment: Moment) -> Iterator[Row]:
    answers = Answers(register, moment) if any(column.derived for column in columns) else None
    for some in walk(rows, order, size=CHUNK):
        for record in records_of(register, some, moment, answers):
            yield tuple(_in_file(column.read(record)) for column in columns)


def _in_file(value: Any) -> Any:
    """A value without its links; several in one cell."""
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return value.text if isinstance(value, Link) else value
