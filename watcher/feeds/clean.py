"""A feed and its entries as every writer takes them: with no character that a format cannot hold, no link that leads
to no page, and a word wherever a format asks for one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from lxml import etree

from watcher import text, times, urls
from watcher.model import Enclosure, Entry, Feed

_OPEN, _CLOSE = '<div xmlns="http://www.w3.org/1999/xhtml">', "</div>"
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(; ?[A-Za-z0-9-]+=[A-Za-z0-9._-]+)*")
_NAME = 500  # characters; what is longer is no title, author or tag, and few readers wrap it


def feed(feed: Feed) -> Feed:
    site = urls.anchored("", feed.site)
    title = _name(feed.title)
    author = _name(feed.author) or urls.host_of(site) or title
    return replace(
        feed,
        title=title or author or "Untitled",
        site=site,
        updated=_second(feed.updated),
        address=urls.anchored("", feed.address),
        author=author or "Unknown",
        hubs=tuple(filter(None, dict.fromkeys(urls.anchored("", hub) for hub in feed.hubs))),
    )


def entry(entry: Entry) -> Entry:
    link, summary = urls.anchored("", entry.link), text.safe(entry.summary).strip()
    return replace(
        entry,
        title=_name(entry.title) or text.shorten(text.line(summary), 80) or link or "Untitled",
        link=link,
        published=_second(entry.published),
        updated=_second(entry.updated),
        summary=summary,
        html=_inside(text.safe(entry.html).strip()),
        author=_name(entry.author),
        tags=tuple(filter(None, dict.fromkeys(map(_name, entry.tags)))),
        enclosures=tuple(_enclosures(entry.enclosures)),
    )


def each(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries, cleaned, each id once."""
    ids: set[str] = set()
    for one in entries:
        if one.id not in ids:
            ids.add(one.id)
            yield entry(one)


def division(html: str) -> etree._Element | None:
    """XHTML, as a cleaned entry has it, as a `div` of HTML; None for what is empty or not well-formed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        whole = etree.fromstring(f"{_OPEN}{html}{_CLOSE}", parser)
    except etree.XMLSyntaxError:
        return None
    for element in whole.iter(etree.Element):
        element.tag = etree.QName(element).localname
    etree.cleanup_namespaces(whole)
    return whole if len(whole) or (whole.text or "").strip() else None


def _inside(html: str) -> str:
    # Each writer puts a `div` of its own around it (for Atom, RFC 4287 §3.1.1.3); ours would be a second.
    whole = html.startswith(_OPEN) and html.endswith(_CLOSE)
    return html[len(_OPEN) : -len(_CLOSE)].strip() if whole else html


def _enclosures(found: Iterable[Enclosure]) -> Iterator[Enclosure]:
    for one in found:
        if url := urls.anchored("", one.url):
            said = one.type if _MEDIA_TYPE.fullmatch(one.type) else ""
            yield Enclosure(url=url, type=said, length=max(0, one.length), title=_name(one.title))


def _name(words: str) -> str:
    return text.shorten(text.line(words[: 20 * _NAME]), _NAME)


def _second(when: datetime) -> datetime:
    return times.moment(when, UTC).replace(microsecond=0)
