"""JSON Feed 1.1 (jsonfeed.org/version/1.1): the entries of the Atom feed, in its order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from lxml import etree

from watcher import times
from watcher.feeds import clean, places
from watcher.feeds.frame import Frame
from watcher.model import Enclosure, Entry, Feed

_UNKNOWN = "application/octet-stream"


def jsonfeed(feed: Feed, entries: Sequence[Entry]) -> bytes:
    """The feed with its entries in the order given; of two with the same id the first. The same input gives the same
    bytes."""
    items = list(map(item, clean.each(entries)))
    return frame(feed, empty=not items).around(items)


def frame(feed: Feed, *, empty: bool) -> Frame:
    """The feed without its items."""
    feed = clean.feed(feed)
    said = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.site,
        "feed_url": places.absolute(feed, places.json(feed)),
        "authors": [{"name": feed.author}],
        # A hub tells of an address: without one there is nothing to ask it for.
        "hubs": [{"type": "WebSub", "url": hub} for hub in feed.hubs] if feed.address else [],
    }
    tail = "]\n}\n" if empty else "\n ]\n}\n"
    return Frame(_dump(_said(said) | {"items": []}).removesuffix("]\n}").encode(), tail.encode(), b",")


def item(entry: Entry) -> bytes:
    """A cleaned entry as it stands in any feed."""
    html = _html(entry)
    said = {
        "id": entry.id,
        "url": entry.link,
        "title": entry.title,
        "content_html": html,
        "content_text": "" if html else entry.summary or entry.title,
        "summary": entry.summary,
        "date_published": times.rfc3339(entry.published),
        "date_modified": times.rfc3339(entry.updated),
        "authors": [{"name": entry.author}] if entry.author else [],
        "tags": list(entry.tags),
        "attachments": list(_attachments(entry.enclosures)),
    }
    # A string holds no line end as such: what is behind one is always the begin of a line of the item.
    return f"\n{_dump(_said(said))}".replace("\n", "\n  ").encode()


def _dump(said: dict[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, indent=1)


def _html(entry: Entry) -> str:
    whole = clean.division(entry.html)
    if whole is None:
        return ""
    return etree.tostring(whole, encoding="unicode", method="html").removeprefix("<div>").removesuffix("</div>")


def _attachments(enclosures: Iterable[Enclosure]) -> Iterable[dict[str, Any]]:
    for each in enclosures:
        said = {"url": each.url, "mime_type": each.type or _UNKNOWN, "title": each.title, "size_in_bytes": each.length}
        yield _said(said)


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty: every field but these few may be left out, and none may be null."""
    return {name: value for name, value in fields.items() if value}
