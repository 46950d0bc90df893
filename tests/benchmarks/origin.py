"""The origin that all tools ask: one process, many loopback addresses, pages made from templates.

`python -m tests.benchmarks.origin [--slow N]` prints its port when it listens. Page N is /N, at 127.0.1.(1 + N mod 64);
with `--slow N` there are N more addresses, for hosts that each have one page. Of conditional requests it thinks as
nginx does by default: If-Modified-Since must be the very Last-Modified, and each condition that is sent must hold.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.client import HTTPConnection
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from tests.benchmarks import pages

HOSTS = 64

_FIRST = datetime(2026, 11, 20, 9, tzinfo=UTC)
_ETAG = re.compile(rb"\r\nif-none-match: *([^\r]*)", re.IGNORECASE)
_SINCE = re.compile(rb"\r\nif-modified-since: *([^\r]*)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)


def host(number: int) -> str:
    """The address of one of the 64."""
    return f"127.0.1.{number % HOSTS + 1}"


def slow_host(number: int) -> str:
    """An address of its own for each page."""
    return f"127.0.{2 + number // 250}.{1 + number % 250}"


class Origin:
    """The origin as those who measure see it: a process of its own. A context manager.

    set(validators=1)  ETag and Last-Modified, and 304 where they are sent back; without: 200 each time
    set(jitter=1)      a nonce and a clock in each page, different at each fetch; no validators
    set(delay=1.0)     so many seconds before each answer
    news(every=100)    one page of a hundred has one more item from now on
    """

    def __init__(self, *, slow: int = 0) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.origin", "--slow", str(slow)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()

    def url(self, number: int, *, slow: bool = False) -> str:
        return f"http://{slow_host(number) if slow else host(number)}:{self.port}/{number}"

    def set(self, **modes: float) -> None:
        self._ask("set", **modes)

    def news(self, *, every: int) -> None:
        self._ask("news", every=every)

    def counts(self) -> dict[str, int]:
        """How many answers of each status there were since the last call, robots.txt aside."""
        return dict(self._ask("counts"))

    def answered(self) -> int:
        """How many answers there were since `counts` was last called."""
        return int(self._ask("answered")["pages"])

    def served(self) -> dict[int, float]:
        """When each page with news was first served as it is now, in seconds since 1970."""
        return {int(number): at for number, at in self._ask("served").items()}

    @property
    def cpu(self) -> float:
        """Seconds of processor time that the origin has taken."""
        return float(self._ask("cpu")["seconds"])

    def _ask(self, what: str, **arguments: float) -> Any:
        connection = HTTPConnection(host(0), self.port, timeout=30)
        connection.request("GET", f"/-/{what}?{urlencode(arguments)}")
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer


class _Site:
    """What is served, and what was."""

    def __init__(self) -> None:
        self.modes: dict[str, float] = {"validators": 1, "jitter": 0, "delay": 0}
        self.added: list[tuple[int, int]] = []  # for each round the modulus and the rest of the pages that had news
        self.fetches = 0
        self.counts: Counter[str] = Counter()
        self.served: dict[str, float] = {}

    def answer(self, head: bytes) -> bytes:
        path = head.split(b" ", 2)[1].decode("latin-1")
        if path.startswith("/-/"):
            what, _, query = path[3:].partition("?")
            return _reply(b"200 OK", json.dumps(self._control(what, dict(parse_qsl(query)))).encode())
        if not path[1:].isdecimal():
            return _reply(b"404 Not Found", b"")
        return self._page(int(path[1:]), head)

    def _page(self, number: int, head: bytes) -> bytes:
        news = sum(number % every == rest for every, rest in self.added)
        self.fetches += 1
        validators = b""
        if self.modes["validators"] and not self.modes["jitter"]:
            etag = b'"%d-%d"' % (number, news)
            modified = format_datetime(_FIRST + timedelta(minutes=news), usegmt=True).encode()
            validators = b"ETag: " + etag + b"\r\nLast-Modified: " + modified + b"\r\n"
            conditions = ((_ETAG.search(head), etag), (_SINCE.search(head), modified))
            held = [found[1].strip() == wanted for found, wanted in conditions if found]
            if held and all(held):
                self.counts["304"] += 1
                return b"HTTP/1.1 304 Not Modified\r\n" + validators + b"\r\n"
        self.counts["200"] += 1
        if news:
            self.served.setdefault(f"{number}-{news}", time.time())
        nonce, clock = (f"{self.fetches * 7919:x}", f"{time.time():.6f}") if self.modes["jitter"] else ("", "")
        return _reply(b"200 OK", pages.page(number, news, nonce=nonce, clock=clock), validators)

    def _control(self, what: str, arguments: dict[str, str]) -> Any:
        if what == "set":
            self.modes |= {name: float(value) for name, value in arguments.items()}
        elif what == "news":
            every = int(arguments["every"])
            self.added.append((every, len(self.added) % every))
            self.served.clear()
        elif what == "counts":
            counts, self.counts = self.counts, Counter()
            return counts
        elif what == "answered":
            return {"pages": self.counts.total()}
        elif what == "served":
            return {key.partition("-")[0]: at for key, at in self.served.items()}
        elif what == "cpu":
            return {"seconds": time.process_time()}
        return {}


def _reply(status: bytes, body: bytes, headers: bytes = b"") -> bytes:
    kind = b"Content-Type: text/html; charset=utf-8\r\n"
    return b"HTTP/1.1 %b\r\n%b%bContent-Length: %d\r\n\r\n%b" % (status, kind, headers, len(body), body)


class _Talk(asyncio.Protocol):
    def __init__(self, site: _Site) -> None:
        self.site, self.came = site, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.came += data
        while b"\r\n\r\n" in self.came:
            head, _, self.came = self.came.partition(b"\r\n\r\n")
            head += b"\r\n"
            answer, last = self.site.answer(head), _CLOSE.search(head) is not None
            if (delay := self.site.modes["delay"]) and b" /-/" not in head[:12]:
                asyncio.get_running_loop().call_later(delay, self._say, answer, last)
            else:
                self._say(answer, last)

    def _say(self, answer: bytes, last: bool) -> None:
        self.transport.write(answer)
        if last:
            self.transport.close()


async def serve(slow: int) -> None:
    """Listen on all addresses, at one port, until we are ended."""
    loop, site = asyncio.get_running_loop(), _Site()
    addresses = [*map(host, range(1, HOSTS)), *map(slow_host, range(slow))]
    first = await loop.create_server(lambda: _Talk(site), host(0), 0, backlog=512)
    port = first.sockets[0].getsockname()[1]
    for address in addresses:
        await loop.create_server(lambda: _Talk(site), address, port, backlog=64)
    print(port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--slow", type=int, default=0)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(serve(parser.parse_args().slow))
