"""A project that releases software: its versions, and in which of three designs its page shows them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from typing import Literal, TypeAlias

from watcher.demo.publisher import Publisher

RELEASES = "/lumen/releases"

OPENED = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)

#: "forge" is as a code forge shows releases; "docs" one long text; "downloads" a table.
Design: TypeAlias = Literal["forge", "docs", "downloads"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One release. `notes` are HTML."""

    number: str
    title: str
    published: datetime
    author: str
    notes: str
    prerelease: bool = False

    @property
    def slug(self) -> str:
        """Its tag."""
        return f"v{self.number}"

    @property
    def path(self) -> str:
        return f"{RELEASES}/tag/{self.slug}"


class Project(Publisher[Version, Design]):
    """Opens at 16:00 UTC on 20 November 2026 with 13 versions."""

    listing, moved = RELEASES, "/projects/lumen/releases"

    def __init__(self) -> None:
        super().__init__(OPENED, "forge", _opening())

    @property
    def latest(self) -> Version:
        return next(version for version in self.releases if not version.prerelease)

    def publish(
        self, number: str, *, title: str = "", author: str = "amira-k", notes: str = "", prerelease: bool = False
    ) -> Version:
        """A further version, released now. Raises ValueError where there is one of this number."""
        with self._lock:
            version = Version(
                number=number,
                title=title or f"Lumen {number}",
                published=self.now,
                author=author,
                notes=notes or "<p>Fixes, and nothing else.</p>",
                prerelease=prerelease,
            )
            return self._add(version)

    def edit(self, number: str, *, title: str = "", notes: str = "") -> Version:
        """The version with another title or other notes. Raises KeyError where it is not published."""
        with self._lock:
            was = self._releases[f"v{number}"]
            return self._put(replace(was, title=title or was.title, notes=notes or was.notes))


def _opening() -> list[Version]:
    toml = files("watcher.demo").joinpath("versions.toml").read_text("utf-8")
    return [Version(**version) for version in tomllib.loads(toml)["version"]]
