"""Feeds that others publish, read whatever is wrong with them."""

from __future__ import annotations

from datetime import timedelta

from watcher import html
from watcher.errors import NotUnderstood
from watcher.model import Response
from watcher.syndication import jsonfeed, xml
from watcher.syndication.entry import Entry

__all__ = ["Entry", "is_feed", "pause", "read"]


def read(response: Response) -> tuple[str, list[Entry]]:
    """Where an entry without a link leads, and the entries. Raises NotUnderstood for what is no feed."""
    text = _text(response)
    if (feed := jsonfeed.load(text)) is not None:
        return jsonfeed.entries(feed, response.url)
    if root := xml.root(text):
        return xml.entries(xml.mended(text, root), response.url)
    raise NotUnderstood(
        f"{response.url} is no feed ({response.status}, {len(response.body) // 1024} KB)",
        hint="look at it in a browser: the feed may have moved, or an error page stands in its place",
    )


def pause(response: Response) -> timedelta | None:
    """How long a feed asks to be left alone between two reads; None where it does not."""
    text = _text(response)
    first = xml.root(text)
    return xml.pause(text[first.start() :]) if first else None


def is_feed(response: Response) -> bool:
    """Whether an answer is a feed, by what is in it."""
    try:
        text = _text(response)
    except NotUnderstood:
        return False
    return jsonfeed.load(text) is not None or xml.root(text) is not None


def _text(response: Response) -> str:
    """The answer's text. What is UTF-8 is read as that, whatever the feed and its server say: both often err, and a
    text that was cut inside a character makes no other charset of it."""
    said, text = html.decoded(response.body, response.headers.get("content-type", "")), ""
    if not response.body.startswith((b"\xfe\xff", b"\xff\xfe")):
        text = response.body.decode("utf-8-sig", "replace")
    wrong = text.count("\ufffd")
    if len(text) - len(text.encode("ascii", "ignore")) > 2 * wrong:
        return text
    return response.body.decode("cp1252", "replace") if "\ufffd" in said else said
