"""Items that are no elements, but runs of them side by side: `h3 p p h3 p p`, or lines that end in a <br>."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise, takewhile, zip_longest

from watcher.detect.shown.blocks import Block
from watcher.detect.tree import HEADINGS, Tree

_NEAR = 40  # siblings that can belong to one item


def with_runs(tree: Tree, blocks: list[Block]) -> list[Block]:
    """The blocks with the siblings around them, where items are not elements but runs of them: `h3 p p h3 p p`."""
    pairs = [(a, b) for a, b in pairwise(blocks) if tree.parent[a.top] == tree.parent[b.top]]
    apart = [pair for pair in pairs if pair[1].first > pair[0].last]
    if not pairs:
        return _chain(tree, blocks)
    if len(apart) * 2 <= len(pairs):
        return blocks
    # What is built as the blocks are is another item, one without a link: none of it may be taken for theirs.
    if any(_shape(tree, n) == _shape(tree, a.top) for a, b in apart for n in _between(tree, a, b)[:1]):
        return blocks
    gaps = Counter(tuple(_tags(tree, _between(tree, a, b))) for a, b in apart)
    gap = gaps.most_common(1)[0][0]
    lead = _lead(tree, blocks, gap)
    for n, block in enumerate(blocks):
        following = blocks[n + 1] if n + 1 < len(blocks) else None
        _extend(tree, block, following, lead, len(gap))
    return _lines(tree, blocks) if "br" in gap else blocks


def _chain(tree: Tree, blocks: list[Block]) -> list[Block]:
    """The blocks up to where the next one begins, where each holds the next: what was never closed, say."""
    nested = [tree.parent[a.top] < b.top < tree.end[tree.parent[a.top]] for a, b in pairwise(blocks)]
    if len(blocks) < 3 or sum(nested) * 2 <= len(nested):
        return blocks
    for block, following in zip_longest(blocks, blocks[1:]):
        for n in _after(tree, block.top):
            if following and n <= following.top < tree.end[n]:
                break
            block.end, block.last = tree.end[n], tree.last[n]
    return blocks


def _lines(tree: Tree, blocks: list[Block]) -> list[Block]:
    """The blocks as the lines they stand in, where nothing but a <br> is between them."""
    for block in blocks:
        parent = tree.parent[block.top]
        before = next((n for n in reversed(_before(tree, block.top)) if tree.tag[n] == "br"), parent + 1)
        after = next((n for n in _after(tree, block.top) if tree.tag[n] == "br"), tree.end[parent])
        block.begin, block.end = before, after
        block.first = tree.first[before] if tree.tag[before] == "br" else tree.first[parent]
        block.last = tree.first[after] if after < len(tree.tag) else len(tree.texts)
        block.last = min(block.last, tree.last[parent])
    return blocks


def _shape(tree: Tree, n: int) -> tuple[object, ...]:
    inner = tuple(tree.tag[each] for each in tree.children(n))
    return (tree.tag[n], inner) if len(inner) > 2 else (n,)


def _between(tree: Tree, a: Block, b: Block) -> list[int]:
    found, each = [], tree.end[a.top]
    while each < b.top:
        found.append(each)
        each = tree.end[each]
    return found


def _tags(tree: Tree, nodes: Iterable[int]) -> list[str]:
    return [tree.tag[n] for n in nodes]


def _lead(tree: Tree, blocks: list[Block], gap: tuple[str, ...]) -> int:
    """How many of the siblings between two items belong to the second: as many as stand before the first one, unless
    they follow the last one as well."""
    before = _tags(tree, _before(tree, blocks[0].top))
    after = _tags(tree, _after(tree, blocks[-1].top))
    leading = max((k for k in range(len(gap) + 1) if k == 0 or tuple(before[-k:]) == gap[-k:]), default=0)
    trailing = max(k for k in range(len(gap) + 1) if tuple(after[:k]) == gap[:k])
    if leading and gap[-leading] in (*HEADINGS, "dt"):
        return leading
    if leading == len(gap) > trailing:
        return leading
    return min(leading, len(gap) - trailing)


def _before(tree: Tree, n: int) -> list[int]:
    siblings = tree.children(tree.parent[n])
    at = bisect_left(siblings, n)
    return siblings[max(0, at - _NEAR) : at]


def _after(tree: Tree, n: int) -> list[int]:
    siblings = tree.children(tree.parent[n])
    at = bisect_left(siblings, n)
    return siblings[at + 1 : at + 1 + _NEAR]


def _extend(tree: Tree, block: Block, following: Block | None, lead: int, gap: int) -> None:
    before, after = _before(tree, block.top)[-lead:] if lead else [], _after(tree, block.top)[: gap - lead]
    if following and tree.parent[following.top] == tree.parent[block.top]:
        stop = [each for each in _after(tree, block.top) if each < following.top]
        after = stop[: len(stop) - lead] if lead else stop
    elif following:
        after = list(takewhile(lambda n: not n <= following.top < tree.end[n], after))
    if before:
        block.begin, block.first = before[0], tree.first[before[0]]
    last = after[-1] if after else block.top
    block.end = tree.end[last]
    beyond = _last_text(tree, last)
    block.last = beyond


def _last_text(tree: Tree, n: int) -> int:
    """The end of the texts of an element and of the bare text that follows it."""
    n_last, parent = tree.last[n], tree.parent[n]
    while n_last < tree.last[parent] and tree.owner[n_last] == parent:
        n_last += 1
    return n_last
