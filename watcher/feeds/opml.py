"""OPML 2.0 (opml.org/spec2.opml): all feeds as one file that a reader imports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from email.utils import format_datetime

from lxml import etree

from watcher.feeds import clean
from watcher.feeds.build import E, Element
from watcher.model import Feed


def opml(feeds: Sequence[Feed], *, title: str = "Watcher") -> bytes:
    """The feeds in the order given. A reader keeps an `xmlUrl` as it is and asks for it from elsewhere, so that it has
    to be absolute: a feed without an address is left out, and where none has one, the file says what is missing."""
    outlines = list(_outlines(feeds)) or [E.outline(text=_missing(feeds))]
    whole = E.opml(E.head(E.title(title), *_modified(feeds)), E.body(*outlines), version="2.0")
    return etree.tostring(whole, encoding="utf-8", xml_declaration=True, pretty_print=True)


def listed(feeds: Sequence[Feed]) -> bool:
    """Whether there is anything to import."""
    return any(clean.feed(each).address for each in feeds)


def _outlines(feeds: Sequence[Feed]) -> Iterator[Element]:
    for feed in map(clean.feed, feeds):
        if feed.address:
            site = {"htmlUrl": feed.site} if feed.site else {}
            yield E.outline(type="rss", text=feed.title, title=feed.title, xmlUrl=feed.address, **site)


def _modified(feeds: Sequence[Feed]) -> Iterator[Element]:
    # The moment of writing would make every run a change.
    if feeds:
        yield E.dateModified(format_datetime(max(clean.feed(each).updated for each in feeds).astimezone(UTC), True))


def _missing(feeds: Sequence[Feed]) -> str:
    if not feeds:
        return "No feeds yet"
    return "These feeds have no address here: set base_url, or while watcher run serves them: watcher feeds --opml"
