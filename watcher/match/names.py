"""What an item is found by: its keys, and the ids that it would be given."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from watcher import urls
from watcher.model import Item, Key, Seen
from watcher.text import fold
from watcher.times import day


def lookup(item: Item, page: str) -> tuple[Key, ...]:
    """Every strong key by which a stored item may be this one, strongest first. `page` is the watch's own address:
    it identifies nothing, since a list without links and a changelog have it for every item."""
    names = names_of(item)
    native = (("id", item.key),) if item.key else ()
    if names.address == urls.identity(page):
        return native or (("exact", names.exact),)
    return (*native, ("exact", names.exact), ("address", names.address))


def minted(item: Item) -> tuple[str, str]:
    """The ids that this item would be given: of its address, and of its address with what tells it from others."""
    return names_of(item).minted


def fresh_id(item: Item, keys: Sequence[Key], crowded: Counter[str], taken: set[str]) -> str:
    plain, precise = minted(item)
    if keys[-1][0] == "address" and crowded[keys[-1][1]] < 2 and plain not in taken:
        return plain
    if precise not in taken:
        return precise
    numbered = (urls.mint(item.link, f"{names_of(item).native} {n}") for n in itertools.count(2))
    return next(id_ for id_ in numbered if id_ not in taken)


def crowding(found: Sequence[Item], seen: Sequence[Seen]) -> Counter[str]:
    """How many items stand at an address, on the page or in the store, whichever is more."""
    return Counter(urls.identity(i.link) for i in found) | Counter(urls.identity(s.item.link) for s in seen)


def at_path(item: Item) -> tuple[str, str, str]:
    return urls.identity(item.link).partition("?")[0], fold(item.title), day_of(item)


def title_and_day(item: Item) -> str:
    return f"{fold(item.title)} {day(item.published)}" if item.published else ""


def day_of(item: Item) -> str:
    return day(item.published).isoformat() if item.published else ""


def last_part(item: Item) -> str:
    """The last part of the path, where it is a name: every list has a number 10."""
    part = fold(urls.last_part(item.link))
    return part if re.search(r"[^\W\d_]{2}", part) else ""


def linkless(item: Item, page: str) -> bool:
    return not item.key and urls.identity(item.link) == urls.identity(page)


def contradict(one: Item, other: Item) -> bool:
    """Whether both are dated, and more than a day (a zone's worth) apart."""
    if one.published is None or other.published is None:
        return False
    return abs((day(one.published) - day(other.published)).days) > 1


class _Names(NamedTuple):
    """What an item is found by. `native` tells it from others at its address: its own id, or title and date where there
    is nothing better."""

    address: str
    native: str
    exact: str
    minted: tuple[str, str]


def names_of(item: Item) -> _Names:
    # Not by the moment: two that are the same in different zones are of different days.
    return _named(item.link, item.key, item.title, day(item.published) if item.published else None)


@lru_cache(maxsize=4096)
def _named(link: str, key: str, title: str, when: date | None) -> _Names:
    """Asked of the same items over and over in one look."""
    address = urls.identity(link)
    native = key or f"{fold(title)[:200]} {when.isoformat() if when else ''}".strip()
    return _Names(address, native, f"{address}#{native}", (urls.mint(link), urls.mint(link, native)))
