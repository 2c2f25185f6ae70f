"""A real SMTP server in a thread, which does what it is told with each message."""

from __future__ import annotations

import socket
from asyncio import sleep
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult


class _Greeted(SMTP):
    """Answers EHLO with 554 where the sink is told to want nobody."""

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802 (aiosmtpd's name)
        if "554 go away" in self.event_handler.answers:
            await self.push("554 go away")
        else:
            await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, hostname: str) -> None:  # noqa: N802 (aiosmtpd's name)
        await self.push("554 go away")


@dataclass
class Sink:
    """`answers` are taken one a message: an SMTP answer to RCPT, `drop` after the message, `hang`, or `ok`.

    `pause` is how long it takes over each message.
    """

    answers: list[str] = field(default_factory=list)
    pause: float = 0
    got: list[EmailMessage] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, answers: list) -> list:  # noqa: N802
        self.connections += 1
        session.host_name = hostname
        return answers

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list) -> str:  # noqa: N802
        if self.answers and self.answers[0][0] in "45":
            return self.answers.pop(0)
        if self.answers[:1] == ["hang"]:
            self.answers.pop(0)
            await sleep(5)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        await sleep(self.pause)
        self.got.append(message_from_bytes(envelope.content, policy=default))
        if self.answers and self.answers.pop(0) == "drop":
            server.transport.abort()
        return "250 Taken"

    def ids(self) -> list[str]:
        return [message["Message-ID"] for message in self.got]


class _Controller(Controller):
    def factory(self) -> SMTP:
        nobody = AuthResult(success=False, handled=False)
        return _Greeted(
            self.handler, **self.SMTP_kwargs, auth_require_tls=False, authenticator=lambda *credentials: nobody
        )


@contextmanager
def smtp_sink(**how: Any) -> Iterator[Sink]:
    """A sink on a free port of 127.0.0.1. It asks for no password, and knows none."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    sink = Sink(port=port, **how)
    controller = _Controller(sink, hostname="127.0.0.1", port=port, ready_timeout=20)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
