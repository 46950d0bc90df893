"""One request from its first address to its answer."""

from __future__ import annotations

import ssl
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Self

import httpx

from watcher.errors import BadStatus, FetchError, Refused, Unreachable
from watcher.fetch.answer import LIMIT_HINT, REDIRECTS, WHOLE, Answer, response
from watcher.fetch.body import beginning, read
from watcher.fetch.browser import Browser
from watcher.fetch.client import Client
from watcher.fetch.failures import explained
from watcher.fetch.outgoing import outgoing
from watcher.fetch.politeness import Holds, Turns, retry_at
from watcher.fetch.program import Programs
from watcher.fetch.redirects import Trail
from watcher.fetch.robots import LIMIT, Kept, Robots, decoded, disallowed, unsaid
from watcher.fetch.shown import answered, asked
from watcher.model import Request, Response
from watcher.times import rfc3339

ROBOTS_REDIRECTS = 5  # RFC 9309 §2.3.1.2

Body = Callable[[httpx.Response, str], bytes]

_ERROR_PAGE = 256 * 1024  # of an error page only its words are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request may take: bytes as sent and again unpacked, seconds, hops, and how long a host may ask for."""

    body: int = 15 * 1024 * 1024
    deadline: float = 30.0  # over all hops, bodies included; waiting for a turn does not count
    page: float = 60.0  # the same for a page in the browser, with all that it loads
    connect: float = 10.0
    robots: float = 10.0  # for robots.txt, which nobody should wait for
    redirects: int = 10
    retry_after: timedelta = timedelta(days=1)


class Fetcher:
    """Fetches for all watches, from any thread. A context manager; `close` ends what is still under way.

    `holds` is what hosts asked for with Retry-After, kept in memory unless it says otherwise. `clock` gives the time
    now (UTC). `kept` is where robots.txt files outlast the process. The `user_agent` may be another at any time.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        clock: Callable[[], datetime],
        gap: float = 1.0,
        limits: Limits = Limits(),
        holds: Holds | None = None,
        kept: Kept | None = None,
    ) -> None:
        self.user_agent = user_agent
        self._clock = clock
        self._limits = limits
        self._holds = holds or Holds()
        self._turns = Turns(gap)
        self._robots = Robots(clock, kept)
        self._tls = cache(ssl.create_default_context)  # it reads all authorities: 0.03 s and 10 MB
        self._mine = threading.local()
        self._clients: set[Client] = set()
        self._programs = Programs()
        self._browser = Browser()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections, end all programs and the browser. Requests under way, or waiting, fail at once."""
        self._turns.close()
        self._programs.close()
        self._browser.close()
        for client in tuple(self._clients):
            client.close()

    @property
    def idle(self) -> int:
        """How many threads wait for a server, or for their turn."""
        return sum(client.timer.idle for client in tuple(self._clients))

    def get(self, request: Request) -> Response:
        """The answer: 200 with a whole body, or 304 to a request that had validators. Raises FetchError."""
        if request.program:
            with self._client().timer.waiting():
                return self._programs.run(request, self._limits.body, self._limits.deadline)
        if request.browser and (shown := self._shown(request)):
            return shown
        if request.moved_to:
            with suppress(FetchError):
                return self._got(request)
            # What validates the new address says nothing of the old one.
            request = replace(request, moved_to="", etag="", last_modified="")
        return self._got(request)

    def slow_hosts(self) -> dict[str, float]:
        """The hosts that want a long time between two requests, each with the seconds until it may be asked."""
        return self._turns.slow_ones()

    def _got(self, request: Request) -> Response:
        client = self._client()
        client.timer.start(self._limits.deadline)
        trail = Trail(request.url, self._limits.redirects)
        if request.moved_to:
            trail.jump(request.moved_to)
        while (answer := self._ask(request, trail, client)).status in REDIRECTS:
            trail.follow(answer.status, answer.headers.get("location", ""))
        return response(answer, request, trail)

    def _shown(self, request: Request) -> Response | None:
        """The page as a browser shows it; None for what is no HTML: it needs no browser."""
        trail = Trail(request.url, 1)
        visit = asked(request, trail, self.user_agent, most=self._limits.body, deadline=self._limits.page)
        self._heed(trail)
        client = self._client()
        self._heed_robots(request, trail, client)
        with self._turns.turn(trail.host, client.timer):
            self._heed(trail)
            with client.timer.waiting():
                shown = self._browser.show(visit)
            if not shown:
                return None
            answer = httpx.Response(shown.status, headers=dict(shown.headers))
            until = retry_at(answer, self._clock(), self._limits.retry_after)
            if until:
                self._holds.hold(trail.host, until)
        if httpx.URL(shown.url) != trail.here:
            # Where redirects and scripts led is known only now. Not in the turn: another host's may be waited for.
            trail.follow(302, shown.url)
            self._heed_robots(request, trail, self._client())
        return answered(shown, request, trail, until)

    def _client(self) -> Client:
        client: Client | None = getattr(self._mine, "client", None)
        if client is None:
            client = self._mine.client = Client(self._tls, self._limits.connect)
            self._clients.add(client)
            weakref.finalize(threading.current_thread(), self._drop, client).atexit = False
        return client

    def _drop(self, client: Client) -> None:
        """The thread that it belonged to has ended."""
        self._clients.discard(client)
        client.close()

    def _ask(self, request: Request, trail: Trail, client: Client) -> Answer:
        """One hop, if robots.txt has nothing against it."""
        self._heed(trail)
        self._heed_robots(request, trail, client)
        return self._hop(request, trail, client, self._body, holds=True)

    def _hop(self, request: Request, trail: Trail, client: Client, body: Body, *, holds: bool) -> Answer:
        """One hop, in its host's turn. `holds`: a time to wait that it answers is for all that the host has."""
        with self._turns.turn(trail.host, client.timer):
            self._heed(trail)  # the request before ours may have been told to wait
            with explained(trail.name, self._limits.deadline, client.timer):
                answer = self._exchange(request, trail, client, body)
            if holds and answer.retry_at:
                self._holds.hold(trail.host, answer.retry_at)
        return answer

    def _heed(self, trail: Trail) -> None:
        until = self._holds.not_before(trail.host)
        # What lies further ahead than any host may ask for was stored before the clock was set back.
        if until and (now := self._clock()) < until <= now + self._limits.retry_after:
            message = f"{trail.name} asked us to wait until {rfc3339(until)}"
            raise Refused(message, retry_at=until, hint=LIMIT_HINT)

    def _heed_robots(self, request: Request, trail: Trail, client: Client) -> None:
        """Raises Refused where robots.txt has something against it, or cannot be had, and we are to obey."""
        wish = self._wish(request, trail)
        if wish == "ignore":
            return
        said = self._robots.of(trail.origin, lambda: self._robots_txt(request, trail, client))
        if rules := said.rules:
            self._turns.slow(trail.host, rules.delay)
        allowed = rules and rules.allow(trail.address)
        if wish == "obey" and not allowed:
            raise disallowed(trail.address, trail.name) if rules else unsaid(trail.name, said)
        trail.disallowed = rules is not None and not allowed

    def _wish(self, request: Request, trail: Trail) -> str:
        if request.robots:
            return request.robots
        if self._turns.near(trail.host):
            return "ignore"  # whoever owns this machine wrote its robots.txt as well
        return "warn" if request.own and trail.same_site else "obey"

    def _robots_txt(self, request: Request, trail: Trail, client: Client) -> str:
        """The file of the host that was come to, "" where there is none. FetchError where nobody can say, or where it
        is to be asked for later; Refused where its host was not asked (RFC 9309 §2.3.1)."""
        url = trail.here.copy_with(raw_path=b"/robots.txt", userinfo=b"")
        ours = Request(url=str(url), trusted=request.trusted and trail.same_host)
        there = Trail(ours.url, ROBOTS_REDIRECTS)
        with client.timer.aside(self._limits.robots):
            while (answer := self._robots_hop(ours, there, client)).status in REDIRECTS:
                try:
                    there.follow(answer.status, answer.headers.get("location", ""))
                except FetchError:
                    return ""  # too many, or they lead nowhere: as if there were no file
        if answer.status >= 500 or answer.retry_at:
            message = f"{answer.status} from {there.name}"
            raise BadStatus(message, status=answer.status, retry_at=answer.retry_at)
        return decoded(answer.body) if answer.status in WHOLE else ""

    def _robots_hop(self, request: Request, trail: Trail, client: Client) -> Answer:
        """One hop to a file. Refused only where the page would be too: elsewhere, what is not asked cannot be had."""
        try:
            return self._hop(request, trail, client, _beginning, holds=False)
        except Refused as error:
            if trail.same_origin or self._turns.closed:
                raise
            raise Unreachable(str(error), hint=error.hint) from error

    def _exchange(self, request: Request, trail: Trail, client: Client, body: Body) -> Answer:
        headers = outgoing(request, trail, self.user_agent)
        with client.send(trail.here, headers, trusted=request.trusted and trail.same_host) as reply:
            return Answer(
                status=reply.status_code,
                headers=reply.headers,
                body=body(reply, trail.name),
                conditional="if-none-match" in headers or "if-modified-since" in headers,
                retry_at=retry_at(reply, self._clock(), self._limits.retry_after),
            )

    def _body(self, reply: httpx.Response, name: str) -> bytes:
        if reply.status_code in WHOLE:
            return read(reply, name, self._limits.body)
        if reply.status_code in REDIRECTS:
            return b""
        try:
            return read(reply, name, min(_ERROR_PAGE, self._limits.body))
        except (FetchError, TimeoutError, httpx.TimeoutException):
            return b""  # a 503 whose page is broken, or never ends, is still a 503


def _beginning(reply: httpx.Response, name: str) -> bytes:
    return beginning(reply, name, LIMIT + 1) if reply.status_code in WHOLE else b""
