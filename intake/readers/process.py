"""A process of its own for what a hostile file could make endless: it costs its limits at most.

`ask` starts one of our modules, gives it an order and bytes, and takes an answer; the module calls `serve`.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from intake.readers.kinds import EXPECTED
from intake.readers.reading import Limits, ReadingError

HERE = Path(__file__).resolve().parents[2]  # from where the child finds its modules
OPTIONS = ("-B", "-E", "-s", "-X", "utf8")
SMALLER = "expected a document that people wrote."
OPEN_FILES = 32

Answer = dict[str, Any]
Work = Callable[[bytes, Answer, Limits], Answer]


def command(module: str) -> tuple[str, ...]:
    """How one of our modules is run."""
    return (*OPTIONS, "-m", module)


def ask(module: str, content: bytes, limits: Limits, **order: Any) -> Answer:
    """What a module answers. Raises `ReadingError`, a sentence without its subject, past the limits or on its word."""
    child = subprocess.Popen(  # noqa: S603  # our own module, and no shell
        [sys.executable, *command(module), json.dumps({**order, "limits": asdict(limits)})],
        cwd=HERE,
        env={},  # it needs no secret, so it gets none
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with child:
        try:
            said, _ = child.communicate(content, timeout=limits.seconds)
        except subprocess.TimeoutExpired:
            said = b""
        finally:
            late = child.returncode is None
            if late:
                os.killpg(child.pid, signal.SIGKILL)
    if late or child.returncode == -signal.SIGXCPU:
        raise ReadingError(f"takes more than {limits.seconds} seconds to read; {SMALLER}")
    try:
        answer: Answer = json.loads(said)
    except ValueError:
        raise ReadingError(f"ended the program that reads it (status {child.returncode}); {SMALLER}") from None
    if "error" in answer:
        raise ReadingError(answer["error"])
    return answer


def serve(work: Work) -> None:
    """In the child: take the order and the bytes, restrict this process, do the work, and answer."""
    order: Answer = json.loads(sys.argv[1])
    limits = Limits(**order["limits"])
    restrict(limits)
    sys.stdout.buffer.write(answered(work, sys.stdin.buffer.read(), order, limits))


def answered(work: Work, content: bytes, order: Answer, limits: Limits) -> bytes:
    """What the work answers, as JSON, or {"error": a sentence without its subject}. Raises nothing."""
    try:
        return _json(work(content, order, limits))
    except ReadingError as error:
        said = str(error)
    except MemoryError:
        said = f"needs more than {limits.memory_bytes:,} bytes of memory; expected a smaller document."
    except RecursionError:
        said = "is nested too deeply; expected a document that people wrote."
    except Exception as error:  # noqa: BLE001  # a library may raise anything over a damaged file
        said = f"is damaged or irregular ({type(error).__name__}); {EXPECTED}."
    return _json({"error": said})


def _json(answer: Answer) -> bytes:
    return json.dumps(answer, ensure_ascii=False).encode()


def restrict(limits: Limits) -> None:
    """From here on, this process has no more than the limits, writes no file, and leaves no memory image."""
    for what, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))  # told, and then killed
