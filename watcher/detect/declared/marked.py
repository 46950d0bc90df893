"""The lists whose items are marked up where they stand: microdata (HTML §5) and microformats, new and classic."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass

from lxml.etree import XPath

from watcher.detect.declared.claim import claim, written
from watcher.detect.declared.jsonld import PIECE
from watcher.detect.tree import HEADINGS, Tree
from watcher.model import Item, When

_ASIDE = frozenset(("nav", "aside", "footer"))
# All roots but those that are something else to a style sheet: "h-full" is a height.
_FORMATS = frozenset(
    ("h-entry", "h-card", "h-cite", "h-event", "h-feed", "h-review", "h-item", "hentry", "hfeed", "vcard")
)
_REVISED = re.compile(r"(?i)updated(?!.*published)|modified")
_ITEMS = 2_000
_NESTED = -2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What one way of marking up calls things; of several names the first that an item has counts."""

    by: str
    used: XPath  # whether a page has any of it
    kinds: Callable[[Tree, int], list[str] | None]  # what a thing is; None where an element is none
    item: re.Pattern[str]  # the kinds that are items of a list
    attributes: tuple[str, ...]  # where the names of properties stand
    titles: tuple[str, ...]
    links: tuple[str, ...]
    dates: tuple[str, ...]
    summaries: tuple[str, ...]


def _typed(tree: Tree, n: int) -> list[str] | None:
    if tree.nodes[n].get("itemscope") is None:
        return None
    return [each.rpartition("/")[2] for each in tree.attribute(n, "itemtype").split()]


def _classed(tree: Tree, n: int) -> list[str] | None:
    return [each for each in tree.attribute(n, "class").split() if each in _FORMATS] or None


_MICRODATA = _Words(
    by="microdata",
    used=XPath("boolean(//@itemscope) and boolean(//@itemtype)"),
    kinds=_typed,
    item=PIECE,
    attributes=("itemprop",),
    titles=("headline", "name"),
    links=("url", "mainEntityOfPage"),
    dates=("datePublished", "datePosted", "uploadDate", "dateCreated"),
    summaries=("description", "abstract"),
)
_MICROFORMATS = _Words(
    by="microformats",
    used=XPath("boolean(//@class[contains(., 'h-entry') or contains(., 'hentry')])"),
    kinds=_classed,
    item=re.compile("h-entry|hentry"),
    attributes=("class", "rel"),
    titles=("p-name", "entry-title"),
    links=("u-url", "bookmark"),
    dates=("dt-published", "published", "entry-date"),
    summaries=("p-summary", "entry-summary"),
)


def microdata(tree: Tree) -> Iterator[list[Item]]:
    return _lists(tree, _MICRODATA)


def microformats(tree: Tree) -> Iterator[list[Item]]:
    return _lists(tree, _MICROFORMATS)


def _lists(tree: Tree, words: _Words) -> Iterator[list[Item]]:
    """The items by what they stand in: a feed, a blog, a side column. None that stands inside another."""
    if not words.used(tree.nodes[0]):
        return
    kinds = [words.kinds(tree, n) for n in range(len(tree.nodes))]
    pieces = _pieces(tree, words, kinds)
    held = _properties(tree, words, kinds, pieces)
    homes = _homes(tree, kinds, pieces)
    lists: dict[int, list[Item]] = defaultdict(list)
    for n in sorted(pieces)[:_ITEMS]:
        if homes[n] != _NESTED and (item := _item(tree, words, n, held[n])):
            lists[homes[n]].append(item)
    yield from lists.values()


def _pieces(tree: Tree, words: _Words, kinds: list[list[str] | None]) -> set[int]:
    """The items; one that holds several is a list of them, whatever it is called."""
    found = {n for n, named in enumerate(kinds) if named and any(words.item.fullmatch(each) for each in named)}
    around = _around(tree, found)
    inside = Counter(around[n] for n in found)
    return {n for n in found if inside[n] < 2}


def _around(tree: Tree, those: Container[int]) -> list[int]:
    """For each element the nearest of those that it stands in, or -1."""
    around = [-1]
    for parent in tree.parent[1:]:
        around.append(parent if parent in those else around[parent])
    return around


def _properties(
    tree: Tree, words: _Words, kinds: list[list[str] | None], pieces: set[int]
) -> dict[int, dict[str, list[int]]]:
    """For each item its elements by the names of their properties; those of another thing inside it are not its own."""
    held: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for n, thing in enumerate(_around(tree, {n for n, named in enumerate(kinds) if named is not None})):
        if thing in pieces:
            for name in " ".join(tree.attribute(n, each) for each in words.attributes).split():
                held[thing][name].append(n)
    return held


def _homes(tree: Tree, kinds: list[list[str] | None], pieces: set[int]) -> list[int]:
    """For each element the list that it would be in: the nearest thing or side column around it."""
    homes = [-1]
    for parent in tree.parent[1:]:
        kind = kinds[parent]
        if parent in pieces or homes[parent] == _NESTED:
            homes.append(_NESTED)
        elif tree.tag[parent] in _ASIDE or (kind is not None and "ListItem" not in kind):
            homes.append(parent)
        else:
            homes.append(homes[parent])
    return homes


def _item(tree: Tree, words: _Words, n: int, held: dict[str, list[int]]) -> Item | None:
    node = next(iter(_first(held, words.titles)), _heading(tree, n))
    dated = _first(held, words.dates) or [each for each in _inside(tree, n, "time") if not _revised(tree, each)]
    published = next((when for each in dated[:3] if (when := _date(tree, each))), None)
    summary = next((_text(tree, each) for each in _first(held, words.summaries)), "")
    title = _text(tree, node) if node is not None else ""
    return claim(tree, _links(tree, words, n, node, held), title, published, summary, by=words.by)


def _first(held: dict[str, list[int]], names: tuple[str, ...]) -> list[int]:
    return next((held[name] for name in names if name in held), [])


def _heading(tree: Tree, n: int) -> int | None:
    return next((each for each in range(n + 1, tree.end[n]) if tree.tag[each] in HEADINGS), None)


def _inside(tree: Tree, n: int, tag: str) -> Iterator[int]:
    return (each for each in range(n, tree.end[n]) if tree.tag[each] == tag)


def _revised(tree: Tree, n: int) -> bool:
    return bool(_REVISED.search(f"{tree.attribute(n, 'class')} {tree.attribute(n, 'itemprop')}"))


def _date(tree: Tree, n: int) -> When | None:
    said = next((value for name in ("datetime", "content", "title") if (value := tree.attribute(n, name))), "")
    return written(tree.text(n), tree.languages, said)


def _text(tree: Tree, n: int) -> str:
    return tree.attribute(n, "content") or tree.text(n)


def _links(tree: Tree, words: _Words, n: int, title: int | None, held: dict[str, list[int]]) -> Iterator[str]:
    """Where an item may lead: what it says, its title's link, the link around it, or the only one inside it."""
    for name in words.links:
        for each in held.get(name, ()):
            yield next((said for at in ("href", "content", "itemid") if (said := tree.attribute(each, at))), "")
    yield tree.attribute(n, "itemid")
    if title is not None:
        above = [title, *(each for each in tree.ancestors(title) if each > n)]
        yield from (tree.attribute(each, "href") for each in [*above, *_inside(tree, title, "a")])
    yield from (tree.attribute(each, "href") for each in (n, tree.parent[n]))
    if len(inside := {tree.attribute(each, "href") for each in _inside(tree, n, "a")}) == 1:
        yield from inside
