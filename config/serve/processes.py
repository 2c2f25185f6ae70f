"""Child processes that are started together and stopped together, and that never outlive the one who started them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS_TO_START = 60
SECONDS_TO_STOP = 5
SET_PDEATHSIG = 1  # prctl(2)


class RunError(Exception):
    """Why the run cannot begin or go on, as a sentence for whoever started it."""


def die_with_parent() -> None:
    """In a new child, on Linux: ask for SIGTERM when the parent ends, even by SIGKILL."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SET_PDEATHSIG, signal.SIGTERM)


def interrupt_on_signals() -> None:
    """Turn the first signal to end, whichever it is, into KeyboardInterrupt."""

    def interrupt(*_: object) -> None:
        ignore_signals()
        raise KeyboardInterrupt

    for number in ENDING:
        signal.signal(number, interrupt)


def ignore_signals() -> None:
    """From here on only stop: a second Ctrl-C must not leave half of the processes behind."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)


class Processes:
    """Processes in sessions of their own, so that Ctrl-C reaches them through us only. Leaving the block stops them."""

    def __init__(self, *, last: str = "") -> None:
        """`last` names the one that the others need in order to stop well, and that is stopped after them."""
        self.last = last
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        ignore_signals()
        self._stop([process for name, process in self.running.items() if name != self.last])
        self._stop([process for name, process in self.running.items() if name == self.last])

    def start(self, name: str, *command: str | Path, cwd: Path, pass_fds: Sequence[int] = ()) -> None:
        self.running[name] = subprocess.Popen(  # noqa: S603
            command,
            cwd=cwd,
            pass_fds=pass_fds,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - no other thread runs while processes are started
        )

    def check(self) -> None:
        """Raise `RunError` if one of them has ended."""
        for name, process in self.running.items():
            if process.poll() is not None:
                raise RunError(f"The {name} process ended by itself (status {process.returncode}); all are stopped.")

    def wait_until(self, ready: Callable[[], bool], *, what: str) -> None:
        """Return once `ready()`. Raises `RunError` if a process ends meanwhile, or after a minute."""
        deadline = time.monotonic() + SECONDS_TO_START
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise RunError(f"{what} did not answer within {SECONDS_TO_START} seconds.")
            time.sleep(0.05)

    def _stop(self, processes: list[subprocess.Popen[bytes]]) -> None:
        for process in processes:
            process.terminate()
        deadline = time.monotonic() + SECONDS_TO_STOP
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0, deadline - time.monotonic()))
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
