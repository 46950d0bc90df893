"""The block of a page that belongs to each link of a group: as much around it as holds no other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from statistics import mode

from watcher.detect.shown.links import Link
from watcher.detect.tree import Tree


@dataclass(slots=True, eq=False)
class Block:
    """The elements `begin`..`end` and the texts `first`..`last` that belong to the link `anchor`."""

    anchor: int
    link: str
    top: int  # the element that holds the link, on the level of the group
    begin: int
    end: int
    first: int
    last: int


@dataclass(slots=True, eq=False)
class Group:
    """Blocks in page order, and the deepest element around all of them."""

    blocks: list[Block]
    around: int


def blocks_of(tree: Tree, own: list[int], links: dict[int, Link]) -> list[Block]:
    """The blocks of these links, in page order; links that share one have it once."""
    tops = [climb(tree, n, own) for n in own]
    level = mode(map(len, tops)) if tops else 0
    blocks: dict[int, Block] = {}
    for n, top in zip(own, _disjoint(tree, own, tops, level), strict=True):
        blocks.setdefault(top, Block(n, links[n].url, top, top, tree.end[top], tree.first[top], tree.last[top]))
    return list(blocks.values())


def around(tree: Tree, blocks: list[Block]) -> int:
    """The deepest element around all of them."""
    if not blocks:
        return 0
    each = tree.parent[blocks[0].top]
    while each > 0 and not all(each < block.top < tree.end[each] for block in (blocks[0], blocks[-1])):
        each = tree.parent[each]
    return max(each, 0)


def _disjoint(tree: Tree, own: list[int], tops: list[list[int]], level: int) -> list[int]:
    """The top of each block: on the level of most, so that the only item of a section does not take the whole of it;
    below that, where this would take in another item, and then for all that several stand in such a section."""
    found = [_up(tree, n, level) for n in own]
    crowded = [i for i, top in enumerate(found) if _count(tree, own, top) > 1]
    if len(crowded) > 1:
        level = min(level, mode(len(tops[i]) for i in crowded))
        found = [_up(tree, n, level) for n in own]
    for i, (n, held) in enumerate(zip(own, tops, strict=True)):
        if _count(tree, own, found[i]) > 1:
            found[i] = held[:level][-1] if held[:level] else n
    return found


def _count(tree: Tree, anchors: list[int], n: int) -> int:
    """How many of the links stand in an element."""
    return bisect_left(anchors, tree.end[n]) - bisect_left(anchors, n)


def climb(tree: Tree, n: int, anchors: list[int]) -> list[int]:
    """The elements around a link that hold no other link of its group."""
    held = []
    for each in above(tree, n):
        if _count(tree, anchors, each) > 1 or tree.tag[each] in ("body", "html"):
            break
        held.append(each)
    return held


def above(tree: Tree, n: int) -> Iterator[int]:
    """The elements around a link, but for those that only say how it looks: they come and go within one list."""
    while (n := tree.outer[n]) >= 0:
        yield n


def _up(tree: Tree, n: int, level: int) -> int:
    for each in islice(above(tree, n), level):
        if tree.tag[each] in ("body", "html"):
            break
        n = each
    return n
