"""What the press office has published, what its site looks like, and the mood that its site is in."""

from __future__ import annotations

import threading
import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from html import escape
from importlib.resources import files
from itertools import count
from typing import Literal, NamedTuple, TypeAlias

from watcher.model import When
from watcher.times import moment

LISTING = "/news/press-releases"
ARTICLES = f"{LISTING}/*"
NEWSROOM = f"{LISTING}*"

OPENED = datetime(2022, 5, 17, 13, 0, tzinfo=UTC)

Design: TypeAlias = Literal["drupal", "uswds", "cards", "table"]

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
    "redirect",  # 302 to /newsroom/…, where the same pages are; 301 is
    "redirect301",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One press release. `body` is HTML; a bare date is shown as a day."""

    slug: str
    title: str
    category: str
    published: When
    body: str

    @property
    def path(self) -> str:
        return f"{LISTING}/{self.slug}"


class Visit(NamedTuple):
    """What makes two copies of one page differ."""

    number: int
    now: datetime


class PressOffice:
    """Opens with 24 releases in memory, the golden jy0781 fifth among them. Threads may share it.

    It keeps its own time: every start is 13:00 UTC on 17 May 2022, and each visit and each change takes seven
    seconds, so that the same calls give the same pages. `clock = False` takes the clock and the visitor counter
    off the listing, which then has an ETag.
    """

    def __init__(self) -> None:
        self.design: Design = "drupal"
        self.clock = True
        self.now = OPENED
        self.changed = OPENED
        self._visitors = count(1_204_633)
        self._numbers = count(325)
        self._releases = {release.slug: release for release in reversed(_opening())}
        self._moods: list[tuple[str, Mood, float]] = []
        self._lock = threading.Lock()

    @property
    def releases(self) -> tuple[Release, ...]:
        """What is published, newest first; of two of one day, the later published first."""
        with self._lock:
            latest_first = list(reversed(self._releases.values()))
        return tuple(sorted(latest_first, key=lambda release: moment(release.published, UTC), reverse=True))

    def publish(
        self,
        title: str,
        *,
        slug: str = "",
        category: str = "Announcements",
        published: When | None = None,
        body: str = "",
    ) -> Release:
        """A further release, by default of the office's own today. Raises ValueError where the slug is taken."""
        with self._lock:
            release = Release(
                slug=slug or f"pf{next(self._numbers):04}",
                title=title,
                category=category,
                published=published or self.now.date(),
                body=body or f"<p>WASHINGTON – The Office of Public Finance announced today: {escape(title)}.</p>",
            )
            if release.slug in self._releases:
                raise ValueError(f"{release.slug} is already published")
            return self._put(release)

    def edit(self, slug: str, *, title: str = "", body: str = "") -> Release:
        """The release with another title or body, at its old place. Raises KeyError where it is not published."""
        with self._lock:
            was = self._releases[slug]
            return self._put(replace(was, title=title or was.title, body=body or was.body))

    def withdraw(self, slug: str) -> Release:
        """Takes a release off the site, so that an older one slides up. Raises KeyError where it is not published."""
        with self._lock:
            self.changed = self._tick()
            return self._releases.pop(slug)

    def redesign(self, design: Design) -> None:
        """The same releases in other markup: "drupal" until September 2026, "uswds" since, "cards", "table"."""
        with self._lock:
            self.changed = self._tick()
            self.design = design

    def behave(self, mood: Mood, at: str = NEWSROOM, *, seconds: float = 60) -> None:
        """How the site answers from now on where the path matches `at`: LISTING, ARTICLES, one path, any glob.

        Of calls that match a path the last one holds; `behave("ok")` ends all moods of the newsroom. `seconds` is how
        long "slow" takes, and what "503" asks for.
        """
        with self._lock:
            self._moods.insert(0, (at, mood, seconds))

    def mood(self, path: str) -> tuple[Mood, float]:
        """The mood for a path without trailing slash, and its seconds."""
        with self._lock:
            moods = ((mood, seconds) for at, mood, seconds in self._moods if fnmatchcase(path, at))
            return next(moods, ("ok", 0.0))

    def visit(self) -> Visit:
        """Counts a visitor."""
        with self._lock:
            return Visit(next(self._visitors), self._tick())

    def _put(self, release: Release) -> Release:
        self.changed = self._tick()
        self._releases[release.slug] = release
        return release

    def _tick(self) -> datetime:
        self.now += timedelta(seconds=7)
        return self.now


def _opening() -> list[Release]:
    toml = files("watcher.demo").joinpath("releases.toml").read_text("utf-8")
    return [Release(**release) for release in tomllib.loads(toml)["release"]]
