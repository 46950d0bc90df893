"""A site's own feed, each of its entries an item: RSS 0.9x, 1.0 (RDF) and 2.0, Atom (RFC 4287), JSON Feed."""

from __future__ import annotations

import io
import json
import re
from calendar import timegm
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import escape, unescape
from typing import Any
from urllib.parse import urlsplit

import feedparser
from bs4 import Tag
from pydantic import BaseModel, Field

from watcher import html, times, urls
from watcher.errors import NothingFound, NotUnderstood
from watcher.fields import Address
from watcher.literal import paragraphs
from watcher.model import Get, Item, Request, Response, When
from watcher.prose import prose
from watcher.text import fold, line, safe, shorten

_TITLE, _SUMMARY = 80, 300  # characters at most: of a title that is made of the text, of a summary
_HEAD = 20_000  # characters before which a feed has begun
_MUCH = 1_000_000  # characters of all texts, beyond which their words must do: Markdown takes 5 s for so many
_TAGS = 1_000_000  # beyond which no feed is read
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ROOT = re.compile(r"<(?:[\w.-]+:)?(rss|rdf|feed)\b[^>]*>", re.IGNORECASE)
_ENTRY = re.compile(r"<(?:[\w.-]+:)?entry\b")
_ENTRY_END = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)#?\w+;")
# What programs write for a date that they do not have.
_NEVER = (date(1, 1, 1), date(1970, 1, 1))


class Options(BaseModel, extra="forbid", frozen=True):
    """The rest a feed says itself."""

    url: Address = Field(description="the address of the feed")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """What a feed says of one entry; "" where it says nothing. Texts are HTML, addresses absolute."""

    link: str  # as it stands there, with its fragment
    id: str
    title: str
    summary: str
    contents: tuple[str, ...]  # one text in several forms
    base: str  # what links in the texts are relative to
    published: When | None
    authors: tuple[str, ...]
    tags: tuple[str, ...]


def find(options: Options, get: Get) -> Iterable[Item]:
    """The entries in the feed's own order. NotUnderstood for what is no feed, NothingFound for one without any."""
    response = get(Request(url=options.url))
    home, entries = _read(response)
    much = sum(len(text) for entry in entries for text in (entry.summary, *entry.contents)) > _MUCH
    items = [item for entry in entries if (item := _item(entry, home, much))]
    if not items:
        raise NothingFound(
            f"the feed {response.url} has no entries {_size(response)}",
            hint="known items are kept; if it stays empty, the site may have another feed by now",
        )
    return items


def recognise(response: Response) -> Options | None:
    """The options for an answer that is a feed, by what is in it; None for any other."""
    try:
        text = _text(response)
    except NotUnderstood:
        return None
    return Options(url=response.url) if _json(text) is not None or _root(text) else None


def _read(response: Response) -> tuple[str, list[_Entry]]:
    """Where an entry without a link leads, and the entries."""
    text = _text(response)
    if (feed := _json(text)) is not None:
        return _of_json(feed, response.url)
    if root := _root(text):
        return _of_xml(_mended(text, root), response.url)
    raise NotUnderstood(
        f"{response.url} is no feed {_size(response)}",
        hint="look at it in a browser: the feed may have moved, or an error page stands in its place",
    )


def _size(response: Response) -> str:
    return f"({response.status}, {len(response.body) // 1024} KB)"


def _item(entry: _Entry, home: str, much: bool) -> Item | None:
    link = urls.absolute("", entry.link) or urls.absolute("", entry.id) or home
    longest = max((*entry.contents, entry.summary), key=len)
    text, said = _plain(longest), _plain(entry.title)
    title = said or shorten(text, _TITLE) or line(urls.last_part(entry.link))
    if not title:
        return None
    # In RSS the description may be all there is to read; one that is cut off never is.
    whole = bool(entry.contents) or (len(text) > _SUMMARY and not text.rstrip(" ])").endswith(("…", "...")))
    body = _markdown(longest, entry.base or link, said, much) if whole else ""
    summary = shorten(text if entry.summary == longest else _plain(entry.summary), _SUMMARY)
    return Item(
        link=link,
        title=title,
        published=entry.published,
        dated_by="feed" if entry.published else "",
        summary="" if _says_the_same(summary, title, text if whole else "", body) else summary,
        body=body,
        key=_key(entry, link),
        author=", ".join(dict.fromkeys(filter(None, map(line, entry.authors)))),
        tags=tuple(dict.fromkeys(filter(None, map(line, entry.tags)))),
    )


def _key(entry: _Entry, link: str) -> str:
    """The entry's id, unless it is its link; without one, the place in the page that the link leads to."""
    if not entry.id:
        return line(urlsplit(entry.link).fragment) if urls.absolute("", entry.link) else ""
    address = urls.absolute("", entry.id)
    same = address and "#" not in entry.id and urls.identity(address) == urls.identity(link)
    return "" if same else line(entry.id)


def _says_the_same(summary: str, title: str, text: str, body: str) -> bool:
    begin = fold(summary)
    return begin == fold(title) or any(fold(each[: 4 * _SUMMARY]).startswith(begin) for each in (text, body) if each)


def _plain(markup: str) -> str:
    """What a piece of HTML says, on one line."""
    if "<" not in markup:
        return line(unescape(markup))
    page = _page(markup)
    return line(html.text_of(page)) if page else ""


def _markdown(markup: str, base: str, title: str, much: bool) -> str:
    page = _page(markup)
    if page is None:
        return ""
    if much:
        return "\n\n".join(map(paragraphs, html.text_of(page).split("\n")))
    return prose([page], base, [title] if title else [])


def _page(markup: str) -> Tag | None:
    try:
        return html.document(f"<div>{safe(markup)}</div>".encode(), "text/html; charset=utf-8").body
    except NotUnderstood:  # nested too deep; the other entries may be well
        return None


def _text(response: Response) -> str:
    """The answer's text. What is UTF-8 is read as that, whatever the feed and its server say: both often err, and a
    text that was cut inside a character makes no other charset of it."""
    said, text = html.decoded(response.body, response.headers.get("content-type", "")), ""
    if not response.body.startswith((b"\xfe\xff", b"\xff\xfe")):
        text = response.body.decode("utf-8-sig", "replace")
    wrong = text.count("\ufffd")
    if len(text) - len(text.encode("ascii", "ignore")) > 2 * wrong:
        return text
    return response.body.decode("cp1252", "replace") if "\ufffd" in said else said


# JSON Feed, https://jsonfeed.org/version/1.1


def _json(text: str) -> dict[str, Any] | None:
    if not re.match(r"\s*\{", text):
        return None
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return feed if "jsonfeed.org/version/" in _said(feed, "version") and isinstance(feed.get("items"), list) else None


def _of_json(feed: dict[str, Any], url: str) -> tuple[str, list[_Entry]]:
    entries = [_json_entry(each, feed, url) for each in feed["items"] if isinstance(each, dict)]
    return urls.absolute(url, _said(feed, "home_page_url")) or url, entries


def _json_entry(said: Mapping[str, Any], feed: Mapping[str, Any], url: str) -> _Entry:
    language = _said(said, "language") or _said(feed, "language")
    content = _said(said, "content_html") or _of_text(_said(said, "content_text"))
    by = said.get("authors") or said.get("author") or feed.get("authors") or feed.get("author")
    tags = said.get("tags")
    return _Entry(
        link=_whole(url, _said(said, "url") or _said(said, "external_url")),
        id=_said(said, "id"),
        title=escape(_said(said, "title")),
        summary=_of_text(_said(said, "summary")),
        contents=(content,) if content else (),
        base="",
        published=_published(said, ("date_published", "date_modified"), [language] if language else []),
        authors=tuple(_said(each, "name") for each in (by if isinstance(by, list) else [by])),
        tags=tuple(each for each in tags if isinstance(each, str)) if isinstance(tags, list) else (),
    )


# RSS and Atom


def _root(text: str) -> re.Match[str] | None:
    """The first tag of a feed, behind whatever a server put before it."""
    head = _COMMENT.sub(lambda comment: " " * len(comment[0]), text[:_HEAD])
    root = _ROOT.search(head)
    if root is None or re.search(r"(?i)<html\b|<!doctype\s+html", head[: root.start()]):
        return None
    match root[1].lower():
        case "feed":
            known = bool(re.search(r"w3\.org/2005/Atom|purl\.org/atom", root[0]) or _ENTRY.search(text))
        case "rdf":
            known = bool(re.search(r"purl\.org/rss|netscape\.com/rdf", root[0]))
        case _:
            known = True
    return root if known else None


def _mended(text: str, root: re.Match[str]) -> str:
    """The feed without what stands before it, its document type with it; without references that XML does not know;
    and without an entry that is cut off, which would be told as if it were whole."""
    text = _REFERENCE.sub(_character, text[root.start() :])
    if not re.search(rf"(?i)</(?:[\w.-]+:)?{root[1]}\s*>", text):
        text = text[: max((end.end() for end in _ENTRY_END.finditer(text)), default=0)]
    return text


def _character(reference: re.Match[str]) -> str:
    """A reference as HTML means it; one that it does not know is left to the parser."""
    text = unescape(reference[0])
    return reference[0] if text == reference[0] else escape(text)


def _of_xml(text: str, url: str) -> tuple[str, list[_Entry]]:
    if text.count("<") > _TAGS:
        raise NotUnderstood(f"{url} holds more than {_TAGS:,} tags", hint="watch a smaller feed of the site")
    # Not told where the feed is: it would make addresses of ids as well. In a buffer: it opens files that bytes name.
    parsed = feedparser.parse(
        io.BytesIO(f'<?xml version="1.0" encoding="utf-8"?>\n{text}'.encode()),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    feed = dict(parsed.feed)
    if not parsed.get("version", "").startswith("atom"):
        feed.pop("authors", None)  # an RSS channel's editor wrote none of its items; RFC 4287 §4.2.1 is another matter
    entries = [_xml_entry(dict(each), feed, url) for each in parsed.entries]
    return urls.absolute(url, _said(feed, "link")) or url, entries


def _xml_entry(said: dict[str, Any], feed: dict[str, Any], url: str) -> _Entry:
    contents = said.get("content", [])
    texts = [each for each in (*contents, said.get("summary_detail")) if each]
    base = next((each["base"] for each in texts if each.get("base")), "")
    language = _said(feed, "language")
    return _Entry(
        link=_whole(url, _said(said, "link") or next(_alternates(said), "")),
        id=_said(said, "id"),
        title=_markup(said, "title"),
        summary=_markup(said, "summary"),
        contents=tuple(filter(None, map(_content, contents))),
        base=urls.absolute(url, base) if base else "",
        published=_published(said, ("published", "updated", "created"), [language] if language else []),
        authors=_names(said) or _names(feed),
        tags=tuple(_said(each, "label") or _said(each, "term") for each in said.get("tags", [])),
    )


def _alternates(said: Mapping[str, Any]) -> Iterator[str]:
    return (_said(each, "href") for each in said.get("links", []) if each.get("rel") == "alternate")


def _content(said: Mapping[str, Any]) -> str:
    """A content of an entry, unless it is an image or other data."""
    kind = _said(said, "type")
    if "html" in kind:
        return _said(said, "value")
    return _of_text(_said(said, "value")) if kind.startswith("text/") else ""


def _markup(said: Mapping[str, Any], name: str) -> str:
    """A title or summary as HTML. Details may be of another text than the one that counts: of a picture's, say."""
    detail = said.get(f"{name}_detail") or {}
    value = _said(said, name) if detail else ""
    plain = detail.get("value") == value and "html" not in _said(detail, "type")
    return _of_text(value) if plain else value


def _names(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Who wrote it, by name. What feedparser takes for a mail address may be half of one: then the text itself is
    looked at ("mail (name)", RSS 2.0)."""
    people = said.get("authors") or []
    if any("email" in each for each in people):
        return (re.sub(r"\S*@\S*|[()<>]", " ", _said(said, "author")),)
    return tuple(_said(each, "name") for each in people)


# Both


def _said(of: Any, name: str) -> str:
    value = of.get(name) if isinstance(of, Mapping) else None
    return str(value) if isinstance(value, str | int | float) else ""


def _whole(url: str, link: str) -> str:
    """The link, absolute and with its fragment; "" where it leads to no page."""
    return urls.anchored(url, link) if link else ""


def _of_text(text: str) -> str:
    """Plain text as HTML, with its paragraphs and lines."""
    parts = (escape(part.strip()).replace("\n", "<br>") for part in re.split(r"\n\s*\n", safe(text)))
    return "".join(f"<p>{part}</p>" for part in parts) if "\n" in text.strip() else escape(text)


def _published(said: Mapping[str, Any], names: Sequence[str], languages: Sequence[str]) -> When | None:
    """The first of the claims that names a day."""
    claims = (_claim(_said(said, name), said.get(f"{name}_parsed"), languages) for name in names)
    return next((when for when in claims if when and times.day(when) not in _NEVER), None)


def _claim(text: str, parsed: Any, languages: Sequence[str]) -> When | None:
    when = times.parse(text, languages=languages)
    # feedparser reads what we do not, Greek and Korean among it; but it makes a first day of every month alone.
    if when is None and parsed and ":" in text:
        with suppress(ValueError, OverflowError):
            return datetime.fromtimestamp(timegm(parsed), UTC)
    return when
