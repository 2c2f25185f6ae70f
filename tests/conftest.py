"""What every test stands on: a real database file, real services, and nothing written into the checkout.

The database is SQLite unless DATABASE_URL names another; `make test` runs tests/integration on both. A test that only
one of them can run is marked `postgres`; one that needs a broker asks for `broker_url`; one that needs Chromium is
marked `browser`. What a machine cannot run is left out and named at the top of the report; in CI it fails instead.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings

from config import celery_app
from tests import services
from tests.guards import lifted

CHROMIUM = Path("/usr/bin/chromium")
SOFFICE = shutil.which("soffice")
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

hypothesis.settings.register_profile("ci", derandomize=True, print_blob=True, deadline=None)
hypothesis.settings.register_profile("here", print_blob=True, deadline=None)
hypothesis.settings.load_profile("ci" if services.IN_CI else "here")


def pytest_report_header() -> list[str]:
    lines = [f"database: {connection.vendor}"]
    if connection.vendor != "postgresql":
        lines.append("left to the run on PostgreSQL: tests marked postgres")
    if not CHROMIUM.exists():
        lines.append(f"{'FAILING' if services.IN_CI else 'left out'}: tests marked browser, there is no {CHROMIUM}")
    if not SOFFICE:
        lines.append(f"{'FAILING' if services.IN_CI else 'left out'}: a test of workbooks, there is no LibreOffice")
    return lines


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave tests of PostgreSQL to the run on PostgreSQL; let the browser's event loop and the database be together."""
    if connection.vendor != "postgresql":
        elsewhere = [item for item in items if item.get_closest_marker("postgres")]
        items[:] = [item for item in items if item not in elsewhere]
        config.hook.pytest_deselected(items=elsewhere)
    if any(item.get_closest_marker("browser") for item in items):
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and not CHROMIUM.exists():
        (pytest.fail if services.IN_CI else pytest.skip)(f"There is no {CHROMIUM}.")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, since pip brings none, and without its calls home."""
    return {**browser_type_launch_args, "executable_path": str(CHROMIUM), "args": CHROMIUM_ARGS}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite in a file, as in use: in memory, threads would share one connection and WAL would mean nothing."""
    if connection.vendor == "sqlite":
        settings.DATABASES["default"]["TEST"]["NAME"] = tmp_path_factory.mktemp("database") / "test.sqlite3"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """A test that commits has its tables emptied after it, which the database refuses to anybody else."""
    operations: Any = type(connection.ops)  # of every connection: a browser's test has one of its own
    empty = operations.execute_sql_flush

    def flush(self: Any, statements: list[str]) -> None:
        with lifted(self.connection):
            empty(self, statements)

    operations.execute_sql_flush = flush
    yield
    operations.execute_sql_flush = empty


@pytest.fixture(scope="session", autouse=True)
def nothing_of_ours_outside_tmp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Files and mail go to a temporary folder, tasks to memory unless a test asks for a broker; hashing is quick."""
    here = tmp_path_factory.mktemp("var")
    celery_app.conf.broker_url = "memory://"
    with override_settings(
        VAR=here,
        MEDIA_ROOT=here / "media",
        EMAIL_FILE_PATH=here / "mail",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ):
        yield


@pytest.fixture(scope="session")
def broker_url() -> Iterator[str]:
    """A real broker: the one that REDIS_URL names, or else the embedded one of `make run`."""
    if url := os.environ.get("REDIS_URL"):
        yield url
    else:
        with services.valkey() as url:
            yield url
