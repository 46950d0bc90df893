"""The lists that a page shows: groups of similar blocks, ranked by what items are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from watcher.detect.shown.blocks import Group
from watcher.detect.shown.dating import lone_day
from watcher.detect.shown.groups import groups
from watcher.detect.shown.links import Link, folder, links_of
from watcher.detect.shown.reading import Reading, read_closely
from watcher.detect.shown.rows import leads, with_rows
from watcher.detect.shown.score import promise
from watcher.detect.shown.titles import in_heading
from watcher.detect.tree import HEADINGS, Tree

#: So many groups are read closely, if they promise a ninth of what the best does.
_LOOKED_AT, _PROMISING = 12, 1 / 9


def ranked(tree: Tree) -> list[Reading]:
    """What the page shows, best first; the best with what is built a little differently from the rest of it."""
    links = links_of(tree)
    judged = [read_closely(tree, group, links) for group in islice(_unlike(tree, _promising(tree, links)), _LOOKED_AT)]
    kept = _foremost(tree, _distinct(sorted(_best_named(judged), key=lambda each: -each.score)))
    return [_completed(tree, each, links) for each in kept[:1]] + kept[1:]


def _promising(tree: Tree, links: dict[int, Link]) -> list[Group]:
    found = sorted(((promise(tree, group), group) for group in groups(tree, links)), key=lambda each: -each[0])
    return [group for worth, group in found if worth >= _PROMISING * found[0][0]]


def _unlike(tree: Tree, found: list[Group]) -> Iterator[Group]:
    """The groups, but of those with the same blocks only a few: by the links with most text, by the first ones, and by
    those in headings."""
    alike: dict[tuple[int, ...], list[Group]] = defaultdict(list)
    for group in found:
        alike[tuple(block.top for block in group.blocks)].append(group)
    for same in alike.values():
        longest = sorted(same, key=lambda group: -sum(len(tree.text(b.anchor)) for b in group.blocks[:20]))
        first = min(same, key=lambda group: group.blocks[0].anchor)
        headed = [group for group in same if in_heading(tree, group.blocks[0].anchor)]
        yield from dict.fromkeys([*headed[:1], *longest[:2], first])


def _best_named(judged: list[Reading]) -> Iterable[Reading]:
    """Of those with the same blocks, the one whose links are the titles."""
    best: dict[tuple[int, ...], Reading] = {}
    for each in judged:
        tops = tuple(block.top for block in each.group.blocks)
        best[tops] = max(best.get(tops, each), each, key=lambda one: one.named.quality * one.score)
    return best.values()


def _distinct(ranked: list[Reading]) -> list[Reading]:
    kept: dict[frozenset[str], Reading] = {}
    for each in ranked:
        if each.score:
            kept.setdefault(each.links, each)
    return list(kept.values())


def _foremost(tree: Tree, ranked: list[Reading]) -> list[Reading]:
    """The best first, or what it is a part of: blocks that hold its own, or a list that goes on beyond it."""
    for each in ranked[1:] if ranked else ():
        if _holds(each, ranked[0]) or _goes_on(tree, each, ranked[0]):
            return [each, *(other for other in ranked if other is not each)]
    return ranked


def _goes_on(tree: Tree, each: Reading, best: Reading) -> bool:
    """Whether a list has all items of the best, and more beside them or in the same folder, dated as well as they
    are."""
    if best.share < 0.8 or not best.links < each.links or each.share < best.share or each.score < 0.8 * best.score:
        return False
    folders, beside = {folder(link) for link in best.links}, {tree.parent[block.top] for block in best.group.blocks}
    more = [block for block in each.group.blocks if block.link not in best.links]
    return all(tree.parent[block.top] in beside or folder(block.link) in folders for block in more)


def _holds(each: Reading, best: Reading) -> bool:
    """Whether the blocks of the best, other links all, stand in fewer blocks that have headings of their own: the
    files of releases."""
    if not each.named.heading or each.links & best.links or each.score < 0.4 * best.score:
        return False
    spans = [(block.begin, block.end) for block in each.group.blocks]
    owners = {next((s for s in spans if s[0] <= block.top < s[1]), None) for block in best.group.blocks}
    return None not in owners and 1 < len(owners) < len(best.group.blocks)


def _completed(tree: Tree, judged: Reading, links: dict[int, Link]) -> Reading:
    """With what is built differently: rows beside the others, and one told larger above them all."""
    if judged.share < 0.8:
        return _led(tree, judged, links)
    group = with_rows(tree, judged.group, links)
    if group is not judged.group:
        wider, own = read_closely(tree, group, links), {block.top for block in judged.group.blocks}
        pairs = zip(wider.group.blocks, wider.when.values, strict=True)
        kept = replace(group, blocks=[block for block, day in pairs if day or block.top in own])
        judged = max(judged, read_closely(tree, kept, links), key=lambda each: each.score)
    return _led(tree, judged, links)


def _led(tree: Tree, judged: Reading, links: dict[int, Link]) -> Reading:
    dated = judged.share >= 0.8
    for lead, title in leads(tree, judged.group, links):
        day = lone_day(tree, lead, judged.when.order)
        if day if dated else judged.named.heading and tree.tag[title] in HEADINGS:
            named = replace(
                judged.named, texts=[tree.text(title), *judged.named.texts], nodes=[title, *judged.named.nodes]
            )
            when = replace(judged.when, values=[day, *judged.when.values], by=["text" if day else "", *judged.when.by])
            group = replace(judged.group, blocks=[lead, *judged.group.blocks])
            return replace(judged, group=group, named=named, when=when)
    return judged
