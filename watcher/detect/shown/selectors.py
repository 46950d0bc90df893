"""The CSS selectors by which the kind `list` finds the same items again, as far as there are such."""

from __future__ import annotations

import re

from watcher.detect.shown.blocks import Block, Group
from watcher.detect.shown.dating import Dates
from watcher.detect.shown.titles import Titles
from watcher.detect.tree import HEADINGS, Tree

_PLAIN = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_COUNTED = re.compile(r"\d")


def selectors(tree: Tree, group: Group, named: Titles, when: Dates) -> dict[str, str]:
    """`item`, `title` and `date`; empty where the items are no elements, or no selector tells them from others."""
    item = _item(tree, group.blocks)
    if not item:
        return {}
    title = _inside(tree, group.blocks, named.nodes)
    date = "time" if when.place == "time" else ""
    return {key: css for key, css in (("item", item), ("title", title), ("date", date)) if css}


def _item(tree: Tree, blocks: list[Block]) -> str:
    tops = [block.top for block in blocks]
    if any(block.begin != block.top or block.end != tree.end[block.top] for block in blocks):
        return ""
    own = _called(tree, tops)
    if own and _count(tree, own, tops) == len(tops):
        return own
    parents = sorted({tree.parent[top] for top in tops})
    around = _called(tree, parents)
    return f"{around} > {own}" if own and "." in around and _count(tree, around, parents) == len(parents) else ""


def _called(tree: Tree, nodes: list[int]) -> str:
    """The tag and the classes that all of them share."""
    if len({tree.tag[n] for n in nodes}) != 1:
        return ""
    shared = set.intersection(*(set(tree.attribute(n, "class").split()) for n in nodes))
    classes = sorted(name for name in shared if _PLAIN.fullmatch(name) and not _COUNTED.search(name))
    return ".".join([tree.tag[nodes[0]], *classes])


def _count(tree: Tree, css: str, nodes: list[int]) -> int:
    tag, *classes = css.split(".")
    wanted = set(classes)
    return sum(t == tag and wanted <= set(tree.attribute(n, "class").split()) for n, t in enumerate(tree.tag))


def _inside(tree: Tree, blocks: list[Block], nodes: list[int]) -> str:
    """What the elements of the titles are, where no other element before them in their blocks is that."""
    if not all(block.begin <= n for block, n in zip(blocks, nodes, strict=True)):
        return ""
    nodes = [_heading(tree, n) for n in nodes]
    css = _called(tree, nodes)
    tag, *classes = css.split(".")
    for block, node in zip(blocks, nodes, strict=True):
        for n in range(block.begin, node):
            if css and tree.tag[n] == tag and set(classes) <= set(tree.attribute(n, "class").split()):
                return ""
    return css


def _heading(tree: Tree, n: int) -> int:
    return next((each for each in (n, *tree.ancestors(n, 3)) if tree.tag[each] in HEADINGS), n)
