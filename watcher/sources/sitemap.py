"""A site's sitemap: each address an item, the newest first, with its date and its title where the sitemap says them, as
those of news do. A sitemap of sitemaps is read as well, packed ones too, and lists of addresses, one on a line.

Format: https://www.sitemaps.org/protocol.html.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from io import BytesIO
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlsplit

from lxml import etree
from pydantic import BaseModel, Field

from watcher import data, times, urls
from watcher.errors import BadStatus, NothingFound, NotUnderstood, TooLarge, Truncated
from watcher.fields import Address
from watcher.model import Get, Item, Request, Response, When
from watcher.text import line, shorten

_MANY, _LARGEST = 50_000, 50 * 2**20  # addresses and bytes of one sitemap, as the protocol has them
_HEAD, _LONG, _MEMBERS = 4_000, 20_000, 100  # bytes: of the root's tag, of any; gzip members of a file
_NAMED, _TITLE = 3, 120  # sitemaps that a hint names; characters of a title that is made of the address

_GZIP = b"\x1f\x8b"
# Atomic, since a lot of comments may otherwise be divided in endless ways.
_ROOT = re.compile(
    rb"(?:(?><\?.*?\?>)|(?><!--.*?-->)|(?><!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)|\s)*+"
    rb"<(?:[\w.-]+:)?(?P<root>urlset|sitemapindex)[\s/>]",
    re.DOTALL,
)
# References that XML does not have by itself: what many forget to write as &amp;, and all entities of a hostile one.
_LOOSE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_PLACE_END = re.compile(rb"</(?:[\w.-]+:)?(?:url|sitemap)\s*>")
_ROBOTS = re.compile(r"(?im)^[ \t]*sitemap[ \t]*:[ \t]*(\S+)")  # RFC 9309 §2.2.4
_TELLING = (r"news", r"post|article|blog|press|release|stor(?:y|ies)|aktuell|actualit|noticia", r".")
_OTHER = re.compile(r"(?i)categor|tag|taxonom|author|user|image|video|product|static")


class Options(BaseModel, extra="forbid", frozen=True):
    """Addresses of one kind are chosen by `keep`, which every kind of source has."""

    url: Address = Field(description="the address of the sitemap")
    pages: int = Field(
        4,
        ge=2,
        le=50,
        description="of a sitemap of sitemaps, read so many files, itself among them, those first that changed last",
    )


class _Place(NamedTuple):
    """What a sitemap says of one address, or an index of one sitemap."""

    link: str
    changed: When | None
    title: str = ""


class _Sitemap(NamedTuple):
    names_others: bool
    places: Sequence[_Place]


def find(options: Options, get: Get) -> Iterable[Item]:
    """The addresses, newest first. NotUnderstood for what is no sitemap, or names others and does not say when they
    changed; NothingFound for an empty one."""
    response = get(Request(url=options.url))
    _refuse_robots(response)
    found = _read(response)
    places = _below(found.places, response, options, get) if found.names_others else found.places
    items = [_item(place) for place in sorted(places, key=_age, reverse=True)[:_MANY]]
    if not items:
        raise NothingFound(
            f"the sitemap {response.url} holds no addresses ({response.status}, {len(response.body) // 1024} KB)",
            hint="known items are kept; if it stays empty, the site may have another one by now: see its robots.txt",
        )
    return items


def recognise(response: Response) -> Options | None:
    """The options for a sitemap, by its root element; for what only names sitemaps, such as robots.txt and an index
    without dates, those of the one that news come into."""
    try:
        if named := _robots(response):
            return Options(url=_likeliest(named))
        if not _ROOT.match(_head(response.body)):
            return None
        found = _read(response)
    except (NotUnderstood, TooLarge, Truncated):
        return None
    if found.names_others and found.places and not any(place.changed for place in found.places):
        return Options(url=_likeliest([place.link for place in found.places]))
    return Options(url=response.url)


# What only names sitemaps


def _robots(response: Response) -> list[str]:
    """The sitemaps that a robots.txt names."""
    if urlsplit(response.url).path != "/robots.txt":
        return []
    named = _ROBOTS.findall(response.body[: 2**20].decode("utf-8-sig", "replace"))
    return [url for each in named if (url := urls.absolute(response.url, each))]


def _refuse_robots(response: Response) -> None:
    if named := _robots(response):
        raise NotUnderstood(
            f"{response.url} stays the same when the sitemaps change that it names", hint=_instead(named)
        )


def _below(places: Sequence[_Place], response: Response, options: Options, get: Get) -> list[_Place]:
    """What the newest of an index's sitemaps hold. One that fails ends the look: the index would not change again. One
    that is not there does so where it changed last: it may be in the making."""
    dated = sorted((place for place in places if place.changed), key=_age, reverse=True)
    if places and not dated:
        raise NotUnderstood(
            f"{response.url} does not say when its sitemaps changed: it stays the same when they do",
            hint=_instead([place.link for place in places]),
        )
    found: list[_Place] = []
    for place in dated[: options.pages - 1]:
        try:
            found += _read(get(Request(url=place.link))).places
        except BadStatus as error:
            if error.status not in (404, 410) or place is dated[0]:
                raise
    return found


def _instead(named: Sequence[str]) -> str:
    others = [url for url in named if url != _likeliest(named)][: _NAMED - 1]
    return f"watch one of them: {', '.join([_likeliest(named), *others])}"


def _likeliest(named: Sequence[str]) -> str:
    """The sitemap whose name speaks of news, or of posts; the last of several, to which the newest are added."""
    chosen = [url for url in named if not _OTHER.search(urlsplit(url).path)] or named
    return next(url for words in _TELLING for url in reversed(chosen) if re.search(words, urlsplit(url).path or "/"))


# Reading


def _read(response: Response) -> _Sitemap:
    body = _unpacked(response)
    root = _ROOT.match(body[:_HEAD].removeprefix(b"\xef\xbb\xbf"))
    if root:
        return _Sitemap(root["root"] == b"sitemapindex", list(islice(_of_xml(body, response.url), _MANY)))
    if places := _of_lines(body, response.url):
        return _Sitemap(False, places)
    raise NotUnderstood(
        f"{response.url} is no sitemap ({response.status}, {len(response.body) // 1024} KB)",
        hint="look at it in a browser: it may have moved, or an error page stands in its place",
    )


def _head(body: bytes) -> bytes:
    """The beginning of a sitemap, packed or not."""
    if body.startswith(_GZIP):
        try:
            body = zlib.decompressobj(31).decompress(body[: 4 * _HEAD], _HEAD)
        except zlib.error:
            return b""
    return body[:_HEAD].removeprefix(b"\xef\xbb\xbf")


def _unpacked(response: Response) -> bytes:
    """The body of a .gz, which servers send as it is. Raises TooLarge and Truncated."""
    body, unpacked = response.body, bytearray()
    for _ in range(_MEMBERS):
        if not body.startswith(_GZIP):
            break
        unpacker = zlib.decompressobj(31)
        try:
            unpacked += unpacker.decompress(body, _LARGEST + 1 - len(unpacked))
        except zlib.error:
            raise Truncated(f"{response.url} is packed, and damaged") from None
        if len(unpacked) > _LARGEST:
            raise TooLarge(f"{response.url} is larger than {_LARGEST // 2**20} MiB once it is unpacked")
        if not unpacker.eof:
            raise Truncated(f"{response.url} is packed, and ends early, after {len(response.body):,} bytes")
        body = unpacker.unused_data
    return bytes(unpacked) or body


def _of_xml(body: bytes, url: str) -> Iterator[_Place]:
    if max(map(len, body.split(b">"))) > _LONG:  # libxml2 compares each attribute of a tag with all the others
        raise NotUnderstood(f"{url} has a tag or a text of more than {_LONG:,} bytes")
    parsed = etree.iterparse(
        BytesIO(_LOOSE.sub(b"&amp;", _whole(body))),
        tag=("{*}url", "{*}sitemap"),
        resolve_entities=False,
        no_network=True,
        recover=True,
    )
    try:
        for _, element in parsed:
            place = _place(element, url)
            if place.link:
                yield place
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise NotUnderstood(f"{url} is no XML: {line(str(error))}") from None


def _whole(body: bytes) -> bytes:
    """The sitemap, or of one that is cut off all but the address that it breaks off in."""
    root = _ROOT.match(body.removeprefix(b"\xef\xbb\xbf"))
    if root and re.search(
        rb"</(?:[\w.-]+:)?" + root["root"] + rb"\s*>(?>\s*<!--.*?-->)*+\s*\Z", body[-_HEAD:], re.DOTALL
    ):
        return body
    return body[: max((end.end() for end in _PLACE_END.finditer(body)), default=0)] or body


def _place(element: etree._Element, url: str) -> _Place:
    said: dict[tuple[str, str], str] = {}
    for part in element.iter("{*}loc", "{*}lastmod", "{*}title", "{*}publication_date"):
        above = part.getparent()
        if part.text and above is not None:
            said.setdefault((_name(above), _name(part)), line(part.text))
    own = _name(element)
    loc = said.get((own, "loc"), "")
    return _Place(
        link=urls.absolute(url, loc),
        changed=data.when(said.get(("news", "publication_date"))) or data.when(said.get((own, "lastmod"))),
        title=said.get(("news", "title")) or said.get(("image", "title"), ""),
    )


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _of_lines(body: bytes, url: str) -> list[_Place]:
    """A sitemap without XML: nothing but addresses."""
    lines = [text for text in body[:_LARGEST].decode("utf-8-sig", "replace").split() if text]
    if not all(re.match("https?://", text) for text in lines):
        return []
    return [_Place(link, None) for text in lines[:_MANY] if (link := urls.absolute(url, text))]


def _age(place: _Place) -> tuple[bool, float]:
    return (False, 0) if place.changed is None else (True, times.moment(place.changed, UTC).timestamp())


def _item(place: _Place) -> Item:
    return Item(
        link=place.link,
        title=place.title or _titled(place.link),
        published=place.changed,
        dated_by="sitemap" if place.changed else "",
    )


def _titled(link: str) -> str:
    """The last part of an address in words; with the one before it, where it is but a number."""
    parts = urlsplit(link)
    names = [name for name in parts.path.split("/")[-3:] if name]
    if not names:
        return line(f"{urls.host_of(link)} {parts.query}")
    words = _words(names[-1])
    if not re.search(r"[^\W\d_]", words):
        words = " ".join(map(_words, names[-2:]))
    return shorten(line(words[:1].upper() + words[1:]), _TITLE) or urls.host_of(link)


def _words(part: str) -> str:
    return re.sub(r"[\s_+-]+", " ", urls.last_part(part)).strip()
