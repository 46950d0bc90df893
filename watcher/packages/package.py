"""What every shape of answer comes down to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from urllib.parse import unquote, urlsplit

from watcher import data, times, urls
from watcher.model import Enclosure, When
from watcher.text import line


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a package, named as the index names it."""

    name: str
    published: When | None = None
    files: tuple[Enclosure, ...] = ()
    prerelease: bool = False  # the index itself says so
    fate: str = ""  # "yanked", "deprecated"
    reason: str = ""  # for that
    digest: str = ""  # of what the name leads to, where it may come to lead to something else


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package and its versions, in the answer's order."""

    name: str
    versions: Sequence[Version]
    page: str = ""  # the page for people, where the answer names one
    links: tuple[str, ...] = ()  # where its repository may be, the likeliest first


def enclosure(base: str, address: str, size: Any = None, title: str = "") -> tuple[Enclosure, ...]:
    """A file of a version, or nothing where its address leads nowhere. Without a title it is called as it ends."""
    url = urls.absolute(base, address) if address else ""
    length = size if type(size) is int and size > 0 else 0
    name = line(title) or unquote(urlsplit(url).path.rpartition("/")[2])
    return (Enclosure(url=url, length=length, title=name),) if url else ()


def words(value: Any, *path: str | int) -> str:
    """The text at a path on one line; "" for anything but text."""
    found = data.at(value, *path)
    return line(found) if isinstance(found, str) else ""


def earliest(dates: Iterable[When | None]) -> When | None:
    """When the first of several files came."""
    return min((each for each in dates if each), key=lambda each: times.moment(each, UTC), default=None)


def named(values: Any) -> list[str]:
    """The names in a mapping of versions; empty for anything else."""
    return [line(each) for each in values if line(each)] if isinstance(values, dict) else []
