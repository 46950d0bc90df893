"""Where the list on a page goes on: the link to its next page, of older items."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from watcher import urls
from watcher.detect.pager import onward
from watcher.detect.tree import Tree
from watcher.text import line

_PAGER = re.compile(
    r"(?i)pager|paginat|paginac|paginaz|paginier|seitennav|(?<![a-z])(paging|pages|page-?(nav|num|link)\w*|nav-?links"
    r"|(posts?|list|archive)s?-?nav\w*)(?![a-z])"
)
_ONWARD = re.compile(r"(?i)(?<![a-z])(next|older)(?![a-z])|(?<![a-z])(pager?|pagination)(next|older)(?![a-z])")
_STAGE = re.compile(r"(?i)carousel|slider|slideshow|slick|swiper|splide|glide|calendar|kalend|datepick")
_OFF = re.compile(r"(?i)(?<![a-z])(is-)?disabled(?![a-z])")
_HERE = re.compile(r"(?i)(?<![a-z])(is-)?(active|current|selected)(?![a-z])")
_MONTH = re.compile(r"(?<!\d)(?:19|20)\d\d(?:[-/_]?(?:0[1-9]|1[0-2])|[-/_][1-9])(?!\d)")
_DAY = re.compile(r"(?i)(?:year|month|mon|week|day|date)=.*")
_FILE = re.compile(r"(?i)([/_-]?(index|default))?(\.[a-z]{2,5})?/?$")
_FIRST = re.compile(r"(?i)([/_-]?(page|p|seite|pagina|strana))?[/_-]?(?<!\d)\d{1,3}$")
_NUMBER = re.compile(
    r"(?i)[/_-]?((page|pg|p|seite|pagina|strana|index|start|from|offset)[/_-]?)?\d{1,4}(\.[a-z]{2,5})?"
)
_NEAR = 4  # how many elements around a link may say that it is a pager's
_LONG = 60  # characters: no link of a pager says so much
_START, _END = 500, 2_000  # so many links of a page are looked at: a pager stands at one end of a list
_DAYS = 20  # so many numbers in one table are the days of a month


@dataclass(frozen=True, slots=True)
class _Link:
    node: int
    url: str
    labels: tuple[str, ...]  # its text, and what stands for one: aria-label, title, the alt of its picture

    def says(self, words: Callable[[str], bool]) -> bool:
        return any(words(label) for label in self.labels if len(label) < _LONG)


def next_page(tree: Tree) -> str:
    """The absolute address of the next page of a listing, of older items; "" where there is none. It is on the page's
    own host."""
    links = [link for link in _links(tree) if not _is_off(tree, link.node)]
    for rule in (_older, _declared, _next, _named, _arrow, _numbered, _more):
        if found := rule(tree, links):
            return found
    return ""


def _older(tree: Tree, links: Sequence[_Link]) -> str:
    return _best(tree, [link for link in links if link.says(onward.says_older) and not _staged(tree, link.node)])


def _declared(tree: Tree, links: Sequence[_Link]) -> str:
    """What has rel=next, in the head or here, unless it names an article or leads to newer items."""
    named = {link.url for link in links if link.labels and not _leads_on(tree, link)}
    for each in tree.nodes[0].iter("link"):
        if "next" in str(each.get("rel", "")).lower().split() and _may_be_page(str(each.get("title", ""))):
            url = _target(tree, str(each.get("href", "")))
            if url and url not in named:
                return url
    related = [a for a in links if "next" in tree.attribute(a.node, "rel").lower().split() and _leads_on(tree, a)]
    return _best(tree, related)


def _leads_on(tree: Tree, link: _Link) -> bool:
    """Whether a link's own words allow that it leads to the next page."""
    if link.says(onward.says_newer):
        return False
    known = any(link.says(words) for words in (onward.says_next, onward.says_more, onward.says_page, onward.is_arrow))
    short = all(_may_be_page(label) for label in link.labels)
    return known or not link.labels or (short and (_paged(tree, link.url) or _in_pager(tree, link.node)))


def _may_be_page(label: str) -> bool:
    """Whether a label may be "next page" in a language that is not known here."""
    return len(label.split()) <= 3 and not re.search(r":\s*\w", label)


def _next(tree: Tree, links: Sequence[_Link]) -> str:
    found = [a for a in links if a.says(onward.says_next) and not _abroad(tree, a)]
    sure = [a for a in found if _paged(tree, a.url) or _in_pager(tree, a.node)]
    if sure or len({a.url for a in found}) > 1:
        return _best(tree, sure)
    return _best(tree, [a for a in found if not a.says(onward.says_read_on)])


def _named(tree: Tree, links: Sequence[_Link]) -> str:
    """A link that its class or id calls the next one, in a pager, with words of any language or none."""
    return _best(
        tree,
        [
            link
            for link in links
            if _ONWARD.search(_names(tree, link.node) + " " + _names(tree, tree.parent[link.node]))
            and (_in_pager(tree, link.node) or _paged(tree, link.url))
            and _leads_on(tree, link)
            and not _abroad(tree, link)
        ],
    )


def _arrow(tree: Tree, links: Sequence[_Link]) -> str:
    arrows = [a for a in links if a.says(onward.is_arrow) and not _abroad(tree, a)]
    numbers = {tree.parent[link.node] for link in links if link.says(onward.says_page)}
    return next((a.url for a in arrows if _in_pager(tree, a.node) or numbers & set(_around(tree, a.node))), "")


def _numbered(tree: Tree, links: Sequence[_Link]) -> str:
    """The page after the one that is not linked, or is marked as the current one."""
    for marks in _rows(tree, links):
        here = {number for number, link in marks if link is None or _is_here(tree, link)}
        onwards = {number: link for number, link in marks if link and link.url and number not in here}
        current = max(here) if len(here) == 1 else _gap(onwards) if not here else 0
        link = onwards.get(current + 1) if current else None
        if link and not _abroad(tree, link) and (_paged(tree, link.url) or _in_pager(tree, link.node)):
            return link.url
    return ""


def _more(tree: Tree, links: Sequence[_Link]) -> str:
    """ "Load more", where it leads to a further page of this very list."""
    return next((a.url for a in links if a.says(onward.says_more) and _paged(tree, a.url) and not _abroad(tree, a)), "")


def _links(tree: Tree) -> Iterator[_Link]:
    targets: dict[str, str] = {}
    for n in _anchors(tree):
        href = tree.attribute(n, "href")
        if href not in targets:
            targets[href] = _target(tree, href)
        if targets[href]:
            yield _Link(n, targets[href], _labels(tree, n))


def _anchors(tree: Tree) -> list[int]:
    """The first and the last links of the page."""
    found = [n for n, tag in enumerate(tree.tag) if tag == "a"]
    return found[:_START] + found[max(_START, len(found) - _END) :]


def _target(tree: Tree, href: str) -> str:
    """Where a link leads, if that is another page of the same host."""
    url = urls.absolute(tree.base, href) if href.strip() else ""
    if not url or urls.host_of(url) != urls.host_of(tree.url) or urls.identity(url) == urls.identity(tree.url):
        return ""
    return url


def _labels(tree: Tree, n: int) -> tuple[str, ...]:
    pictures = [str(each.get("alt") or "") for each in tree.nodes[n].iter("img")]
    found = [tree.text(n), tree.attribute(n, "aria-label"), tree.attribute(n, "title"), *pictures]
    return tuple(label for each in found if (label := line(each)))


def _best(tree: Tree, links: Sequence[_Link]) -> str:
    """The first, or rather the first whose address is made like a further page's."""
    return next((link.url for link in sorted(links, key=lambda link: not _paged(tree, link.url))), "")


def _paged(tree: Tree, url: str) -> bool:
    """Whether an address is this page's own with a number more, or another."""
    own, there = urlsplit(tree.url), urlsplit(url)
    stem = _FIRST.sub("", _FILE.sub("", own.path))
    if not there.path.startswith(stem):
        return False
    if rest := there.path[len(stem) :].strip("/"):
        return _NUMBER.fullmatch(rest) is not None
    return any(map(str.isdigit, "".join(set(there.query.split("&")) - set(own.query.split("&")))))


def _in_pager(tree: Tree, n: int) -> bool:
    return any(_PAGER.search(_names(tree, each)) for each in _around(tree, n))


def _around(tree: Tree, n: int) -> list[int]:
    """An element and what stands closely around it."""
    found = [n]
    while len(found) <= _NEAR and tree.parent[found[-1]] >= 0:
        found.append(tree.parent[found[-1]])
    return found


def _names(tree: Tree, n: int) -> str:
    """What the markup calls an element."""
    if n < 0 or tree.tag[n] in ("html", "body"):
        return ""
    return " ".join(tree.attribute(n, name) for name in ("class", "id", "role", "aria-label", "data-testid"))


def _is_off(tree: Tree, n: int) -> bool:
    near = (n, tree.parent[n]) if tree.parent[n] >= 0 else (n,)
    said = any(tree.attribute(each, "aria-disabled").lower() == "true" for each in near)
    return said or any(_OFF.search(tree.attribute(each, "class")) for each in near)


def _abroad(tree: Tree, link: _Link) -> bool:
    """Whether it turns the leaves of something else: a show of pictures, a calendar."""
    own, there = urlsplit(tree.url), urlsplit(link.url)
    months = set(_MONTH.findall(there.path + "?" + there.query)) - set(_MONTH.findall(own.path + "?" + own.query))
    other = [p for p in set(there.query.split("&")) - set(own.query.split("&")) if any(map(str.isdigit, p))]
    return bool(months) or (bool(other) and all(map(_DAY.fullmatch, other))) or _staged(tree, link.node)


def _staged(tree: Tree, n: int) -> bool:
    return any(_STAGE.search(_names(tree, each)) for each in _around(tree, n))


def _rows(tree: Tree, links: Sequence[_Link]) -> Iterator[list[tuple[int, _Link | None]]]:
    """Numbers that stand together, linked or not."""
    marks = sorted(_marks(tree, links), key=lambda mark: mark[0])
    nodes = [node for node, _, _ in marks]
    rows: dict[int, list[tuple[int, _Link | None]]] = defaultdict(list)
    for node, number, link in marks:
        around = (a for a in _around(tree, node) if _within(tree, nodes, a) > 1)
        if (row := next(around, None)) is not None:
            rows[row].append((number, link))
    for row, numbers in rows.items():
        table = next((a for a in _around(tree, row) if tree.tag[a] == "table"), None)
        if table is None or _within(tree, nodes, table) < _DAYS:
            yield numbers


def _marks(tree: Tree, links: Sequence[_Link]) -> Iterator[tuple[int, int, _Link | None]]:
    for link in links:
        if number := next(filter(None, map(onward.number, link.labels)), 0):
            yield link.node, number, link
    nowhere = set(_anchors(tree)) - {link.node for link in links}
    for text, owner in zip(tree.texts, tree.owner, strict=True):
        bare = text.strip(" \t\r\n\xa0|·•,[]()<>-–—…")
        around = next((a for a in _around(tree, owner)[:3] if tree.tag[a] == "a"), None)
        # A link that leads nowhere, or to the page itself, is where we are.
        if bare.isdecimal() and len(bare) < 4 and (around is None or around in nowhere):
            yield owner, int(bare), None


def _within(tree: Tree, nodes: Sequence[int], n: int) -> int:
    return bisect_left(nodes, tree.end[n]) - bisect_left(nodes, n)


def _is_here(tree: Tree, link: _Link) -> bool:
    parent = tree.parent[link.node]
    near = (link.node, parent) if tree.tag[parent] in ("li", "td", "span") else (link.node,)
    said = any(tree.attribute(each, "aria-current") not in ("", "false") for each in near)
    return said or any(_HERE.search(tree.attribute(each, "class")) for each in near)


def _gap(onwards: dict[int, _Link]) -> int:
    """The one number that is left out of a row from 1."""
    missing = [n for n in range(1, max(onwards, default=0)) if n not in onwards]
    return missing[0] if len(missing) == 1 else 0
