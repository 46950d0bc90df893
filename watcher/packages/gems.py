"""The versions of a gem: /api/v1/versions/NAME.json, where each platform of a version stands by itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from watcher import data
from watcher.packages.package import Package, Version, earliest, words

_LINKS = ("source_code_uri", "changelog_uri", "bug_tracker_uri", "homepage_uri")


def read(value: Any, url: str) -> Package | None:
    listed = data.objects(value)
    if not listed or not all(words(each, "number") and "prerelease" in each for each in listed):
        return None
    name = unquote(urlsplit(url).path.rpartition("/")[2]).removesuffix(".json")
    links = (words(listed[0], "metadata", key) for key in _LINKS)
    of: dict[str, list[dict[str, Any]]] = {}
    for each in listed:
        of.setdefault(words(each, "number"), []).append(each)
    versions = [_version(number, platforms) for number, platforms in of.items()]
    return Package(name=name, versions=versions, links=tuple(filter(None, links)))


def _version(number: str, platforms: list[dict[str, Any]]) -> Version:
    return Version(
        name=number,
        published=earliest(data.when(each, "created_at") for each in platforms),
        prerelease=any(each.get("prerelease") is True for each in platforms),
    )
