"""A site's own feed, each of its entries an item: RSS 0.9x, 1.0 (RDF) and 2.0, Atom (RFC 4287), JSON Feed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlsplit

from pydantic import BaseModel, Field

from watcher import syndication, urls
from watcher.errors import NothingFound
from watcher.fields import Address
from watcher.html.fragment import MUCH, markdown, plain
from watcher.model import Get, Item, Request, Response
from watcher.syndication import Entry
from watcher.text import fold, line, shorten

_TITLE, _SUMMARY = 80, 300  # characters at most: of a title that is made of the text, of a summary


class Options(BaseModel, extra="forbid", frozen=True):
    """The rest a feed says itself."""

    url: Address = Field(description="the address of the feed")


def find(options: Options, get: Get) -> Iterable[Item]:
    """The entries in the feed's own order. NotUnderstood for what is no feed, NothingFound for one without any."""
    response = get(Request(url=options.url))
    home, entries = syndication.read(response)
    much = sum(len(text) for entry in entries for text in (entry.summary, *entry.contents)) > MUCH
    items = [item for entry in entries if (item := _item(entry, home, much))]
    if not items:
        raise NothingFound(
            f"the feed {response.url} has no entries ({response.status}, {len(response.body) // 1024} KB)",
            hint="known items are kept; if it stays empty, the site may have another feed by now",
        )
    return items


def pause(response: Response) -> timedelta | None:
    """How seldom the feed asks to be read."""
    return syndication.pause(response)


def recognise(response: Response) -> Options | None:
    """The options for an answer that is a feed, by what is in it; None for any other."""
    return Options(url=response.url) if syndication.is_feed(response) else None


def _item(entry: Entry, home: str, much: bool) -> Item | None:
    link = urls.absolute("", entry.link) or urls.absolute("", entry.id) or home
    longest = max((*entry.contents, entry.summary), key=len)
    text, said = plain(longest), plain(entry.title)
    title = said or shorten(text, _TITLE) or line(urls.last_part(entry.link))
    if not title:
        return None
    # In RSS the description may be all there is to read; one that is cut off never is.
    whole = bool(entry.contents) or (len(text) > _SUMMARY and not text.rstrip(" ])").endswith(("…", "...")))
    body = markdown(longest, entry.base or link, said, words_only=much) if whole else ""
    summary = shorten(text if entry.summary == longest else plain(entry.summary), _SUMMARY)
    return Item(
        link=link,
        title=title,
        published=entry.published,
        dated_by="feed" if entry.published else "",
        summary="" if _says_the_same(summary, title, text if whole else "", body) else summary,
        body=body,
        key=_key(entry, link),
        author=", ".join(dict.fromkeys(filter(None, map(line, entry.authors)))),
        tags=tuple(dict.fromkeys(filter(None, map(line, entry.tags)))),
        enclosures=tuple({each.url: each for each in reversed(entry.enclosures)}.values())[::-1],
    )


def _key(entry: Entry, link: str) -> str:
    """The entry's id, unless it is its link; without one, the place in the page that the link leads to."""
    if not entry.id:
        return line(urlsplit(entry.link).fragment) if urls.absolute("", entry.link) else ""
    address = urls.absolute("", entry.id)
    same = address and "#" not in entry.id and urls.identity(address) == urls.identity(link)
    return "" if same else line(entry.id)


def _says_the_same(summary: str, title: str, text: str, body: str) -> bool:
    begin = fold(summary)
    return begin == fold(title) or any(fold(each[: 4 * _SUMMARY]).startswith(begin) for each in (text, body) if each)
