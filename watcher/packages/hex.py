"""A package and its releases, as Hex's API has them at /api/packages/NAME."""

from __future__ import annotations

from typing import Any

from watcher import data
from watcher.packages.package import Package, Version, words


def read(value: Any, url: str) -> Package | None:
    name, listed = words(value, "name"), data.objects(value, "releases")
    if not name or not listed or not all(words(each, "version") and "inserted_at" in each for each in listed):
        return None
    links = data.at(value, "meta", "links")
    return Package(
        name=name,
        versions=[_version(each, data.at(value, "retirements", words(each, "version"))) for each in listed],
        page=words(value, "html_url"),
        links=tuple(words(links, each) for each in links if words(links, each)) if isinstance(links, dict) else (),
    )


def _version(said: dict[str, Any], retired: Any) -> Version:
    return Version(
        name=words(said, "version"),
        published=data.when(said, "inserted_at"),
        fate="deprecated" if retired else "",
        reason=words(retired, "message") or words(retired, "reason"),
    )
