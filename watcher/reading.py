"""How a source reads a page: the one that was fetched, the one that is stored, and one that was fetched twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from watcher.errors import FetchError
from watcher.match import Match, distinct
from watcher.model import Get, Item, Request, Response
from watcher.past import Past
from watcher.sources import Source


def read(source: Source, get: Get, past: Past) -> tuple[list[Item], list[Match]]:
    """What the source finds, and as what, if that was asked; one that can make use of it is told how much of the last
    list some items are."""
    options, revisit = past.watch.options, getattr(source, "revisit", None)
    if past.known.first_look or not past.known.listed or revisit is None:
        return distinct(source.find(options, get)), []
    # The same items are asked about again and again. They are kept, so that no others get their ids.
    asked: dict[tuple[int, ...], tuple[Sequence[Item], list[Item], list[Match]]] = {}

    def share(items: Sequence[Item]) -> float:
        if (those := tuple(map(id, items))) not in asked:
            own = distinct(items)
            asked[those] = items, own, past.match(own)
        return past.share(asked[those][2])

    found = list(revisit(options, get, share))
    _, items, matches = asked.get(tuple(map(id, found))) or (found, distinct(found), [])
    return items, matches


def stored(page: Response) -> Get:
    """A `get` that has this page, and no other."""
    answers = [page]

    def get(request: Request) -> Response:
        if not answers:
            raise FetchError(f"{request.url} is not stored: only the last front page is")
        return answers.pop()

    return get


def stable(source: Source, options: Any, matches: Iterable[Match], again: Iterable[Item]) -> list[Item]:
    """The items of two fetches made at once: as far as the two do not agree, what is known stays."""
    agreed: Callable[[Any, Item, Item, Item], Item] = getattr(source, "stable")  # noqa: B009 (a kind may lack it)
    second = {item.key: item for item in again}
    return [
        agreed(options, each.item, second[each.item.key], each.seen.item)
        if each.seen and each.item.key in second
        else each.item
        for each in matches
    ]
