"""Links that stand in the same place of a repeated structure, and the block of the page that belongs to each."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise, takewhile, zip_longest
from statistics import median, mode

from watcher import urls
from watcher.detect.tree import FORMAT, HEADINGS, Tree

_LEAST = 2
_BESIDE = frozenset(("nav", "aside", "footer"))
_PAGE = re.compile(r"/(page|pagina|pagine|seite|strona|sida|side)[/-]?\d+$")
_PAGED = re.compile(r"(page|paged|start|offset|pg|p)=\d+")
_NEAR = 40  # siblings that can belong to one item
_MOST = 600  # links of a group


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads, and what that address is compared by."""

    url: str
    identity: str


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
    level: int = 0


def groups(tree: Tree, links: dict[int, Link]) -> Iterator[Group]:
    """Every group of links on the page that has members enough, whatever it is."""
    seen: set[tuple[int, ...]] = set()
    for alike in {tuple(anchors): anchors for anchors in _alike(tree, links)}.values():
        if len(alike) < _LEAST:
            continue
        for anchors in _parts(tree, _distinct(tree, alike, links)):
            key = tuple(anchors)
            if len(key) >= _LEAST and key not in seen:
                seen.add(key)
                group = _group(tree, anchors, links)
                if len(group.blocks) >= _LEAST:
                    yield group


def _distinct(tree: Tree, anchors: list[int], links: dict[int, Link]) -> list[int]:
    """The links without repetitions: of several to one place, the one that shares its element with least text."""
    best: dict[str, int] = {}
    for n in anchors[:_MOST]:
        other = best.setdefault(links[n].identity, n)
        if _company(tree, n) < _company(tree, other):
            best[links[n].identity] = n
    return sorted(best.values())


def _company(tree: Tree, n: int) -> int:
    parent = tree.outer[n]
    return tree.last[parent] - tree.first[parent] - (tree.last[n] - tree.first[n])


def _parts(tree: Tree, anchors: list[int]) -> Iterator[list[int]]:
    """The links, and those in each element around some of them: a list without what looks like it elsewhere."""
    columns = _columns(tree, anchors)
    yield from columns or [anchors]
    yield _firsts(tree, anchors)
    around = Counter(each for n in anchors for each in tree.ancestors(n))
    least = max(_LEAST, len(anchors) // 8)
    told = {len(anchors): -1}
    for each, count in sorted(around.items(), reverse=True):
        # The deepest element of those that hold the same links comes first.
        if least <= count < len(anchors):
            part = anchors[bisect_left(anchors, each) : bisect_left(anchors, tree.end[each])]
            if told.get(count) != part[0]:
                told[count] = part[0]
                yield part


def links_of(tree: Tree) -> dict[int, Link]:
    """The links that lead somewhere else, by their element."""
    here = (urls.identity(tree.url), urls.host_of(tree.url))
    known: dict[str, Link | None] = {}
    found = {}
    for n, tag in enumerate(tree.tag):
        if tag != "a" or not (href := tree.attribute(n, "href").strip()) or href.startswith("#"):
            continue
        if href not in known:
            known[href] = _link(tree, href, here)
        if target := known[href]:
            found[n] = target
    return found


def _link(tree: Tree, href: str, here: tuple[str, str]) -> Link | None:
    url = urls.absolute(tree.base, href)
    identity = urls.identity(url) if url else here[0]
    # The page itself, the site's front page and the further pages of the list are no items.
    return None if identity in here or _is_further(here[0], identity) else Link(url, identity)


def _is_further(here: str, identity: str) -> bool:
    """Whether an address is the page's own but for the number of a page."""
    (own, _, asked), (path, _, query) = here.partition("?"), identity.partition("?")
    if _PAGE.sub("", own) != _PAGE.sub("", path):
        return False
    more = set(query.split("&")) - set(asked.split("&")) - {""}
    return path != own if not more else all(map(_PAGED.fullmatch, more))


def _alike(tree: Tree, links: dict[int, Link]) -> Iterable[list[int]]:
    """Links by their path of tags; more narrowly, by what the last elements of it are called; and by its end alone,
    since the first item of a list may stand elsewhere."""
    numbers: dict[tuple[int, str], int] = {}
    path: list[int] = []
    beside: list[bool] = []
    for n, tag in enumerate(tree.tag):
        above = path[tree.parent[n]] if n else -1
        path.append(above if tag in FORMAT and n else numbers.setdefault((above, tag), len(numbers)))
        beside.append(tag in _BESIDE or (bool(n) and beside[tree.parent[n]]))
    alike: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for n in links:
        near = [n, *islice(_above(tree, n), 3)]
        called = tuple((tree.tag[each], tree.attribute(each, "class")) for each in near)
        alike[path[n],].append(n)
        for levels in range(1, len(near) + 1):
            alike[(path[n], *called[:levels])].append(n)
        tags = tuple(tree.tag[each] for each in near)
        for key in (called, called[:2], tags):
            alike[(beside[n], *key)].append(n)
        alike[(path[n], "before", _following(tree, n))].append(n)
        for cell in near[1:]:
            if tree.tag[cell] == "td":  # what stands first in a row is often its category
                alike[(path[n], "td", tree.number(cell))].append(n)
    return alike.values()


def _following(tree: Tree, n: int) -> str:
    """The tag of what stands after a link in its element."""
    after = tree.end[n]
    return tree.tag[after] if after < tree.end[tree.parent[n]] else ""


def _firsts(tree: Tree, anchors: list[int]) -> list[int]:
    """The first link of each line: the others may lead to what it speaks of."""
    lines = Counter(tree.outer[n] for n in anchors)
    if len(lines) < 3 or len(lines) == len(anchors):
        return []
    first: dict[int, int] = {}
    for n in anchors:
        first.setdefault(tree.outer[n], n)
    return list(first.values())


def _columns(tree: Tree, anchors: list[int]) -> list[list[int]]:
    """Links that stand in rows of as many, by their place in the row, where one place has by far the longer texts: the
    title beside its author or category. A mere grid of items has no such place, and no columns here."""
    rows: dict[int, list[int]] = defaultdict(list)
    for n in anchors:
        held = _climb(tree, n, anchors)
        rows[tree.outer[held[-1] if held else n]].append(n)
    width, often = Counter(map(len, rows.values())).most_common(1)[0]
    if not 2 <= width <= 4 or often < 3 or often * 5 < len(rows) * 4:
        return []
    full = [row for row in rows.values() if len(row) == width]
    columns = [list(column) for column in zip(*full, strict=True)]
    sizes = [
        [sum(len(tree.texts[i]) for i in range(tree.first[n], tree.last[n])) for n in column] for column in columns
    ]
    longest = max(sizes, key=median)
    others = [size for size in sizes if size is not longest]
    apart = all(median(longest) >= 1.8 * median(size) for size in others)
    leads = sum(all(size[i] < longest[i] for size in others) for i in range(often))
    return columns if apart and leads * 5 >= often * 4 else []


def _group(tree: Tree, own: list[int], links: dict[int, Link]) -> Group:
    tops = [_climb(tree, n, own) for n in own]
    level = mode(map(len, tops)) if tops else 0
    blocks: dict[int, Block] = {}
    for n, top in zip(own, _disjoint(tree, own, tops, level), strict=True):
        blocks.setdefault(top, Block(n, links[n].url, top, top, tree.end[top], tree.first[top], tree.last[top]))
    found = _flow(tree, list(blocks.values()))
    return Group(found, _around(tree, found), level)


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


def _climb(tree: Tree, n: int, anchors: list[int]) -> list[int]:
    """The elements around a link that hold no other link of its group."""
    held = []
    for each in _above(tree, n):
        if _count(tree, anchors, each) > 1 or tree.tag[each] in ("body", "html"):
            break
        held.append(each)
    return held


def _above(tree: Tree, n: int) -> Iterator[int]:
    """The elements around a link, but for those that only say how it looks: they come and go within one list."""
    while (n := tree.outer[n]) >= 0:
        yield n


def _up(tree: Tree, n: int, level: int) -> int:
    for each in islice(_above(tree, n), level):
        if tree.tag[each] in ("body", "html"):
            break
        n = each
    return n


def _around(tree: Tree, blocks: list[Block]) -> int:
    if not blocks:
        return 0
    each = tree.parent[blocks[0].top]
    while each > 0 and not all(each < block.top < tree.end[each] for block in (blocks[0], blocks[-1])):
        each = tree.parent[each]
    return max(each, 0)


def _flow(tree: Tree, blocks: list[Block]) -> list[Block]:
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
    beyond = last_text(tree, last)
    block.last = beyond


def last_text(tree: Tree, n: int) -> int:
    """The end of the texts of an element and of the bare text that follows it."""
    n_last, parent = tree.last[n], tree.parent[n]
    while n_last < tree.last[parent] and tree.owner[n_last] == parent:
        n_last += 1
    return n_last
