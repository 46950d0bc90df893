"""The lists in the state that a page's scripts begin with: the tables of it that look like releases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from statistics import median
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from watcher import urls
from watcher.detect.declared import roles, scripts
from watcher.detect.declared.anchors import Anchors
from watcher.detect.declared.claim import claim, plain, stated, worth
from watcher.detect.tree import Tree
from watcher.model import Item
from watcher.text import line

_NODES = 100_000  # objects and lists that are looked at
_READ = 20  # tables, of those that look like releases at first sight
_ROWS = 300
_KEYS = 100  # of a row
_OFFERED = 3

_INNER = ("node", "fields", "attributes", "frontmatter", "item", "data", "post", "article")
_SCALAR = ("rendered", "current", "value", "text", "href", "url")

_WHOLE = re.compile(r"https?://|/(?!/)")
_ADDRESS = re.compile(r"https?://|/\S*\Z|\S+/\S*\Z")
_NO_PAGE = re.compile(
    r"(?i)\.(?:png|jpe?g|gif|webp|avif|svg|ico|css|m?js|json|xml|mp[34]|woff2?)(?:[?#]|\Z)|/(?:api|wp-json)/"
)

Row: TypeAlias = dict[str, Any]
Column: TypeAlias = list[Any]
Role: TypeAlias = Callable[[str], int]


def lists(tree: Tree, anchors: Anchors) -> Iterator[list[Item]]:
    """The best of the tables, at most three."""
    found: dict[frozenset[str], list[Item]] = {}
    for rows in sorted(_tables(scripts.states(tree)), key=len, reverse=True)[:_READ]:
        items = _items(tree, anchors, [_flat(row) for row in rows])
        found.setdefault(frozenset(item.link for item in items), items)
    yield from sorted(found.values(), key=worth, reverse=True)[:_OFFERED]


def _tables(documents: Iterator[Any]) -> Iterator[list[Row]]:
    """The lists of objects that have titles and addresses. Not recursive: states nest deeper than Python calls."""
    left = _NODES
    for document in documents:
        waiting = [document]
        while waiting and left:
            each, left = waiting.pop(), left - 1
            if isinstance(each, list):
                rows = [value for value in each[:_ROWS] if isinstance(value, dict)]
                if len(rows) > 1 and (_promising(_flat(rows[0])) or _promising(_flat(rows[-1]))):
                    yield rows
            values = each.values() if isinstance(each, dict) else each
            waiting.extend([value for value in values if value and isinstance(value, dict | list)][:_NODES][::-1])


def _flat(row: Row, deep: int = 2) -> Row:
    """The row's own texts and numbers, and those of the objects that stand for it: {"node": {"fields": {...}}}."""
    flat: Row = {}
    for key, value in islice(row.items(), _KEYS):
        if isinstance(value, dict) and key.lower() in _INNER and deep:
            flat = _flat(value, deep - 1) | flat
        elif isinstance(value, dict):
            flat[key] = next((value[inner] for inner in _SCALAR if isinstance(value.get(inner), str)), None)
        elif isinstance(value, str | int | float):
            flat[key] = value
    return flat


def _promising(row: Row) -> bool:
    return any(map(roles.title, row)) and any(map(roles.address, row))


def _items(tree: Tree, anchors: Anchors, rows: list[Row]) -> list[Item]:
    """The rows as items, each role by the one column that fills it best; none where one is not filled."""
    titles = _best(rows, roles.title, lambda _, column: _titles(column))
    links = _best(rows, roles.address, lambda key, column: _links(tree, anchors, key, column), anchors)
    if not titles or not links:
        return []
    dates = _best(rows, roles.date, lambda _, column: [stated(value, tree.languages) for value in column])
    texts = _best(rows, roles.summary, lambda _, column: [value if isinstance(value, str) else "" for value in column])
    if not dates and not _tells(titles, texts):
        return []
    found = zip(titles, links, dates or [None] * len(rows), texts or [""] * len(rows), strict=True)
    items = [claim(tree, [link], title, when, plain(text), by="state") for title, link, when, text in found if title]
    return [item for item in items if item]


def _tells(titles: Column, texts: Column) -> bool:
    """Whether texts are long enough for headlines and summaries: without dates a list may well be a menu."""
    length, beside = median(map(len, titles)), median(map(len, texts or [""]))
    return length >= 30 or (length >= 15 and beside >= 60)


def _best(
    rows: list[Row], role: Role, read: Callable[[str, Column], Column], anchors: Anchors | None = None
) -> list[Any]:
    """The column that fills a role: the one with most links of the page, the best named, the fullest."""
    keys = dict.fromkeys(key for row in (*rows[:5], rows[-1]) for key in row if role(key))
    columns = [(role(key), read(key, [row.get(key) for row in rows])) for key in keys]
    least = 2 if anchors else len(rows) / 2
    full = [
        (sum(url in anchors for url in column if url) if anchors else 0, rank, count, column)
        for rank, column in columns
        if (count := sum(map(bool, column))) >= least
    ]
    return max(full, key=lambda each: each[:3])[3] if full else []


def _titles(column: Column) -> list[str]:
    texts = [line(plain(value)) if isinstance(value, str) and len(value) < 2_000 else "" for value in column]
    texts = [text if 3 <= len(text) <= 400 and not _ADDRESS.match(text) else "" for text in texts]
    return texts if len(set(texts)) * 2 > len(texts) else []


def _links(tree: Tree, anchors: Anchors, key: str, column: Column) -> list[str]:
    """What stands on the page as a link, and beside it what is a whole address; a slug alone is none."""
    given = [value.strip() if isinstance(value, str) and len(value) < 2_000 else "" for value in column]
    given = ["" if _NO_PAGE.search(value) else value for value in given]
    whole = [urls.absolute(tree.base, value) if _WHOLE.match(value) else "" for value in given]
    if sum(url in anchors for url in whole if url) < 2:
        paths = [urlsplit(url).path if url else value for url, value in zip(whole, given, strict=True)]
        ending = [anchors.ending(path) if path else "" for path in paths]
        if len({url for url in ending if url}) > 1 or roles.is_slug(key):
            return _distinct(ending)
        # Nothing of it stands on the page, which may be one that scripts build: another site's would be no list of it.
        whole = [url if urls.host_of(url) == urls.host_of(tree.base) else "" for url in whole]
    return _distinct(whole)


def _distinct(links: list[str]) -> list[str]:
    kept = [url for url in links if url]
    return links if len(set(kept)) * 5 > len(kept) * 4 else []
