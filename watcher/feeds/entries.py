"""A record, and what the store remembers of its item, as an entry of a feed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, tzinfo
from html import escape
from typing import Any

from watcher import markdown, text, times, urls
from watcher.model import Enclosure, Entry, Record, Seen

_SUMMARY = 300
_BODY = 500_000  # characters; readers choke on more, and the record holds all of it


def entry(record: Record, seen: Seen, *, site: str, zone: tzinfo, ours: bool = False) -> Entry:
    """The entry of a record. What its owner may write is taken from the record: title, date, link, body; what is
    ours, id and the time of the last change, from `seen`. A record that is `ours` still, as we wrote it, says where the
    item was then: the entry leads to where it is now."""
    published = _published(record, seen, zone)
    title = text.line(record.title)
    link = _link(record, seen, site)
    link = _moved(link, seen, site) if ours else link
    body = _beginning(record.body)
    plain = text.line(markdown.to_text(body[:20_000]))
    summary = text.shorten(plain or text.line(seen.item.summary), _SUMMARY)
    html = markdown.to_html(body, link or site)
    return Entry(
        id=seen.id,
        title=title,
        link=link,
        published=published,
        updated=max(published, _second(seen.revised_at)),
        summary=summary,
        html=html if plain or "<img" in html else _stand_in(summary or title, link),
        author=", ".join(_strings(record.extra.get("author"))),
        tags=tuple(_strings(record.extra.get("tags"))),
        enclosures=tuple(_enclosures(record.extra.get("enclosures"), site)),
    )


def _beginning(body: str) -> str:
    """The body, or so much of it as an entry takes, up to the end of a paragraph."""
    if len(body) <= _BODY:
        return body
    head = body[:_BODY]
    return f"{head[: head.rfind(chr(10)) if chr(10) in head else _BODY].rstrip()}\n\n…"


def _published(record: Record, seen: Seen, zone: tzinfo) -> datetime:
    # A bare date of the day we found it says less than the moment we found it, and its noon may not have come yet.
    first_seen = _second(seen.first_seen)
    if not isinstance(record.date, datetime) and record.date == _day(first_seen, zone):
        return first_seen
    return min(_second(times.moment(record.date, zone)), first_seen)


def _link(record: Record, seen: Seen, site: str) -> str:
    """The item's real address, unless the owner of the record says another; "" where none can be followed."""
    own = record.extra.get("link")
    here = [seen.item.link] if _path(seen.item.link) == record.url else []
    links = [*_strings(own), *here, record.url, seen.item.link]
    return next(filter(None, (urls.anchored(site, each) for each in links)), "")


def _moved(link: str, seen: Seen, site: str) -> str:
    """The address where the item is now, if that is another, and not the same but for a part of its query."""
    now = urls.anchored(site, seen.item.link)
    if not now or urls.identity(now) == urls.identity(link):
        return link
    same = urls.identity(now).partition("?")[0] == urls.identity(link).partition("?")[0]
    return link if same and urls.says_more(now, link) else now


def _stand_in(words: str, link: str) -> str:
    """The content of an entry that has none: many readers show only the content."""
    href = escape(link)
    parts = [escape(words), f'<a href="{href}">{href}</a>' if link else ""]
    paragraphs = "".join(f"<p>{part}</p>" for part in parts if part)
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{paragraphs}</div>'


def _path(url: str) -> str:
    try:
        return urls.path_of(url)
    except ValueError:
        return ""


def _strings(value: Any) -> Iterable[str]:
    """What an owner wrote under a key that holds a text, or a list of them."""
    values = value if isinstance(value, list | tuple) else [value]
    return [each for each in values if isinstance(each, str) and each.strip()]


def _enclosures(value: Any, site: str) -> Iterator[Enclosure]:
    """The files that a record names, as far as its owner left them whole."""
    for each in value if isinstance(value, list) else []:
        said = each if isinstance(each, dict) else {"url": each}
        url, length = said.get("url"), said.get("length")
        if isinstance(url, str) and (address := urls.anchored(site, url)):
            yield Enclosure(
                url=address,
                type=text.line(str(said.get("type") or "")),
                length=length if isinstance(length, int) and length > 0 else 0,
                title=text.line(str(said.get("title") or "")),
            )


def _second(when: datetime) -> datetime:
    return times.moment(when, UTC).replace(microsecond=0)


def _day(when: datetime, zone: tzinfo) -> date:
    try:
        return when.astimezone(zone).date()
    except OverflowError:  # a zone that leads out of the calendar, as in `times.moment`
        return when.date()
