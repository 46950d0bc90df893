"""A group that is read closely: what its items are called, when they are from, and what it is worth."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from watcher.detect.shown.blocks import Block, Group
from watcher.detect.shown.dating import Dates, dated
from watcher.detect.shown.links import Link
from watcher.detect.shown.score import score
from watcher.detect.shown.slots import Held, Slot, held, slots
from watcher.detect.shown.titles import Titles, titles
from watcher.detect.tree import Tree


@dataclass(slots=True, eq=False)
class Reading:
    """A group with the title and the date of each block; `score` compares it with others of its page."""

    group: Group
    named: Titles
    when: Dates
    score: float
    reasons: list[str]

    @property
    def links(self) -> frozenset[str]:
        return frozenset(block.link for block in self.group.blocks)

    @property
    def share(self) -> float:
        """Of the blocks that have a date."""
        return sum(value is not None for value in self.when.values) / len(self.when.values)


def read_closely(tree: Tree, group: Group, links: dict[int, Link]) -> Reading:
    """What a group lists, by the links of its titles; of a dated list, the dated part."""
    texts = texts_of(tree, group)
    when = dated(tree, group, texts)
    if kept := _dated_part(when):
        return read_closely(tree, replace(group, blocks=group.blocks[kept]), links)
    named = titles(tree, group, texts)
    linked = replace(group, blocks=_linked(tree, group, named, links))
    if sum(a.anchor != b.anchor for a, b in zip(linked.blocks, group.blocks, strict=True)) * 2 > len(group.blocks):
        named = titles(tree, linked, texts)
    group = linked
    return Reading(group, named, when, *score(tree, group, named, when))


def _dated_part(when: Dates) -> slice | None:
    """A dated list without what stands above its first and below its last date, and is built like its items: a menu, a
    way up, what is not yet released. None where there is no such."""
    own = [n for n, by in enumerate(when.by) if by in ("time", "text")]
    span = own[-1] - own[0] + 1 if own else 0
    if len(own) < 3 or span == len(when.by) or len(own) * 4 < span * 3 or len(own) * 5 < len(when.by) * 2:
        return None
    return slice(own[0], own[-1] + 1)


def texts_of(tree: Tree, group: Group) -> Held:
    """The texts of its blocks, which groups share."""
    return held(_slots(tree, block) for block in group.blocks)


def _slots(tree: Tree, block: Block) -> list[Slot]:
    key = (block.top, block.begin, block.end)
    if key not in tree.slots:
        tree.slots[key] = slots(tree, block)
    return tree.slots[key]


def _linked(tree: Tree, group: Group, named: Titles, links: dict[int, Link]) -> list[Block]:
    """The blocks with the links of their titles, where these have some: the first link of many is its category."""
    own = [_link_at(tree, node, links) if node >= 0 else None for node in named.nodes]
    often = Counter(links[a].identity for a in own if a is not None)
    return [
        replace(block, anchor=a, link=links[a].url) if a is not None and often[links[a].identity] == 1 else block
        for block, a in zip(group.blocks, own, strict=True)
    ]


def _link_at(tree: Tree, node: int, links: dict[int, Link]) -> int | None:
    around = next((n for n in (node, *tree.ancestors(node, 4)) if n in links), None)
    return around if around is not None else next((n for n in range(node, tree.end[node]) if n in links), None)
