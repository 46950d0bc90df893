"""What a page says of itself to machines: the metas of its head, and the JSON-LD entity that it is (schema.org)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from itertools import islice
from typing import Any

from bs4 import BeautifulSoup

from watcher import html, urls
from watcher.text import fold, line

_ARTICLE = re.compile(r"\w*(?:Article|Report|PressRelease)|(?:\w*Blog|SocialMedia|DiscussionForum)Posting|CreativeWork")
_PAGE = re.compile(r"(?:Item|About)?Page|WebPage")
_WRAPPED = re.compile(r"\A\s*(?://)?\s*(?:<!--|<!\[CDATA\[)|(?://)?\s*(?:-->|\]\]>)\s*;?\s*\Z")

_MANY = 1_000  # entities that one page describes


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """An article as JSON-LD tells of it. `published` is as it is written there; `text` is plain text, or HTML."""

    headline: str = ""
    published: str = ""
    author: str = ""
    text: str = ""


def metas(soup: BeautifulSoup) -> dict[str, str]:
    """What the page's head says of it, by lower-case name; the first of a name counts."""
    said: dict[str, str] = {}
    for each in soup.find_all("meta", content=True):
        name = str(each.get("property") or each.get("name") or each.get("itemprop") or "").lower()
        said.setdefault(name, line(str(each["content"])))
    return said


def entity(soup: BeautifulSoup, url: str, titles: Iterable[str]) -> Entity:
    """The article that the page is: told apart from those that it leads to by its address, else by its headline."""
    nodes = list(islice(_nodes(soup), _MANY))
    own, names = _addresses_of_page(soup, url), set(map(fold, titles))
    articles = [each for each in nodes if _is(each, _ARTICLE)]
    here = [each for each in articles if own & set(_addresses(each, url, "url", "mainEntityOfPage", "@id"))]
    named = [each for each in articles if fold(_text(each, "headline", "name")) in names]
    alone = articles if len(articles) == 1 and not _addresses(articles[0], url, "url", "mainEntityOfPage") else []
    found = next((each for each in [*(n for n in named if n in here), *here, *named, *alone]), {})
    pages = [each for each in nodes if _is(each, _PAGE) and own & set(_addresses(each, url, "url", "@id"))]
    return Entity(
        headline=line(_plain(_text(found, "headline", "name"))),
        published=next((text for each in (found, *pages) if (text := _text(each, "datePublished"))), ""),
        author=line(_plain(", ".join(_names(found.get("author"), nodes)))),
        text=_text(found, "articleBody"),
    )


def _nodes(soup: BeautifulSoup) -> Iterator[dict[str, Any]]:
    """The entities that a page describes as its own: what is inside a list of others, or is a part, is not."""
    waiting: list[Any] = []
    for script in soup.find_all("script", type=re.compile(r"(?i)\Aapplication/ld\+json\b")):
        try:
            waiting.append(json.loads(_WRAPPED.sub("", script.get_text()), strict=False))
        except (ValueError, RecursionError):
            continue
    waiting.reverse()
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting.extend(reversed(each))
        elif isinstance(each, dict):
            yield each
            waiting.extend(each[key] for key in ("@graph", "mainEntityOfPage", "mainEntity") if key in each)


def _is(node: dict[str, Any], kind: re.Pattern[str]) -> bool:
    types = node.get("@type")
    return any(
        kind.fullmatch(re.split("[/#:]", str(each))[-1]) for each in (types if isinstance(types, list) else [types])
    )


def _text(node: dict[str, Any], *keys: str) -> str:
    """The first text under these keys; a list of them is one of paragraphs."""
    for key in keys:
        value = node.get(key)
        texts = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]
        if any(texts):
            return "\n".join(texts).strip()
    return ""


def _plain(text: str) -> str:
    return unescape(re.sub(r"<[^<>]*>", "", text))


def _addresses_of_page(soup: BeautifulSoup, url: str) -> set[str]:
    links = [str(each.get("href", "")) for each in soup.find_all("link", rel="canonical")]
    said = [url, *links, metas(soup).get("og:url", "")]
    return {_identity(html.base(soup, url), each) for each in said} - {""}


def _addresses(node: dict[str, Any], url: str, *keys: str) -> list[str]:
    values: list[Any] = [node.get(key) for key in keys]
    values += [each.get(key) for each in values if isinstance(each, dict) for key in ("@id", "url")]
    return [found for each in values if isinstance(each, str) and (found := _identity(url, each))]


def _identity(base: str, link: str) -> str:
    address = urls.absolute(base, link) if link else ""
    return urls.identity(address) if address else ""


def _names(author: Any, nodes: list[dict[str, Any]]) -> list[str]:
    names = []
    for each in author if isinstance(author, list) else [author]:
        known = each
        if isinstance(each, dict) and not each.get("name"):
            known = next((n for n in nodes if n.get("@id") == each.get("@id") and n.get("name")), {})
        name = known.get("name") if isinstance(known, dict) else known
        if isinstance(name, str) and name.strip():
            names.append(name)
    return list(dict.fromkeys(names))
