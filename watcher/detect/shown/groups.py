"""Links that stand in the same place of a repeated structure."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from statistics import median

from watcher.detect.shown.blocks import Group, above, around, blocks_of, climb
from watcher.detect.shown.links import Link
from watcher.detect.shown.runs import with_runs
from watcher.detect.tree import FORMAT, Tree

_LEAST = 2
_BESIDE = frozenset(("nav", "aside", "footer"))
_MOST = 600  # links of a group


def groups(tree: Tree, links: dict[int, Link]) -> Iterator[Group]:
    """Every group of links on the page that has members enough, whatever it is."""
    seen: set[tuple[int, ...]] = set()
    for alike in {tuple(anchors): anchors for anchors in _alike(tree, links)}.values():
        if len(alike) < _LEAST:
            continue
        for anchors in _parts(tree, _distinct(tree, alike, links)):
            key = tuple(anchors)
            if len(key) >= _LEAST and key not in seen:
                seen.add(key)
                blocks = with_runs(tree, blocks_of(tree, anchors, links))
                if len(blocks) >= _LEAST:
                    yield Group(blocks, around(tree, blocks))


def _distinct(tree: Tree, anchors: list[int], links: dict[int, Link]) -> list[int]:
    """The links without repetitions: of several to one place, the one that shares its element with least text."""
    best: dict[str, int] = {}
    for n in anchors[:_MOST]:
        other = best.setdefault(links[n].identity, n)
        if _company(tree, n) < _company(tree, other):
            best[links[n].identity] = n
    return sorted(best.values())


def _company(tree: Tree, n: int) -> int:
    parent = tree.outer[n]
    return tree.last[parent] - tree.first[parent] - (tree.last[n] - tree.first[n])


def _parts(tree: Tree, anchors: list[int]) -> Iterator[list[int]]:
    """The links, and those in each element around some of them: a list without what looks like it elsewhere."""
    columns = _columns(tree, anchors)
    yield from columns or [anchors]
    yield _firsts(tree, anchors)
    holders = Counter(each for n in anchors for each in tree.ancestors(n))
    least = max(_LEAST, len(anchors) // 8)
    told = {len(anchors): -1}
    for each, count in sorted(holders.items(), reverse=True):
        # The deepest element of those that hold the same links comes first.
        if least <= count < len(anchors):
            part = anchors[bisect_left(anchors, each) : bisect_left(anchors, tree.end[each])]
            if told.get(count) != part[0]:
                told[count] = part[0]
                yield part


def _alike(tree: Tree, links: dict[int, Link]) -> Iterable[list[int]]:
    """Links by their path of tags; more narrowly, by what the last elements of it are called; and by its end alone,
    since the first item of a list may stand elsewhere."""
    numbers: dict[tuple[int, str], int] = {}
    path: list[int] = []
    beside: list[bool] = []
    for n, tag in enumerate(tree.tag):
        outer = path[tree.parent[n]] if n else -1
        path.append(outer if tag in FORMAT and n else numbers.setdefault((outer, tag), len(numbers)))
        beside.append(tag in _BESIDE or (bool(n) and beside[tree.parent[n]]))
    alike: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for n in links:
        near = [n, *islice(above(tree, n), 3)]
        called = tuple((tree.tag[each], tree.attribute(each, "class")) for each in near)
        alike[path[n],].append(n)
        for levels in range(1, len(near) + 1):
            alike[(path[n], *called[:levels])].append(n)
        tags = tuple(tree.tag[each] for each in near)
        for key in (called, called[:2], tags):
            alike[(beside[n], *key)].append(n)
        alike[(path[n], "before", _following(tree, n))].append(n)
        for cell in near[1:]:
            if tree.tag[cell] == "td":  # what stands first in a row is often its category
                alike[(path[n], "td", tree.number(cell))].append(n)
    return alike.values()


def _following(tree: Tree, n: int) -> str:
    """The tag of what stands after a link in its element."""
    after = tree.end[n]
    return tree.tag[after] if after < tree.end[tree.parent[n]] else ""


def _firsts(tree: Tree, anchors: list[int]) -> list[int]:
    """The first link of each line: the others may lead to what it speaks of."""
    lines = Counter(tree.outer[n] for n in anchors)
    if len(lines) < 3 or len(lines) == len(anchors):
        return []
    first: dict[int, int] = {}
    for n in anchors:
        first.setdefault(tree.outer[n], n)
    return list(first.values())


def _columns(tree: Tree, anchors: list[int]) -> list[list[int]]:
    """Links that stand in rows of as many, by their place in the row, where one place has by far the longer texts: the
    title beside its author or category. A mere grid of items has no such place, and no columns here."""
    rows: dict[int, list[int]] = defaultdict(list)
    for n in anchors:
        held = climb(tree, n, anchors)
        rows[tree.outer[held[-1] if held else n]].append(n)
    width, often = Counter(map(len, rows.values())).most_common(1)[0]
    if not 2 <= width <= 4 or often < 3 or often * 5 < len(rows) * 4:
        return []
    full = [row for row in rows.values() if len(row) == width]
    columns = [list(column) for column in zip(*full, strict=True)]
    sizes = [
        [sum(len(tree.texts[i]) for i in range(tree.first[n], tree.last[n])) for n in column] for column in columns
    ]
    longest = max(sizes, key=median)
    others = [size for size in sizes if size is not longest]
    apart = all(median(longest) >= 1.8 * median(size) for size in others)
    leads = sum(all(size[i] < longest[i] for size in others) for i in range(often))
    return columns if apart and leads * 5 >= often * 4 else []
