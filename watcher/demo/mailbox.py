"""A mail server on loopback that takes every message and passes none on."""

from __future__ import annotations

import socket
from asyncio import Server
from collections.abc import Awaitable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller


class Mailbox:
    """Takes mail while it is entered. `messages` are those that came, oldest first; with a folder, each is a file
    there as well: 0001.eml is the first."""

    def __init__(self, folder: Path | None = None) -> None:
        self.messages: list[EmailMessage] = []
        self._folder = folder

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{self._controller.hostname}:{self._controller.port}"

    def __enter__(self) -> Self:
        self._controller = _Controller(self, socket.create_server(("127.0.0.1", 0)))
        self._controller.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._controller.stop()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """What aiosmtpd calls with each message; the sender waits for the answer."""
        content = envelope.content.replace(b"\r\n", b"\n")  # line ends as a mailbox on disk has them
        self.messages.append(message_from_bytes(content, policy=policy.default))
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._folder.joinpath(f"{len(self.messages):04}.eml").write_bytes(content)
        return "250 OK"


class _Controller(Controller):
    """Listens at a free port. aiosmtpd's own cannot: it greets itself at the port it was asked for, and that is 0."""

    def __init__(self, handler: Mailbox, listener: socket.socket) -> None:
        super().__init__(handler, *listener.getsockname())
        self._listener = listener

    def _create_server(self) -> Awaitable[Server]:
        return self.loop.create_server(self._factory_invoker, sock=self._listener)
