"""Tags of container images: the registry protocol's list of names (OCI Distribution, "Listing Tags"), and what hubs
say of each tag."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from watcher import data
from watcher.packages.package import Package, Version, words

_REPOSITORY = re.compile(r"/(?:namespaces/(?P<owner>[^/]+)/)?repositories/(?P<name>.+?)/tags/?$")


def read(value: Any, url: str) -> Package | None:
    return _names(value, url) or _hub(value, url)


def _names(value: Any, url: str) -> Package | None:
    name, tags = words(value, "name"), data.at(value, "tags")
    # Many a thing has a name and tags; the protocol fixes the path.
    if not name or not isinstance(tags, list) or not urlsplit(url).path.endswith("/tags/list"):
        return None
    return Package(name=name, versions=[Version(name=words(each)) for each in tags if words(each)])


def _hub(value: Any, url: str) -> Package | None:
    path = _REPOSITORY.search(unquote(urlsplit(url).path))
    results = data.objects(value, "results")
    if path is None or not all(_is_tag(each) for each in results) or not isinstance(data.at(value, "results"), list):
        return None
    name = "/".join(filter(None, (path["owner"], path["name"]))).removeprefix("library/")
    return Package(name=name, versions=[_version(each) for each in results])


def _is_tag(said: dict[str, Any]) -> bool:
    return bool(words(said, "name")) and not said.keys().isdisjoint(("digest", "images", "last_updated"))


def _version(said: dict[str, Any]) -> Version:
    return Version(
        name=words(said, "name"),
        published=data.when(said, "tag_last_pushed") or data.when(said, "last_updated"),
        digest=words(said, "digest")
        or " ".join(sorted(words(each, "digest") for each in data.objects(said, "images"))),
    )
