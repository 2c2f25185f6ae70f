"""Processes that are really killed, what they send to, and how much of it: short in CI, long with `make faults`."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.db import connection

from alerts.letters import Letter
from config.run import ROOT
from config.serve.processes import die_with_parent

LONG = bool(os.environ.get("FAULTS_LONG"))
NOW = datetime(2024, 6, 1, tzinfo=UTC)
LAST_DAY = date(2024, 8, 31)
QUICKLY = ("--loglevel", "ERROR", "--without-mingle", "--without-gossip", "--without-heartbeat")


def told(what: str) -> None:
    """A figure for docs/reliability.md, where the long run prints it."""
    if LONG:
        print(f"\n  {what}", flush=True)  # noqa: T201


def process(*command: str, **environment: str) -> subprocess.Popen[bytes]:
    """A process of ours on the tests' own database, in a session of its own."""
    name = connection.settings_dict["NAME"]
    url = f"sqlite:///{name}"
    if connection.vendor == "postgresql":
        url = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url, "LOG_LEVEL": "ERROR", **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )


def worker(*options: str, **environment: str) -> subprocess.Popen[bytes]:
    """A Celery worker."""
    return process("-m", "celery", "-A", "config", "worker", *QUICKLY, *options, **environment)


def end(running: subprocess.Popen[bytes]) -> None:
    """Kill a process with all its children, at once."""
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def children(pid: int) -> list[int]:
    """The processes that a process has begun."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def until(true: Callable[[], object], seconds: float = 60, *, every: float = 0.02) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(every)


def put_to_sleep(running: subprocess.Popen[bytes]) -> None:
    """Stop a process while it writes nothing: one that is stopped in the middle of a write keeps its locks."""

    def asleep() -> bool:
        running.send_signal(signal.SIGSTOP)
        time.sleep(0.02)
        if nobody_writes():
            return True
        running.send_signal(signal.SIGCONT)
        return False

    until(asleep)


def nobody_writes() -> bool:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
            return cursor.fetchone() == (0,)
    name = str(connection.settings_dict["NAME"])
    with closing(sqlite3.connect(name, timeout=0, uri=name.startswith("file:"))) as another:
        try:
            another.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
    return True


def letter(number: int, **fields: Any) -> Letter:
    said = {"heading": f"w-{number} ends", "what": "-", "why": ("-",), "sources": ("-",), "todo": "-", "path": "/"}
    day = LAST_DAY
    rest = {**said, "open_subject": True, **fields}
    return Letter(about=f"waiver:{number}", kind="k", version="v", contractual_date=day, reading="", due=day, **rest)


@dataclass
class Hook:
    """The other side of a webhook: it counts what it takes, and can be asked for a key."""

    url: str = ""
    taken: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)


@contextmanager
def hook() -> Iterator[Hook]:
    """A webhook on a free port of 127.0.0.1 that looks keys up."""
    found = Hook()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            with found.lock:
                found.taken[self.headers["Idempotency-Key"]] += 1
            self._answer(200)

        def do_GET(self) -> None:
            key = parse_qs(urlsplit(self.path).query)["key"][0]
            with found.lock:
                there = key in found.taken
            self._answer(200 if there else 404)

        def _answer(self, status: int) -> None:
            with suppress(OSError):  # whoever asked was killed
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/in"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Workers:
    """Workers of which one, or one of whose children, is killed now and then, and at once begun anew."""

    count: int
    options: tuple[str, ...]
    environment: dict[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    kills: int = 0

    def __enter__(self) -> Workers:
        self.running = [worker(*self.options, **self.environment) for _ in range(self.count)]
        return self

    def __exit__(self, *_: object) -> None:
        for running in self.running:
            end(running)

    def kill_one(self, chance: Random) -> bool:
        """Kill a child, or sometimes a whole worker; whether there was something to kill."""
        place = chance.randrange(self.count)
        if self.running[place].poll() is not None:
            # Celery gives up after losing too many children in a row; a supervisor begins it anew.
            self.running[place] = worker(*self.options, **self.environment)
            return False
        forked = children(self.running[place].pid)
        if forked and chance.random() < 0.8:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(forked), signal.SIGKILL)
                self.kills += 1
                return True
            return False
        if not forked:
            return False  # it is just being begun
        end(self.running[place])
        self.running[place] = worker(*self.options, **self.environment)
        self.kills += 1
        return True


def borrowers(count: int) -> dict[str, object]:
    """So many borrowers, each with a loan and a waiver that ends within the week."""
    numbers = range(count)
    return {
        "format": "standstill/portfolio/1",
        "title": "Many mills (fictional)",
        "parties": [{"ref": "bank", "name": "Bank (fictional)"}]
        + [{"ref": f"mill-{number}", "name": f"Mill {number} (fictional)"} for number in numbers],
        "agreements": [
            {
                "ref": f"loan-{number}",
                "title": "Loan",
                "dated_as_of": "2020-01-01",
                "obligors": [f"mill-{number}"],
                "lenders": ["bank"],
                "events_of_default": [{"ref": "missed", "kind": "payment"}],
                "payments": [{"ref": "coupon", "kind": "interest", "due": "2024-05-01"}],
            }
            for number in numbers
        ],
        "waivers": [
            {
                "ref": f"waiver-{number}",
                "instrument": f"loan-{number}",
                "granted_by": ["bank"],
                "kind": "waiver",
                "title": "Waiver",
                "dated_as_of": "2024-05-01",
                "executed": "2024-05-01",
                "effective_from": "2024-05-01",
                "until": {"date": str(LAST_DAY), "inclusive": True},
                "covers": [{"failure_to_pay": {"instruments": [f"loan-{number}"]}}],
            }
            for number in numbers
        ],
    }
