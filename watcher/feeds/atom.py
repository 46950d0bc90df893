"""Atom (RFC 4287), written by feedgen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from watcher import text, times, urls
from watcher.model import Enclosure, Entry, Feed

_OPEN, _CLOSE = '<div xmlns="http://www.w3.org/1999/xhtml">', "</div>"
_ID = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~!$&'()*+,;=:@/?#\[\]-]|%[0-9A-Fa-f]{2})+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A feed's bytes, and what is not in them: the ids of entries that could not be written, each with the reason."""

    data: bytes
    left_out: tuple[tuple[str, str], ...] = ()


def atom(feed: Feed, entries: Sequence[Entry]) -> Written:
    """The feed with its entries in the order given. The same input gives the same bytes, whenever it is written."""
    whole = _feed(feed)
    left_out: list[tuple[str, str]] = []
    ids: set[str] = set()
    for entry in entries:
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


def _feed(feed: Feed) -> FeedGenerator:
    site, own = urls.anchored("", feed.site), urls.anchored("", feed.address)
    author = text.line(feed.author) or urls.host_of(site) or text.line(feed.title)
    whole = FeedGenerator()
    whole.register_extension("layout", _FeedLayout, _EntryLayout)
    whole.id(feed.id)
    whole.title(text.line(feed.title) or author or "Untitled")
    # feedgen stamps the current time unless told otherwise, here and on entries; every run would be a change.
    whole.updated(_second(feed.updated))
    whole.author(name=author or "Unknown")
    whole.generator("Watcher")
    if own:
        whole.link(href=own, rel="self", type="application/atom+xml")
    if site:
        whole.link(href=site, rel="alternate", type="text/html")
    return whole


def _entry(entry: Entry) -> FeedEntry:
    one = FeedEntry()
    link, summary = urls.anchored("", entry.link), text.safe(entry.summary).strip()
    title = text.line(entry.title) or text.shorten(text.line(summary), 80) or link or "Untitled"
    one.register_extension("layout", _EntryLayout)
    one.layout.link, one.layout.enclosures = link, entry.enclosures
    one.id(entry.id)
    one.title(title)
    one.published(_second(entry.published))
    one.updated(_second(entry.updated))
    if summary:
        one.summary(summary)
    if inside := _inside(text.safe(entry.html).strip()):
        one.content(inside, type="xhtml")
    else:
        one.content(summary or title)
    if author := text.line(entry.author):
        one.author(name=author)
    one.category([{"term": tag} for tag in _tags(entry)])
    return one


def _inside(html: str) -> str:
    # feedgen adds the one div that RFC 4287 §3.1.1.3 asks for; ours would be a second.
    whole = html.startswith(_OPEN) and html.endswith(_CLOSE)
    return html[len(_OPEN) : -len(_CLOSE)].strip() if whole else html


def _tags(entry: Entry) -> Iterator[str]:
    return filter(None, dict.fromkeys(map(text.line, entry.tags)))


def _second(when: datetime) -> datetime:
    return times.moment(when, UTC).replace(microsecond=0)


class _FeedLayout(BaseExtension):  # type: ignore[misc]  # feedgen ships no types
    """What feedgen cannot say of a feed: its stylesheet, `Z`, and line ends, so that two versions can be compared."""

    def extend_atom(self, feed: Any) -> Any:
        feed.addprevious(etree.ProcessingInstruction("xml-stylesheet", 'type="text/css" href="feed.css"'))
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
