"""A page in arrays: its elements and its visible text in document order, read in one pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import lxml.html
from lxml.etree import HTMLParser, ParserError, _Element, iterwalk

from watcher import html

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
FORMAT = frozenset(("b", "strong", "em", "i", "u", "font", "small", "big", "center"))
_UNSEEN = html.UNSEEN | {"option", "textarea", "math"}
_MOST = 60_000  # elements; what is further down a page is no list of news
_DEEPEST = 400


@dataclass(slots=True)
class Tree:
    """Element `n` holds the elements up to `end[n]`, exclusive, and the texts from `first[n]` to `last[n]`."""

    url: str
    base: str = ""
    languages: list[str] = field(default_factory=list)
    nodes: list[_Element] = field(default_factory=list)
    tag: list[str] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    outer: list[int] = field(default_factory=list)  # the nearest element around it that is not mere formatting
    end: list[int] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)  # of each text, the element that it stands in
    broken: set[int] = field(default_factory=set)  # the texts that follow a <br>
    spaced: set[int] = field(default_factory=set)  # the texts that follow white space between elements

    slots: dict[tuple[int, int, int], list[Any]] = field(default_factory=dict)  # of blocks that were read before
    dated: dict[tuple[tuple[int, int, int], ...], Any] = field(default_factory=dict)  # the dates of groups of them
    inner: dict[int, list[int]] = field(default_factory=dict)  # children, once asked for
    numbers: dict[int, dict[int, int]] = field(default_factory=dict)
    zones: dict[int, float] = field(default_factory=dict)  # what is known of how much its place is worth

    def text(self, n: int) -> str:
        """All visible text of an element, on one line; blocks are kept apart."""
        return self.between(self.first[n], self.last[n])

    def between(self, first: int, last: int) -> str:
        """The texts of a range on one line, with a space wherever a block, not a mere word, ends."""
        parts: list[str] = []
        before = -1
        for i in range(first, last):
            if before >= 0 and (i in self.spaced or not self.joined(before, i)):
                parts.append(" ")
            parts.append(self.texts[i])
            before = i
        return " ".join("".join(parts).split())

    def attribute(self, n: int, name: str) -> str:
        return str(self.nodes[n].get(name) or "")

    def ancestors(self, n: int, most: int = _DEEPEST) -> Iterator[int]:
        """The elements around one, the nearest first."""
        while (n := self.parent[n]) >= 0 and most:
            yield n
            most -= 1

    def number(self, n: int, begin: int = 0) -> int:
        """Which of its siblings of the same tag it is, from 1, counted from `begin`."""
        parent = self.parent[n]
        if parent < 0:
            return 0
        if parent not in self.numbers:
            counted: Counter[str] = Counter()
            numbers = self.numbers[parent] = {}
            for each in self.children(parent):
                counted[self.tag[each]] += 1
                numbers[each] = counted[self.tag[each]]
        known = self.numbers[parent]
        if begin not in known:
            return known[n]
        start = next(each for each in self.siblings(begin) if self.tag[each] == self.tag[n])
        return known[n] - known[start] + 1

    def siblings(self, n: int) -> Iterator[int]:
        """The element, and those that follow it."""
        stop = self.end[self.parent[n]]
        while n < stop:
            yield n
            n = self.end[n]

    def children(self, n: int) -> list[int]:
        if n not in self.inner:
            found, each = [], n + 1
            while each < self.end[n]:
                found.append(each)
                each = self.end[each]
            self.inner[n] = found
        return self.inner[n]

    def joined(self, before: int, after: int) -> bool:
        """Whether two neighbouring texts stand in one line: no block begins or ends between them."""
        if after in self.broken:
            return False
        one, other = self.owner[before], self.owner[after]
        common = other
        while not (common <= one < self.end[common]):
            if self.tag[common] in _BREAKING:
                return False
            common = self.parent[common]
        while one != common:
            if self.tag[one] in _BREAKING:
                return False
            one = self.parent[one]
        return True


_BREAKING = html.BLOCKS | {"td", "th", "time", "br", "button", "img"}


def read(body: bytes, content_type: str, url: str) -> Tree:
    """The page as a tree. Raises NotUnderstood for what is no text."""
    # Without huge_tree all that follows the 256th level of nesting is lost; there is still a limit.
    parser = HTMLParser(huge_tree=True)
    try:
        root = lxml.html.document_fromstring(html.markup(body, content_type), parser=parser)
    except (ParserError, ValueError, AssertionError):  # nothing but comments, say
        root = lxml.html.document_fromstring("<p></p>")
    base = html.base_of(root.find(".//base[@href]"), url)
    tree = Tree(url=url, base=base, languages=html.language_of(root))
    _walk(tree, root)
    return tree


def _walk(tree: Tree, root: _Element) -> None:
    inside: list[int] = []  # the open elements, -1 for one that is not seen
    links = _links(root)
    walker = iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, each in walker:
        if event == "start":
            if not _seen(each, links) or len(inside) > _DEEPEST or len(tree.nodes) >= _MOST:
                inside.append(-1)
                walker.skip_subtree()
            else:
                inside.append(_open(tree, each, inside[-1] if inside else -1))
            continue
        if event == "end":
            _close(tree, inside.pop())
        if each.tag == "br":
            tree.broken.add(len(tree.texts))
        if inside:
            _say(tree, each.tail, inside[-1])


def _open(tree: Tree, each: _Element, parent: int) -> int:
    number = len(tree.nodes)
    tree.nodes.append(each)
    tree.tag.append(each.tag)
    tree.parent.append(parent)
    tree.outer.append(tree.outer[parent] if parent > 0 and tree.tag[parent] in FORMAT else parent)
    tree.end.append(number + 1)
    tree.first.append(len(tree.texts))
    tree.last.append(len(tree.texts))
    _say(tree, each.text, number)
    return number


def _close(tree: Tree, number: int) -> None:
    if number >= 0:
        tree.end[number], tree.last[number] = len(tree.nodes), len(tree.texts)


def _seen(each: _Element, links: int) -> bool:
    # A list that a script shows once it is sorted, say, is hidden until then: what holds most of the links stays.
    return each.tag not in _UNSEEN and (not html.hidden(each) or 2 * _links(each) > links)


def _links(each: _Element) -> int:
    return sum(1 for _ in each.iter("a"))


def _say(tree: Tree, text: str | None, owner: int) -> None:
    if text and text.isspace():
        tree.spaced.add(len(tree.texts))
    elif text:
        tree.texts.append(text)
        tree.owner.append(owner)
