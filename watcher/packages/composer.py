"""Composer's packages: /p2/OWNER/NAME.json, where each version may say only how it differs from the one before it,
and the package's page as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from watcher import data
from watcher.packages.package import Package, Version, enclosure, words

_BRANCH = re.compile(r"(?i)^dev-|-dev$")


def read(value: Any, url: str) -> Package | None:
    packages, package = data.at(value, "packages"), data.at(value, "package")
    if isinstance(packages, dict) and len(packages) == 1:  # the list of all packages has many
        name, listed = next(iter(packages.items()))
    elif isinstance(package, dict):
        name, listed = words(package, "name"), package.get("versions")
    else:
        return None
    listed = list(listed.values()) if isinstance(listed, dict) else listed
    if not name or not isinstance(listed, list) or not all(words(each, "version") for each in listed):
        return None
    whole = list(_expanded(data.objects(listed)) if data.at(value, "minified") else data.objects(listed))
    links = (words(each, *path) for each in whole[:1] for path in (("source", "url"), ("homepage",)))
    return Package(
        name=str(name),
        versions=[_version(each, url) for each in whole if not _BRANCH.search(words(each, "version"))],
        links=tuple(filter(None, links)),
    )


def _expanded(listed: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Composer's MetadataMinifier: what a version does not say is as before. What is gone is "__unset", which is
    neither a date nor an address."""
    whole: dict[str, Any] = {}
    for each in listed:
        whole = {**whole, **each}
        yield whole


def _version(said: dict[str, Any], url: str) -> Version:
    return Version(
        name=words(said, "version"),
        published=data.when(said, "time"),
        files=enclosure(url, words(said, "dist", "url")),
    )
