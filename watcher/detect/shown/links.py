"""The links of a page that may lead to an item."""

from __future__ import annotations

import re
from dataclasses import dataclass

from watcher import urls
from watcher.detect.tree import HEADINGS, Tree
from watcher.prose.phrases import RELATED
from watcher.text import fold

_PAGE = re.compile(r"/(page|pagina|pagine|seite|strona|sida|side)[/-]?\d+$")
_PAGED = re.compile(r"(page|paged|start|offset|pg|p)=\d+")


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads, and what that address is compared by."""

    url: str
    identity: str


def folder(url: str) -> str:
    """The host and the first part of the path, which the items of one list have in common."""
    return "/".join(urls.identity(url).split("/")[:2])


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
    return _without_related(tree, found)


def _without_related(tree: Tree, links: dict[int, Link]) -> dict[int, Link]:
    """The links but for those below "Related", "Most read" and the like, unless that is what the page is about."""
    spans = [_section(tree, n, links) for n, tag in enumerate(tree.tag) if tag in HEADINGS and tag != "h1"]
    kept = {a: link for a, link in links.items() if not any(begin <= a < end for begin, end in spans)}
    return kept if len(kept) * 2 > len(links) else links


def _section(tree: Tree, heading: int, links: dict[int, Link]) -> tuple[int, int]:
    """What stands below such a heading, up to the next one or the end of what it is in; nothing below another."""
    if fold(tree.text(heading)[:60]) not in RELATED:
        return 0, 0
    inner = heading
    for outer in tree.ancestors(heading, 2):
        begin, end = tree.end[inner], tree.end[outer]
        stop = next((n for n in range(begin, end) if tree.tag[n] == tree.tag[heading]), end)
        if any(a in links for a in range(begin, stop)):
            return begin, stop
        inner = outer
    return 0, 0


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
