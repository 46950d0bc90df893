"""What is on a page beside its menus: the little that tells why it lists nothing."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from urllib.parse import urlsplit

from lxml.etree import _Element

from watcher import html, urls
from watcher.detect.empty import phrases
from watcher.detect.tree import HEADINGS, Tree
from watcher.text import line

#: Characters: what a page may say while a script has yet to fill it; what no page says that has something to tell.
FEW, SOME = 120, 400

_AROUND = frozenset(("nav", "footer", "aside"))
_ROLES = frozenset(("navigation", "banner", "contentinfo", "search", "dialog"))
_LINES = html.BLOCKS | {"td", "th"}
_INPUTS = frozenset(("text", "email", "tel", ""))
_SHOWN = frozenset(("img", "iframe", "video", "audio", "table", "input", "button", "object", "embed", "canvas", "svg"))
_HOLDERS = frozenset(("div", "main", "section", "ul", "ol", "tbody"))
_SCRIPT = re.compile(r"java\s?script|джаваскрипт", re.IGNORECASE)
_REFRESH = re.compile(r"\s*+(\d++)[\d.\s]*+[;,]?\s*+url\s*+=\s*+[\"']?([^\"']+)", re.IGNORECASE)
_ARTICLE_TYPE = re.compile(r'"@type"\s*:\s*(?:\[[^\]]{0,200})?"(?:\w*Article|BlogPosting|Report)"')
_ARTICLE, _SENTENCE = 200, 80  # characters
_MOST, _SOME_OF, _FEW_OF = 2_000, 100, 50  # so many links and texts are looked at, frames and notes, texts of a note


class Gist:
    """What the questions above are answered by: the page without its menus, header and footer."""

    def __init__(self, tree: Tree) -> None:
        self.tree, self.url = tree, tree.url
        self.root: _Element = tree.nodes[0]
        self.nodes = list(_inner(tree))

    @cached_property
    def texts(self) -> list[str]:
        """Line by line, by the element that holds each."""
        inside = set(self.nodes)
        found: dict[int, list[int]] = {}
        for i, owner in enumerate(self.tree.owner):
            if owner in inside:
                found.setdefault(self._block(owner), []).append(i)
        return [line(self.tree.between(at[0], at[-1] + 1)) for at in found.values()]

    @cached_property
    def text(self) -> str:
        return " ".join(self.texts)

    @cached_property
    def told(self) -> str:
        """What it says beyond its headings, and beyond that something is loading."""
        tree = self.tree
        short = (n for n in self.nodes if tree.tag[n] in HEADINGS and tree.last[n] - tree.first[n] <= _FEW_OF)
        headings = {tree.text(n) for n in short}
        return " ".join(
            text
            for text in self.texts
            if text not in headings and not phrases.loading(text) and not (len(text) < SOME and _SCRIPT.search(text))
        )

    @cached_property
    def heading(self) -> str:
        found = (text for n in self.nodes if self.tree.tag[n] in ("h1", "h2") and (text := self.tree.text(n)))
        return next(found, "") or line(self.root.findtext(".//title") or "")

    @cached_property
    def links(self) -> dict[int, str]:
        """The first links of the page to other pages than itself, its site's front page and what is above it."""
        here = urls.path_of(self.url)
        found = {}
        for n in islice((n for n in self.nodes if self.tree.tag[n] == "a"), _MOST):
            href = self.tree.attribute(n, "href").strip()
            url = urls.absolute(self.tree.base, href) if href and not href.startswith("#") else ""
            if url and not (_same_site(url, self.url) and here.startswith(urls.path_of(url).rstrip("/"))):
                found[n] = url
        return found

    @cached_property
    def says_none(self) -> str:
        return next(filter(phrases.nothing_listed, self.texts[:_MOST]), "")

    @property
    def has_scripts(self) -> bool:
        return any(each.get("type", "") in ("", "module", "text/javascript") for each in self.root.iter("script"))

    @property
    def needs_script(self) -> bool:
        """Whether it says so, to those who have none."""
        tags = islice(self.root.iter("noscript"), _SOME_OF)
        notes = (" ".join(map(str, islice(each.itertext(), _FEW_OF))) for each in tags)
        return any(map(_SCRIPT.search, (*notes, *(text for text in self.texts if len(text) < SOME))))

    @property
    def holes(self) -> bool:
        """Whether there is an element that something is put into: it has a name, and holds nothing."""
        tree = self.tree
        return any(
            tree.first[n] == tree.last[n]
            and ("-" in tree.tag[n] or (tree.tag[n] in _HOLDERS and tree.attribute(n, "id")))
            and tree.nodes[n] not in self._filled
            for n in self.nodes
        )

    @cached_property
    def _filled(self) -> set[_Element]:
        """The elements that show something without a text, or hold what does."""
        found: set[_Element] = set()
        for each in self.root.iter(*_SHOWN):
            shown: _Element | None = each
            while shown is not None and shown not in found:
                found.add(shown)
                shown = shown.getparent()
        return found

    @property
    def refresh(self) -> str:
        for each in self.root.iter("meta"):
            match = _REFRESH.match(each.get("content") or "")
            if match and (each.get("http-equiv") or "").lower() == "refresh" and len(self.text) <= SOME:
                target = urls.absolute(self.tree.base, match[2])
                return target if int(match[1][:4]) < 60 and target and not _same(target, self.url) else ""
        return ""

    @property
    def frames(self) -> list[str]:
        framed = [each.get("src") or "" for each in islice(self.root.iter("frame"), _SOME_OF)]
        if not framed and len(self.told) <= FEW:
            framed = [each.get("src") or "" for each in islice(self.root.iter("iframe"), _SOME_OF) if _is_large(each)]
        return [url for src in framed if src.strip() and (url := urls.absolute(self.tree.base, src))]

    @property
    def login_form(self) -> bool:
        """Whether a form that wants a password, or a heading that says so, is all that there is."""
        tree = self.tree
        inputs = [n for n in self.nodes if tree.tag[n] == "input"]
        kinds = {tree.attribute(n, "type").lower() for n in inputs}
        forms = [n for n in self._outermost("form") if bisect_left(inputs, n) < bisect_left(inputs, tree.end[n])]
        beside = len(self.text) - sum(len(tree.text(n)) for n in forms)
        asks = "password" in kinds or (kinds & _INPUTS and self._titled_login())
        return bool(asks) and beside <= SOME and not self.says_none

    def _titled_login(self) -> bool:
        titles = (self.heading, line(self.root.findtext(".//title") or ""))
        return any(map(phrases.sign_in, titles))

    @property
    def single(self) -> str:
        """The title of the only item: the only link of the page, where it is a heading or stands beside a date."""
        targets = set(self.links.values())
        if len(targets) != 1 or len(self.told) > 3 * SOME:
            return ""
        for n in islice(self.links, _FEW_OF):
            around = [n, *self.tree.ancestors(n, 3)]
            headed = any(self.tree.tag[each] in HEADINGS for each in around)
            dated = any(self.tree.tag[each] == "time" for a in around[1:] for each in self.tree.children(a))
            if (headed or dated) and (text := self.tree.text(n)):
                return text
        return ""

    @property
    def is_article(self) -> bool:
        """Whether it is prose, or is marked as an article, and has few links and dates for its length."""
        tags = [self.tree.tag[n] for n in self.nodes]
        linking = len(self.links) > 1 and len(self.links) * _ARTICLE > len(self.told)
        if len(self.told) < _ARTICLE or linking or tags.count("article") > 1 or tags.count("time") > 3:
            return False
        said = [len(self.tree.text(n)) for n in self._outermost("p", "pre", "blockquote")]
        prose = sum(size for size in said if size >= _SENTENCE)
        return tags.count("article") == 1 or 2 * prose > len(self.told) or self._typed_article()

    def _typed_article(self) -> bool:
        types = (each.get("content") for each in self.root.iter("meta") if each.get("property") == "og:type")
        return "article" in types or any(
            _ARTICLE_TYPE.search(each.text or "")
            for each in self.root.iter("script")
            if each.get("type") == "application/ld+json"
        )

    @cached_property
    def listing(self) -> str:
        """The page that the path of this one is below of, where there is a link to it; "" where there is none."""
        tree, here = self.tree, urls.path_of(self.url)
        found = set()
        for n in islice((n for n, tag in enumerate(tree.tag) if tag == "a"), _MOST):
            url = urls.absolute(tree.base, tree.attribute(n, "href"))
            if url and _same_site(url, self.url) and not urlsplit(url).query:
                found.add(url)
        above = [
            url for url in found if here.startswith(urls.path_of(url).rstrip("/") + "/") and len(urls.path_of(url)) > 1
        ]
        return max(above, key=len, default="")

    def _outermost(self, *tags: str) -> Iterator[int]:
        """The elements of these tags that stand in none: what nests would be read once for each level."""
        end = 0
        for n in self.nodes:
            if n >= end and self.tree.tag[n] in tags:
                end = self.tree.end[n]
                yield n

    def _block(self, n: int) -> int:
        while n > 0 and self.tree.tag[n] not in _LINES:
            n = self.tree.parent[n]
        return n


def _inner(tree: Tree) -> Iterator[int]:
    n, inside = 0, 0  # up to where it is inside something that has a header of its own
    while n < len(tree.nodes):
        if tree.tag[n] in ("main", "article", "section"):
            inside = max(inside, tree.end[n])
        if _is_around(tree, n, n < inside):
            n = tree.end[n]
        else:
            yield n
            n += 1


def _is_around(tree: Tree, n: int, inside: bool) -> bool:
    """A page's header is around it; an article's own is a part of it."""
    if tree.tag[n] == "header":
        return not inside
    return tree.tag[n] in _AROUND or tree.attribute(n, "role") in _ROLES


def _is_large(frame: _Element) -> bool:
    """Not one of those that count readers, in <noscript> or of the size of a dot."""
    sizes = {frame.get("width"), frame.get("height")}
    return not sizes & {"0", "1"} and all(each.tag != "noscript" for each in frame.iterancestors())


def _same(one: str, other: str) -> bool:
    return urls.identity(one) == urls.identity(other)


def _same_site(one: str, other: str) -> bool:
    return urls.host_of(one) == urls.host_of(other)
