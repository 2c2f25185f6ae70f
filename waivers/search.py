"""What is found by words, in groups, of what a person may see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Exists, OuterRef, Prefetch, Q, QuerySet, When
from django.utils.safestring import SafeString

from agreements.models import Instrument, InstrumentParty, LoanDocument, Party
from agreements.search import DOCUMENTS, INSTRUMENTS, PARTIES, WordIndex, excerpt, words_of
from agreements.templatetags.words import words
from audit.models import User
from notes.models import Alias
from notes.search import ALIASES
from waivers.models import Waiver

WAIVERS = WordIndex("waivers_waiver", ("ref", "title", "until_text", "text"))

MOST_TYPED = 200  # characters; the rest is not looked for
FEWEST_TYPED = 2  # letters and digits
SHOWN = 8  # of each group
AT_ONCE = 500  # rows, where all are read
ROLES_SHOWN = 3  # of each party


@dataclass(frozen=True)
class Found:
    """One result. `page` is the route that it leads to, with `at` as its ref; "" where it leads nowhere."""

    name: str
    what: str
    ref: str
    page: str = ""
    at: str = ""
    also_called: tuple[str, ...] = ()
    roles: tuple[InstrumentParty, ...] = ()
    has_more_roles: bool = False
    excerpt: SafeString | str = ""


@dataclass(frozen=True)
class Group:
    key: str
    name: str
    found: tuple[Found, ...]
    has_more: bool


def groups_found(user: User, text: str, known_at: datetime | None = None) -> list[Group]:
    """Every group, in the order of the page; the number of queries does not depend on what is found."""
    return [_group(key, name, found) for key, name, found in _sources(user, text, SHOWN + 1, known_at)]


def all_found(user: User, text: str, known_at: datetime | None = None) -> Iterator[tuple[str, Found]]:
    """Everything that is found, in the same order, each with the name of its group; read some at a time."""
    for _, name, found in _sources(user, text, None, known_at):
        for one in found:
            yield name, one


def _sources(
    user: User, text: str, most: int | None, known_at: datetime | None
) -> list[tuple[str, str, Iterable[Found]]]:
    """The key and the name of each group, and what is found of it: `most` at the most, or all."""
    if known_at is not None:
        return _sources_then(user, text, most, known_at)
    instruments = Instrument.objects.standing().filter(pk__in=Instrument.objects.visible_to(user).values("pk"))
    agreement, series = Instrument.Kind.CREDIT_AGREEMENT, Instrument.Kind.NOTE_SERIES
    return [
        ("parties", "Borrowers and parties", _parties(user, instruments, text, most)),
        ("agreements", "Agreements", _instruments(instruments, agreement, text, most)),
        ("notes", "Note series", _instruments(instruments, series, text, most)),
        ("waivers", "Waivers", _waivers(user, text, most)),
        ("documents", "Documents", _documents(instruments, text, most)),
    ]


def _group(key: str, name: str, found: Iterable[Found]) -> Group:
    """Of one more than are shown, those that are, and whether there are more."""
    all_of_it = tuple(found)
    return Group(key, name, all_of_it[:SHOWN], has_more=len(all_of_it) > SHOWN)


def _first(rows: QuerySet, text: str, most: int | None, *order: str) -> Iterable[Any]:
    """The first `most`, or all, some at a time; the row whose ref was typed in full before all."""
    found = rows.order_by(Case(When(ref__iexact=text, then=0), default=1), *order, "ref")
    return found.iterator(AT_ONCE) if most is None else found[:most]


def _parties(user: User, instruments: QuerySet, text: str, most: int | None) -> Iterable[Found]:
    """Those whom the user sees, and whoever has a role under an instrument that the user sees."""
    seen = Party.objects.visible_to(user)
    roles = InstrumentParty.objects.standing().filter(instrument__in=instruments)
    parties = (
        PARTIES.matching(Party.objects.standing(), text)
        .filter(Q(pk__in=seen.values("pk")) | Q(pk__in=roles.values("party")))
        .annotate(has_page=Exists(seen.borrowers().filter(pk=OuterRef("pk"))))
        .prefetch_related(Prefetch("roles", _some_of(roles), to_attr="some_roles"))
    )
    for party in _first(parties, text, most, "name"):
        if party.has_page:
            yield Found(party.name, "Borrower", party.ref, page="borrower", at=party.ref)
        else:
            some = tuple(party.some_roles)
            more = len(some) > ROLES_SHOWN
            yield Found(party.name, "Party", party.ref, roles=some[:ROLES_SHOWN], has_more_roles=more)


def _some_of(roles: QuerySet) -> QuerySet[Any]:
    """Of each party one role more than is shown: a bank may have thousands."""
    return roles.select_related("instrument").order_by("id")[: ROLES_SHOWN + 1]


def _instruments(instruments: QuerySet, kind: Instrument.Kind, text: str, most: int | None) -> Iterable[Found]:
    """By title, ref, or what the series is also called."""
    aliases = ALIASES.matching(Alias.objects.standing(), text)
    by_name = INSTRUMENTS.matching(Instrument.objects.all(), text)
    found = (
        instruments.filter(Q(pk__in=by_name.values("pk")) | Q(pk__in=aliases.values("instrument")), kind=kind)
        .prefetch_related(Prefetch("aliases", aliases, to_attr="called"))
        .prefetch_related(Prefetch("roles", _obligors(), to_attr="obligors"))
    )
    for instrument in _first(found, text, most, "title"):
        yield Found(
            instrument.title,
            " of ".join([instrument.get_kind_display(), *(role.party.name for role in instrument.obligors[:1])]),
            instrument.ref,
            page="instrument",
            at=instrument.ref,
            also_called=tuple(alias.designation for alias in instrument.called),
        )


def _obligors() -> QuerySet[Any]:
    obligors = InstrumentParty.objects.standing().filter(role=InstrumentParty.Role.OBLIGOR)
    return obligors.select_related("party").order_by("id")


def _waivers(user: User, text: str, most: int | None) -> Iterable[Found]:
    waivers = Waiver.objects.visible_to(user).filter(recorded_in_error=False, instrument__recorded_in_error=False)
    found = WAIVERS.matching(waivers, text).select_related("instrument")
    for waiver in _first(found, text, most, "title"):
        what = f"{waiver.get_kind_display()} under {waiver.instrument.title}"
        around = excerpt(waiver.text, text)
        yield Found(waiver.title, what, waiver.ref, page="waiver", at=waiver.ref, excerpt=around)


def _documents(instruments: QuerySet, text: str, most: int | None) -> Iterable[Found]:
    """By title, ref or what the file says; the instrument's page where there is no file."""
    documents = LoanDocument.objects.standing().filter(instrument__in=instruments)
    found = DOCUMENTS.matching(documents, text).select_related("instrument")
    for paper in _first(found, text, most, "title"):
        what = f"{words(paper.kind).capitalize()}, {paper.instrument.title}"
        page, at = ("document-file", paper.ref) if paper.file else ("instrument", paper.instrument.ref)
        yield Found(paper.title, what, paper.ref, page=page, at=at, excerpt=excerpt(paper.words, text))


# As known at a moment


def _sources_then(
    user: User, text: str, most: int | None, known_at: datetime
) -> list[tuple[str, str, Iterable[Found]]]:
    """The same of what the register knew at a moment, by the names of then; what files say is not kept by moments.

    There is no index of words that were: every version up to then is read, of what the person may see.
    """
    instruments = Instrument.objects.visible_to(user).values("pk")
    borrowers = Party.objects.visible_to(user).borrowers().values("pk")
    kind = Instrument.Kind

    def rows(index: WordIndex, model: Any, **which: Any) -> Iterable[Any]:
        known = model.objects.known_at(known_at).filter(recorded_in_error=False, **which)
        kept = {field.name for field in known.model._meta.fields}
        for word in words_of(text):
            columns = (Q(**{f"{column}__icontains": word}) for column in index.columns if column in kept)
            known = known.filter(_any_of(columns))
        found = known.order_by(Case(When(ref__iexact=text, then=0), default=1), "ref")
        return found.iterator(AT_ONCE) if most is None else found[:most]

    def of(index: WordIndex, model: Any, what: str, page: str, name: str = "title", **which: Any) -> Iterable[Found]:
        for row in rows(index, model, **which):
            yield Found(getattr(row, name), what, row.ref, page=page, at=row.ref)

    def papers() -> Iterable[Found]:
        refs = dict(Instrument.objects.visible_to(user).values_list("pk", "ref"))
        for row in rows(DOCUMENTS, LoanDocument, instrument__in=instruments):
            what = words(row.kind).capitalize()
            yield Found(row.title, what, row.ref, page="instrument", at=refs[row.instrument_id])

    agreement, series = kind.CREDIT_AGREEMENT, kind.NOTE_SERIES
    return [
        ("parties", "Borrowers", of(PARTIES, Party, "Borrower", "borrower", "name", id__in=borrowers)),
        (
            "agreements",
            "Agreements",
            of(INSTRUMENTS, Instrument, agreement.label, "instrument", id__in=instruments, kind=agreement),
        ),
        (
            "notes",
            "Note series",
            of(INSTRUMENTS, Instrument, series.label, "instrument", id__in=instruments, kind=series),
        ),
        ("waivers", "Waivers", of(WAIVERS, Waiver, "Waiver", "waiver", instrument__in=instruments)),
        ("documents", "Documents", papers()),
    ]


def _any_of(conditions: Iterable[Q]) -> Q:
    found = Q(pk__in=[])
    for condition in conditions:
        found |= condition
    return found
