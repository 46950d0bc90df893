"""What a page says of one item for machines, brought into the form of an item."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import unescape
from math import sqrt
from statistics import median

from watcher import dates, times, urls
from watcher.detect.tree import Tree
from watcher.model import Item, When
from watcher.text import line, shorten

_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_LONGEST = 5_000  # characters of a claim that are read; titles that are longer are none
_SUMMARY = 500
_EPOCH = re.compile(r"(?:/Date\()?(\d{10}|\d{13})(?:[+-]\d{4}\)/|\)/)?", re.ASCII)
_SECONDS = range(631_152_000, 4_102_444_800)  # 1990 to 2100: other numbers are counts or ids


def claim(
    tree: Tree, links: Iterable[str], title: str, published: When | None = None, summary: str = "", by: str = ""
) -> Item | None:
    """The item at the first of the addresses that leads to another page; None where none does."""
    found = (urls.absolute(tree.base, link) for link in links if 0 < len(link) < _LONGEST)
    link = next((url for url in found if url and not is_page(tree, url)), "")
    if not link or len(title) > _LONGEST:
        return None
    dated_by = by if published else ""
    summary = shorten(line(summary[:_LONGEST]), _SUMMARY)
    return Item(link=link, title=line(title), published=published, dated_by=dated_by, summary=summary)


def is_page(tree: Tree, url: str) -> bool:
    """Whether the address is the page's own."""
    return urls.identity(url) in (_identity(tree.url), _identity(tree.base))


def worth(items: Sequence[Item]) -> float:
    """How much a list looks like one of releases: by its length, the length of its titles, and its dates."""
    if len(items) < 2:
        return 0.0
    length = median(min(60, len(item.title)) for item in items) / 60
    dated = sum(item.published is not None for item in items) / len(items)
    distinct = len({item.title for item in items}) / len(items)
    return sqrt(min(len(items), 50) - 1) * (0.15 + length) * distinct * (1 + 2.5 * dated**2)


def plain(text: str) -> str:
    """A text that is HTML, as the texts in JSON are more often than not: without tags, entities resolved once."""
    return unescape(_TAG.sub(" ", text[: _LONGEST + 1])) if "<" in text or "&" in text else text


def stated(value: object, languages: list[str]) -> When | None:
    """The date that a value of JSON is: a text for machines, one for people, or seconds or milliseconds since 1970."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    if isinstance(value, str) and (when := written(value, languages)):
        return when
    try:
        match = _EPOCH.fullmatch(value.strip() if isinstance(value, str) else str(int(value)))
    except (ValueError, OverflowError):  # NaN, infinity, a number of 10,000 digits
        return None
    seconds = int(match[1]) // (1000 if len(match[1]) == 13 else 1) if match else 0
    return datetime.fromtimestamp(seconds, UTC) if seconds in _SECONDS else None


def written(text: str, languages: list[str], attribute: str = "") -> When | None:
    """The date of a text, and of the attribute that says it for machines. No year, no date; nor 5/6/2022."""
    if len(text) > 100:
        text = ""
    if times.machine(attribute) is not None:
        return times.claimed(attribute, text)
    if (when := times.machine(text)) is not None:
        return when
    found = [one for one in dates.said(text, tuple(languages)) if one.year]
    return dates.resolved(found[0], "") if len(found) == 1 else None


def _identity(url: str) -> str:
    try:
        return urls.identity(url)
    except ValueError:
        return ""
