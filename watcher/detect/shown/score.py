"""How much a group looks like what a page is about: a weighted sum of what tells lists of news from all else.

The weights are fitted (a linear ranking by logistic loss) to labelled pages as they are, and to the same pages without
their names and without their semantic tags; see docs/detection.md. One was set by hand: that of what stands aside,
which the labelled pages hardly have and readers would never take for the list.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from math import exp, log, sqrt
from statistics import median
from urllib.parse import urlsplit

from watcher import times, urls
from watcher.detect.shown.blocks import Block, Group
from watcher.detect.shown.dating import Dates
from watcher.detect.shown.titles import Titles
from watcher.detect.tree import HEADINGS, Tree
from watcher.html import BLOCKS

#: What such elements hold is seldom what a page lists.
_ASIDE = {"nav": 0.15, "footer": 0.25, "aside": 0.35, "header": 0.5, "form": 0.8}
_WORDS = re.compile(r"(?i)\b(nav|navbar|menu|footer|sidebar|pager|pagination|breadcrumb|comment|related|recent)")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_MOST = 60  # blocks that are looked at

_WEIGHTS = {
    "all dated": 3.79,
    "two": -2.59,
    "short": -2.55,
    "count": 1.96,
    "folder": 1.75,
    "alike": 1.73,
    "dated above": -1.57,
    "length": 1.46,
    "below": 1.20,
    "inside": 1.17,
    "linked": 1.12,
    "headings": 1.09,
    "foreign": -1.09,
    "three": -0.85,
    "marked dates": 0.77,
    "place": 0.61,
    "aside": -4.0,
    "newest first": 0.59,
}


def promise(tree: Tree, group: Group) -> float:
    """A cheap guess, good enough to say which groups are worth a closer look."""
    some = group.blocks[:10]
    texts = [min(300, _size(tree, block, 12)) for block in group.blocks[:_MOST]]
    dated = sum(any(map(_YEAR.search, tree.texts[b.first : min(b.last, b.first + 12)])) for b in some)
    headed = sum(any(tree.tag[n] in HEADINGS for n in range(b.begin, min(b.end, b.begin + 12))) for b in some)
    hints = 1 + (dated + headed) / len(some)
    return sqrt(len(group.blocks)) * median(texts) * _place(tree, group) * hints * (0.2 + 0.8 * _own_lines(tree, group))


def score(tree: Tree, group: Group, named: Titles, when: Dates) -> tuple[float, list[str]]:
    """Its worth, and why, in words. Worths of one page can be compared; 0 is no list."""
    if sum(map(bool, named.texts)) < 2:
        return 0.0, []
    signs = _of_items(named, when) | _of_page(tree, group) | _of_links(tree, group)
    return exp(sum(_WEIGHTS[name] * sign for name, sign in signs.items()) / 4), _reasons(named, when)


def _of_items(named: Titles, when: Dates) -> dict[str, float]:
    """What the titles and dates are."""
    texts = [text for text in named.texts if text]
    count, dates = len(named.texts), [times.day(value) for value in when.values if value is not None]
    share = len(dates) / count
    return {
        "count": log(min(len(texts), _MOST)),
        "two": len(texts) == 2,
        "three": len(texts) == 3,
        "all dated": share**2,
        "dated above": when.by.count("heading") / count,
        "marked dates": when.by.count("time") / count,
        "newest first": _share(a >= b for a, b in pairwise(dates)),
        "headings": named.heading,
        "length": median(min(60, len(text)) for text in texts) / 60,
        "short": sum(len(text.split()) <= 2 for text in named.texts) / count,
    }


def _of_page(tree: Tree, group: Group) -> dict[str, float]:
    """Where the group stands, and how much of the page it is."""
    place, sizes = _place(tree, group), [_size(tree, block) for block in group.blocks]
    shapes = Counter(tuple(tree.tag[n] for n in tree.children(block.top)[:6]) for block in group.blocks)
    links = [tree.text(block.anchor) for block in group.blocks[:_MOST]]
    return {
        "place": log(max(0.01, place)),
        "aside": place <= 0.35,
        "inside": sum(sizes) / max(1, sum(map(len, tree.texts))),
        "alike": max(shapes.values()) / len(group.blocks),
        "linked": min(1.0, sum(map(len, links)) / max(1, sum(sizes[:_MOST]))),
    }


def _of_links(tree: Tree, group: Group) -> dict[str, float]:
    """Where the links lead: items of one list lie in one folder, on the page's own host, often below the page."""
    here, own = urls.host_of(tree.url), urlsplit(tree.url).path.rstrip("/")
    paths = [urlsplit(block.link).path.rstrip("/") for block in group.blocks]
    folders = Counter(path.rpartition("/")[0] for path in paths)
    return {
        "folder": max(folders.values()) / len(paths),
        "below": _share(path.startswith(f"{own}/") for path in paths) if own else 0,
        "foreign": _share(urls.host_of(block.link) != here for block in group.blocks),
    }


def _share(signs: Iterable[bool]) -> float:
    found = list(signs)
    return sum(found) / len(found) if found else 0.0


def _reasons(named: Titles, when: Dates) -> list[str]:
    found = [f"{sum(map(bool, named.texts))} items alike"]
    if share := _share(value is not None for value in when.values):
        found.append(f"a date on {share:.0%} of them")
    if named.heading:
        found.append("a heading each")
    return found


def _size(tree: Tree, block: Block, most: int = _MOST * 100) -> int:
    return sum(map(len, tree.texts[block.first : min(block.last, block.first + most)]))


def _own_lines(tree: Tree, group: Group) -> float:
    """The share of blocks that are no mere words in a line of text, as the links of an article are."""
    blocks = group.blocks[:30]
    return sum(_own_line(tree, block) for block in blocks) / len(blocks)


def _own_line(tree: Tree, block: Block) -> float:
    if tree.tag[block.top] in BLOCKS or block.first == block.last:
        return 1.0
    around = tree.parent[block.top]
    before = block.first > tree.first[around] and tree.joined(block.first - 1, block.first)
    after = block.last < tree.last[around] and tree.joined(block.last - 1, block.last)
    return 1.0 - (before + after) / 2


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
