"""The links of a page that may lead to an item."""

from __future__ import annotations

import re
from dataclasses import dataclass

from watcher import urls
from watcher.detect.tree import Tree

_PAGE = re.compile(r"/(page|pagina|pagine|seite|strona|sida|side)[/-]?\d+$")
_PAGED = re.compile(r"(page|paged|start|offset|pg|p)=\d+")


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads, and what that address is compared by."""

    url: str
    identity: str


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
