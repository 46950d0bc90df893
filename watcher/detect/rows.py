"""Rows of a list that are built a little differently from the others: beside them, and with all that makes an item."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from watcher.detect.groups import Block, Group, Link
from watcher.detect.tree import HEADINGS, Tree

_NEVER = frozenset(("nav", "aside", "header", "footer", "form"))


def with_rows(tree: Tree, group: Group, links: dict[int, Link]) -> Group:
    """The group with the blocks beside its own that hold a link, in page order; itself where there is none."""
    beside = Counter(tree.parent[block.top] for block in group.blocks)
    known = {links[block.anchor].identity for block in group.blocks if block.anchor in links}
    tops = {block.top for block in group.blocks}
    tag = tree.tag[group.blocks[0].top]
    more = []
    first, last = min(tops), max(tops)
    for parent, count in beside.items():
        # A row between others is one of them; a single one with a stranger beside it is not.
        strangers = [n for n in tree.children(parent) if tree.tag[n] == tag and n not in tops and first < n < last]
        if count >= 3 and tag != "a" and len(strangers) <= count:
            more += [block for n in strangers if (block := _row(tree, n, links, known))]
    more += _featured(tree, group, links, known)
    blocks = sorted((*group.blocks, *more), key=lambda block: block.top)
    return replace(group, blocks=blocks) if more else group


def _featured(tree: Tree, group: Group, links: dict[int, Link], known: set[str]) -> list[Block]:
    """The block before the first one, or before what is around them all, whose heading is a link: a list's first item
    is often told larger."""
    first = group.blocks[0].top
    for inner in (first, group.around):
        siblings = [n for n in tree.children(tree.parent[inner]) if n < inner] if inner > 0 else []
        if siblings and tree.tag[siblings[-1]] not in _NEVER and (block := _row(tree, siblings[-1], links, known)):
            return [block] if _headed(tree, block.anchor, block.top) else []
    return []


def _row(tree: Tree, n: int, links: dict[int, Link], known: set[str]) -> Block | None:
    inside = [a for a in links if n <= a < tree.end[n]]
    if not inside or any(links[a].identity in known for a in inside):
        return None
    anchor = max(inside, key=lambda a: (_headed(tree, a, n), len(tree.text(a)), -a))
    return Block(anchor, links[anchor].url, n, n, tree.end[n], tree.first[n], tree.last[n])


def _headed(tree: Tree, a: int, top: int) -> bool:
    while a > top:
        if tree.tag[a] in HEADINGS:
            return True
        a = tree.parent[a]
    return False
