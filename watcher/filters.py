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
    """The items that the filters let through, each with the tags of what it is (`security`, `breaking`,
    `pre-release`, `backport`). Raises NotUnderstood for a pattern that takes too long."""
    told = flagged(list(items))
    if filters == Filters():
        return told
    patterns = Patterns()
    kept = releases.kept(told, filters.prereleases, filters.versions)
    return [item for item in kept if _passes(item, filters, patterns)]


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
