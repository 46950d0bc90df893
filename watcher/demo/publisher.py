"""What a press office and a project have in common: what they published, their own time, and the mood of their site."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from itertools import count
from typing import Generic, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

from watcher.model import When
from watcher.times import moment

Mood: TypeAlias = Literal[
    "ok",
    "403",
    "500",
    "503",  # with Retry-After
    "slow",
    "timeout",  # never answers
    "empty",  # 200, and no body
    "nolist",  # 200, the page without any item
    "botcheck",  # 403; a bot check that answers 200 is
    "botcheck200",
    "truncated",  # half of a gzip body
    "unasked304",  # 304 to everything
    "redirect",  # 302 to another path, where the same pages are; 301 is
    "redirect301",
]


class Published(Protocol):
    """What can be published: it has a name of its own, and a date."""

    @property
    def slug(self) -> str: ...
    @property
    def published(self) -> When: ...


class Visit(NamedTuple):
    """What makes two copies of one page differ."""

    number: int
    now: datetime


R = TypeVar("R", bound=Published)
D = TypeVar("D", bound=str)


class Publisher(Generic[R, D]):
    """Holds releases in memory. Threads may share it.

    It keeps its own time: every start is at the same moment, and each visit and each change takes seven seconds, so
    that the same calls give the same pages. `clock = False` takes the clock and the visitor counter off the listing,
    which then has an ETag.
    """

    listing: str  # the path of the page that is watched
    moved: str  # where the mood "redirect" leads: the same pages are there

    def __init__(self, opened: datetime, design: D, opening: list[R]) -> None:
        self.design = design
        self.clock = True
        self.now = self.changed = opened
        self._visitors = count(1_204_633)
        self._releases = {release.slug: release for release in reversed(opening)}
        self._moods: list[tuple[str, Mood, float]] = []
        self._lock = threading.Lock()

    @property
    def releases(self) -> tuple[R, ...]:
        """What is published, newest first; of two of one day, the later published first."""
        with self._lock:
            latest_first = list(reversed(self._releases.values()))
        return tuple(sorted(latest_first, key=lambda release: moment(release.published, UTC), reverse=True))

    def withdraw(self, slug: str) -> R:
        """Takes a release off the site, so that an older one slides up. Raises KeyError where it is not published."""
        with self._lock:
            self.changed = self._tick()
            return self._releases.pop(slug)

    def redesign(self, design: D) -> None:
        """The same releases in other markup."""
        with self._lock:
            self.changed = self._tick()
            self.design = design

    def behave(self, mood: Mood, at: str = "", *, seconds: float = 60) -> None:
        """How the site answers from now on where the path matches `at`: one path, any glob, one page of the listing by
        its path and query; by default the listing and all below it.

        Of calls that match a path the last one holds; `behave("ok")` ends all moods. `seconds` is how long "slow"
        takes, and what "503" asks for.
        """
        with self._lock:
            self._moods.insert(0, (at or f"{self.listing}*", mood, seconds))

    def mood(self, path: str, query: str = "") -> tuple[Mood, float]:
        """The mood for a path without trailing slash, and its seconds."""
        asked = {path, f"{path}?{query}"}
        with self._lock:
            moods = ((mood, seconds) for at, mood, seconds in self._moods if any(fnmatchcase(one, at) for one in asked))
            return next(moods, ("ok", 0.0))

    def visit(self) -> Visit:
        """Counts a visitor."""
        with self._lock:
            return Visit(next(self._visitors), self._tick())

    def _add(self, release: R) -> R:
        """Puts up a further release. Raises ValueError where its slug is taken."""
        if release.slug in self._releases:
            raise ValueError(f"{release.slug} is already published")
        return self._put(release)

    def _put(self, release: R) -> R:
        self.changed = self._tick()
        self._releases[release.slug] = release
        return release

    def _tick(self) -> datetime:
        self.now += timedelta(seconds=7)
        return self.now
