"""robots.txt (RFC 9309): what the owners of a host ask programs to leave alone, and how fast they may go."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from protego import Protego

from watcher.errors import Disallowed, FetchError, Refused
from watcher.text import shorten

#: So much of a file counts (§2.5), and so long what it said (§2.4). One that cannot be had is asked for again after
#: `AGAIN`.
LIMIT, DAY, AGAIN = 500 * 1024, timedelta(days=1), timedelta(hours=1)

#: Seconds between two requests that a host may ask for.
SLOWEST = 60.0

#: Our product token (§2.2.1), whatever a watch calls itself.
AGENT = "watcher"

_MEMORY = 2**20  # bytes of files whose rules are kept in memory; they take about ten times as much there
_AGENT_LINE = re.compile(r"(?im)^([ \t]*user-?agent[ \t]*:)[ \t]*([^#\r\n]*)")


@dataclass(frozen=True, slots=True)
class Rules:
    """What one file says to us."""

    file: Protego
    size: int

    def allow(self, url: str) -> bool:
        return self.file.can_fetch(url, AGENT)

    @property
    def delay(self) -> float:
        """Seconds between two requests."""
        return min(max(self.file.crawl_delay(AGENT) or 0.0, 0.0), SLOWEST)


def parsed(body: str) -> Rules:
    """The rules of a file; "" has none, and allows everything."""
    return Rules(Protego.parse(_AGENT_LINE.sub(_for_us, body)), len(body))


def decoded(body: bytes) -> str:
    """The text of a file, of a large one the beginning: a line that is cut through would say something else."""
    if len(body) > LIMIT:
        body = body[:LIMIT].rpartition(b"\n")[0]
    return body.decode("utf-8-sig", "replace")


def _for_us(line: re.Match[str]) -> str:
    # Protego takes a group for "watch" as ours too, and none for "watcher/1.0".
    name = line[2].strip()
    token = re.match(r"[a-zA-Z_-]*", name)
    ours = token is not None and token[0].lower() == AGENT
    return f"{line[1]} {AGENT if ours else '*' if name == '*' else 'another'}"


def disallowed(url: str, name: str) -> Disallowed:
    where = shorten(urlsplit(url).path, 60)
    return Disallowed(f"robots.txt of {name} asks programs not to read {where}", hint=_HINT)


def unsaid(name: str, said: Said) -> Refused:
    """A host whose robots.txt cannot be had wants no programs anywhere (§2.3.1.4)."""
    words = f"a page led to {name}, whose robots.txt cannot be read: {said.error}"
    return Refused(words, retry_at=said.until, hint=_HINT)


_HINT = 'robots = "ignore" in the configuration reads it all the same'


class Kept(Protocol):
    """Where files outlast the process."""

    def robots(self, origin: str, /) -> tuple[str, datetime] | None: ...
    def keep_robots(self, origin: str, text: str, at: datetime, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Said:
    """What is known of a host's file at a time."""

    rules: Rules | None  # None: nobody can say
    since: datetime
    until: datetime
    error: str = ""  # why nobody can

    def holds(self, now: datetime) -> bool:
        return self.since <= now < self.until


class Robots:
    """The rules of each origin, asked for once a day, by one thread at a time. From any thread."""

    def __init__(self, clock: Callable[[], datetime], kept: Kept | None = None) -> None:
        self._clock = clock
        self._kept = kept
        self._entries: dict[str, Said] = {}
        self._asking: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def of(self, origin: str, ask: Callable[[], str]) -> Said:
        """What an origin (`https://site.example:443`) says. `ask` gives its file, "" where there is none; a FetchError
        of it means that nobody can say, a Refused that we did not ask: it is raised."""
        entry = self._entries.get(origin)
        if entry is None or not entry.holds(self._clock()):
            with self._lock:
                asking = self._asking.setdefault(origin, threading.Lock())
            with asking:
                entry = self._entries.get(origin) or self._stored(origin)
                if entry is None or not entry.holds(self._clock()):  # another may have asked meanwhile
                    entry = self._asked(origin, entry, ask)
                self._remember(origin, entry)
        return entry

    def _stored(self, origin: str) -> Said | None:
        stored = self._kept.robots(origin) if self._kept else None
        return Said(parsed(stored[0]), stored[1], stored[1] + DAY) if stored else None

    def _asked(self, origin: str, before: Said | None, ask: Callable[[], str]) -> Said:
        try:
            text = ask()
        except Refused:
            raise
        except FetchError as error:
            # What it said before may be used for as long as it cannot be had (§2.4).
            now = self._clock()
            until = max(now + AGAIN, error.retry_at or now)
            return Said(before.rules if before else None, now, until, str(error))
        now = self._clock()
        if self._kept:
            self._kept.keep_robots(origin, text, now)
        return Said(parsed(text), now, now + DAY)

    def _remember(self, origin: str, entry: Said) -> None:
        """In memory, for as many as there is room for: the oldest go, and are read from what is kept."""
        with self._lock:
            self._entries.pop(origin, None)
            self._entries[origin] = entry
            total = sum(_size(each) for each in self._entries.values())
            while total > _MEMORY and len(self._entries) > 1:
                total -= _size(self._entries.pop(next(iter(self._entries))))
            self._asking.pop(origin, None)


def _size(entry: Said) -> int:
    return 256 + (entry.rules.size if entry.rules else 0)
