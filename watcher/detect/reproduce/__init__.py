"""The configuration that gives a list's items again: selectors that were run over the page, and tell the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice

import soupsieve
from bs4 import BeautifulSoup, Tag
from lxml.etree import _Element

from watcher import html, times, urls
from watcher.detect.proposal import Proposal
from watcher.detect.reproduce.naming import names, place
from watcher.detect.reproduce.where import candidates
from watcher.detect.tree import HEADINGS, Tree
from watcher.model import NOTHING, Item
from watcher.text import fold, line
from watcher.times import day

_TRIED, _INNER = 120, 40


def reproducing(tree: Tree, soup: BeautifulSoup, proposal: Proposal) -> Mapping[str, str]:
    """`item`, `title`, `link`, `date` and `summary` of the kind `list`, as far as they are needed. Empty where no
    selector tells these items from the rest of the page, which `tree` and `soup` both are."""
    if len(proposal.elements) != len(proposal.items) or not all(proposal.elements):
        return NOTHING
    pairs = zip(proposal.elements, proposal.items, strict=True)
    tops = [_holder(tree, side_by_side, item) for side_by_side, item in pairs]
    item, blocks = _item(tree, soup, tops, proposal.items)
    return {"item": item, **_fields(tree, tops, blocks, proposal.items)} if item else NOTHING


def _holder(tree: Tree, side_by_side: Sequence[_Element], item: Item) -> _Element:
    """Of several elements side by side, the one with the link."""
    return next((each for each in side_by_side if any(_linked(tree, a, item) for a in each.iter("a"))), side_by_side[0])


def _linked(tree: Tree, a: _Element, item: Item) -> bool:
    return urls.absolute(tree.base, str(a.get("href") or "")) == item.link


def _item(
    tree: Tree, soup: BeautifulSoup, tops: Sequence[_Element], items: Sequence[Item]
) -> tuple[str, Sequence[Tag]]:
    """The selector of all items, and what it selects; of a list with one item built differently, one for each build."""
    parts = {str(top.tag): [top for top in tops if top.tag == each.tag] for each in tops for top in [each]}
    by_tag = [candidates(part) for part in parts.values()]
    joined = (", ".join(each) for each in zip(*by_tag, strict=False)) if len(by_tag) > 1 else iter(())
    most, wider = len(items) + len(items) // 4 + 1, ("", list[Tag]())
    for css in islice(chain(candidates(tops), joined), _TRIED):
        blocks = soup.select(css, limit=most + 1)
        own = _among(tree, blocks, items) if len(items) <= len(blocks) <= most else []
        if own and len(blocks) == len(items):
            return css, own
        wider = wider if wider[0] or not own else (css, own)
    return wider


def _among(tree: Tree, blocks: Sequence[Tag], items: Sequence[Item]) -> list[Tag]:
    """The blocks of the items. Others beside them may be what the kind `list` passes over: rows without a title."""
    left = iter(blocks)
    own = [next((block for block in left if _has(tree, block, item)), None) for item in items]
    return [block for block in own if block is not None] if all(own) else []


def _has(tree: Tree, block: Tag, item: Item) -> bool:
    near = (block, *block.find_all("a"), block.find_parent("a"))
    return any(each is not None and _target(tree, each) == item.link for each in near)


def _fields(tree: Tree, tops: Sequence[_Element], blocks: Sequence[Tag], items: Sequence[Item]) -> dict[str, str]:
    def titled(css: str) -> int:
        return sum(map(lambda b, i: _says(b, css, i.title) + 2 * _leads(tree, b, css, i), blocks, items))

    def linked(css: str) -> int:
        return sum(map(lambda b, i: _target(tree, _within(b, css)) == i.link, blocks, items))

    def summed(css: str) -> int:
        return sum(map(lambda b, i: bool(i.summary) and _says(b, css, i.summary), blocks, items))

    def dated(css: str) -> int:
        return sum(map(lambda b, i: _dates(tree, b, css, i), blocks, items))

    title = _best(chain(["a"], *(_inner(nodes, tops) for nodes in _titles(tops, items))), titled)
    found = {"title": title} if title != "a" else {}
    if not all(map(lambda b, i: _leads(tree, b, title, i), blocks, items)):
        anchors = [
            next((a for a in top.iter("a") if _linked(tree, a, item)), None)
            for top, item in zip(tops, items, strict=True)
        ]
        found["link"] = _best(chain(["a"], _inner(anchors, tops)), linked)
    if any(item.published for item in items):
        date = _best(chain(["time"], *(_inner(nodes, tops) for nodes in _days(tree, tops, items))), dated)
        found |= {"date": date} if date != "time" else {}
    said = [_saying(top, fold(item.summary)) if item.summary else [] for top, item in zip(tops, items, strict=True)]
    summary = _best(_inner([some[-1] if some else None for some in said], tops), summed)
    return {**found, "summary": summary} if summary and summed(summary) * 2 > len(items) else found


def _best(selectors: Iterator[str], good: Callable[[str], int]) -> str:
    """The first of those that are right most often."""
    return max(dict.fromkeys(islice(selectors, _INNER)), key=good, default="")


def _inner(nodes: Sequence[_Element | None], tops: Sequence[_Element]) -> Iterator[str]:
    """What these elements, one in each item, may be called inside it: by name, by what is around them, by place."""
    there = [(node, top) for node, top in zip(nodes, tops, strict=True) if node is not None]
    own = [node for node, _ in there]
    if not own:
        return
    called = list(islice(names(own), 4))
    yield from called
    around = [parent for node, top in there if node is not top and (parent := node.getparent()) is not None]
    outer = list(islice(names(around), 3)) if len(around) == len(own) else []
    yield from (f"{outside} > {name}" for outside in outer for name in called[:2])
    if len(places := {place(node) for node in own}) == 1:
        yield from (each for each in places)
        yield from (f"{outside} > {each}" for outside in outer for each in places)
    if around and len(places := {place(node) for node in around}) == 1:
        yield from (f"{each} > {name}" for each in places for name in called[:2])


def _titles(tops: Sequence[_Element], items: Sequence[Item]) -> Iterator[list[_Element | None]]:
    """The elements that hold the titles: the headings, the links, and the innermost."""
    same = [_saying(top, fold(item.title)) for top, item in zip(tops, items, strict=True)]
    yield [next((each for each in some if each.tag in HEADINGS), None) for some in same]
    yield [next((each for each in some if each.tag == "a"), None) for some in same]
    yield [some[-1] if some else None for some in same]


def _saying(top: _Element, title: str) -> list[_Element]:
    return [each for each in top.iter() if isinstance(each.tag, str) and fold(_text(each)) == title]


def _days(tree: Tree, tops: Sequence[_Element], items: Sequence[Item]) -> Iterator[list[_Element | None]]:
    """The elements that hold the dates: the outermost of few words, and the innermost."""
    same = [
        [
            each
            for each in top.iter()
            if isinstance(each.tag, str) and _dated(tree, each.get("datetime") or "", _text(each), item)
        ]
        for top, item in zip(tops, items, strict=True)
    ]
    yield [some[-1] if some else None for some in same]
    yield [some[0] if some else None for some in same]


def _text(node: _Element) -> str:
    return " ".join("".join(str(text) for text in node.itertext()).split())


def _dated(tree: Tree, machine: str, text: str, item: Item) -> bool:
    if not item.published or len(text) > 60:
        return False
    when = times.claimed(str(machine), text, languages=tree.languages)
    return when is not None and day(when) == day(item.published)


def _dates(tree: Tree, block: Tag, css: str, item: Item) -> bool:
    found = _within(block, css)
    return found is not None and _dated(tree, str(found.get("datetime", "")), html.text_of(found), item)


def _says(block: Tag, css: str, text: str) -> bool:
    found = _within(block, css)
    return found is not None and fold(line(html.text_of(found))) == fold(text)


def _leads(tree: Tree, block: Tag, css: str, item: Item) -> bool:
    """Whether an item whose title this is gets its link, by the rule of the kind `list`."""
    title = _within(block, css)
    near = title and (_within(title, "a[href]") or title.find_parent("a", href=True))
    return title is not None and _target(tree, near or _within(block, "a[href]")) == item.link


def _target(tree: Tree, a: Tag | None) -> str:
    return urls.absolute(tree.base, str(a.get("href", ""))) if a else ""


def _within(block: Tag, css: str) -> Tag | None:
    return block if soupsieve.match(css, block) else block.select_one(css)
