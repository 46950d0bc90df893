"""Rows of a list that are built a little differently from the others: beside them, and with all that makes an item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from watcher.detect.shown.blocks import Block, Group
from watcher.detect.shown.links import Link, folder
from watcher.detect.shown.titles import in_address
from watcher.detect.tree import HEADINGS, Tree

_LEVELS, _BEFORE = 8, 3
_NEVER = frozenset(("nav", "aside", "footer", "form"))


def with_rows(tree: Tree, group: Group, links: dict[int, Link]) -> Group:
    """The group with the blocks beside its own that hold a link, in page order; itself where there is none."""
    more = _beside(tree, group, links, _known(group, links))
    blocks = sorted((*group.blocks, *more), key=lambda block: block.top)
    return replace(group, blocks=blocks) if more else group


def leads(tree: Tree, group: Group, links: dict[int, Link]) -> Iterator[tuple[Block, int]]:
    """Blocks above the list, or above what is around it, that may tell one item larger, each with the element of its
    title: they lead to where the others do. The nearest first."""
    known = _known(group, links)
    folders = {folder(block.link) for block in group.blocks}
    for inner in (group.blocks[0].top, group.around, *tree.ancestors(group.around))[:_LEVELS]:
        if inner <= 0 or tree.tag[inner] in ("body", "main"):
            return
        siblings = [n for n in tree.children(tree.parent[inner]) if n < inner and tree.tag[n] not in _NEVER]
        for sibling in reversed(siblings[-_BEFORE:]):
            block = _row(tree, sibling, links, known)
            if block is None or folder(block.link) not in folders:
                continue
            title = _title(tree, block)
            # The heading of a section leads to the section, not to an item.
            if title is not None and not _leads_on(links[block.anchor], known):
                yield block, title


def _leads_on(link: Link, identities: set[str]) -> bool:
    """Whether what it leads to holds the items themselves."""
    return any(each.startswith(link.identity + "/") for each in identities)


def _title(tree: Tree, block: Block) -> int | None:
    """The element of a lead's title: the heading that is linked, the only heading, or the text that its address
    repeats."""
    headings = _headings(tree, block.top)
    href = tree.attribute(block.anchor, "href")
    linked = [n for n in headings if any(tree.attribute(a, "href") == href for a in _links_at(tree, n))]
    if linked or len(headings) == 1:
        return (linked or headings)[0]
    speaking = dict.fromkeys(tree.owner[block.first : block.last]) if not headings else ()
    return next((n for n in speaking if in_address(tree.text(n), block.link)), None)


def _links_at(tree: Tree, n: int) -> Iterator[int]:
    """The links in a heading, and around it."""
    yield from (a for a in (*range(n, tree.end[n]), *tree.ancestors(n, 3)) if tree.tag[a] == "a")


def _known(group: Group, links: dict[int, Link]) -> set[str]:
    return {links[block.anchor].identity for block in group.blocks if block.anchor in links}


def _beside(tree: Tree, group: Group, links: dict[int, Link], known: set[str]) -> list[Block]:
    tops = {block.top for block in group.blocks}
    tag, more = tree.tag[group.blocks[0].top], []
    first, last = min(tops), max(tops)
    for parent, count in Counter(tree.parent[block.top] for block in group.blocks).items():
        # A row between others is one of them; a single one with a stranger beside it is not.
        strangers = [n for n in tree.children(parent) if tree.tag[n] == tag and n not in tops and first < n < last]
        if count >= 3 and tag != "a" and len(strangers) <= count:
            more += [block for n in strangers if (block := _row(tree, n, links, known))]
    return more


def _headings(tree: Tree, top: int) -> list[int]:
    return [n for n in range(top, tree.end[top]) if tree.tag[n] in HEADINGS and tree.first[n] < tree.last[n]]


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
