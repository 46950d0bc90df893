"""Lists that go on: the items of several pages, as far as a look needs them."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from watcher import urls
from watcher.errors import CheckError
from watcher.match import distinct
from watcher.model import Get, Item, Request, Response, Share

log = logging.getLogger(__name__)

#: Where none of a list's items is known, at most so many of its pages are read.
FURTHEST = 10

# RFC 8288 §3: <address>; parameters, separated by commas.
_LINK = re.compile(r"<([^<>]*)>((?:[^,\"<]|\"[^\"]*\")*)")
_NEXT = re.compile(r"(?i);\s*rel\s*=\s*(?:\"[^\"]*\bnext\b[^\"]*\"|next\b)")


def collect(
    front: Request,
    get: Get,
    read: Callable[[Response], Sequence[Item]],
    onward: Callable[[Response], str],
    *,
    pages: int = 1,
    known: Share | None = None,
) -> list[Item]:
    """The items of the first `pages` pages, in order. With `known`, while it knows none of them, further ones are
    read as well, FURTHEST at most: after an outage, a known item is met there.

    `read` gives the items of one page, `onward` the address of the next or "". What fails beyond the front page ends
    the list there; whether that costs anything is the look's to judge. Raises what `get` and `read` raise for the
    front page.
    """
    response = get(front)
    items = list(read(response))
    seen = {urls.identity(front.url), urls.identity(response.url)}
    for number in range(2, (max(pages, FURTHEST) if known else pages) + 1):
        if known and number > pages and known(items):
            break
        url = urls.absolute(response.url, onward(response))
        if not url or urls.identity(url) in seen:
            break
        try:
            # What the front page was asked with may be a secret, which a page that names another host does not get.
            headers = front.headers if urls.origin(url) == urls.origin(front.url) else {}
            response = get(replace(front, url=url, headers=headers))
            more = distinct([*items, *read(response)])
        except CheckError as error:
            log.info("page %d of %s: %s", number, front.url, error)
            break
        if len(more) == len(items):
            break  # past its end, many a site shows its last page again, or its first
        items = more
        seen |= {urls.identity(url), urls.identity(response.url)}
    return items


def linked_next(response: Response) -> str:
    """The address of the next page as the header `Link` says it (RFC 8288), or ""."""
    links = _LINK.finditer(response.headers.get("link", ""))
    return next((urls.absolute(response.url, link[1]) for link in links if _NEXT.search(link[2])), "")
