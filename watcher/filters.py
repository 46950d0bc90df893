"""Which of the found items a watch is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from watcher.later import later
from watcher.model import Filters, Item
from watcher.patterns import Patterns

if TYPE_CHECKING:
    from watcher.versions import releases
else:
    releases = later("watcher.versions.releases")

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


def reason(filters: Filters, item: Item) -> str:
    """Why the filters do not let an item through, one that has the tags of what it is; "" where they do."""
    patterns, text = Patterns(), _text(item)
    wanted = {tag.casefold() for tag in filters.tags}
    if not releases.kept([item], filters.prereleases, ""):
        return "prereleases = false leaves it out: it is one"
    if not releases.kept([item], True, filters.versions):
        return f'versions = "{filters.versions}" leaves it out: its version is {item.version or "in its title"}'
    if wanted and not wanted & {tag.casefold() for tag in item.tags}:
        return f"tags leaves it out: it bears {', '.join(item.tags) or 'none'}, and none of {', '.join(filters.tags)}"
    if filters.keep and not any(patterns.found(each, text) for each in filters.keep):
        return f"keep leaves it out: no match of {' or '.join(filters.keep)}"
    found = [each for each in filters.drop if patterns.found(each, text)]
    return f"drop leaves it out: it matches {found[0]}" if found else ""


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
    text = _text(item)
    if filters.keep and not any(patterns.found(each, text) for each in filters.keep):
        return False
    return not any(patterns.found(each, text) for each in filters.drop)


def _text(item: Item) -> str:
    """What patterns are tried on."""
    return "\n".join([item.title, item.summary, *item.tags, item.link])[:_MUCH]
