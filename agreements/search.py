"""Search by words, over PostgreSQL's full text and SQLite's FTS5 behind one interface.

A word is a run of letters and digits, whatever stands between: `cit-2000` is two words, `12 3/4%` three. Upper and
lower case are the same; for letters beyond ASCII on PostgreSQL, as far as the database's locale knows them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connections, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython
from django.db.migrations.state import StateApps
from django.db.models.expressions import RawSQL
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WORD = re.compile(r"[^\W_]+")
LONGEST_WORD = 500  # characters; PostgreSQL indexes no word of more than 2,046 bytes, and refuses to look for one
MOST_INDEXED = 250_000  # characters of a row on PostgreSQL, whose limit is a megabyte; FTS5 has none
AROUND = 80  # characters of an excerpt on each side of the word that was found

# Left to itself PostgreSQL's parser keeps URLs, file names and signed numbers whole, and a database of the locale C
# takes typographic marks for letters. Ranges of code points do not depend on a locale, as an index must not. They are
# ASCII but letters, digits and the space; Latin-1 but ª ² ³ µ ¹ º ¼ ½ ¾ and letters; general punctuation.
MARKS = (
    r"[\u0021-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7"
    r"\u2000-\u206f]+"
)


def words_of(text: str) -> list[str]:
    """The words of a text, each once, in order."""
    return list(dict.fromkeys(WORD.findall(text)))


@dataclass(frozen=True)
class WordIndex:
    """An index of the words of some columns of a table that has an `id`. The index's own name is `<table>_words`.

    PostgreSQL keeps it as it keeps every index; its expression is a function that is said to cost much, since the
    planner does not know how much a long text does, and would read it again for each row rather than use the index.
    On SQLite it is an FTS5 table, and triggers on the table keep it, so that no way of writing passes it by (but
    `INSERT OR REPLACE`, which fires no delete triggers; Django writes none).

    Django alters a table of SQLite by making it anew, and its triggers go with the old one. A migration that does so
    ends with `create` again, which begins from nothing and reads every row; a test fails where one does not. Before a
    column is renamed or removed, `drop`.
    """

    table: str
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.table}_words"

    def create(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        """Make the index anew, of all rows, on the migration's database."""
        self.drop(schema_editor)
        on_postgres = schema_editor.connection.vendor == "postgresql"
        for statement in self._on_postgres() if on_postgres else self._on_sqlite():
            schema_editor.execute(statement, params=None)  # type: ignore[arg-type]

    def drop(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        """Remove the index, if it is there."""
        if schema_editor.connection.vendor == "postgresql":
            gone = [f"DROP INDEX IF EXISTS {self.name}", f"DROP FUNCTION IF EXISTS {self.name}(text)"]
        else:
            triggers = [f"DROP TRIGGER IF EXISTS {self.name}_{event}" for event in ("insert", "update", "delete")]
            gone = [*triggers, f"DROP TABLE IF EXISTS {self.name}"]
        for statement in gone:
            schema_editor.execute(statement, params=None)  # type: ignore[arg-type]

    def matching(self, rows: models.QuerySet, text: str) -> models.QuerySet:
        """Those of the table's rows in which every word of the text begins some word; none where it has no word."""
        words = words_of(text)
        if not words or max(map(len, words)) > LONGEST_WORD:
            return rows.none()
        # What goes in between quotation marks is letters and digits: no operator of either language.
        if connections[rows.db].vendor == "postgresql":
            # OFFSET 0: found once, from the index, and not asked again of each row that the rest of a query brings.
            where = f"{self._vector()} @@ to_tsquery('simple', %s)"
            found = f"SELECT id FROM {self.table} WHERE {where} OFFSET 0"  # noqa: S608
            query = " & ".join(f"'{word}':*" for word in words)
        else:
            found = f"SELECT rowid FROM {self.name} WHERE {self.name} MATCH %s"  # noqa: S608
            query = " AND ".join(f'"{word}"*' for word in words)
        return rows.filter(pk__in=RawSQL(found, [query]))  # noqa: S611

    def _vector(self) -> str:
        """The expression that PostgreSQL indexes. A filter has to say the very same to use the index."""
        said = " || ' ' || ".join(f"coalesce({column}, '')" for column in self.columns)
        return f"{self.name}({said})"

    def _on_postgres(self) -> Sequence[str]:
        # In PL/pgSQL, since a function in SQL would be put in its place and its cost forgotten.
        spaced = f"regexp_replace(left($1, {MOST_INDEXED}), '{MARKS}', ' ', 'g')"
        said_of = "RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000000"
        body = f"BEGIN RETURN to_tsvector('simple', {spaced}); END"
        return [
            f"CREATE FUNCTION {self.name}(text) {said_of} AS $$ {body} $$",
            f"CREATE INDEX {self.name} ON {self.table} USING gin (({self._vector()}))",
            # ANALYZE would read every text of its sample; words are rare enough without.
            f"ALTER INDEX {self.name} ALTER COLUMN 1 SET STATISTICS 0",
        ]

    def _on_sqlite(self) -> Sequence[str]:
        name, table, columns = self.name, self.table, ", ".join(self.columns)
        old, new = (", ".join(f"{row}.{column}" for column in ("id", *self.columns)) for row in ("old", "new"))
        forget = f"INSERT INTO {name} ({name}, rowid, {columns}) VALUES ('delete', {old});"  # noqa: S608
        learn = f"INSERT INTO {name} (rowid, {columns}) VALUES ({new});"  # noqa: S608
        changed = f"({old}) IS NOT ({new})"
        kept = f"content='{table}', content_rowid='id', tokenize='unicode61 remove_diacritics 0', prefix='2 3'"
        return [
            f"CREATE VIRTUAL TABLE {name} USING fts5({columns}, {kept})",
            f"CREATE TRIGGER {name}_insert AFTER INSERT ON {table} BEGIN {learn} END",
            f"CREATE TRIGGER {name}_delete AFTER DELETE ON {table} BEGIN {forget} END",
            f"CREATE TRIGGER {name}_update AFTER UPDATE ON {table} WHEN {changed} BEGIN {forget} {learn} END",
            f"INSERT INTO {name} ({name}) VALUES ('rebuild')",  # noqa: S608
        ]


def indexed(*indexes: WordIndex) -> RunPython:
    """The operation of a migration that makes these indexes, and drops them on the way back."""

    def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for index in indexes:
            index.create(schema_editor)

    def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for index in indexes:
            index.drop(schema_editor)

    return RunPython(create, drop)


PARTIES = WordIndex("agreements_party", ("ref", "name", "cik", "lei"))
INSTRUMENTS = WordIndex("agreements_instrument", ("ref", "title"))
DOCUMENTS = WordIndex("agreements_loandocument", ("ref", "title", "words"))


def excerpt(said: str, text: str) -> SafeString:
    """What stands around the first place of `said` where a word of the text begins one, as HTML with each such marked.

    Empty where there is no such place.
    """
    words = sorted(words_of(text), key=len, reverse=True)
    # A "word" of any length, as in a file of base64, is not marked to its end.
    begun = re.compile(rf"(?<![^\W_])(?:{'|'.join(words)})[^\W_]{{0,40}}", re.IGNORECASE)
    said = " ".join(said.split())
    first = begun.search(said) if words else None
    if first is None:
        return SafeString("")
    start, end = max(first.start() - AROUND, 0), min(first.end() + AROUND, len(said))
    if start > 0:
        start = max(said.find(" ", start, first.start()) + 1, start)
    if end < len(said):
        end = max(said.rfind(" ", first.end(), end), first.end())
    parts, at = [], start
    for found in begun.finditer(said, start, end):
        parts.append((said[at : found.start()], found[0]))
        at = found.end()
    marked = format_html_join("", "{}<mark>{}</mark>", parts)
    return format_html("{}{}{}{}", "… " if start > 0 else "", marked, said[at:end], " …" if end < len(said) else "")
