"""A server on loopback that says what it is told to, byte for byte: truncated, lying, dripping, far too much."""

from __future__ import annotations

import gzip
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self, TypeAlias


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]  # lower-case names
    raw: bytes
    connection: int  # the n-th of the server's connections
    server: RawServer
    body: bytes = b""


#: What a path answers: bytes, or a function of the request that gives them piece by piece.
Script: TypeAlias = bytes | Callable[[Asked], bytes | Iterable[bytes]]


def reply(body: bytes = b"", *, status: int = 200, **headers: str) -> bytes:
    """A whole answer with its Content-Length; `content_type="text/html"` is a header, and may replace any."""
    named = {"content-type": "text/html; charset=utf-8", "content-length": str(len(body))}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    return head(status, named) + body


def redirect(location: str, status: int = 302) -> bytes:
    return reply(status=status, location=location)


def gzipped(packed: bytes, coding: str = "gzip") -> bytes:
    """A whole answer whose body is already packed."""
    return reply(packed, content_encoding=coding)


def head(status: int, headers: Mapping[str, str]) -> bytes:
    """A status line and headers, in Latin-1, with the empty line that ends them."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    return f"HTTP/1.1 {status} {_phrase(status)}\r\n{lines}\r\n".encode("latin-1")


def bomb(size: int) -> bytes:
    """A gzip answer of a few kilobytes that unpacks to `size` zeros."""
    return gzipped(gzip.compress(bytes(size), mtime=0))


def drip(piece: bytes, first: bytes = b"") -> Script:
    """`first`, then `piece` every hundredth of a second until the server closes."""

    def said(asked: Asked) -> Iterator[bytes]:
        yield first
        while not asked.server.closing.wait(0.01):
            yield piece

    return said


def hang(first: bytes = b"") -> Script:
    """`first`, then nothing until the server closes."""

    def said(asked: Asked) -> Iterator[bytes]:
        yield first
        asked.server.closing.wait()

    return said


class RawServer:
    """A context manager. Paths that it was not told of are 404; each connection has one answer, unless `keep`.
    `greeting` is said before anything is asked."""

    def __init__(
        self,
        scripts: Mapping[str, Script],
        *,
        address: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
        keep: bool = False,
        greeting: bytes = b"",
    ) -> None:
        self.scripts = dict(scripts)
        self.asked: list[Asked] = []
        self.connections = 0
        self.closing = threading.Event()
        self._tls = tls
        self._keep = keep
        self._greeting = greeting
        self._socket = socket.create_server((address, 0), backlog=128)
        self.port: int = self._socket.getsockname()[1]
        self.host = f"{address}:{self.port}"  # as a Host header has it
        self._open: set[socket.socket] = set()
        self._ended = threading.Condition()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        for sock in (self._socket, *tuple(self._open)):
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._socket.close()

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def url(self, path: str = "/") -> str:
        return f"{'https' if self._tls else 'http'}://{self.host}{path}"

    def all_closed(self, seconds: float = 5.0) -> bool:
        """Whether every connection so far comes to its end."""
        with self._ended:
            return self._ended.wait_for(lambda: not self._open, seconds)

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):  # shut down
            while True:
                sock, _ = self._socket.accept()
                self.connections += 1
                self._start(self._serve, sock, self.connections)

    def _serve(self, sock: socket.socket, number: int) -> None:
        with ExitStack() as stack, suppress(OSError):  # the client went away, or would have none of our certificate
            stack.enter_context(sock)
            if self._tls:
                sock = stack.enter_context(self._tls.wrap_socket(sock, server_side=True))
            self._open.add(sock)
            stack.callback(self._end, sock)
            sock.sendall(self._greeting)
            while raw := _read(sock):
                for piece in self._said(_asked(*raw, number, self)):
                    sock.sendall(piece)
                if not self._keep:
                    break

    def _end(self, sock: socket.socket) -> None:
        with self._ended:
            self._open.discard(sock)
            self._ended.notify_all()

    def _said(self, asked: Asked) -> Iterable[bytes]:
        self.asked.append(asked)
        script = self.scripts.get(asked.path, reply(b"no such page", status=404))
        said = script if isinstance(script, bytes) else script(asked)
        return [said] if isinstance(said, bytes) else said


def _read(sock: socket.socket) -> tuple[bytes, bytes] | None:
    """A request, with its body; None where there is none any more."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        received = sock.recv(65536)
        if not received:
            return None
        raw += received
    raw, end, body = raw.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", raw)
    while length and len(body) < int(length[1]):
        received = sock.recv(65536)
        if not received:
            return None
        body += received
    return raw + end, body


def _asked(raw: bytes, body: bytes, connection: int, server: RawServer) -> Asked:
    first, *lines = raw.decode("latin-1").rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Asked(first.split()[1], headers, raw, connection, server, body)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Whatever"
