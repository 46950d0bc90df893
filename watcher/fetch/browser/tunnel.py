"""What a page may connect to: a SOCKS server (RFC 1928) on loopback, through which all of its connections go, and which
connects by the rules of the guard. Chromium itself looks no name up."""

from __future__ import annotations

import asyncio
import ipaddress
import threading
from asyncio import StreamReader, StreamWriter
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Self

import httpcore
import httpx

from watcher.errors import FetchError, Refused, TooLarge
from watcher.fetch.browser.visit import Visit
from watcher.fetch.failures import explained
from watcher.fetch.guard import connect
from watcher.fetch.timer import Timer

#: Seconds for a connection, and bytes that all of them may bring.
CONNECT, MOST = 10.0, 100 * 1024 * 1024

_PIECE = 64 * 1024
_VERSION, _NO_LOGIN, _CONNECT = 5, 0, 1
_IPV4, _NAME, _IPV6 = 1, 3, 4
_DONE, _NOT_ALLOWED, _UNREACHABLE = 0, 2, 4


class Tunnel:
    """The connections of one page, while it is entered. `failed` says, by host and port, which could not be had."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._left = MOST
        self._talks: set[asyncio.Task[None]] = set()
        self.failed: dict[tuple[str, int], FetchError] = {}

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        self.address = f"socks5://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    @property
    def too_much(self) -> TooLarge | None:
        """Set when the page was cut off."""
        if self._left > 0:
            return None
        return TooLarge(f"the page at {self._visit.name} loads more than {MOST / 2**20:.0f} MiB")

    def _begin(self, reader: StreamReader, writer: StreamWriter) -> None:
        talk = asyncio.ensure_future(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            # The client goes away, or the server does, in the middle of anything: then there is nothing to be done.
            with suppress(OSError, EOFError):
                host, port = await _asked(reader, writer)
                await self._join(host, port, reader, writer)
        finally:
            writer.close()

    async def _join(self, host: str, port: int, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            stream = await _connected(host, port, private=self._is_own(host, port))
        except FetchError as error:
            self.failed[host, port] = error
            writer.write(_reply(_NOT_ALLOWED if isinstance(error, Refused) else _UNREACHABLE))
            await writer.drain()
            return
        there = await asyncio.open_connection(sock=stream.get_extra_info("socket"))
        try:
            writer.write(_reply(_DONE))
            await asyncio.gather(self._pass(reader, there[1]), self._pass(there[0], writer, counted=True))
        finally:
            there[1].close()

    async def _pass(self, reader: StreamReader, writer: StreamWriter, *, counted: bool = False) -> None:
        while self._left > 0 and (piece := await reader.read(_PIECE)):
            self._left -= len(piece) if counted else 0
            writer.write(piece)
            await writer.drain()
        if self._left <= 0:
            raise EOFError
        if writer.can_write_eof():
            writer.write_eof()

    def _is_own(self, host: str, port: int) -> bool:
        """Whether this is the page's own server, which its owner has named."""
        ports = {self._visit.port, 443 if self._visit.port == 80 else self._visit.port}
        return self._visit.trusted and host == self._visit.url.raw_host.decode("ascii").strip("[]") and port in ports


async def _asked(reader: StreamReader, writer: StreamWriter) -> tuple[str, int]:
    """Where to. Raises EOFError for who speaks something else."""
    version, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    writer.write(bytes([_VERSION, _NO_LOGIN]))
    _, command, _, kind = await reader.readexactly(4)
    if version != _VERSION or command != _CONNECT or kind not in (_IPV4, _NAME, _IPV6):
        raise EOFError
    if kind == _NAME:
        host = (
            (await reader.readexactly((await reader.readexactly(1))[0])).decode("ascii", "replace").lower().strip("[]")
        )
    else:
        host = str(ipaddress.ip_address(await reader.readexactly(4 if kind == _IPV4 else 16)))
    return host, int.from_bytes(await reader.readexactly(2), "big")


def _reply(code: int) -> bytes:
    return bytes([_VERSION, code, 0, _IPV4, *bytes(6)])


async def _connected(host: str, port: int, *, private: bool) -> httpcore.NetworkStream:
    """`_connect` in a thread that nobody waits for when the page is left."""
    found: Future[httpcore.NetworkStream] = Future()

    def work() -> None:
        try:
            stream = _connect(host, port, private)
        except FetchError as error:
            with suppress(InvalidStateError):
                found.set_exception(error)
            return
        try:
            found.set_result(stream)
        except InvalidStateError:
            stream.close()

    threading.Thread(target=work, daemon=True).start()
    return await asyncio.wrap_future(found)


def _connect(host: str, port: int, private: bool) -> httpcore.NetworkStream:
    timer = Timer()
    timer.start(2 * CONNECT)  # a connection has its own end: this one is none
    with explained(host if port in (80, 443) else f"{host}:{port}", CONNECT, timer):
        try:
            return connect(host, port, CONNECT, private=private)
        except httpcore.ConnectTimeout as error:
            raise httpx.ConnectTimeout(str(error)) from error
        except httpcore.ConnectError as error:
            raise httpx.ConnectError(str(error)) from error
