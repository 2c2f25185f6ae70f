"""Who changed what, from what to what, when and why: the history of some records as a person reads it.

A change is what one request recorded: all its rows bear one moment, one name and one reason. Changes are paged latest
first; the number of queries depends on how many kinds of record there are, and not on how many changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.db import models
from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.utils.timezone import localtime, make_aware

from audit.moments import EARLIEST, LATEST, day_field
from audit.querysets import so_far

OWN_COLUMNS = frozenset(
    {"id", "history_id", "history_date", "history_change_reason", "history_type", "history_user_id"}
    | {"actor_name", "actor_role", "request_id"}
)
PER_PAGE = 25
MOST_ROWS = 40  # of one kind in one change
MOST_COUNTED = 1000
NO_ID = 0  # so that a query is made even where no key names anything
NOT_READ = "The place in this history that the address names could not be read, so this is its beginning."

Row = Any  # a history row


@dataclass(frozen=True, slots=True)
class Part:
    """Some records of one kind: what one is called, its model, and which of its history rows are meant."""

    what: str
    model: type[models.Model]
    which: Mapping[str, Any]

    def rows(self) -> QuerySet:
        """Their history rows, as far as `up_to_link` lets them be read."""
        return so_far(self.model, self.model.history.filter(**self.which).order_by())  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One column, before and after, as a person reads it; `before` is "" where the record is new."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Step:
    """What one history row says of one record: what it is, its name, and what changed (all it has, if it is new)."""

    what: str
    name: str
    first: bool
    fields: tuple[FieldChange, ...]
    row: Row = field(compare=False)


@dataclass(frozen=True, slots=True)
class Change:
    """What one request recorded. `more`: how many of its rows are not shown, by what they are called."""

    at: datetime
    actor: str
    role: str
    reason: str
    request: str
    steps: tuple[Step, ...]
    more: tuple[tuple[str, int], ...] = ()

    @property
    def id(self) -> str:
        """A name for it in a page."""
        return f"change-{self.request}"


@dataclass(frozen=True, slots=True)
class Page:
    """Changes, latest first; the places of what is later and earlier ("": nothing is); their number; what is wrong."""

    changes: tuple[Change, ...]
    later: str
    earlier: str
    count: str
    fault: str = ""


class TrailForm(forms.Form):
    """Whose changes, of which field, from when to when."""

    actor = forms.CharField(required=False, label="Who", max_length=150)
    field = forms.ChoiceField(required=False, label="Field")
    first = day_field("From")
    last = day_field("To")

    def __init__(self, asked: Mapping[str, Any], parts: Sequence[Part]) -> None:
        super().__init__({name: asked.get(name, "") for name in ("actor", "field", "first", "last")})
        named = [
            (part.what.capitalize(), [(f"{part.what}.{f.name}", _called(f)) for f in _fields(part.model)])
            for part in parts
        ]
        self.fields["field"].choices = [("", "any"), *named]  # type: ignore[attr-defined]

    def said(self) -> list[str]:
        """The filter in words, as far as it can be read."""
        found = self.cleaned_data if self.is_valid() else {}
        by, of = found.get("actor"), found.get("field")
        first, last = found.get("first"), found.get("last")
        return [
            *([f"by {by}"] if by else []),
            *([f"of {of.replace('.', ': ').replace('_', ' ')}"] if of else []),
            *([f"from {first.isoformat()}"] if first else []),
            *([f"to {last.isoformat()}"] if last else []),
        ]


class Trail:
    """The history of some records, up to the moment of knowledge, as far as a form asks for it."""

    def __init__(
        self, parts: Sequence[Part], *, known_at: datetime | None = None, form: TrailForm | None = None
    ) -> None:
        self.known_at = known_at
        asked = form.cleaned_data if form is not None and form.is_valid() else {}
        self.what, _, self.column = asked.get("field", "").partition(".")
        self.parts = [part for part in parts if not self.what or part.what == self.what]
        self.common = Q(history_date__lte=known_at) if known_at else Q()
        if asked.get("actor"):
            self.common &= Q(actor_name__iexact=asked["actor"])
        if asked.get("first"):
            self.common &= Q(history_date__gte=make_aware(datetime.combine(asked["first"], datetime.min.time())))
        if asked.get("last"):
            day_after: date = asked["last"] + timedelta(days=1)
            self.common &= Q(history_date__lt=make_aware(datetime.combine(day_after, datetime.min.time())))

    def rows(self, part: Part) -> QuerySet:
        """The history rows of a part that are asked for."""
        rows = part.rows().filter(self.common)
        if not self.column:
            return rows
        before = Subquery(_older(part).order_by("-history_id").values(self.column)[:1])
        is_new = Q(history_type="+")
        return rows.annotate(was=before).filter(is_new | ~Q(was=F(self.column)) & ~Q(was=None, **{self.column: None}))

    def page(self, *, before: str = "", after: str = "", size: int = PER_PAGE) -> Page:
        """The changes after a place (earlier ones), or before it (later ones), or the latest."""
        place, backwards, fault = None, bool(before and not after), ""
        try:
            place = _place_in(after or before)
        except ValueError:
            backwards, fault = False, NOT_READ
        found = self._requests(place, size + 1, backwards=backwards)
        more, found = len(found) > size, found[:size]
        if backwards:
            found.reverse()
        later, earlier = (more, True) if backwards else (place is not None, more)
        return Page(
            tuple(self._changes(found)),
            _place_of(found[0]) if later and found else "",
            _place_of(found[-1]) if earlier and found else "",
            self._count(),
            fault,
        )

    def each(self, size: int = 200) -> Iterator[Change]:
        """All changes, latest first, some at a time and each with all of its rows."""
        place = None
        while found := self._requests(place, size):
            yield from self._changes(found, most=None)
            place = found[-1][:2]

    def _requests(
        self, place: tuple[datetime, str] | None, size: int, *, backwards: bool = False
    ) -> list[tuple[datetime, str, dict[str, int]]]:
        """The moment and the number of each request beyond a place, with its rows by kind."""
        beyond = Q()
        if place is not None:
            at, request = place
            step = "gt" if backwards else "lt"
            beyond = Q(**{f"history_date__{step}": at}) | Q(history_date=at, **{f"request_id__{step}": request})
        each = [
            self.rows(part)
            .filter(beyond)
            .values("request_id")
            .annotate(at=Min("history_date"), rows=Count("history_id"), kind=Value(number, models.IntegerField()))
            .values_list("at", "request_id", "kind", "rows")
            for number, part in enumerate(self.parts)
        ]
        order = ("at", "request_id") if backwards else ("-at", "-request_id")
        rows = each[0].union(*each[1:], all=True) if len(each) > 1 else each[0]
        found: dict[tuple[datetime, str], dict[str, int]] = {}
        for at, request, kind, count in rows.order_by(*order)[: size * len(each)]:
            if (at, request) not in found and len(found) == size:
                break
            found.setdefault((at, request), {})[self.parts[kind].what] = count
        return [(at, request, kinds) for (at, request), kinds in found.items()]

    def _count(self) -> str:
        each = [self.rows(part).values_list("request_id") for part in self.parts]
        # UNION without ALL: a request counts once, however many kinds of record it touched.
        every = each[0].union(*each[1:]) if len(each) > 1 else each[0].distinct()
        number = every[: MOST_COUNTED + 1].count()
        return f"{MOST_COUNTED:,}+" if number > MOST_COUNTED else f"{number:,}"

    def _changes(
        self, found: list[tuple[datetime, str, dict[str, int]]], most: int | None = MOST_ROWS
    ) -> Iterator[Change]:
        requests = [request for _, request, _ in found]
        touched = {what for _, _, kinds in found for what in kinds}
        of: dict[str, list[tuple[Part, Row, Row | None]]] = defaultdict(list)
        for part in self.parts:
            if part.what in touched:
                for row, before in _with_before(part, self.rows(part).filter(request_id__in=requests), most):
                    of[row.request_id].append((part, row, before))
        touching = [part for part in self.parts if part.what in touched]
        all_rows = [row for rows in of.values() for _, now, then in rows for row in (now, then) if row is not None]
        names = _names(touching, all_rows)
        for at, request, kinds in found:
            rows = of[request]
            steps = tuple(_step(part, row, before, names) for part, row, before in rows)
            shown: dict[str, int] = defaultdict(int)
            for step in steps:
                shown[step.what] += 1
            more = tuple((what, count - shown[what]) for what, count in kinds.items() if count > shown[what])
            first = rows[0][1]
            reason = first.history_change_reason or ""
            yield Change(at, first.actor_name, first.actor_role, reason, request, steps, more)


def _older(part: Part) -> QuerySet:
    history = part.model.history.model  # type: ignore[attr-defined]
    return history.objects.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id"))


def _with_before(part: Part, rows: QuerySet, most: int | None) -> Iterator[tuple[Row, Row | None]]:
    """History rows, each with the one of the same record before it; the first `most` of each request."""
    before = Subquery(_older(part).order_by("-history_id").values("history_id")[:1])
    found = list(rows.annotate(before=before).order_by("history_id"))
    if most is not None:
        seen: dict[str, int] = defaultdict(int)
        kept = []
        for row in found:
            seen[row.request_id] += 1
            if seen[row.request_id] <= most:
                kept.append(row)
        found = kept
    history = part.model.history.model  # type: ignore[attr-defined]
    earlier = history.objects.in_bulk({NO_ID, *(row.before or NO_ID for row in found)}, field_name="history_id")
    for row in found:
        yield row, earlier.get(row.before)


def _step(part: Part, row: Row, before: Row | None, names: _Names) -> Step:
    name = str(getattr(row, "ref", "") or "")
    return Step(part.what, name, before is None, tuple(field_changes(before, row, names)), row)


def field_changes(before: Row | None, after: Row, names: _Names) -> Iterator[FieldChange]:
    """What differs between two versions of a record; all that the later one has, where there was none before."""
    for found in _fields(type(after)):
        now = getattr(after, found.attname)
        if before is None:
            if now not in (None, "", False) and found.name != "ref":
                yield FieldChange(_called(found), "", _shown(found, now, names))
        elif (then := getattr(before, found.attname)) != now:
            yield FieldChange(_called(found), _shown(found, then, names), _shown(found, now, names))


def _fields(model: type[models.Model]) -> list[models.Field]:
    tracked = getattr(model, "tracked_fields", None) or model.history.model.tracked_fields  # type: ignore[attr-defined]
    return [found for found in tracked if found.name not in OWN_COLUMNS]


def _called(found: models.Field) -> str:
    return str(found.verbose_name)


# What keys point to, by its ref and not by its number

_Names = Mapping[tuple[type[models.Model], int], str]


def _names(parts: Iterable[Part], rows: Iterable[Row]) -> _Names:
    """What the keys of some parts' history rows point to; one query for each model that a key can name."""
    wanted: dict[type[models.Model], set[int]] = {
        found.related_model: {NO_ID}  # type: ignore[misc]
        for part in parts
        for found in _fields(part.model)
        if found.is_relation
    }
    for row in rows:
        for found in _fields(type(row)):
            pk = getattr(row, found.attname)
            if found.is_relation and pk is not None:
                wanted[found.related_model].add(pk)  # type: ignore[index]
    return {
        (model, found.pk): str(getattr(found, "ref", "") or getattr(found, "username", "") or f"number {found.pk}")
        for model, ids in wanted.items()
        for found in model._base_manager.filter(pk__in=ids)
    }


def _shown(found: models.Field, value: Any, names: _Names) -> str:
    if value is None or value == "":
        return "nothing"
    if found.is_relation:
        return names.get((found.related_model, value), f"number {value}")  # type: ignore[arg-type]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        here = localtime(value)
        return f"{here.day} {here:%B %Y, %a} {here:%H:%M}"
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y, %a}"
    if isinstance(value, Decimal):
        return f"{value:,.2f}" if found.decimal_places == 2 else f"{value.normalize():,f}"  # type: ignore[attr-defined]
    if found.choices:
        return str(dict(found.flatchoices).get(value, value))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


# A place in the list, as an address bears it


def _place_of(found: tuple[datetime, str, Any]) -> str:
    return f"{found[0].isoformat()}~{found[1]}"


def _place_in(text: str) -> tuple[datetime, str] | None:
    """The place that an address names; None for none. Raises `ValueError` for what is no place."""
    if not text:
        return None
    at, _, request = text.replace("\x00", "").partition("~")
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None or not EARLIEST <= moment.date() <= LATEST:
        raise ValueError("A moment without its zone, or of another time.")
    return moment, request[:64]


# Two moments of knowledge


@dataclass(frozen=True, slots=True)
class Difference:
    """A record that two moments know differently: as the earlier knew it (None: not at all), and as the later does."""

    what: str
    name: str
    fields: tuple[FieldChange, ...]
    is_new: bool
    row: Row = field(compare=False)


def differences(parts: Sequence[Part], then: datetime, now: datetime, *, most: int) -> tuple[list[Difference], bool]:
    """Record by record, what was learnt, corrected or voided between two moments; and whether there is more of it.

    `row` of each is its last history row: who changed it last, when and why.
    """
    pairs: list[tuple[Part, Row, Row | None]] = []
    has_more = False
    for part in parts:
        history = part.model.history.model  # type: ignore[attr-defined]
        known = part.rows().filter(history_date__lte=now)
        newer = history.objects.filter(history_date__lte=now, id=OuterRef("id"), history_id__gt=OuterRef("history_id"))
        last = known.filter(~models.Exists(newer), history_date__gt=then).order_by("history_id")
        rows = list(last[: most + 1])
        has_more |= len(rows) > most
        older = history.objects.filter(history_date__lte=then, id__in=[row.id for row in rows])
        newest = history.objects.filter(
            history_date__lte=then, id=OuterRef("id"), history_id__gt=OuterRef("history_id")
        )
        before = {row.id: row for row in older.filter(~models.Exists(newest))}
        pairs += [(part, row, before.get(row.id)) for row in rows[:most]]
    names = _names(parts, [row for _, now_, then_ in pairs for row in (now_, then_) if row is not None])
    found = []
    for part, row, earlier in pairs:
        step = _step(part, row, earlier, names)
        if step.fields:
            found.append(Difference(step.what, step.name, step.fields, step.first, row))
    return found, has_more
