"""A package's versions, from the JSON of a package index: of Python packages, npm packages, crates, gems, Composer,
Hex and NuGet packages, or the tags of a container image. Public indexes, mirrors and private ones are told by the shape
of their answer alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC
from functools import partial
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, Field

from watcher import data, packages, times, urls, versions
from watcher.errors import BadStatus, Blocked, CheckError, NothingFound, NotUnderstood
from watcher.fields import Address
from watcher.model import Get, Item, Request, Response, Share
from watcher.packages import Package, Version, pages
from watcher.packages.notes import notes
from watcher.packages.repository import repository
from watcher.paging import collect, linked_next
from watcher.sources import feed
from watcher.text import line

_ACCEPT = {"accept": "application/vnd.pypi.simple.v1+json, application/json;q=0.9, */*;q=0.5"}
_PAGES = 5  # of a list of tags, at most
_NOTED = 10  # of the newest versions: more than that a forge need not be asked for
# What a host says where this is no address of its index, or no page for programs.
_ELSEWHERE = frozenset({400, 403, 404, 405, 406, 410})


#: Lists of tags go by name: what is new may stand on any of their pages.
UNORDERED = True


class Options(BaseModel, extra="forbid", frozen=True):
    """Secrets of a private index go into `headers`."""

    url: Address = Field(description="the page of the package on its index, or the address of the index's JSON")
    notes: bool = Field(
        True, description="take the notes of a new version from the releases of the repository that the index links to"
    )


def find(options: Options, get: Get) -> Iterable[Item]:
    """The versions, the newest first. NotUnderstood for what is no answer of an index, NothingFound for a package
    without versions."""
    return _read(options, get, None)


def revisit(options: Options, get: Get, known: Share) -> Iterable[Item]:
    """`find` for one who was here before: of tags that come newest first, further pages are read until a known one is
    met."""
    return _read(options, get, known)


def complete(options: Options, item: Item, get: Get) -> Item:
    """The item with the notes of its release, where its repository has such. Raises FetchError where that cannot be
    reached; what is not there is not there."""
    if item.body or not (options.notes and item.repository):
        return item
    return replace(item, body=notes(item, get, _releases))


def recognise(response: Response) -> Options | None:
    """The options for an answer of an index, and for a page at an address as packages' pages have it; None for any
    other."""
    value = data.peek(response)
    if value is not None:
        package = packages.read(value, response.url)
        return Options(url=response.url) if package and package.versions else None
    is_html = "html" in response.headers.get("content-type", "").lower()
    return Options(url=response.url) if is_html and pages.is_page(response.url) else None


def _read(options: Options, get: Get, known: Share | None) -> list[Item]:
    failures: list[CheckError] = []
    for address in pages.addresses(options.url):
        # Names of tags come in no order of time: the news may be on the last page.
        few = known is not None and not urlsplit(address).path.endswith("/tags/list")
        front = Request(url=address, headers=_ACCEPT, robots="ignore")
        read = partial(_items, options)
        try:
            # An answer of another shape ends it: the next look would be compared with that, and find it unchanged.
            items = collect(front, get, read, _onward, pages=1 if few else _PAGES, known=known)
        except (BadStatus, Blocked) as error:
            if isinstance(error, BadStatus) and error.status not in _ELSEWHERE:
                raise
            failures.append(error)
        else:
            return [each if n < _NOTED else replace(each, repository="") for n, each in enumerate(_sorted(items))]
    raise failures[0]


def _items(options: Options, response: Response) -> list[Item]:
    package = packages.read(data.read(response), response.url)
    if package is None:
        raise NotUnderstood(
            f"{response.url} is no answer of a package index that is known ({len(response.body) // 1024} KB)",
            hint='give the address where the index answers in JSON, or kind = "json" with paths of your own',
        )
    if not package.versions:
        raise NothingFound(f"{package.name} has no versions at {response.url}", hint="known ones are kept")
    where = repository(package.links) if options.notes else ""
    page = next(filter(pages.is_page, (options.url, _own(package, response))), "")
    return [_item(package.name, each, page or options.url, where) for each in package.versions]


def _own(package: Package, response: Response) -> str:
    """The page that the answer names, where that is on its own host."""
    page = urls.absolute(response.url, package.page) if package.page else ""
    return page if page and urls.origin(page) == urls.origin(response.url) else ""


def _item(package: str, version: Version, page: str, where: str) -> Item:
    fate = f"{version.fate}: {version.reason}".rstrip(": ")
    return Item(
        link=pages.of_version(page, version.name) or urls.anchored(page, f"#{quote(version.name)}"),
        title=line(f"{package} {version.name}"),
        published=version.published,
        dated_by="index" if version.published else "",
        summary=fate,
        key=version.name,
        version=version.name,
        tags=tuple(filter(None, ("pre-release" if version.prerelease else "", version.fate))),
        enclosures=version.files,
        edition=" ".join(filter(None, (fate, version.digest))),
        repository=where,
    )


def _sorted(items: Sequence[Item]) -> list[Item]:
    """Newest first, by date, and by version where there is none. A name that is no version keeps its place below."""
    parsed = [(versions.parse(each.version), each) for each in items]
    ranked = sorted(((of, each) for of, each in parsed if of is not None), key=lambda pair: pair[0], reverse=True)
    ordered = [each for _, each in ranked] + [each for of, each in parsed if of is None]
    dated = [(times.moment(each.published, UTC), each) for each in ordered if each.published]
    latest = [each for _, each in sorted(dated, key=lambda pair: pair[0], reverse=True)]
    return latest + [each for each in ordered if not each.published]


def _onward(response: Response) -> str:
    value = data.peek(response)
    return linked_next(response) or (data.text(value, "next") if data.objects(value, "results") else "")


def _releases(address: str, get: Get) -> list[Item]:
    return list(feed.find(feed.Options(url=address), get))
