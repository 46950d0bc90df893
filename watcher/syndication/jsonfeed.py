"""JSON Feed, https://jsonfeed.org/version/1.1"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from watcher import urls
from watcher.model import Enclosure
from watcher.syndication.entry import Entry, enclosure, of_text, published, said, whole


def load(text: str) -> dict[str, Any] | None:
    """The feed that a text is, or None."""
    if not re.match(r"\s*\{", text):
        return None
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return feed if "jsonfeed.org/version/" in said(feed, "version") and isinstance(feed.get("items"), list) else None


def entries(feed: dict[str, Any], url: str) -> tuple[str, list[Entry]]:
    """Where an entry without a link leads, and the entries of the feed at `url`."""
    found = [_entry(each, feed, url) for each in feed["items"] if isinstance(each, dict)]
    return urls.absolute(url, said(feed, "home_page_url")) or url, found


def _entry(item: Mapping[str, Any], feed: Mapping[str, Any], url: str) -> Entry:
    language = said(item, "language") or said(feed, "language")
    content = said(item, "content_html") or of_text(said(item, "content_text"))
    by = item.get("authors") or item.get("author") or feed.get("authors") or feed.get("author")
    tags = item.get("tags")
    return Entry(
        link=whole(url, said(item, "url") or said(item, "external_url")),
        id=said(item, "id"),
        title=escape(said(item, "title")),
        summary=of_text(said(item, "summary")),
        contents=(content,) if content else (),
        base="",
        published=published(item, ("date_published", "date_modified"), [language] if language else []),
        authors=tuple(said(each, "name") for each in (by if isinstance(by, list) else [by])),
        tags=tuple(each for each in tags if isinstance(each, str)) if isinstance(tags, list) else (),
        enclosures=tuple(_attachments(item, url)),
    )


def _attachments(item: Mapping[str, Any], url: str) -> Iterator[Enclosure]:
    files = item.get("attachments")
    for each in files if isinstance(files, list) else []:
        length = said(each, "size_in_bytes")
        yield from enclosure(url, said(each, "url"), said(each, "mime_type"), length, said(each, "title"))
