"""`make run`: all of Standstill on this machine, started and stopped as one.

    1. take the lock of the data folder: one instance at a time
    2. start the broker (an embedded Valkey server), unless REDIS_URL names one
    3. bring the database (SQLite in the data folder, unless DATABASE_URL names one) up to date and load the example
    4. start web, worker and beat, and say where to look once the web answers
    5. wait for Ctrl-C, or for the first process that ends by itself, and stop everything

For trying and for development. In production each process is a service of its own (docs/operations.md).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import sys
import tempfile
import time
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TextIO

from config.serve import broker
from config.serve.processes import Processes, RunError, interrupt_on_signals

ROOT = Path(__file__).resolve().parent.parent
SOCKET_PATH_BYTES = 90  # systems refuse longer ones, the strictest at 104
PORTS_TO_TRY = 20

BANNER = """
Standstill runs at {url}
Sign in as {user} with the password {password}

Four things to try:
  1. See where Lexington stood on 1 March 2000
     {url}/borrowers/lpc/?as_of=2000-03-01
  2. Record the trustee's move of 15 March 2000, reported on the 20th
     {url}/record/holder-action/?instrument=sr-sub&kind=acceleration_sought&by=trustee\
&occurred=2000-03-15&reported=2000-03-20
  3. Read what the desk was told
     {url}/alerts/
  4. Bring the waiver's own text in (intake/example/exhibit-10-106.txt), and go through what was read in it
     {url}/intake/

Ctrl-C stops it. The data stays in {var}
"""


def main() -> int:
    interrupt_on_signals()
    try:
        with ExitStack() as stack:
            run(stack)
    except KeyboardInterrupt:
        say("Stopped.")
    except RunError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def run(stack: ExitStack) -> None:
    """Start everything and stay until something ends. Raises `RunError`, or KeyboardInterrupt when asked to stop."""
    if os.environ.get("PRODUCTION"):
        raise RunError("PRODUCTION is set, and this loads an example with a known password. See docs/operations.md.")
    var = Path(os.environ.get("STANDSTILL_VAR") or ROOT / "var").resolve()
    for folder in ("run", "static"):
        (var / folder).mkdir(parents=True, exist_ok=True)
    os.environ["STANDSTILL_VAR"] = str(var)

    held = stack.enter_context(lock(var / "run"))
    listener = stack.enter_context(listen())
    port = listener.getsockname()[1]
    url = os.environ.setdefault("BASE_URL", f"http://127.0.0.1:{port}")
    print(url, file=held, flush=True)

    path = socket_folder(stack, var / "run") / "broker.sock"
    processes = stack.enter_context(Processes(last="broker"))
    if "REDIS_URL" not in os.environ:
        os.environ["REDIS_URL"] = broker.url(path)
        processes.start("broker", *broker.command(path), cwd=path.parent)
        processes.wait_until(lambda: broker.listens(path), what="The broker")
    user, password = prepare()

    python = [sys.executable, "-m"]
    gunicorn = [*python, "gunicorn", "config.wsgi:application", "--log-level", "warning", "--no-control-socket"]
    served = ["--bind", f"fd://{listener.fileno()}", "--workers", "2", "--threads", "4", "--graceful-timeout", "3"]
    celery = [*python, "celery", "--app", "config", "--quiet"]
    alone = ["--concurrency", "2", "--without-gossip", "--without-mingle"]
    processes.start("web", *gunicorn, *served, cwd=ROOT, pass_fds=[listener.fileno()])
    processes.start("worker", *celery, "worker", "--loglevel", "WARNING", *alone, cwd=ROOT)
    processes.start("beat", *celery, "beat", "--loglevel", "WARNING", cwd=ROOT)
    processes.wait_until(lambda: answers(port), what="The web process")
    say(BANNER.format(url=url, user=user, password=password, var=var))
    while True:
        processes.check()
        time.sleep(0.2)


def lock(folder: Path) -> TextIO:
    """The lock of this data folder, held while the returned file is open. The file says where the instance answers."""
    file = (folder / "lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        where = file.read().strip() or "it is just starting"
        raise RunError(f"Standstill already runs on the data in {folder.parent} ({where}).") from None
    file.truncate(0)
    return file


def listen() -> socket.socket:
    """A listening socket on loopback: PORT (8000 unless set; 0 is any), or else the next free one, saying so and why.

    The web process inherits the socket itself, so that nobody can take the port in between.
    """
    text = os.environ.get("PORT", "8000")
    if not text.isdecimal() or int(text) > 65535:
        raise RunError(f"PORT is {text!r}; it must be a number from 0 to 65535.")
    first = int(text)
    for port in range(first, min(first + PORTS_TO_TRY, 65536)):
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError as error:
            say(f"Port {port} cannot be used ({os.strerror(error.errno or 0)}): trying the next one.")
    raise RunError(f"None of the {PORTS_TO_TRY} ports from {first} can be used. Set PORT to another, or to 0 for any.")


def socket_folder(stack: ExitStack, folder: Path) -> Path:
    """Where the broker's socket goes: `folder`, or a short temporary one where its path is too long for a socket."""
    if len(os.fsencode(folder / "broker.sock")) <= SOCKET_PATH_BYTES:
        return folder
    short = Path(tempfile.mkdtemp(prefix="standstill-"))
    stack.callback(shutil.rmtree, short, ignore_errors=True)
    return short


def prepare() -> tuple[str, str]:
    """Bring the database up to date, load the example, and return the name and password to sign in with."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from intake.example import DEMO_PASSWORD, DEMO_USER

    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_example")
    for connection in connections.all(initialized_only=True):
        connection.close()
        if connection.vendor == "postgresql":
            connection.close_pool()  # type: ignore[attr-defined]
    return DEMO_USER, DEMO_PASSWORD


def answers(port: int) -> bool:
    """Whether the web process gives a page (or a redirect to one) and no server error."""
    connection = HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
