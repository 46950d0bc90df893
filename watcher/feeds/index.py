"""The page over all feeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from watcher import urls
from watcher.feeds import clean, opml, places
from watcher.feeds.build import E, Element
from watcher.feeds.sheet import day, explanation, sheet
from watcher.model import Feed


def index(feeds: Sequence[Feed], *, title: str = "Feeds") -> bytes:
    """`feeds/index.html`: the feeds in the order given."""
    rows = [_row(clean.feed(each)) for each in feeds]
    body = [
        E.header(E.h1(title)),
        E.section({"aria-label": "Subscribe"}, *_import(feeds), explanation()),
        E.main(E.ul({"class": "feeds"}, *rows) if rows else E.p("There are no feeds yet.")),
    ]
    return sheet(title, places.INDEX, [], body)


def _import(feeds: Sequence[Feed]) -> Iterator[Element]:
    yield E.p("Each feed has a page of its own, with its entries and the address to subscribe to.")
    if opml.listed(feeds):
        yield E.p("All at once: import ", E.a(places.OPML, href=places.OPML), " into your feed reader.")


def _row(feed: Feed) -> Element:
    atom, page = (places.relative(file, places.INDEX) for file in (places.atom(feed), places.page(feed)))
    about: list[Element | str] = [E.bdi(urls.host_of(feed.site)), " · "] if feed.site else []
    return E.li(
        E.a(feed.title, href=page, dir="auto"),
        E.p({"class": "quiet"}, *about, "last change: ", day(feed.updated, feed), " · ", E.a("Atom", href=atom)),
    )
