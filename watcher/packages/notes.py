"""The notes of a version, from the releases of its repository: every forge has a feed of the latest, and a page for
each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias
from urllib.parse import quote

from watcher import article, html
from watcher.errors import BadStatus, CheckError, ExtractError, NothingFound, Refused, TooLarge
from watcher.markdown.literal import paragraphs
from watcher.model import Get, Item, Request
from watcher.packages.repository import tag_of, tags
from watcher.text import fold

#: The entries of the feed at an address. Raises CheckError.
Read: TypeAlias = Callable[[str, Get], Sequence[Item]]

# Where forges keep the feed, and under which address the page of a tag is.
_PLACES = (("releases.atom", "releases/tag"), ("-/releases.atom", "-/releases"))
# How a forge's feed says that a release has no notes.
_NO_NOTES = frozenset({"", "no content"})


def notes(item: Item, get: Get, read: Read) -> str:
    """The notes of the release, as Markdown; "" where the repository has none. At most three requests. Raises
    FetchError where it cannot be reached now."""
    wanted = tags(item.title.removesuffix(item.version).strip(), item.version)
    for feed, folder in _PLACES:
        releases = _releases(f"{item.repository}/{feed}", get, read)
        if releases is None:
            continue
        found = {tag_of(each.link) or each.title: each.body or paragraphs(each.summary) for each in reversed(releases)}
        if tag := next((each for each in wanted if each in found), ""):
            return "" if fold(found[tag]) in _NO_NOTES else found[tag]
        return _on_page(f"{item.repository}/{folder}", _likeliest(wanted, found, item.version), get)
    return ""


def _releases(address: str, get: Get, read: Read) -> Sequence[Item] | None:
    """The latest releases; None where there is no such feed."""
    try:
        return read(address, get)
    except NothingFound:
        return ()
    except CheckError as error:
        if _absent(error):
            return None
        raise


def _likeliest(wanted: Sequence[str], found: Iterable[str], version: str) -> str:
    """Of the tags that a release may have the one that is written as another's is."""
    bare = version.removeprefix("v")
    neighbours = tuple(found)
    for tag in wanted:
        before = tag.removesuffix(bare)
        if any(each.startswith(before) and each[len(before) :][:1].isdigit() for each in neighbours):
            return tag
    return f"v{bare}"


def _on_page(folder: str, tag: str, get: Get) -> str:
    try:
        response = get(Request(url=f"{folder}/{quote(tag, safe='@')}"))
        soup = html.document(response.body, response.headers.get("content-type", ""))
        return article.extract(soup, response.url, select=None, title=tag).body
    except CheckError as error:
        if _absent(error):
            return ""
        raise


def _absent(error: CheckError) -> bool:
    """Whether asking again would give the same: there is no such page, or it is none for us."""
    if isinstance(error, BadStatus):
        return 400 <= error.status < 500 and error.status not in (408, 429)
    return isinstance(error, ExtractError | TooLarge) or (isinstance(error, Refused) and error.retry_at is None)
