"""A page in arrays: its elements and its visible text in document order, read in one pass."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import lxml.html
from lxml.etree import ParserError, _Element

from watcher import html

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
FORMAT = frozenset(("b", "strong", "em", "i", "u", "font", "small", "big", "center"))
_UNSEEN = frozenset(
    re.findall(
        r"\w+",
        "head script style noscript template svg iframe object audio video select option textarea math canvas",
    )
)
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
    depth: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)  # of each text, the element that it stands in
    broken: set[int] = field(default_factory=set)  # the texts that follow a <br>

    slots: dict[tuple[int, int, int], list[Any]] = field(default_factory=dict)  # of blocks that were read before
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
            if before >= 0 and (i in self.broken or not self._one_word(before, i)):
                parts.append(" ")
            parts.append(self.texts[i])
            before = i
        return " ".join("".join(parts).split())

    def attribute(self, n: int, name: str) -> str:
        return str(self.nodes[n].get(name) or "")

    def ancestors(self, n: int) -> list[int]:
        found = []
        while (n := self.parent[n]) >= 0:
            found.append(n)
        return found

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

    def _one_word(self, before: int, after: int) -> bool:
        """Whether no block begins or ends between two neighbouring texts."""
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
    text = re.sub(r"\A\s*<\?xml[^>]*>", "", html.decoded(body, content_type))
    try:
        # Not huge_tree: the parser's own limits hold for hostile pages.
        root = lxml.html.document_fromstring(text)
    except (ParserError, ValueError, AssertionError):  # nothing but comments, say
        root = lxml.html.document_fromstring("<p></p>")
    tree = Tree(url=url, base=_base(root, url), languages=_language(root))
    _walk(tree, root)
    return tree


def _base(root: _Element, url: str) -> str:
    found = root.find(".//base[@href]")
    try:
        return urljoin(url, str(found.get("href")).strip()) if found is not None else url
    except ValueError:
        return url


def _language(root: _Element) -> list[str]:
    said = str(root.get("lang") or root.get("xml:lang") or "").strip().replace("_", "-")
    return [said] if said else []


def _walk(tree: Tree, root: _Element) -> None:
    # Not recursive: pages nest deeper than Python calls. An element comes twice, the second time to be closed.
    waiting: list[tuple[_Element, int, int]] = [(root, -1, -1)]
    while waiting:
        each, parent, number = waiting.pop()
        if number >= 0:
            tree.end[number], tree.last[number] = len(tree.nodes), len(tree.texts)
        else:
            waiting.extend(_open(tree, each, parent))
        if (number >= 0 or not _seen(each) or len(tree.nodes) >= _MOST) and parent >= 0:
            if each.tag == "br":
                tree.broken.add(len(tree.texts))
            _say(tree, each.tail, parent)


def _open(tree: Tree, each: _Element, parent: int) -> list[tuple[_Element, int, int]]:
    deep = tree.depth[parent] + 1 if parent >= 0 else 0
    if not _seen(each) or deep > _DEEPEST or len(tree.nodes) >= _MOST:
        return []
    number = len(tree.nodes)
    tree.nodes.append(each)
    tree.tag.append(each.tag)
    tree.parent.append(parent)
    tree.outer.append(tree.outer[parent] if parent > 0 and tree.tag[parent] in FORMAT else parent)
    tree.depth.append(deep)
    tree.end.append(number + 1)
    tree.first.append(len(tree.texts))
    tree.last.append(len(tree.texts))
    _say(tree, each.text, number)
    return [(each, parent, number), *((child, number, -1) for child in reversed(each))]


def _seen(each: _Element) -> bool:
    return isinstance(each.tag, str) and each.tag not in _UNSEEN and each.get("hidden") is None


def _say(tree: Tree, text: str | None, owner: int) -> None:
    if text and not text.isspace():
        tree.texts.append(text)
        tree.owner.append(owner)
