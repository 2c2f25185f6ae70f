"""The database's own refusals, lifted: for a test that empties its tables, and for one that tampers with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection as default_connection
from django.db.backends.base.base import BaseDatabaseWrapper

from audit import guards


@contextmanager
def lifted(connection: BaseDatabaseWrapper | None = None) -> Iterator[None]:
    """Let anything be changed and deleted, as somebody might who owns the database; no link is made meanwhile."""
    connection = connection or default_connection
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            try:
                yield
            finally:
                cursor.execute("SET session_replication_role = DEFAULT")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'standstill%'")
        made = cursor.fetchall()
        guards.lift(connection)
        try:
            yield
        finally:
            for _, statement in made:
                cursor.execute(statement)
