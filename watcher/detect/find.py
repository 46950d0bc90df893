"""From a page to ranked proposals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, takewhile

from lxml.etree import _Element

from watcher import urls
from watcher.detect.dating import Dates, dated, lone_day
from watcher.detect.declared import completed, declared
from watcher.detect.groups import Block, Group, Link, groups, links_of
from watcher.detect.proposal import Proposal
from watcher.detect.rows import leads, with_rows
from watcher.detect.score import promise, score
from watcher.detect.selectors import selectors
from watcher.detect.slots import Slot, slots
from watcher.detect.summaries import summaries
from watcher.detect.titles import Titles, in_heading, titles
from watcher.detect.tree import HEADINGS, Tree
from watcher.model import Item
from watcher.text import line

#: What is worth less is a list only to one who knows its items: on pages without one, the best is worth up to 4.7;
#: lists are worth 8 and more.
LEAST = 5.0

_LOOKED_AT = 12  # groups that are read closely
_OFFERED = 8


def proposals(tree: Tree, *, least: float = LEAST) -> list[Proposal]:
    """What the page may list, best first: what it shows, then what it declares and does not show."""
    told = declared(tree)
    shown = [_proposal(tree, each, told) for each in _ranked(tree)[:_OFFERED] if each.score >= least]
    links = [_links(each) for each in shown]
    return shown + [each for each in told if each.score >= least and _links(each) not in links]


def _links(proposal: Proposal) -> set[str]:
    return {urls.identity(item.link) for item in proposal.items}


def _ranked(tree: Tree) -> list[_Judged]:
    links = links_of(tree)
    promising = sorted(groups(tree, links), key=lambda group: -promise(tree, group))
    judged = [_judged(tree, group, links) for group in islice(_unlike(tree, promising), _LOOKED_AT)]
    kept = _foremost(tree, _distinct(sorted(_best_named(judged), key=lambda each: -each.score)))
    return [_completed(tree, each, links) for each in kept[:1]] + kept[1:]


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


def _best_named(judged: list[_Judged]) -> Iterable[_Judged]:
    """Of those with the same blocks, the one whose links are the titles."""
    best: dict[tuple[int, ...], _Judged] = {}
    for each in judged:
        tops = tuple(block.top for block in each.group.blocks)
        best[tops] = max(best.get(tops, each), each, key=lambda one: one.named.quality * one.score)
    return best.values()


@dataclass(slots=True, eq=False)
class _Judged:
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
        return sum(value is not None for value in self.when.values) / len(self.when.values)


def _judged(tree: Tree, group: Group, links: dict[int, Link]) -> _Judged:
    held = [_slots(tree, block) for block in group.blocks]
    when = dated(tree, group, held)
    if kept := _dated_part(when):
        return _judged(tree, replace(group, blocks=group.blocks[kept]), links)
    named = titles(tree, group, held)
    linked = replace(group, blocks=_linked(tree, group, named, links))
    if [block.anchor for block in linked.blocks] != [block.anchor for block in group.blocks]:
        named = titles(tree, linked, held)
    group = linked
    return _Judged(group, named, when, *score(tree, group, named, when))


def _dated_part(when: Dates) -> slice | None:
    """A dated list without what stands above its first and below its last date, and is built like its items: a menu, a
    way up, what is not yet released. None where there is no such."""
    own = [n for n, by in enumerate(when.by) if by in ("time", "text")]
    span = own[-1] - own[0] + 1 if own else 0
    if len(own) < 3 or span == len(when.by) or len(own) * 4 < span * 3 or len(own) * 5 < len(when.by) * 2:
        return None
    return slice(own[0], own[-1] + 1)


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


def _completed(tree: Tree, judged: _Judged, links: dict[int, Link]) -> _Judged:
    """With what is built differently: rows beside the others, and one told larger above them all."""
    if judged.share < 0.8:
        return _led(tree, judged, links)
    group = with_rows(tree, judged.group, links)
    if group is not judged.group:
        wider, own = _judged(tree, group, links), {block.top for block in judged.group.blocks}
        pairs = zip(wider.group.blocks, wider.when.values, strict=True)
        kept = replace(group, blocks=[block for block, day in pairs if day or block.top in own])
        judged = max(judged, _judged(tree, kept, links), key=lambda each: each.score)
    return _led(tree, judged, links)


def _led(tree: Tree, judged: _Judged, links: dict[int, Link]) -> _Judged:
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


def _proposal(tree: Tree, judged: _Judged, told: Sequence[Proposal]) -> Proposal:
    return Proposal(
        items=completed(_items(tree, judged), told),
        score=judged.score,
        reasons=tuple(judged.reasons),
        options=selectors(tree, judged.group, judged.named, judged.when),
        elements=tuple(_elements(tree, block) for block in judged.group.blocks),
    )


def _elements(tree: Tree, block: Block) -> tuple[_Element, ...]:
    return tuple(tree.nodes[n] for n in takewhile(lambda n: n < block.end, tree.siblings(block.begin)))


def _items(tree: Tree, judged: _Judged) -> list[Item]:
    blocks, when = judged.group.blocks, judged.when
    said = summaries([_slots(tree, block) for block in blocks], judged.named)
    return [
        Item(
            link=block.link,
            title=line(title) or urls.last_part(block.link) or block.link,
            published=day,
            dated_by=by,
            summary=summary,
        )
        for block, title, day, by, summary in zip(blocks, judged.named.texts, when.values, when.by, said, strict=True)
    ]


def _distinct(ranked: list[_Judged]) -> list[_Judged]:
    kept: dict[frozenset[str], _Judged] = {}
    for each in ranked:
        if each.score:
            kept.setdefault(each.links, each)
    return list(kept.values())


def _foremost(tree: Tree, ranked: list[_Judged]) -> list[_Judged]:
    """The best first, or what it is a part of: blocks that hold its own, or a list that goes on beyond it."""
    for each in ranked[1:] if ranked else ():
        if _holds(each, ranked[0]) or _goes_on(tree, each, ranked[0]):
            return [each, *(other for other in ranked if other is not each)]
    return ranked


def _goes_on(tree: Tree, each: _Judged, best: _Judged) -> bool:
    """Whether a list has all items of the best, and more beside them or in the same folder, dated as well as they
    are."""
    if best.share < 0.8 or not best.links < each.links or each.share < best.share or each.score < 0.8 * best.score:
        return False
    folders, beside = {_folder(link) for link in best.links}, {tree.parent[block.top] for block in best.group.blocks}
    more = [block for block in each.group.blocks if block.link not in best.links]
    return all(tree.parent[block.top] in beside or _folder(block.link) in folders for block in more)


def _holds(each: _Judged, best: _Judged) -> bool:
    """Whether the blocks of the best, other links all, stand in fewer blocks that have headings of their own: the
    files of releases."""
    if not each.named.heading or each.links & best.links or each.score < 0.4 * best.score:
        return False
    spans = [(block.begin, block.end) for block in each.group.blocks]
    owners = {next((s for s in spans if s[0] <= block.top < s[1]), None) for block in best.group.blocks}
    return None not in owners and 1 < len(owners) < len(best.group.blocks)


def _folder(link: str) -> str:
    """The host and the first part of the path."""
    return "/".join(urls.identity(link).split("/")[:2])
