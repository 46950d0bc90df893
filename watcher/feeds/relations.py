"""What an Atom feed is connected with: for readers as links, for people as a sentence."""

from __future__ import annotations

from collections.abc import Iterator

from watcher import urls
from watcher.feeds import places
from watcher.feeds.build import Element, X
from watcher.model import Feed


def links(feed: Feed, page: int) -> Iterator[dict[str, str]]:
    """RFC 4287 §4.2.7, WebSub §4 (a hub is asked for the address that `self` gives), RFC 5005 §4."""
    own, kind = places.atom(feed, page), "application/atom+xml"
    if feed.address:
        yield {"rel": "self", "type": kind, "href": places.absolute(feed, own) if page else feed.address}
    if feed.site:
        yield {"rel": "alternate", "type": "text/html", "href": feed.site}
    elif feed.path:
        yield {"rel": "alternate", "type": "text/html", "href": places.link(feed, places.page(feed), own)}
    for hub in feed.hubs if feed.address and not page else ():
        yield {"rel": "hub", "href": hub}
    if page:
        yield {"rel": "current", "type": kind, "href": places.link(feed, places.atom(feed), own)}
    if before := page - 1 if page else feed.archives:
        yield {"rel": "prev-archive", "type": kind, "href": places.link(feed, places.atom(feed, before), own)}


def about(feed: Feed, page: int) -> Iterator[str | Element]:
    """What a person reads above the entries. A browser that lays out Atom follows no link but one of XHTML."""
    own = places.atom(feed, page)
    if page:
        yield from (
            f"Page {page} of the archive of ",
            X.a("this feed", href=places.link(feed, places.atom(feed), own)),
        )
    elif feed.site:
        yield from ("What is new at ", X.a(urls.host_of(feed.site), href=feed.site))
    else:
        yield "What is new"
    yield from (". ", X.a("Read it as a page", href=places.link(feed, places.page(feed), own)), ".")
