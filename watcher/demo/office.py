"""The press office: what it has published, and in which of four designs its site shows that."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from itertools import count
from typing import Literal, TypeAlias

from watcher.demo.publisher import Publisher
from watcher.model import When

LISTING = "/news/press-releases"
ARTICLES = f"{LISTING}/*"
NEWSROOM = f"{LISTING}*"

OPENED = datetime(2022, 5, 17, 13, 0, tzinfo=UTC)

#: "drupal" until September 2026, "uswds" since.
Design: TypeAlias = Literal["drupal", "uswds", "cards", "table"]


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


class PressOffice(Publisher[Release, Design]):
    """Opens at 13:00 UTC on 17 May 2022 with 24 releases, the golden jy0781 fifth among them."""

    listing, moved = LISTING, "/newsroom/press-releases"

    def __init__(self) -> None:
        super().__init__(OPENED, "drupal", _opening())
        self._numbers = count(325)

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
            return self._add(release)

    def edit(self, slug: str, *, title: str = "", body: str = "") -> Release:
        """The release with another title or body, at its old place. Raises KeyError where it is not published."""
        with self._lock:
            was = self._releases[slug]
            return self._put(replace(was, title=title or was.title, body=body or was.body))


def _opening() -> list[Release]:
    toml = files("watcher.demo").joinpath("releases.toml").read_text("utf-8")
    return [Release(**release) for release in tomllib.loads(toml)["release"]]
