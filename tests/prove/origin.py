"""Pages of releases on loopback, which are published, edited, and now and then cannot be had."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler
from itertools import count
from random import Random
from socketserver import TCPServer, ThreadingMixIn

#: So many releases a page shows, and has when it opens.
SHOWN = 30

#: How a page that is not well answers.
TROUBLES = ("500", "hang up", "empty", "no list", "redirect")


@dataclass
class Page:
    """One page of releases, newest first. Those of odd numbers have a clock, the others an ETag."""

    number: int
    day: date
    url: str = ""
    mood: str = "ok"
    titles: dict[int, str] = field(default_factory=dict)
    days: dict[int, date] = field(default_factory=dict)
    published: list[str] = field(default_factory=list)  # since the page was opened
    _numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        for _ in range(SHOWN):
            self._add("Opening")

    @property
    def name(self) -> str:
        return f"page-{self.number}"

    def publish(self) -> None:
        self.published.append(self._add("Release"))

    def edit(self, random: Random) -> None:
        """One of the releases that were there at the opening, if the page still shows it."""
        number = random.randrange(SHOWN)
        self.titles[number] = f"{self.titles[number].partition(' (')[0]} (corrected {random.randrange(1000)})"

    def html(self, visit: int) -> bytes:
        shown = list(self.titles)[: -SHOWN - 1 : -1]
        days = {n: f'<time datetime="{self.days[n]}">{self.days[n]}</time>' for n in shown}
        rows = "".join(f'<li><a href="/{self.name}/r{n}">{self.titles[n]}</a> {days[n]}' for n in shown)
        clock = f"<p>You are visitor {visit}.</p>" if self.number % 2 else ""
        return f"<!doctype html><title>{self.name}</title><ul>{rows}</ul>{clock}".encode()

    def _add(self, what: str) -> str:
        number = next(self._numbers)
        self.titles[number] = f"{what} {number} of {self.name}"
        self.days[number] = self.day
        return self.titles[number]


@contextmanager
def serving(pages: list[Page], hosts: int = 8) -> Iterator[None]:
    """The pages on so many loopback addresses; each learns its url."""
    with ExitStack() as stack:
        servers = [stack.enter_context(_running(f"127.0.2.{n}", pages)) for n in range(1, hosts + 1)]
        for page, server in zip(pages, servers * len(pages), strict=False):
            page.url = f"http://{server.server_address[0]!s}:{server.server_address[1]}/{page.name}"
        yield


@contextmanager
def _running(host: str, pages: list[Page]) -> Iterator[TCPServer]:
    with _Server((host, 0), _Handler) as server:
        server.pages = {f"/{page.name}": page for page in pages}
        thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingMixIn, TCPServer):
    allow_reuse_address = daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    pages: dict[str, Page]
    visits = count()

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever was killed while it asked is none of our business."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    timeout = 10

    def do_GET(self) -> None:
        path, _, moved = self.path.partition("?")
        page = self.server.pages.get(path)
        mood = page.mood if page else "none"
        if mood == "hang up":
            self.close_connection = True
        elif page is None or mood == "500":
            self._answer(500 if page else 404, b"")
        elif mood == "redirect" and not moved:
            self._answer(302, b"", location=f"{path}?moved")
        elif mood == "empty":
            self._answer(200, b"")
        elif mood == "no list":
            self._answer(200, b"<!doctype html><title>Soon</title><p>We are moving house.</p>")
        else:
            self._page(page)

    def _page(self, page: Page) -> None:
        body = page.html(next(self.server.visits))
        tag = "" if page.number % 2 else f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        known = bool(tag) and self.headers["if-none-match"] == tag
        self._answer(304 if known else 200, b"" if known else body, **({"etag": tag} if tag else {}))

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content-type": "text/html; charset=utf-8", **headers}.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""
