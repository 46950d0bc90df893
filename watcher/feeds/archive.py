"""The archive of a feed (RFC 5005 §4): pages that hold what the feed no longer does.

A reader that was away walks `prev-archive` from the feed until it meets a page that it has, and never asks for that one
again. So a page must not be there before it is full: what came to it later would be missed. And it must not change once
it is there, but where an item of it does.

- Page N holds the items with the N-th fifty of `seq`, which is given at first sight and never again. A deleted record
  leaves a gap, a held item that is accepted late fills one; no other item moves, no address changes, and a page stays
  even when it is empty.
- A page is there when every `seq` of it is given out, and no item of it still waits for its article.
- Until then its items stand in the feed itself, however many newer changes there are: feed and pages together always
  hold everything. Since a page is no longer than the feed, that adds little, and mostly nothing.
- The feed and its pages may hold the same entry: an edit, or a late find, is in both, and the one with the later
  `updated` counts (§4.1 advises so, for readers that do not ask for the page again).
- There is no `next-archive`: the newest page would have to change when the next one is full. It is for readers that
  walk forwards; there are none that start at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from watcher.later import later
from watcher.model import Entry, Feed

if TYPE_CHECKING:
    from watcher.feeds import atom
else:
    atom = later("watcher.feeds.atom")


class Numbered(Protocol):
    @property
    def seq(self) -> int: ...


T = TypeVar("T", bound=Numbered)

SIZE = 50
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def pages(last: int, waiting: Iterable[int] = ()) -> int:
    """How many pages there are when `last` is the highest `seq` given out, to items held and deleted as well.
    `waiting` are those of items whose first record is still to be written, but not of held ones."""
    return min([last, *(seq - 1 for seq in waiting)]) // SIZE


def page_of(seq: int) -> int:
    """The number of the page that an item belongs to, from 1."""
    return (seq - 1) // SIZE + 1


def page(feed: Feed, number: int, entries: Mapping[int, Entry]) -> atom.Written:
    """One page, the newest first. `entries` are by their `seq`; those of other pages are passed over."""
    mine = [entries[seq] for seq in sorted(entries, reverse=True) if page_of(seq) == number]
    updated = max((each.updated for each in mine), default=_NEVER)
    return atom.atom(replace(feed, updated=updated), mine, page=number)


def window(latest: Iterable[T], size: int, pages: int) -> Iterator[T]:
    """What the feed itself holds, of items whose last change is latest first: the first `size`, and all that no page
    holds."""
    for number, seen in enumerate(latest):
        if number < size or page_of(seen.seq) > pages:
            yield seen
