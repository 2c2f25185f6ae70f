"""Whether all that is kept still fits: links to each other, to rows and to seals; and facts to their history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from audit import guards
from audit.chain import Head, head
from audit.models import Fact, Link
from audit.row_text import columns_of, row_text
from audit.seals import SealFile, trusted_keys

LATE = 1  # days
NONE = Head(0, "", "")
SHA = {"sqlite": "SHA256({0})", "postgresql": "encode(sha256(convert_to({0}, 'UTF8')), 'hex')"}
# The day of a moment, so many days on, as links write theirs. Texts are compared, so that no forged one is an error.
DAY = {
    "sqlite": "date({0}, '{1:+} days')",
    "postgresql": "(to_char(({0} AT TIME ZONE 'UTC')::date {1:+}, 'YYYY-MM-DD') COLLATE \"C\")",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not fit: the number of the link where it shows (None where it is of no link), and what."""

    link: int | None
    said: str


@dataclass(slots=True)
class Verdict:
    """What was looked at, and what does not fit, the earliest link first; nothing amiss is an empty list."""

    head: Head = NONE
    seals: int = 0
    faults: list[Fault] = field(default_factory=list)


def verify(
    connection: BaseDatabaseWrapper,
    seals: Iterable[SealFile] = (),
    *,
    late: int | None = LATE,
    tell: Callable[[str], None] = lambda said: None,
) -> Verdict:
    """Look at every link, every kept row and every fact, in memory that does not grow with their number.

    Of each check, and of each kind of record, the first fault is named. `late`: a row whose own day lies further from
    that of its link than so many days bears a false date (None: not looked at). `tell` hears what is looked at next.
    """
    alone = connection.vendor == "postgresql" and not connection.in_atomic_block
    with transaction.atomic(using=connection.alias):
        if alone:  # one state of the whole register, however long it takes
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute("SET LOCAL work_mem TO '64MB'")
        return _Look(connection, list(seals), late, tell).all()


@dataclass(slots=True)
class _Look:
    connection: BaseDatabaseWrapper
    seals: list[SealFile]
    late: int | None
    tell: Callable[[str], None]
    verdict: Verdict = field(default_factory=Verdict)

    def all(self) -> Verdict:
        found = [*self._guards(), *self._chain()]
        kinds = guards.kept()
        for kind, model in kinds.items():
            self.tell(kind)
            found += self._rows(kind, model)
        found += self._of_no_kind(kinds)
        for fact in guards.facts():
            found += [*self._facts(fact), *self._in_order(fact)]
        self.verdict.faults = sorted(found, key=lambda fault: (fault.link is None, fault.link or 0))
        return self.verdict

    def first(self, sql: str) -> Any:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()

    def _guards(self) -> Iterator[Fault]:
        away = guards.missing(self.connection)
        if away:
            yield Fault(None, f"{len(away)} of the database's triggers are missing or off, {away[0]} among them.")

    def _chain(self) -> Iterator[Fault]:
        """The first link that does not follow from the one before it; and the seals."""
        self.tell("links")
        self.verdict.head = head()
        links = f'"{Link._meta.db_table}"'
        follows = SHA[self.connection.vendor].format("coalesce(b.hash, '') || ' ' || l.at || ' ' || l.digest")
        row = self.first(
            f"SELECT n.number, (SELECT coalesce(max(p.number), 0) FROM {links} p WHERE p.number < n.number) FROM ("
            f"SELECT min(l.number) AS number FROM {links} l LEFT JOIN {links} b ON b.number = l.number - 1"
            f" WHERE l.hash <> {follows} OR (b.number IS NULL AND l.number <> 1)) n WHERE n.number IS NOT NULL"
        )
        if row:
            number, last = row
            if number != last + 1:
                yield Fault(last + 1, f"link {last + 1} is missing; link {number} comes next.")
            else:
                yield Fault(number, f"link {number} does not follow from the one before it.")
        sealed = Link.objects.using(self.connection.alias).filter(number__in={found.links for found in self.seals})
        yield from self._sealed(dict(sealed.values_list("number", "hash")))

    def _sealed(self, hashes: dict[int, str]) -> Iterator[Fault]:
        known = trusted_keys()
        for seal in self.seals:
            self.verdict.seals += 1
            if not seal.is_genuine():
                yield Fault(None, f"{seal.name}: its signature is not of what it says.")
            elif known and seal.public_key not in known:
                yield Fault(None, f"{seal.name}: it is signed with a key that is not one of ours ({seal.public_key}).")
            if seal.links > self.verdict.head.number:
                yield Fault(
                    self.verdict.head.number + 1,
                    f"{seal.name}: it sealed {seal.links} links, and there are {self.verdict.head.number}: "
                    "the end of the record was cut off.",
                )
            elif seal.links and hashes.get(seal.links) != seal.head:
                yield Fault(seal.links, f"{seal.name}: link {seal.links} is not the one that was sealed.")

    def _rows(self, kind: str, model: type[models.Model]) -> Iterator[Fault]:
        """The first link whose row is gone, changed, or of a moment that cannot be; the first row without a link."""
        vendor, key = self.connection.vendor, model._meta.pk.column
        moment = f't."{"history_date" if kind != model._meta.label_lower else "at"}"'
        text = row_text(model, kind, vendor, "t")
        digest = SHA[vendor].format(f"l.salt || ' ' || {text}")
        false_date = "1 = 0"
        if self.late is not None:
            least, most = (DAY[vendor].format(moment, days) for days in (-self.late, self.late))
            dated = f"(substr(l.at, 1, 10) BETWEEN {least} AND {most})"
            false_date = f"({dated} IS NOT TRUE AND l.salt NOT LIKE '{guards.ADOPTED}%')"
        links = f"(SELECT * FROM \"{Link._meta.db_table}\" WHERE kind = '{kind}') l"
        # The first of them all, and not the first that is found: so PostgreSQL may share the work out.
        number, unlinked = self.first(
            f'SELECT min(l.number) FILTER (WHERE t."{key}" IS NULL OR l.digest <> {digest} OR {false_date}),'
            f' min(t."{key}") FILTER (WHERE l.number IS NULL)'
            f' FROM {links} FULL JOIN "{model._meta.db_table}" t ON t."{key}" = l."row"'
        )
        if unlinked is not None:
            yield Fault(None, f"{kind}, row {unlinked}: it has no link; it was put in past the chain.")
        if number is not None:
            pk, gone, other, at, own = self.first(
                f'SELECT l."row", t."{key}" IS NULL, l.digest <> {digest}, l.at, {moment}'
                f' FROM {links} LEFT JOIN "{model._meta.db_table}" t ON t."{key}" = l."row" WHERE l.number = {number}'
            )
            what = f"{kind}, row {pk}"
            if gone:
                yield Fault(number, f"{what}: it was taken out.")
            elif other:
                yield Fault(number, f"{what}: it is not what was linked; it was changed.")
            else:
                yield Fault(number, f"{what}: it bears the moment {own} and was written at {at}.")

    def _in_order(self, fact: type[Fact]) -> Iterator[Fault]:
        """The first version that was slipped in below one that was linked before it."""
        kind, history = fact._meta.label_lower, fact.history.model._meta.db_table  # type: ignore[attr-defined]
        row = self.first(
            "SELECT min(number) FROM ("
            "SELECT l.number, lag(l.number) OVER (PARTITION BY t.id ORDER BY t.history_id) AS before"
            f' FROM "{Link._meta.db_table}" l JOIN "{history}" t ON t.history_id = l."row"'
            f" WHERE l.kind = '{kind}') versions WHERE before > number"
        )
        if row and row[0] is not None:
            yield Fault(row[0], f"{kind}: the version of link {row[0]} lies above one that was written after it.")

    def _of_no_kind(self, kinds: Iterable[str]) -> Iterator[Fault]:
        link = Link.objects.using(self.connection.alias).exclude(kind__in=list(kinds)).order_by("number").first()
        if link:
            yield Fault(link.number, f"{link.kind}, row {link.row}: there is no such kind of record.")

    def _facts(self, fact: type[Fact]) -> Iterator[Fault]:
        """The first fact that is not what its last history row says, and the first that is not there any more."""
        self.tell(fact._meta.label_lower)
        table, history = fact._meta.db_table, fact.history.model._meta.db_table  # type: ignore[attr-defined]
        live, last = (", ".join(f'{of}."{name}"' for name in columns_of(fact)) for of in ("f", "h"))
        differs = "IS NOT" if self.connection.vendor == "sqlite" else "IS DISTINCT FROM"
        newer = f'SELECT 1 FROM "{history}" n WHERE n.id = h.id AND n.history_id > h.history_id'
        wrong, gone = self.first(
            f"SELECT min(f.id) FILTER (WHERE h.id IS NULL OR ({live}) {differs} ({last})),"
            " min(h.id) FILTER (WHERE f.id IS NULL)"
            f' FROM "{table}" f FULL JOIN (SELECT * FROM "{history}" h WHERE NOT EXISTS ({newer})) h ON h.id = f.id'
        )
        if wrong is not None:
            yield Fault(None, f"{fact._meta.label_lower} {wrong}: it is not what its last history row says.")
        if gone is not None:
            yield Fault(None, f"{fact._meta.label_lower} {gone}: it was deleted; its history is there.")
