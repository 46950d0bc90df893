"""A page shows a release in its list, and again in a menu or a teaser."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace

from watcher import urls
from watcher.match.names import at_path, contradict, names_of
from watcher.model import Item
from watcher.text import fold

_TWINS = 50


def distinct(items: Iterable[Item]) -> list[Item]:
    """The items without repetitions: pages show a release in the list, and again in a menu or a teaser. An id of the
    source's own that several items have is none."""
    kept: list[Item] = []
    neighbours: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        twins = neighbours[urls.identity(item.link)]
        # Where so many share an address it is no item's own, and none is the teaser of another.
        if len(twins) > _TWINS or not any(_same_to_a_reader(item, twin) for twin in twins):
            kept.append(item)
            twins.append(item)
    often = Counter(item.key for item in kept)
    keyless = (replace(item, key="") if often[item.key] > 1 else item for item in kept)
    return _plainest({names_of(item).exact: item for item in keyless}.values())


def _plainest(items: Iterable[Item]) -> list[Item]:
    """Without those that differ from another in saying more in their query."""
    kept: dict[tuple[str, str, str], Item] = {}
    others, all_ = [], list(items)
    for item in all_:
        twin = kept.setdefault(at_path(item), item)
        if twin is not item and not urls.says_more(item.link, twin.link):
            others.append(item)
        elif twin is not item and len(item.link) < len(twin.link):
            kept[at_path(item)] = item
    place = {id(item): n for n, item in enumerate(all_)}
    return sorted([*kept.values(), *others], key=lambda item: place[id(item)])


def _same_to_a_reader(one: Item, other: Item) -> bool:
    """Whether two items with one address are one release shown twice: one of them without its title, or cut short."""
    if one.key != other.key or contradict(one, other):
        return False
    short, long = sorted((fold(one.title), fold(other.title)), key=len)
    # "Report 1" is no beginning of "Report 12".
    return short == long or not short or (long.startswith(short) and not short[-1].isdigit())
