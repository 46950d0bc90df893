"""Where the files of a feed are. Any static host can serve them, and a whole folder of them may move: what can be
relative is. Inside a feed links are absolute as far as `base_url` allows, since readers show entries elsewhere."""

from __future__ import annotations

from posixpath import dirname, relpath
from urllib.parse import quote, urljoin

from watcher.model import Feed

STYLE, INDEX, OPML = "feed.css", "index.html", "feeds.opml"


def atom(feed: Feed, page: int = 0) -> str:
    """The Atom file, or that of an archive page, in the folder of feeds."""
    return f"{feed.path}/archive/{page:04}.xml" if page else f"{feed.path}.xml"


def json(feed: Feed) -> str:
    return f"{feed.path}.json"


def page(feed: Feed) -> str:
    # With its name: a folder's address is not served by every host, nor opened from a disk.
    return f"{feed.path}/{INDEX}"


def relative(file: str, seen_from: str) -> str:
    return quote(relpath(file, dirname(seen_from) or "."))


def absolute(feed: Feed, file: str) -> str:
    """The address of a file; "" where nobody said under which address the folder is published."""
    return urljoin(feed.address, relative(file, atom(feed))) if feed.address else ""


def link(feed: Feed, file: str, seen_from: str) -> str:
    return absolute(feed, file) or relative(file, seen_from)
