"""The links that stand on a page, asked for by what a machine knows of them."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from itertools import islice
from urllib.parse import urlsplit

from watcher import urls
from watcher.detect.tree import Tree

_MOST = 5_000
_ALIKE = 50  # links with the same last part that are compared


class Anchors:
    """The page's links: their texts by address, and the address that ends as a path or a slug does. Read when asked."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def __contains__(self, url: str) -> bool:
        return urls.identity(url) in self._texts

    def text(self, url: str) -> str:
        """The longest text that leads there."""
        return max(self._texts.get(urls.identity(url), ()), key=len, default="")

    def ending(self, path: str) -> str:
        """The one address whose path ends in these whole parts; "" where there is none, or where there are several."""
        parts = urlsplit(urls.absolute(self._tree.base, f"/{path.strip('/')}")).path
        alike = self._ending.get(parts.rpartition("/")[2], {}) if parts.strip("/") else {}
        found = [url for url in islice(alike.values(), _ALIKE) if urlsplit(url).path.rstrip("/").endswith(parts)]
        return found[0] if len(found) == 1 else ""

    @cached_property
    def _texts(self) -> dict[str, list[str]]:
        texts: dict[str, list[str]] = defaultdict(list)
        for n, url in self._links:
            texts[urls.identity(url)].append(self._tree.text(n))
        return texts

    @cached_property
    def _ending(self) -> dict[str, dict[str, str]]:
        """By the last part of their path the addresses, by what they are compared by."""
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for _, url in self._links:
            found[urlsplit(url).path.rstrip("/").rpartition("/")[2]].setdefault(urls.identity(url), url)
        return found

    @cached_property
    def _links(self) -> list[tuple[int, str]]:
        tree = self._tree
        anchors = islice((n for n, tag in enumerate(tree.tag) if tag == "a"), _MOST)
        links = ((n, urls.absolute(tree.base, tree.attribute(n, "href"))) for n in anchors)
        return [(n, url) for n, url in links if url]
