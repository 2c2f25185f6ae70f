"""Scratch databases, one a size, each made fresh and thrown away; any of them can stand in for the default one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connections
from django.db.utils import load_backend


@dataclass(frozen=True, slots=True)
class Database:
    """A scratch database. `url` opens it from another process."""

    name: str
    url: str
    connection: Any


class Scratch:
    """Makes scratch databases as copies of an empty migrated one, in the engine that the settings name."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.settings = dict(connections.settings["default"])
        self.sqlite = self.settings["ENGINE"].endswith("sqlite3")
        self.made: list[Database] = []
        self.empty = self._open("empty")
        if not self.sqlite:
            self._say(f'CREATE DATABASE "{self.empty.name}"')
        with standing_in(self.empty):
            call_command("migrate", verbosity=0)
        self.empty.connection.close()

    def fresh(self, name: str) -> Database:
        """An empty migrated database."""
        found = self._open(name)
        if self.sqlite:
            shutil.copy(self.empty.name, found.name)
        else:
            self._say(f'CREATE DATABASE "{found.name}" TEMPLATE "{self.empty.name}"')
        return found

    def drop(self, database: Database) -> None:
        database.connection.close()
        self.made.remove(database)
        if self.sqlite:
            for path in Path(database.name).parent.glob(Path(database.name).name + "*"):
                path.unlink()
        else:
            self._say(f'DROP DATABASE IF EXISTS "{database.name}"')

    def drop_all(self) -> None:
        for database in list(self.made):
            self.drop(database)

    def _open(self, name: str) -> Database:
        options = {key: value for key, value in self.settings["OPTIONS"].items() if key != "pool"}
        if self.sqlite:
            path = str(self.folder / f"{name}.sqlite3")
            url = f"sqlite:///{path}"
        else:
            path = f"standstill_bench_{name}"
            before, mark, after = self.url.partition("?")
            url = before.rpartition("/")[0] + f"/{path}{mark}{after}"
        settings = self.settings | {"NAME": path, "OPTIONS": options}
        database = Database(path, url, load_backend(settings["ENGINE"]).DatabaseWrapper(settings, "default"))
        self.made.append(database)
        return database

    def _say(self, sql: str) -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute(sql)


@contextmanager
def standing_in(database: Database) -> Iterator[None]:
    """Whatever asks for the default database gets this one."""
    usual = connections["default"]
    connections["default"] = database.connection
    try:
        yield
    finally:
        connections["default"] = usual
