"""How we behave towards hosts: one request at a time, a gap between two, Retry-After and limits of requests."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from urllib.parse import urlsplit

import httpx

from watcher.errors import Refused
from watcher.fetch.timer import Timer
from watcher.urls import is_loopback

#: Seconds between two requests to a host that are too many for a thread to wait for.
LONG = 5.0

_ASKS = frozenset({403, 429, 503})
_LIMITS = frozenset({403, 429})  # what an interface answers when so many were asked
_LONG = 10**9  # seconds; a number above it is a date of our time, one below a span


class Turns:
    """One request at a time for each host, over all threads; `gap` seconds lie between two, none on loopback."""

    def __init__(self, gap: float) -> None:
        self._gap = gap
        self._hosts: dict[str, _Host] = {}
        self._slow: dict[str, _Host] = {}  # those with a LONG gap
        self._lock = threading.Lock()
        self._closed = threading.Event()

    @contextmanager
    def turn(self, host: str, timer: Timer) -> Iterator[None]:
        """Holds the turn of a host (and port) inside the `with`. For `timer` time stands still until then."""
        asked = monotonic()
        line = self._host(host)
        with ExitStack() as held:
            with timer.waiting():
                held.enter_context(line.lock)
                # Event.wait and not sleep, so that close() wakes it.
                closed = self._closed.wait(max(line.free_at - monotonic(), 0))
            if closed:
                raise Refused(f"{host} was not asked: Watcher is stopping")
            timer.extend(monotonic() - asked)
            try:
                yield
            finally:
                line.free_at = monotonic() + line.gap

    def near(self, host: str) -> bool:
        """Whether a host (and port) is this machine."""
        return self._host(host).near

    def slow(self, host: str, gap: float) -> None:
        """From now on, so many seconds lie between two requests to a host, if that is more than to any other."""
        line = self._host(host)
        line.gap = max(gap, line.least)
        if line.gap > LONG:
            self._slow[host] = line

    def slow_ones(self) -> dict[str, float]:
        """The hosts (and ports) that want a long time between two requests, each with the seconds until its turn."""
        return {host: line.seconds_left() for host, line in self._slow.copy().items()}

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    def close(self) -> None:
        """From now on there are no turns, not even for those who wait."""
        self._closed.set()

    def _host(self, host: str) -> _Host:
        # Made under the lock; to read one, a dict needs none.
        if line := self._hosts.get(host):
            return line
        near = is_loopback(urlsplit(f"//{host}").hostname or "")
        with self._lock:
            return self._hosts.setdefault(host, _Host(0.0 if near else self._gap, near))


class _Host:
    def __init__(self, gap: float, near: bool) -> None:
        self.gap = self.least = gap
        self.near = near
        self.lock = threading.Lock()
        self.free_at = 0.0

    def seconds_left(self) -> float:
        return self.gap if self.lock.locked() else max(self.free_at - monotonic(), 0)


class Holds:
    """Until when hosts asked to be left alone: in memory, for each request asks. `until` is that memory, with what is
    kept of before; `keep` keeps what comes."""

    def __init__(
        self, until: dict[str, datetime] | None = None, keep: Callable[[str, datetime], None] | None = None
    ) -> None:
        self._until = {} if until is None else until
        self._keep = keep

    def not_before(self, host: str) -> datetime | None:
        return self._until.get(host)

    def hold(self, host: str, until: datetime) -> None:
        self._until[host] = until
        if self._keep:
            self._keep(host, until)


def retry_at(reply: httpx.Response, now: datetime, longest: timedelta) -> datetime | None:
    """When a 403, 429 or 503 asks us to come back, UTC, between now and `longest` from now; None if it does not say,
    as a 403 mostly does not."""
    wish = _wish(reply.headers.get("retry-after", "").strip(), now) if reply.status_code in _ASKS else None
    if wish is None and reply.status_code in _LIMITS:
        wish = _reset(reply.headers, now)
    return None if wish is None else max(now, min(wish, now + longest)).astimezone(UTC)


def _wish(value: str, now: datetime) -> datetime | None:
    """Retry-After, RFC 9110 §10.2.3: seconds or an HTTP date."""
    if value.isdecimal():
        return now + timedelta(seconds=int(value[:9]))
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _reset(headers: httpx.Headers, now: datetime) -> datetime | None:
    """When a limit that is used up begins anew: X-RateLimit-Reset, or RateLimit-Reset as earlier drafts of
    draft-ietf-httpapi-ratelimit-headers have it, in seconds since 1970 or from now; or RateLimit as later ones have
    it, of whose quotas the longest one counts."""
    for name in ("x-ratelimit", "ratelimit"):
        left, reset = (headers.get(f"{name}-{what}", "").strip() for what in ("remaining", "reset"))
        if left == "0" and reset.isdecimal():
            seconds = int(reset[:12])
            return now + timedelta(seconds=min(seconds - now.timestamp() if seconds > _LONG else seconds, _LONG))
    quotas = (dict(re.findall(r";\s*([rt])=(\d{1,9})", part)) for part in headers.get("ratelimit", "").split(","))
    spans = [int(each["t"]) for each in quotas if each.get("r") == "0" and "t" in each]
    return now + timedelta(seconds=max(spans)) if spans else None
