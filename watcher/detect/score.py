"""How much a group looks like what a page is about."""

from __future__ import annotations

import re
from math import sqrt
from statistics import median

from watcher.detect.dating import Dates
from watcher.detect.groups import Block, Group
from watcher.detect.titles import Titles
from watcher.detect.tree import HEADINGS, Tree
from watcher.html import BLOCKS

#: What such elements hold is seldom what a page lists.
_ASIDE = {"nav": 0.15, "footer": 0.25, "aside": 0.35, "header": 0.5, "form": 0.8}
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_WORDS = re.compile(r"(?i)\b(nav|navbar|menu|footer|sidebar|pager|pagination|breadcrumb|comment|related|recent)")


def promise(tree: Tree, group: Group) -> float:
    """A cheap guess, good enough to say which groups are worth a closer look."""
    texts = [min(300, sum(len(t) for t in tree.texts[b.first : min(b.last, b.first + 12)])) for b in group.blocks[:60]]
    dated = sum(any(map(_YEAR.search, tree.texts[b.first : min(b.last, b.first + 12)])) for b in group.blocks[:10])
    headed = sum(
        any(tree.tag[n] in HEADINGS for n in range(b.begin, min(b.end, b.begin + 12))) for b in group.blocks[:10]
    )
    hints = 1 + (dated + headed) / min(10, len(group.blocks))
    return sqrt(len(group.blocks)) * median(texts) * _place(tree, group) * hints * (0.2 + 0.8 * own_lines(tree, group))


def score(tree: Tree, group: Group, named: Titles, when: Dates) -> tuple[float, list[str]]:
    """Its worth, and why, in words."""
    count = sum(map(bool, named.texts))
    if count < 2:
        return 0.0, []
    length = median(min(60, len(text)) for text in named.texts if text) / 60
    share = sum(value is not None for value in when.values) / len(when.values)
    # A date above several blocks is less of a sign: links inside an article have one above them, too.
    weight = share - 0.5 * when.by.count("heading") / len(when.by)
    heading = 1.0 if named.heading else 0.0
    beside = median(_beside(tree, group, named))
    worth = sqrt(min(count, 50) - 1) * (0.15 + length) * min(1.0, named.quality) ** 0.5
    worth *= (1 + 2.5 * weight**2) * (1 + 0.8 * heading) * (0.5 + beside) * _place(tree, group)
    return worth, _reasons(count, share, heading)


def own_lines(tree: Tree, group: Group) -> float:
    """The share of blocks that are no mere words in a line of text, as the links of an article are."""
    blocks = group.blocks[:30]
    return sum(_own_line(tree, block) for block in blocks) / len(blocks)


def _own_line(tree: Tree, block: Block) -> float:
    if tree.tag[block.top] in BLOCKS or block.first == block.last:
        return 1.0
    around = tree.parent[block.top]
    before = (
        block.first - 1 >= tree.first[around]
        and tree._one_word(block.first - 1, block.first)
        and block.first not in tree.broken
    )
    after = (
        block.last < tree.last[around] and tree._one_word(block.last - 1, block.last) and block.last not in tree.broken
    )
    return 1.0 - (before + after) / 2


def _reasons(count: int, share: float, heading: float) -> list[str]:
    found = [f"{count} items alike"]
    if share:
        found.append(f"a date on {share:.0%} of them")
    if heading:
        found.append("a heading each")
    return found


def _beside(tree: Tree, group: Group, named: Titles) -> list[float]:
    """How much text stands beside the title of each: none for a menu, some for a news item."""
    sizes = []
    for block, title in zip(group.blocks, named.texts, strict=True):
        size = sum(len(tree.texts[i]) for i in range(block.first, min(block.last, block.first + 20)))
        sizes.append(min(1.0, max(0, size - len(title)) / 120))
    return sizes


def _place(tree: Tree, group: Group) -> float:
    """Less than 1 for what stands in a menu, a footer or a side column, as far as it does."""
    return sum(_zone(tree, tree.parent[block.top]) for block in group.blocks) / len(group.blocks)


def _zone(tree: Tree, n: int) -> float:
    if n not in tree.zones:
        above, own = _zone(tree, tree.parent[n]) if n > 0 else 1.0, _ASIDE.get(tree.tag[n], 1.0)
        said = f"{tree.attribute(n, 'class')} {tree.attribute(n, 'id')} {tree.attribute(n, 'role')}"
        if tree.tag[n] not in ("body", "html") and _WORDS.search(said):
            own = min(own, 0.6)
        tree.zones[n] = min(above, own)
    return tree.zones[n]
