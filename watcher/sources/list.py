"""A page that lists releases: each match of `item` is one, with its title, link, date and summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, tzinfo
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import soupsieve
from bs4 import BeautifulSoup, Tag
from pydantic import BaseModel, Field

from watcher import article, html, times, urls
from watcher.errors import NothingFound
from watcher.fields import Address, Selector, Zone
from watcher.model import Get, Item, Request, When
from watcher.text import line


class DateRule(BaseModel, extra="forbid", frozen=True):
    """Where an item's date is, and the zone of a time that names none."""

    select: Selector = "time"
    zone: Zone = "UTC"


class Options(BaseModel, extra="forbid", frozen=True):
    """Selectors are CSS; all but `item` are looked for inside it."""

    url: Address = Field(description="the address of the page")
    item: Selector = Field(description="each match is one item")
    title: Selector = Field("a", description="the item's title")
    link: Selector | None = Field(None, description="the item's link; left out: the one in, on or around the title")
    date: Selector | DateRule = Field("time", description='the item\'s date; { select = "…", zone = "…" } for a zone')
    summary: Selector | None = Field(None, description="a text that stands beside the title")
    article: Selector | bool = Field(
        False, description="fetch each new item's page and keep this part of it as the body; true: find the part"
    )


def find(options: Options, get: Get) -> Iterable[Item]:
    """The items in page order. NothingFound when the selector matches nothing, or nothing with a title."""
    response = get(Request(url=options.url))
    soup = html.document(response.body, response.headers.get("content-type", ""))
    base = urls.absolute(response.url, html.base(soup, response.url)) or response.url
    blocks = soup.select(options.item)
    items = list(_items(options, soup, blocks, base))
    if not items:
        what = f'"{options.item}" matched nothing on {response.url}'
        if blocks:
            what = f'"{options.title}" (title) matched no text inside the {len(blocks)} items of {response.url}'
        raise NothingFound(
            f"{what} ({response.status}, {len(response.body) // 1024} KB)",
            hint="the page may have been redesigned: known items are kept; correct the selector in the configuration",
        )
    return items


def complete(options: Options, item: Item, get: Get) -> Item:
    """The item with its article as the body. Raises CheckError where it cannot be had."""
    if not options.article:
        return item
    response = get(Request(url=item.link))
    soup = html.document(response.body, response.headers.get("content-type", ""))
    select = options.article if isinstance(options.article, str) else None
    found = article.extract(soup, response.url, select=select, title=item.title)
    item = replace(item, body=found.body, author=item.author or found.author)
    return (
        replace(item, published=found.published, dated_by="article") if found.published and not item.published else item
    )


def _items(options: Options, soup: BeautifulSoup, blocks: Iterable[Tag], base: str) -> Iterator[Item]:
    language = html.language(soup)
    for block in blocks:
        title = _within(block, options.title)
        link = _link(options, block, title)
        text = line(html.text_of(title)) if title else ""
        if not text:
            continue
        href = str(link.get("href", "")) if link else ""
        summary = _within(block, options.summary) if options.summary else None
        published = _published(options, block, language)
        yield Item(
            link=urls.absolute(base, href) or base,
            title=text,
            published=published,
            dated_by="page" if published else "",
            summary=line(html.text_of(summary)) if summary else "",
            key=_anchor(href, base),
        )


def _within(block: Tag, css: str) -> Tag | None:
    return block if soupsieve.match(css, block) else block.select_one(css)


def _link(options: Options, block: Tag, title: Tag | None) -> Tag | None:
    if options.link:
        return _within(block, options.link)
    # The first link of an item is often its category; the one of its title is its own.
    near = title and (_within(title, "a[href]") or title.find_parent("a", href=True))
    return near or _within(block, "a[href]")


def _published(options: Options, block: Tag, language: list[str]) -> When | None:
    rule = options.date if isinstance(options.date, DateRule) else DateRule(select=options.date)
    found = _within(block, rule.select)
    if found is None:
        return None
    zone: tzinfo = UTC if rule.zone == "UTC" else ZoneInfo(rule.zone)
    return times.claimed(str(found.get("datetime", "")), html.text_of(found), zone=zone, languages=language)


def _anchor(href: str, base: str) -> str:
    """The fragment of a link into the page itself: what tells such items apart."""
    target = urls.absolute(base, href)
    return urlsplit(href).fragment if target and urls.identity(target) == urls.identity(base) else ""
