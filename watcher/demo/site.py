"""The site of a press office, or of a project, on loopback."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, NamedTuple, Self

from watcher.demo.answers import Place, answer


class Asked(NamedTuple):
    """A request that came. The names of its headers are lower-case."""

    method: str
    path: str
    headers: Mapping[str, str]


class Site:
    """Serves a place while it is entered. `requests` are those that came, oldest first.

    Leaving ends every conversation at once, however slow the mood, and leaves no thread. Entered again, the site is
    back at the same address.
    """

    def __init__(self, place: Place, *, port: int = 0) -> None:
        self.place = place
        self.requests: list[Asked] = []
        self._port = port

    @property
    def url(self) -> str:
        """The root, without a slash."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def listing(self) -> str:
        return self.url + self.place.listing

    def __enter__(self) -> Self:
        self._server = _Server(self.place, self.requests, self._port)
        self._port = self._server.server_address[1]
        # The poll is how long `shutdown` waits.
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()


class _Server(ThreadingMixIn, TCPServer):
    # Not http.server's: that one looks its own name up, and a site on loopback should need no name server.
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, place: Place, requests: list[Asked], port: int) -> None:
        self.place = place
        self.requests = requests
        self.closing = threading.Event()
        self._conversations: dict[threading.Thread, socket.socket] = {}
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        args = (request, client_address)
        thread = threading.Thread(target=self.process_request_thread, args=args, daemon=True)
        self._conversations = {t: s for t, s in self._conversations.items() if t.is_alive()}
        self._conversations[thread] = request
        thread.start()

    def hang_up(self) -> None:
        """Ends what is still being said. Only after `shutdown`, when nobody new comes."""
        self.closing.set()
        for thread, connection in self._conversations.items():
            with contextlib.suppress(OSError):  # it has ended by itself
                connection.shutdown(socket.SHUT_RDWR)
            thread.join()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is none of our business."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet

    def do_GET(self) -> None:
        asked = Asked(self.command, self.path, {name.lower(): value for name, value in self.headers.items()})
        self.server.requests.append(asked)
        found = answer(self.server.place, asked.path, asked.headers)
        if found.delay and self.server.closing.wait(found.delay):
            self.close_connection = True
            return
        self.send_response(found.status)
        for name, value in found.headers.items():
            self.send_header(name, value)
        if found.status != 304:
            self.send_header("content-length", str(len(found.body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(found.body)

    do_HEAD = do_GET

    def version_string(self) -> str:
        return "nginx"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: `requests` tells."""
