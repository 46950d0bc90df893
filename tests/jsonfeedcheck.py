"""What JSON Feed 1.1 asks of a feed, as a check of our own: by its text, sharing nothing with the writer."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

VERSION = "https://jsonfeed.org/version/1.1"
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
URL = re.compile(r"https?://[A-Za-z0-9.\[\]:_~-]+(:\d+)?/[!-~]*")

FEED = {
    **dict.fromkeys(("version", "title", "description", "user_comment", "language"), str),
    **dict.fromkeys(("home_page_url", "feed_url", "next_url", "icon", "favicon"), str),
    **dict.fromkeys(("authors", "hubs", "items"), list),
    "expired": bool,
}
ITEM = {
    **dict.fromkeys(("id", "title", "content_html", "content_text", "summary", "language"), str),
    **dict.fromkeys(("url", "external_url", "image", "banner_image", "date_published", "date_modified"), str),
    **dict.fromkeys(("authors", "tags", "attachments"), list),
}
AUTHOR = dict.fromkeys(("name", "url", "avatar"), str)
HUB = dict.fromkeys(("type", "url"), str)
ATTACHMENT = {
    **dict.fromkeys(("url", "mime_type", "title"), str),
    **dict.fromkeys(("size_in_bytes", "duration_in_seconds"), int),
}
ADDRESSES = {"home_page_url", "feed_url", "next_url", "icon", "favicon", "url", "external_url", "image", "avatar"}


def problems(data: bytes) -> list[str]:
    """Every rule that the feed breaks, in words; an empty list for a valid feed."""
    try:
        feed = json.loads(data.decode("utf-8"), parse_constant=_refuse)
    except ValueError as error:
        return [f"no JSON: {error}"]
    if not isinstance(feed, dict):
        return ["not an object"]
    return list(_feed(feed))


def _feed(feed: dict[str, Any]) -> Iterator[str]:
    yield from _fields("feed", feed, FEED, required={"version", "title", "items"})
    if feed.get("version") != VERSION:
        yield f"feed: version {feed.get('version')}"
    yield from _objects("author", feed.get("authors", []), AUTHOR)
    yield from _objects("hub", feed.get("hubs", []), HUB, required={"type", "url"})
    for item in feed.get("items", []):
        yield from _item(item)
    ids = Counter(str(item.get("id")) for item in feed.get("items", []))
    yield from (f"{count} times the id {each}" for each, count in ids.items() if count > 1)


def _item(item: dict[str, Any]) -> Iterator[str]:
    yield from _fields("item", item, ITEM, required={"id"})
    if "content_html" not in item and "content_text" not in item:
        yield "item: no content"
    for name in {"date_published", "date_modified"} & item.keys():
        yield from _date(name, item[name])
    yield from (f"item: {tag!r} is no tag" for tag in item.get("tags", []) if not isinstance(tag, str) or not tag)
    yield from _objects("author", item.get("authors", []), AUTHOR)
    yield from _objects("attachment", item.get("attachments", []), ATTACHMENT, required={"url", "mime_type"})


def _objects(
    name: str, values: list[Any], known: Mapping[str, type], required: set[str] | None = None
) -> Iterator[str]:
    for value in values:
        yield from _fields(name, value, known, required or set())
        if not value:
            yield f"{name}: empty"


def _fields(name: str, said: dict[str, Any], known: Mapping[str, type], required: set[str]) -> Iterator[str]:
    yield from (f"{name}: no {each}" for each in sorted(required - said.keys()))
    for each, value in said.items():
        if each not in known and not each.startswith("_"):
            yield f"{name}: no place for {each}"
        elif not isinstance(value, known.get(each, object)):
            yield f"{name}: {each} is {value!r}"
        elif each in ADDRESSES and not URL.fullmatch(str(value)):
            yield f"{name}: {each} is no address: {value!r}"


def _date(name: str, value: Any) -> Iterator[str]:
    try:
        datetime.fromisoformat(value if DATE.fullmatch(str(value)) else "")
    except ValueError:
        yield f"item: {name} is {value!r}"


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
