"""RSS 0.9x, 1.0 (RDF) and 2.0, and Atom (RFC 4287)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from html import escape, unescape
from typing import Any

import feedparser

from watcher import urls
from watcher.errors import NotUnderstood
from watcher.model import Enclosure
from watcher.syndication.entry import Entry, enclosure, of_text, published, said, whole

_HEAD = 20_000  # characters before which a feed has begun
_TAGS = 1_000_000  # beyond which no feed is read
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ROOT = re.compile(r"<(?:[\w.-]+:)?(rss|rdf|feed)\b[^>]*>", re.IGNORECASE)
_ENTRY = re.compile(r"<(?:[\w.-]+:)?entry\b")
_ENTRY_END = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_TTL = re.compile(r"<ttl>\s*(\d{1,6})\s*</ttl\s*>", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)#?\w+;")


def root(text: str) -> re.Match[str] | None:
    """The first tag of a feed, behind whatever a server put before it."""
    head = _COMMENT.sub(lambda comment: " " * len(comment[0]), text[:_HEAD])
    first = _ROOT.search(head)
    if first is None or re.search(r"(?i)<html\b|<!doctype\s+html", head[: first.start()]):
        return None
    match first[1].lower():
        case "feed":
            known = bool(re.search(r"w3\.org/2005/Atom|purl\.org/atom", first[0]) or _ENTRY.search(text))
        case "rdf":
            known = bool(re.search(r"purl\.org/rss|netscape\.com/rdf", first[0]))
        case _:
            known = True
    return first if known else None


def mended(text: str, first: re.Match[str]) -> str:
    """The feed without what stands before it, its document type with it; without references that XML does not know;
    and without an entry that is cut off, which would be told as if it were whole."""
    text = _REFERENCE.sub(_character, text[first.start() :])
    if not re.search(rf"(?i)</(?:[\w.-]+:)?{first[1]}\s*>", text):
        text = text[: max((end.end() for end in _ENTRY_END.finditer(text)), default=0)]
    return text


def pause(text: str) -> timedelta | None:
    """How seldom a feed wants to be read: `ttl` of RSS 2.0, in minutes."""
    # Not `sy:updatePeriod` of RSS 1.0: programs write "hourly" into every feed, and nobody chose it.
    head = re.split(r"<(?:[\w.-]+:)?(?:item|entry)\b", text[:_HEAD], maxsplit=1)[0]
    ttl = _TTL.search(head)
    return timedelta(minutes=int(ttl[1])) if ttl and int(ttl[1]) else None


def _character(reference: re.Match[str]) -> str:
    """A reference as HTML means it; one that it does not know is left to the parser."""
    text = unescape(reference[0])
    return reference[0] if text == reference[0] else escape(text)


def entries(text: str, url: str) -> tuple[str, list[Entry]]:
    """Where an entry without a link leads, and the entries of the feed at `url`. Raises NotUnderstood."""
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
    found = [_entry(dict(each), feed, url) for each in parsed.entries]
    return urls.absolute(url, said(feed, "link")) or url, found


def _entry(entry: dict[str, Any], feed: dict[str, Any], url: str) -> Entry:
    contents = entry.get("content", [])
    texts = [each for each in (*contents, entry.get("summary_detail")) if each]
    base = next((each["base"] for each in texts if each.get("base")), "")
    language = said(feed, "language")
    return Entry(
        link=whole(url, said(entry, "link") or next(_alternates(entry), "")),
        id=said(entry, "id"),
        title=_markup(entry, "title"),
        summary=_markup(entry, "summary"),
        contents=tuple(filter(None, map(_content, contents))),
        base=urls.absolute(url, base) if base else "",
        published=published(entry, ("published", "updated", "created"), [language] if language else []),
        authors=_names(entry) or _names(feed),
        tags=tuple(said(each, "label") or said(each, "term") for each in entry.get("tags", [])),
        enclosures=tuple(_files(entry, url)),
    )


def _files(entry: Mapping[str, Any], url: str) -> Iterator[Enclosure]:
    """What is enclosed, and what RSS calls media where nothing is; pictures that only adorn it are neither."""
    named = [each for each in entry.get("links", []) if each.get("rel") == "enclosure"]
    for each in named or entry.get("media_content", []):
        address, length = said(each, "href") or said(each, "url"), said(each, "length") or said(each, "filesize")
        if named or said(each, "medium") in ("audio", "video", "document"):
            # feedparser calls a link without a type HTML, which is no file.
            kind = said(each, "type").replace("text/html", "")
            yield from enclosure(url, address, kind, length, said(each, "title"))


def _alternates(entry: Mapping[str, Any]) -> Iterator[str]:
    return (said(each, "href") for each in entry.get("links", []) if each.get("rel") == "alternate")


def _content(content: Mapping[str, Any]) -> str:
    """A content of an entry, unless it is an image or other data."""
    kind = said(content, "type")
    if "html" in kind:
        return said(content, "value")
    return of_text(said(content, "value")) if kind.startswith("text/") else ""


def _markup(entry: Mapping[str, Any], name: str) -> str:
    """A title or summary as HTML. Details may be of another text than the one that counts: of a picture's, say."""
    detail = entry.get(f"{name}_detail") or {}
    value = said(entry, name) if detail else ""
    plain = detail.get("value") == value and "html" not in said(detail, "type")
    return of_text(value) if plain else value


def _names(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Who wrote it, by name. What feedparser takes for a mail address may be half of one: then the text itself is
    looked at ("mail (name)", RSS 2.0)."""
    people = entry.get("authors") or []
    if any("email" in each for each in people):
        return (re.sub(r"\S*@\S*|[()<>]", " ", said(entry, "author")),)
    return tuple(said(each, "name") for each in people)
