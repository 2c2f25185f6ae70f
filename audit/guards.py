"""What the database itself sees to: triggers, made anew from the models after every migration.

On both databases: a row that is kept (the history of a fact, and whatever is `Kept`) is linked into the chain as it is
written and cannot be changed or deleted; a fact and a person cannot be deleted. On PostgreSQL a transaction that leaves
a fact other than its last history row says is refused when it commits, whoever sent it, and the links are made in that
moment too, one transaction after the other: the chain is in commit order. SQLite has one writer at a time, so there a
row is linked at once; that a fact agrees with its history is checked there by `audit.chain.verify`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from secrets import token_hex

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Max

from audit.chain import chained, digest_of
from audit.models import Fact, Kept, Link, Seal, User
from audit.row_text import columns_of, row_text

KEPT = "What is kept is not changed and not deleted."
FACTS = "A fact is never deleted; it is recorded in error."
PEOPLE = "A person is never deleted; they are disabled."
NO_HISTORY = "A fact is not changed past its history."
MOMENT = {  # now, as a link says it
    "postgresql": """to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
    "sqlite": "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')",
}
FUNCTION = re.compile(r'CREATE OR REPLACE FUNCTION "?(\w+)"?\(\).*?AS \$\$(.*)\$\$', re.DOTALL)
ADOPTED = "adopted-"
AT_ONCE = 5000
_when_lifted: dict[tuple[str, str], int] = {}  # the last row of each kind that there was when triggers were taken away
CHAIN_LOCK = 7_365_616_108  # any number that nothing else of ours locks


def facts() -> list[type[Fact]]:
    """The tracked models."""
    return [model for model in apps.get_models() if issubclass(model, Fact)]


def kept() -> dict[str, type[models.Model]]:
    """The tables whose rows are linked into the chain, by the kind that a link names: a fact's, or their own."""
    histories = {model._meta.label_lower: model.history.model for model in facts()}  # type: ignore[attr-defined]
    written_once = {model._meta.label_lower: model for model in apps.get_models() if issubclass(model, Kept)}
    return dict(sorted({**histories, **written_once}.items()))


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers of all tables that there are. What was made before is replaced."""
    there = set(connection.introspection.table_names())
    if Link._meta.db_table not in there:
        return
    with connection.cursor() as cursor:
        for statement in _of(connection.vendor, there):
            cursor.execute(statement)
    adopt(connection, {kind: model for kind, model in kept().items() if model._meta.db_table in there})


def lift(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away. On SQLite a table cannot be rebuilt by a migration while triggers speak of it."""
    _when_lifted.update(
        ((connection.alias, kind), model._base_manager.aggregate(last=Max(model._meta.pk.name))["last"] or 0)
        for kind, model in kept().items()
        if model._meta.db_table in connection.introspection.table_names()
    )
    with connection.cursor() as cursor:
        for name, table in installed(connection):
            on = f' ON "{table}"' if connection.vendor == "postgresql" else ""
            cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"{on}')


def installed(connection: BaseDatabaseWrapper) -> list[tuple[str, str]]:
    """The names of our triggers in the database, each with its table."""
    return sorted((name, table) for name, table, _ in _there(connection))


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The triggers that should be there and are not, are off, or do something else than they were made for."""
    there = {name: said for name, _, said in _there(connection)}
    found = []
    for statement in _of(connection.vendor, set(connection.introspection.table_names())):
        made = re.search(r'CREATE (?:CONSTRAINT )?TRIGGER "(\w+)"', statement)
        if made and connection.vendor == "sqlite" and there.get(made[1]) != statement:
            found.append(made[1])
        if made and connection.vendor == "postgresql" and made[1] not in there:
            found.append(made[1])
        function = FUNCTION.search(statement)
        if function and function[2] not in _bodies(connection, function[1]):
            found.append(function[1])
    return sorted(found)


def _there(connection: BaseDatabaseWrapper) -> list[tuple[str, str, str]]:
    """Our triggers: name, table, and on SQLite what makes them. One that is off, or for replicas only, is none."""
    of = {
        "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'standstill_*'",
        "postgresql": "SELECT tgname, relname, '' FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
        " WHERE tgname LIKE 'standstill\\_%' AND tgenabled IN ('O', 'A')",
    }
    with connection.cursor() as cursor:
        cursor.execute(of[connection.vendor])
        return cursor.fetchall()


def _bodies(connection: BaseDatabaseWrapper, function: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [function])
        return [body for (body,) in cursor.fetchall()]


def _of(vendor: str, there: set[str]) -> Iterator[str]:
    make = _OnPostgreSQL() if vendor == "postgresql" else _OnSQLite()
    yield from make.begin()
    for kind, model in kept().items():
        if model._meta.db_table in there:
            yield from make.refusal(model, "UPDATE OR DELETE", KEPT)
            yield from make.link(kind, model)
    for chain in (Link, Seal):
        yield from make.refusal(chain, "UPDATE OR DELETE", KEPT)
    for fact in facts():
        if fact._meta.db_table in there:
            yield from make.refusal(fact, "DELETE", FACTS)
            yield from make.agreement(fact)
    yield from make.refusal(User, "DELETE", PEOPLE)


class _OnPostgreSQL:
    def begin(self) -> Iterator[str]:
        yield """
            CREATE OR REPLACE FUNCTION standstill_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '% (%)', TG_ARGV[0], TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
            END $$"""

    def refusal(self, model: type[models.Model], what: str, said: str) -> Iterator[str]:
        table = model._meta.db_table
        for name, when, each in (("keep", what, "ROW"), ("hold", "TRUNCATE", "STATEMENT")):
            yield f'DROP TRIGGER IF EXISTS "standstill_{name}_{table}" ON "{table}"'
            yield f"""CREATE TRIGGER "standstill_{name}_{table}" BEFORE {when} ON "{table}"
                FOR EACH {each} EXECUTE FUNCTION standstill_refuse('{said}')"""

    def link(self, kind: str, model: type[models.Model]) -> Iterator[str]:
        """At commit, one transaction after the other: who waits for the lock sees the links of whoever had it.

        The head is read once in a transaction, which holds the lock from then on, and is handed on in a setting of it.
        """
        table, key, links = model._meta.db_table, model._meta.pk.column, Link._meta.db_table
        yield f"""
            CREATE OR REPLACE FUNCTION "standstill_link_{table}"() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE
                number bigint := nullif(split_part(current_setting('standstill.head', true), ' ', 1), '');
                before text := split_part(current_setting('standstill.head', true), ' ', 2);
                said_at text := {MOMENT["postgresql"]};
                salted text := gen_random_uuid()::text;
                made text := encode(sha256(convert_to(
                    salted || ' ' || {row_text(model, kind, "postgresql", "NEW")}, 'UTF8')), 'hex');
            BEGIN
                IF before IS NULL OR before = '' THEN
                    PERFORM pg_advisory_xact_lock({CHAIN_LOCK});
                    SELECT l.number, l.hash INTO number, before FROM "{links}" l ORDER BY l.number DESC LIMIT 1;
                    said_at := {MOMENT["postgresql"]};
                END IF;
                number := coalesce(number, 0) + 1;
                before := encode(sha256(convert_to(concat(before, ' ', said_at, ' ', made), 'UTF8')), 'hex');
                INSERT INTO "{links}" (number, kind, "row", at, salt, digest, hash)
                    VALUES (number, '{kind}', NEW."{key}", said_at, salted, made, before);
                PERFORM set_config('standstill.head', concat(number, ' ', before), true);
                RETURN NULL;
            END $$"""
        yield f'DROP TRIGGER IF EXISTS "standstill_link_{table}" ON "{table}"'
        yield f"""CREATE CONSTRAINT TRIGGER "standstill_link_{table}" AFTER INSERT ON "{table}"
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "standstill_link_{table}"()"""

    def agreement(self, fact: type[Fact]) -> Iterator[str]:
        """At commit, so that a fact and its history row may be written one after the other."""
        table, history = fact._meta.db_table, fact.history.model._meta.db_table  # type: ignore[attr-defined]
        names = list(columns_of(fact))
        old, new, said = (", ".join(f'{of}."{name}"' for name in names) for of in ("OLD", "NEW", "h"))
        newest = f'NOT EXISTS (SELECT FROM "{history}" n WHERE n.id = h.id AND n.history_id > h.history_id)'
        for what, when, live, of_newest in (
            ("agree", "INSERT", "NEW", "true"),
            # An update may have been followed by another, so what counts is the row as it is by now.
            ("again", "UPDATE", "f", newest),
        ):
            values = ", ".join(f'{live}."{name}"' for name in names)
            agrees = f"""EXISTS (SELECT FROM "{history}" h WHERE h.id = NEW.id
                AND ({values}) IS NOT DISTINCT FROM ({said}) AND {of_newest})"""
            there = f'EXISTS (SELECT FROM "{table}" f WHERE f.id = NEW.id'
            wrong = f"NOT {agrees} AND {there})" if live == "NEW" else f"{there} AND NOT {agrees})"
            # In the function and not in the trigger: PostgreSQL alters no column that a trigger's condition names.
            unchanged = f"IF ({old}) IS NOT DISTINCT FROM ({new}) THEN RETURN NULL; END IF;\n                    "
            same = unchanged if when == "UPDATE" else ""
            yield f"""
                CREATE OR REPLACE FUNCTION "standstill_{what}_{table}"() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    {same}IF {wrong} THEN
                        RAISE EXCEPTION '{NO_HISTORY} (%, id %)', TG_TABLE_NAME, NEW.id
                        USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NULL;
                END $$"""
            yield f'DROP TRIGGER IF EXISTS "standstill_{what}_{table}" ON "{table}"'
            yield f"""CREATE CONSTRAINT TRIGGER "standstill_{what}_{table}" AFTER {when} ON "{table}"
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "standstill_{what}_{table}"()"""


class _OnSQLite:
    def begin(self) -> Iterator[str]:
        yield from ()

    def refusal(self, model: type[models.Model], what: str, said: str) -> Iterator[str]:
        table = model._meta.db_table
        for each in what.split(" OR "):
            name = "keep" if each == "DELETE" else "hold"
            yield f'DROP TRIGGER IF EXISTS "standstill_{name}_{table}"'
            yield f"""CREATE TRIGGER "standstill_{name}_{table}" BEFORE {each} ON "{table}"
                BEGIN SELECT RAISE(ABORT, '{said} ({table})'); END"""

    def link(self, kind: str, model: type[models.Model]) -> Iterator[str]:
        table, key, links = model._meta.db_table, model._meta.pk.column, Link._meta.db_table
        # INSERT OR REPLACE would take a row away without a word to the trigger that refuses to delete one.
        yield f'DROP TRIGGER IF EXISTS "standstill_once_{table}"'
        yield f"""CREATE TRIGGER "standstill_once_{table}" BEFORE INSERT ON "{table}"
            WHEN EXISTS (SELECT 1 FROM "{table}" WHERE "{key}" = NEW."{key}")
            BEGIN SELECT RAISE(ABORT, '{KEPT} ({table})'); END"""
        yield f'DROP TRIGGER IF EXISTS "standstill_link_{table}"'
        yield f"""CREATE TRIGGER "standstill_link_{table}" AFTER INSERT ON "{table}" BEGIN
            INSERT INTO "{links}" (number, kind, "row", at, salt, digest, hash)
            SELECT number, '{kind}', NEW."{key}", at, salt, digest, SHA256(before || ' ' || at || ' ' || digest) FROM (
                SELECT number, before, at, salt,
                SHA256(salt || ' ' || {row_text(model, kind, "sqlite", "NEW")}) AS digest FROM (
                    -- DISTINCT keeps it a query of its own, so that chance is asked once.
                    SELECT DISTINCT coalesce((SELECT max(number) FROM "{links}"), 0) + 1 AS number,
                    coalesce((SELECT hash FROM "{links}" ORDER BY number DESC LIMIT 1), '') AS before,
                    {MOMENT["sqlite"]} AS at, lower(hex(randomblob(16))) AS salt
                )
            ); END"""

    def agreement(self, fact: type[Fact]) -> Iterator[str]:
        yield from ()


def adopt(connection: BaseDatabaseWrapper, models_: dict[str, type[models.Model]]) -> int:
    """Link rows that were written while there was no trigger to do it, in their order; return how many.

    Those of a model that is tracked or sealed only now; and on SQLite those of a migration's data steps.
    """
    linked = set(Link.objects.order_by().values_list("kind", flat=True).distinct())
    number, before = Link.objects.order_by("-number").values_list("number", "hash").first() or (0, "")
    adopted = 0
    for kind, model in models_.items():
        # What was there when the triggers were taken away, and had no link then, is not given one: it is found.
        last = _when_lifted.get((connection.alias, kind)) if kind in linked else 0
        if last is None:
            continue
        while rows := _some_rows(connection, kind, model, last):
            links = []
            for row, at, text in rows:
                number, last = number + 1, row
                salt = f"{ADOPTED}{token_hex(16)}"
                digest = digest_of(salt, text)
                before = chained(before, at, digest)
                links.append(Link(number=number, kind=kind, row=row, at=at, salt=salt, digest=digest, hash=before))
            Link.objects.bulk_create(links, batch_size=500)
            adopted += len(links)
    return adopted


def _some_rows(
    connection: BaseDatabaseWrapper, kind: str, model: type[models.Model], after: int
) -> list[tuple[int, str, str]]:
    """The next rows of a table: their keys, the moment of now, and their texts."""
    key, text = model._meta.pk.column, row_text(model, kind, connection.vendor, "t").replace("%", "%%")
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT t."{key}", {MOMENT[connection.vendor].replace("%", "%%")}, {text} FROM "{model._meta.db_table}" t'
            f' WHERE t."{key}" > %s ORDER BY t."{key}" LIMIT {AT_ONCE}',
            [after],
        )
        return cursor.fetchall()
