"""A crate and its versions, as an index of crates has them at /api/v1/crates/NAME."""

from __future__ import annotations

from typing import Any

from watcher import data
from watcher.packages.package import Package, Version, enclosure, words


def read(value: Any, url: str) -> Package | None:
    name, listed = words(value, "crate", "name") or words(value, "crate", "id"), data.objects(value, "versions")
    if not name or not isinstance(data.at(value, "versions"), list):
        return None
    links = (words(value, "crate", key) for key in ("repository", "homepage"))
    versions = [_version(each, url) for each in listed if words(each, "num")]
    return Package(name=name, versions=versions, links=tuple(filter(None, links)))


def _version(said: dict[str, Any], url: str) -> Version:
    withdrawn = said.get("yanked") is True
    name = f"{words(said, 'crate')}-{words(said, 'num')}.crate" if words(said, "crate") else ""
    return Version(
        name=words(said, "num"),
        published=data.when(said, "created_at"),
        files=enclosure(url, words(said, "dl_path"), said.get("crate_size"), name),
        fate="yanked" if withdrawn else "",
        reason=words(said, "yank_message") if withdrawn else "",
    )
