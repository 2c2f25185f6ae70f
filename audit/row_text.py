"""The text of a kept row, as its digest is made of: one JSON object, written by the database from what it really has.

    {"kind":"waivers.waiver","row":12,"actor_name":"ann", ... ,"until_date":"2000-05-01"}

Columns come by name. What is nothing is not written: NULL, an empty text, and false where a column is never NULL. So a
column that is added later, with nothing in it, changes the text of no older row; a column of a kept table is never
renamed, dropped or given another type (docs/decisions/0025-the-chain.md).

Moments are in UTC with microseconds, dates YYYY-MM-DD, decimals with all their places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import models


def row_text(model: type[models.Model], kind: str, vendor: str, of: str) -> str:
    """An SQL expression that gives the text of a row; `of` is the row's name in the statement, such as NEW.

    Raises `TypeError` for a column of a type for which no text is laid down.
    """
    key = model._meta.pk
    head = f"""'{{"kind":"{kind}","row":' || {of}."{key.column}" """
    fields = sorted(
        (field for field in model._meta.concrete_fields if not field.primary_key), key=lambda f: str(f.column)
    )
    return _joined([head, *(_part(field, vendor, f'{of}."{field.column}"') for field in fields), "'}'"])


def _joined(parts: list[str]) -> str:
    """One after the other, two and two: so no part is copied once for each that follows it."""
    while len(parts) > 1:
        parts = [" || ".join(parts[start : start + 2]) for start in range(0, len(parts), 2)]
        parts = [f"({part})" for part in parts]
    return parts[0]


def _part(field: models.Field, vendor: str, column: str) -> str:
    empty, value = _writer(field, vendor)(column)
    nothing = " OR ".join([f"{column} IS NULL", *([empty] if empty else [])])
    return f"""CASE WHEN {nothing} THEN '' ELSE ',"{field.column}":' || {value} END"""


def _writer(field: models.Field, vendor: str) -> Callable[[str], tuple[str, str]]:
    """What makes of a column's name when it is as good as nothing, "" for never, and how its value is written."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    for types, writer in _WRITERS[vendor]:
        if isinstance(field, types):
            return lambda column: writer(field, column)
    raise TypeError(f"How {field.model.__name__}.{field.name} is written into a row's text is not laid down.")


def _whole(field: models.Field, column: str) -> tuple[str, str]:
    return "", column


def _truth(field: models.Field, column: str) -> tuple[str, str]:
    return "" if field.null else f"NOT {column}", f"CASE WHEN {column} THEN 'true' ELSE 'false' END"


def _words(quote: str) -> Callable[[models.Field, str], tuple[str, str]]:
    return lambda field, column: (f"{column} = ''", quote.format(column))


def _as(value: str) -> Callable[[models.Field, str], tuple[str, str]]:
    return lambda field, column: ("", value.format(column))


def _sqlite_decimal(field: models.Field, column: str) -> tuple[str, str]:
    return "", f"printf('%.{field.decimal_places}f', {column})"  # type: ignore[attr-defined]


_POSTGRESQL_MOMENT = r"""to_char({0} AT TIME ZONE 'UTC', '\"YYYY-MM-DD"T"HH24:MI:SS.US"Z"\"')"""
_SQLITE_MOMENT = "json_quote(replace(CASE length({0}) WHEN 19 THEN {0} || '.000000' ELSE {0} END, ' ', 'T') || 'Z')"
_Writers = list[tuple[tuple[type[models.Field], ...], Callable[[models.Field, str], tuple[str, str]]]]
_WRITERS: dict[str, _Writers] = {
    "postgresql": [
        ((models.BooleanField,), _truth),
        ((models.IntegerField,), _whole),
        ((models.DecimalField,), _as("{0}::text")),
        ((models.DateTimeField,), _as(_POSTGRESQL_MOMENT)),
        ((models.DateField,), _as(r"""to_char({0}, '\"YYYY-MM-DD\"')""")),
        ((models.JSONField,), _as("{0}::text")),
        ((models.CharField, models.TextField, models.FileField), _words("to_json({0}::text)::text")),
    ],
    "sqlite": [
        ((models.BooleanField,), _truth),
        ((models.IntegerField,), _whole),
        ((models.DecimalField,), _sqlite_decimal),
        ((models.DateTimeField,), _as(_SQLITE_MOMENT)),
        ((models.DateField,), _as("json_quote({0})")),
        ((models.JSONField,), _as("{0}")),
        ((models.CharField, models.TextField, models.FileField), _words("json_quote({0})")),
    ],
}


def columns_of(model: type[models.Model]) -> Iterator[str]:
    """The columns that a fact and its history have in common."""
    yield from (field.column for field in model.history.model.tracked_fields)  # type: ignore[attr-defined]
