"""Packuments: what an npm registry says of a package."""

from __future__ import annotations

from typing import Any

from watcher import data
from watcher.packages.package import Package, Version, enclosure, named, words


def read(value: Any, url: str) -> Package | None:
    name, versions = words(value, "name"), data.at(value, "versions")
    if not (name and isinstance(versions, dict) and isinstance(data.at(value, "dist-tags"), dict)):
        return None
    return Package(
        name=name,
        versions=[_version(each, versions.get(each), data.at(value, "time"), url) for each in named(versions)],
        links=_links(value) or _links(data.at(versions, words(value, "dist-tags", "latest"))),
    )


def _version(name: str, manifest: Any, times: Any, url: str) -> Version:
    said = data.at(manifest, "deprecated")  # the reason; registries have been seen to say true, false and ""
    return Version(
        name=name,
        published=data.when(times, name),
        files=enclosure(url, words(manifest, "dist", "tarball")),
        fate="deprecated" if said else "",
        reason=words(said),
    )


def _links(manifest: Any) -> tuple[str, ...]:
    repository = words(manifest, "repository") or words(manifest, "repository", "url")
    return tuple(filter(None, (repository, words(manifest, "bugs", "url"), words(manifest, "homepage"))))
