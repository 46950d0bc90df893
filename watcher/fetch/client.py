"""One thread's connections."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpcore
import httpx

from watcher.errors import Refused
from watcher.fetch.guard import Guard
from watcher.fetch.timer import Timer


class Client:
    """Two httpx transports under one timer: a connection which was opened to a private host, on its owner's word,
    never serves an address that a page named.

    An httpx.Client would keep cookies, log addresses with all that they hold, and parse where redirects lead before
    anybody asks it to; we need what lies below it.
    """

    def __init__(self, tls: Callable[[], ssl.SSLContext], connect: float) -> None:
        self.timer = Timer()
        self._busy = threading.Lock()
        self._closed = False
        self._guards = {trusted: Guard(self.timer, tls, private=trusted) for trusted in (True, False)}
        no_tls = _no_tls()
        self._transports = {trusted: _Transport(guard, no_tls) for trusted, guard in self._guards.items()}
        # Only to connect: all else holds to the timer.
        self._timeouts = httpx.Timeout(None, connect=connect).as_dict()

    @contextmanager
    def send(self, url: httpx.URL, headers: httpx.Headers, *, trusted: bool) -> Iterator[httpx.Response]:
        """One GET; its answer's body is still to be read, inside the `with`."""
        request = httpx.Request("GET", url, headers=headers, extensions={"timeout": self._timeouts})
        with self._busy:
            if self._closed:
                raise Refused(f"{url.host} was not asked: Watcher is stopping")
            reply = self._sent(request, trusted)
            try:
                yield reply
            finally:
                reply.close()

    def close(self) -> None:
        """From any thread: what waits for a server stops waiting, and all connections are closed."""
        self._closed = True
        for guard in self._guards.values():
            guard.interrupt()
        with self._busy:
            for transport in self._transports.values():
                transport.close()

    def _sent(self, request: httpx.Request, trusted: bool) -> httpx.Response:
        transport, guard = self._transports[trusted], self._guards[trusted]
        opened = guard.opened
        try:
            return transport.handle_request(request)
        except (httpx.RemoteProtocolError, httpx.ReadError):
            if guard.opened > opened:
                raise
            # The server closed a kept connection as we wrote to it; that is no failure (RFC 9112 §9.3.1).
            return transport.handle_request(request)


class _Transport(httpx.HTTPTransport):
    """httpx has no way to hand over a network backend. httpcore's pool has, and its pool is all a transport holds."""

    def __init__(self, guard: Guard, no_tls: ssl.SSLContext) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=no_tls,
            network_backend=guard,
            max_connections=None,
            # A thread works on one host at a time, and each idle connection is an open file in each thread.
            max_keepalive_connections=1,
            keepalive_expiry=4.0,
        )


def _no_tls() -> ssl.SSLContext:
    """A context that trusts nobody. httpcore writes the ALPN protocols into its context at each connection, which is
    not safe while another thread uses the same one; the guard brings the one that counts."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
