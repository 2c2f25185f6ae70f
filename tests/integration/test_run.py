"""`make run` starts everything, says where, and leaves nothing behind, whichever way it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.db import connection

from config.run import ROOT, SOCKET_PATH_BYTES

SECONDS = 120  # to start, on a busy machine
ON_ITS_OWN = pytest.mark.skipif(connection.vendor != "sqlite", reason="about the embedded database")

pytestmark = pytest.mark.slow


@dataclass
class Instance:
    process: subprocess.Popen[bytes]
    var: Path
    log: Path

    def said(self) -> str:
        return self.log.read_text()

    def url(self) -> str:
        """Where the banner says that it runs."""
        return re.search(r"^Standstill runs at (\S+)$", self.said(), re.MULTILINE).group(1)

    def family(self) -> set[int]:
        """The ids of its process, and of all that descend from it."""
        found, new = set(), [self.process.pid]
        while new:
            pid = new.pop()
            found.add(pid)
            with suppress(OSError):
                new += [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return found

    def pid_of(self, word: str) -> int:
        return next(pid for pid in sorted(self.family()) if word in command_line(pid).split())

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


def command_line(pid: int) -> str:
    """Empty once the process has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def left(pids: set[int]) -> list[str]:
    """The command lines of those that still run."""
    return [line for line in map(command_line, pids) if line]


def until(true: Callable[[], object], instance: Instance) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, instance.said()
        time.sleep(0.1)


def start(var: Path, **environment: str) -> Instance:
    """Starts one on a folder of its own, on any free port, without the services of the tests' own environment."""
    var.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    log = var / f"{time.monotonic_ns()}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.run"],
            cwd=ROOT,
            env={**kept, "STANDSTILL_VAR": str(var), "PORT": "0", **environment},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Instance(process, var, log)


@contextmanager
def running(var: Path, **environment: str) -> Iterator[Instance]:
    """An instance that has printed its banner; killed at the end if the test has not ended it."""
    instance = start(var, **environment)
    try:
        until(lambda: "Ctrl-C stops it" in instance.said() or instance.process.poll() is not None, instance)
        assert instance.process.poll() is None, instance.said()
        yield instance
    finally:
        for pid in instance.family():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        instance.process.wait()


@ON_ITS_OWN
def test_it_serves_the_sign_in_page_and_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as instance:
        with urlopen(instance.url()) as page:
            assert b'type="password"' in page.read()
        family = instance.family()
        commands = " ".join(left(family))
        assert all(name in commands for name in ("valkey-server", "gunicorn", " worker ", " beat "))
        assert instance.end(signal.SIGINT) == 0, instance.said()
        assert left(family) == []
    with running(tmp_path) as again:
        family = again.family()
        assert again.end(signal.SIGTERM) == 0, again.said()
        assert left(family) == []


@ON_ITS_OWN
def test_a_taken_port_is_named_and_a_deep_folder_is_no_obstacle(tmp_path: Path) -> None:
    deep = tmp_path / "a folder" / "/".join(["deep"] * 20)
    assert len(str(deep)) > SOCKET_PATH_BYTES
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running(deep, PORT=str(port)) as instance:
            assert f"Port {port} cannot be used (Address already in use)" in instance.said()
            assert int(instance.url().rpartition(":")[2]) > port
            environment = Path(f"/proc/{instance.pid_of('beat')}/environ").read_text()
            broker = Path(re.search(r"REDIS_URL=redis\+socket://([^\0]+)", environment).group(1))
            assert broker.is_socket()
            assert instance.end(signal.SIGINT) == 0, instance.said()
    assert not broker.parent.exists()


@ON_ITS_OWN
def test_a_second_one_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with running(tmp_path) as instance:
        second = start(tmp_path)
        assert second.process.wait(SECONDS) == 1
        assert f"Standstill already runs on the data in {tmp_path} ({instance.url()})." in second.said()
        assert instance.process.poll() is None


@ON_ITS_OWN
def test_when_one_process_dies_all_are_stopped_with_a_sentence(tmp_path: Path) -> None:
    with running(tmp_path) as instance:
        family = instance.family()
        os.kill(instance.pid_of("beat"), signal.SIGKILL)
        assert instance.process.wait(SECONDS) == 1
        assert "The beat process ended by itself (status -9)" in instance.said()
        assert left(family) == []


@ON_ITS_OWN
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_the_others_go_when_the_one_that_started_them_is_killed(tmp_path: Path) -> None:
    with running(tmp_path) as instance:
        family = instance.family()
        instance.end(signal.SIGKILL)
        until(lambda: left(family) == [], instance)


@pytest.mark.postgres
def test_it_runs_on_postgresql_too(tmp_path: Path) -> None:
    with running(tmp_path, DATABASE_URL=os.environ["DATABASE_URL"]) as instance:
        assert instance.end(signal.SIGINT) == 0, instance.said()
    assert not (tmp_path / "standstill.sqlite3").exists()
