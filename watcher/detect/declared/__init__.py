"""What a page says of itself, for machines: the lists that it declares, and the dates that these know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time
from typing import TypeAlias

from watcher import urls
from watcher.detect.declared import embedded, jsonld, marked
from watcher.detect.declared.anchors import Anchors
from watcher.detect.declared.claim import worth
from watcher.detect.proposal import Proposal
from watcher.detect.tree import Tree
from watcher.model import Item
from watcher.times import day

_OFFERED = 8

#: By the identity of an address, the item that first says something of it.
_Told: TypeAlias = Mapping[str, Item]


def declared(tree: Tree) -> list[Proposal]:
    """A proposal for each list that the page declares, best first. The same list, told twice, is one."""
    anchors = Anchors(tree)
    found = [(name, trust, _list(items)) for name, trust, lists in _ladder(tree, anchors) for items in lists]
    found = [each for each in found if len(each[2]) > 1]
    dates, texts = _told(item for _, _, items in found for item in items)
    kept: dict[frozenset[str], Proposal] = {}
    for name, trust, items in found:
        named = [replace(each, title=each.title or _name(anchors, each.link)) for each in items]
        whole = [_completed(each, dates, texts) for each in named]
        kept.setdefault(frozenset(urls.identity(item.link) for item in items), _proposal(name, trust, whole))
    return sorted(kept.values(), key=lambda each: -each.score)[:_OFFERED]


def completed(items: Sequence[Item], declared: Sequence[Proposal]) -> tuple[Item, ...]:
    """The items, those without a date or a summary with what the page declares for their address."""
    dates, texts = _told(item for each in declared for item in each.items)
    return tuple(_completed(item, dates, texts) for item in items)


def _ladder(tree: Tree, anchors: Anchors) -> Iterator[tuple[str, float, Iterator[list[Item]]]]:
    """What was written to be read comes before what a script happens to begin with."""
    yield "JSON-LD", 1.0, jsonld.lists(tree)
    yield "microdata", 1.0, marked.microdata(tree)
    yield "microformats", 1.0, marked.microformats(tree)
    yield "the state of its scripts", 0.7, embedded.lists(tree, anchors)


def _told(items: Iterable[Item]) -> tuple[_Told, _Told]:
    """What gives an address its date, and what its summary."""
    dates: dict[str, Item] = {}
    texts: dict[str, Item] = {}
    for item in items:
        if item.published:
            dates.setdefault(urls.identity(item.link), item)
        if item.summary:
            texts.setdefault(urls.identity(item.link), item)
    return dates, texts


def _completed(item: Item, dates: _Told, texts: _Told) -> Item:
    identity = urls.identity(item.link)
    if not item.published and (dated := dates.get(identity)):
        item = replace(item, published=dated.published, dated_by=dated.dated_by)
    if not item.summary and (told := texts.get(identity)):
        item = replace(item, summary=told.summary)
    return item


def _list(items: list[Item]) -> list[Item]:
    """Each address once, with its date as far as it is one."""
    once: dict[str, Item] = {}
    for item in items:
        once.setdefault(urls.identity(item.link), item)
    return _days(list(once.values()))


def _days(items: list[Item]) -> list[Item]:
    """Where every time is midnight, none is meant. Where all are the same second, it is when the page was built."""
    times = [item.published for item in items if isinstance(item.published, datetime)]
    if len(times) > 1 and all(when.time() == time() for when in times):
        return [replace(item, published=day(item.published) if item.published else None) for item in items]
    if len(times) > 2 and len(set(times)) == 1:
        timed = (isinstance(item.published, datetime) for item in items)
        return [replace(i, published=None, dated_by="") if t else i for i, t in zip(items, timed, strict=True)]
    return items


def _name(anchors: Anchors, link: str) -> str:
    return anchors.text(link) or urls.last_part(link) or link


def _proposal(name: str, trust: float, items: list[Item]) -> Proposal:
    share = sum(item.published is not None for item in items) / len(items)
    reasons = [f"{len(items)} items declared in {name}"]
    if share:
        reasons.append(f"a date on {share:.0%} of them")
    # Twice its worth is about what the same list is worth where it is found by how it looks.
    return Proposal(items=tuple(items), score=2 * trust * worth(items), reasons=tuple(reasons))
