"""A file of notes on the releases of a project: a changelog, a page of release notes, NEWS, History. Each heading of
a version is one item, with the notes below it; what is marked as unreleased is none. Markdown, reStructuredText,
HTML, Debian's changelogs and plain text are understood."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, Field

from watcher import changelogs, urls
from watcher.changelogs import Release
from watcher.errors import NothingFound, NotUnderstood
from watcher.fields import Address
from watcher.model import Get, Item, Request, Response


class Options(BaseModel, extra="forbid", frozen=True):
    """All else the file says itself."""

    url: Address = Field(description="the address of the file, or of the page, that holds the notes")


def find(options: Options, get: Get) -> Iterable[Item]:
    """The releases in the order of the file. NothingFound where no heading is one of a release."""
    response = get(Request(url=options.url))
    items = [_item(each, options.url) for each in changelogs.read(response)]
    if not items:
        raise NothingFound(
            f"no heading of {response.url} names a released version"
            f" ({response.status}, {len(response.body) // 1024} KB)",
            hint='give the address of the file that has a heading for each version; for a list of links, kind = "list"',
        )
    return items


def recognise(response: Response) -> Options | None:
    """The options for a text with headings of versions. A page may be a list: it is for detection to say."""
    try:
        return Options(url=response.url) if changelogs.recognised(response) else None
    except NotUnderstood:
        return None


def _item(release: Release, url: str) -> Item:
    anchored = urls.anchored(url, f"#{release.anchor}") if release.anchor else ""
    return Item(
        link=anchored or urls.absolute("", url),
        title=release.title,
        published=release.published,
        dated_by="text" if release.published else "",
        body=release.body,
        key=release.key,
        version=release.version,
        author=release.author,
    )
