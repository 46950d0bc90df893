"""NuGet's package content: NAME/index.json, which is a list of versions and nothing else."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from watcher import data
from watcher.packages.package import Package, Version, words


def read(value: Any, url: str) -> Package | None:
    listed, (*_, name, last) = data.at(value, "versions"), ("", *urlsplit(url).path.split("/"))
    if not isinstance(listed, list) or set(value) != {"versions"} or last != "index.json" or not name:
        return None
    return Package(name=unquote(name), versions=[Version(name=words(each)) for each in listed if words(each)])
