"""What the pages for people share. No script, nothing that is asked of another host, one stylesheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lxml import etree

from watcher import times
from watcher.feeds import places
from watcher.feeds.build import E, Element
from watcher.model import Feed

# For static hosts, which send no such header: nothing that a source wrote may run, or call out.
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'"


def sheet(title: str, own: str, head: Sequence[Element], body: Sequence[Element]) -> bytes:
    """A page of HTML. `own` is its file, in the folder of feeds."""
    style = places.relative(places.STYLE, own)
    whole = E.html(
        E.head(
            E.meta(charset="utf-8"),
            E.meta(name="viewport", content="width=device-width, initial-scale=1"),
            E.meta(name="color-scheme", content="light dark"),
            E.meta({"http-equiv": "Content-Security-Policy", "content": _POLICY}),
            E.meta(name="referrer", content="no-referrer"),
            E.title(title),
            E.link(rel="stylesheet", href=style),
            *head,
        ),
        E.body(*body),
        lang="en",
    )
    for path in ("*", "*/*", "body/main/*", "body/main/ul/li"):
        for element in whole.iterfind(path):
            element.tail = "\n"
    return etree.tostring(whole, encoding="utf-8", method="html", doctype="<!DOCTYPE html>")


def alternates(feed: Feed, own: str) -> list[Element]:
    """By which browsers and readers find the feed of a page."""
    files = {"application/atom+xml": places.atom(feed), "application/feed+json": places.json(feed)}
    return [
        E.link(rel="alternate", type=kind, title=feed.title, href=places.relative(file, own))
        for kind, file in files.items()
    ]


def explanation() -> Element:
    return E.details(
        E.summary("What is a feed?"),
        E.p(
            "A feed is a file that lists what is new. A feed reader, an app or a site of your choice, looks at it "
            "again and again, and shows you each new entry once. It takes no account, and nobody learns your address."
        ),
        E.p("To subscribe, copy the feed's address, and paste it into your reader where it says “add” or “subscribe”."),
    )


def day(when: datetime, feed: Feed) -> Element:
    """A day, as it is where the feed's source is."""
    try:
        local = when.astimezone(feed.zone)
    except OverflowError:  # year 1 or 9999, and a zone that leads out of the calendar
        local = when
    return E.time(f"{local.day} {local:%B} {local.year}", datetime=times.rfc3339(when))
