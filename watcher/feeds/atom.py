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
from watcher.model import Enclosure, Entry, Feed

_HISTORY = "http://purl.org/syndication/history/1.0"
_ID = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~!$&'()*+,;=:@/?#\[\]-]|%[0-9A-Fa-f]{2})+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A feed's bytes, and what is not in them: the ids of entries that could not be written, each with the reason."""

    data: bytes
    left_out: tuple[tuple[str, str], ...] = ()


def atom(feed: Feed, entries: Sequence[Entry], *, page: int = 0) -> Written:
    """The feed, or with `page` that page of its archive, with the entries in the order given. The same input gives the
    same bytes, whenever it is written."""
    whole = _feed(clean.feed(feed), page)
    left_out: list[tuple[str, str]] = []
    ids: set[str] = set()
    for entry in map(clean.entry, entries):
        if fault := _fault(entry, ids):
            left_out.append((entry.id, fault))
        else:
            ids.add(entry.id)
            whole.add_entry(_entry(entry), order="append")
    return Written(data=whole.atom_str(), left_out=tuple(left_out))


def _fault(entry: Entry, ids: set[str]) -> str:
    """Why an entry cannot be written, "" where it can. feedgen writes all or nothing, so each is tried by itself."""
    if not _ID.fullmatch(entry.id):
        return "its id is no URI"
    if entry.id in ids:
        return "an entry before it has the same id"
    try:
        _entry(entry).atom_entry()
    except (ValueError, etree.LxmlError) as error:  # content that is not well-formed, nested or grown beyond sense
        return f"it cannot be written: {error}"
    return ""


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
