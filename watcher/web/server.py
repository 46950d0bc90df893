"""An HTTP server in a thread of its own, beside whatever else the process does."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

import uvicorn
from starlette.types import ASGIApp

from watcher.errors import WatcherError

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class Server:
    """A server that already has its port, so that nothing can be in its way when it starts."""

    def __init__(self, app: ASGIApp, port: socket.socket) -> None:
        # Logging is the caller's. No signal handlers: uvicorn sets none outside the main thread.
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", server_header=False, timeout_graceful_shutdown=2
        )
        self._port = port
        self._uvicorn = _Uvicorn(config)
        self._thread = Thread(target=self._uvicorn.run, args=([port],), name="web", daemon=True)
        self.url = _url(port)

    def start(self) -> None:
        self._thread.start()
        while not self._uvicorn.started and self._thread.is_alive():
            time.sleep(0.005)

    def stop(self) -> None:
        """Finish what is being answered, for two seconds at most, and give the port back. May be called twice."""
        self._uvicorn.end()
        if self._thread.ident is not None:
            self._thread.join()
        self._port.close()


def serve(app: ASGIApp, host: str, port: int) -> Server:
    """A server for `app`, to be started; port 0 takes any that is free. WatcherError where the port cannot be had."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        raise _refusal(error, host, port) from error
    # asyncio does so only for sockets that name their protocol; without it each further answer takes 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Server(app, listening)


def _refusal(error: OSError | UnicodeError, host: str, port: int) -> WatcherError:
    match getattr(error, "errno", None):
        case errno.EADDRINUSE:
            words, hint = f"port {port} is in use on {host}", 'stop what uses it, or take another: listen = "HOST:PORT"'
        case errno.EACCES:
            words, hint = f"port {port} on {host} is not ours to take", 'take one above 1023: listen = "HOST:PORT"'
        case errno.EADDRNOTAVAIL:
            words, hint = f"{host} is no address of this machine", "choose 127.0.0.1, or 0.0.0.0 for all of them"
        case _:
            words, hint = f"cannot serve on port {port} of {host}: {error}", ""
    return WatcherError(words, hint=hint)


class _Uvicorn(uvicorn.Server):
    _ended: Callable[[], object] | None = None

    def end(self) -> None:
        """From any thread, and at any time."""
        self.should_exit = True
        if self._ended:
            self._ended()

    async def main_loop(self) -> None:
        # uvicorn's own wakes ten times a second, which is most of what a watcher at rest would take; the date of its
        # answers needs one.
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            with suppress(RuntimeError):  # it has ended already
                loop.call_soon_threadsafe(ended.set)

        self._ended = wake
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        # uvicorn gives up on a client that does not read its answer, but leaves the connection open.
        for connection in self.server_state.connections:
            connection.transport.abort()
        await asyncio.sleep(0)


def _url(port: socket.socket) -> str:
    host, number = port.getsockname()[:2]
    host = _ANYWHERE.get(host, host)
    return f"http://[{host}]:{number}" if ":" in host else f"http://{host}:{number}"
