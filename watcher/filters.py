"""Which of the found items a watch is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from watcher import releases
from watcher.model import Filters, Item
from watcher.patterns import Patterns

#: Characters of a text that a pattern is tried on.
_MUCH = 20_000


def chosen(filters: Filters, items: Iterable[Item]) -> list[Item]:
    """The items that the filters let through, as `judged` gives them."""
    return [item for item, passes in judged(filters, items) if passes]


def judged(filters: Filters, items: Iterable[Item]) -> list[tuple[Item, bool]]:
    """Each item with the tags of what it is (`security`, `breaking`, `pre-release`, `backport`), and whether the
    filters let it through. Raises NotUnderstood for a pattern that takes too long."""
    told, patterns = flagged(list(items)), Patterns()
    if filters == Filters():
        return [(item, True) for item in told]
    kept = {id(item) for item in releases.kept(told, filters.prereleases, filters.versions)}
    return [(item, id(item) in kept and _passes(item, filters, patterns)) for item in told]


def flagged(items: list[Item]) -> list[Item]:
    """The items with the tags of what they are."""
    late = releases.backports(items)
    return [_with(item, *releases.flags(item), *(("backport",) if n in late else ())) for n, item in enumerate(items)]


def _with(item: Item, *tags: str) -> Item:
    return replace(item, tags=tuple(dict.fromkeys((*item.tags, *tags)))) if tags else item


def _passes(item: Item, filters: Filters, patterns: Patterns) -> bool:
    """`keep` any, `tags` any, `drop` none."""
    wanted = {tag.casefold() for tag in filters.tags}
    if wanted and not wanted & {tag.casefold() for tag in item.tags}:
        return False
    text = "\n".join([item.title, item.summary, *item.tags, item.link])[:_MUCH]
    if filters.keep and not any(patterns.found(each, text) for each in filters.keep):
        return False
    return not any(patterns.found(each, text) for each in filters.drop)
