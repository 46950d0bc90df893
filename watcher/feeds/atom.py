"""Atom (RFC 4287), written by feedgen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from watcher.feeds import clean, places, relations
from watcher.feeds.build import X
from watcher.feeds.frame import Frame
from watcher.model import Enclosure, Entry, Feed

_HISTORY = "http://purl.org/syndication/history/1.0"
_END = b"</feed>"
_ID = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~!$&'()*+,;=:@/?#\[\]-]|%[0-9A-Fa-f]{2})+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A feed's bytes, and what is not in them: the ids of entries that could not be written, each with the reason."""

    data: bytes
    left_out: tuple[tuple[str, str], ...] = ()


def atom(feed: Feed, entries: Sequence[Entry], *, page: int = 0) -> Written:
    """The feed, or with `page` that page of its archive, with the entries in the order given. The same input gives the
    same bytes, whenever it is written."""
    left_out: list[tuple[str, str]] = []
    written: dict[str, bytes] = {}
    for entry in map(clean.entry, entries):
        if entry.id in written:
            left_out.append((entry.id, "an entry before it has the same id"))
            continue
        try:
            written[entry.id] = element(entry)
        except ValueError as fault:
            left_out.append((entry.id, str(fault)))
    return Written(data=frame(feed, page=page).around(written.values()), left_out=tuple(left_out))


def frame(feed: Feed, *, page: int = 0) -> Frame:
    """The feed without its entries."""
    return Frame(_feed(clean.feed(feed), page).atom_str().removesuffix(_END), _END)


def element(entry: Entry) -> bytes:
    """A cleaned entry as it stands in any feed. ValueError says why it cannot be written: feedgen writes all or
    nothing, so each is tried by itself."""
    if not _ID.fullmatch(entry.id):
        raise ValueError("its id is no URI")
    try:
        return bytes(etree.tostring(_entry(entry).atom_entry(), encoding="utf-8"))
    except (ValueError, etree.LxmlError) as error:  # content that is not well-formed, nested or grown beyond sense
        raise ValueError(f"it cannot be written: {error}") from error


def _feed(feed: Feed, page: int) -> FeedGenerator:
    whole = FeedGenerator()
    whole.register_extension("layout", _FeedLayout, _EntryLayout)
    whole.layout.feed, whole.layout.page = feed, page
    whole.id(feed.id)
    whole.title(feed.title)
    # feedgen stamps the current time unless told otherwise, here and on entries; every run would be a change.
    whole.updated(feed.updated)
    whole.author(name=feed.author)
    whole.generator("Watcher")
    return whole


def _entry(entry: Entry) -> FeedEntry:
    one = FeedEntry()
    one.register_extension("layout", _EntryLayout)
    one.layout.link, one.layout.enclosures = entry.link, entry.enclosures
    one.id(entry.id)
    one.title(entry.title)
    one.published(entry.published)
    one.updated(entry.updated)
    if entry.summary:
        one.summary(entry.summary)
    if entry.html:
        one.content(entry.html, type="xhtml")
    else:
        one.content(entry.summary or entry.title)
    if entry.author:
        one.author(name=entry.author)
    one.category([{"term": tag} for tag in entry.tags])
    return one


class _FeedLayout(BaseExtension):  # type: ignore[misc]  # feedgen ships no types
    """What feedgen cannot say of a feed: its stylesheet, its links, `Z`, and line ends, so that two versions can be
    compared."""

    feed: Feed
    page: int

    def extend_ns(self) -> dict[str, str]:
        return {"fh": _HISTORY} if self.page else {}

    def extend_atom(self, feed: Any) -> Any:
        style = places.relative(places.STYLE, places.atom(self.feed, self.page))
        feed.addprevious(etree.ProcessingInstruction("xml-stylesheet", f'type="text/css" href="{style}"'))
        for link in relations.links(self.feed, self.page):
            etree.SubElement(feed, "link", link)
        if self.feed.path:
            subtitle = etree.SubElement(feed, "subtitle", type="xhtml")
            subtitle.append(X.div(*relations.about(self.feed, self.page)))
        if self.page:
            etree.SubElement(feed, f"{{{_HISTORY}}}archive")
        feed.text = "\n"
        return _lines(feed)


class _EntryLayout(BaseEntryExtension):  # type: ignore[misc]
    """The same for an entry, and its links: feedgen's own lose rel, type and length (lkiesow/python-feedgen#135)."""

    link = ""
    enclosures: tuple[Enclosure, ...] = ()

    def extend_atom(self, entry: Any) -> Any:
        if self.link:
            etree.SubElement(entry, "link", rel="alternate", type="text/html", href=self.link)
        for each in self.enclosures:
            said = {"type": each.type, "length": str(each.length or ""), "title": each.title}
            named = {name: value for name, value in said.items() if value}
            etree.SubElement(entry, "link", {"rel": "enclosure", "href": each.url, **named})
        entry.text = entry.tail = "\n"
        return _lines(entry)


def _lines(parent: Any) -> Any:
    for child in parent:
        child.tail = "\n"
        if child.tag in ("updated", "published"):
            child.text = child.text.replace("+00:00", "Z")
    return parent
