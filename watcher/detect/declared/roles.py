"""What the keys of JSON mean: by their words, since everyone writes `publishedAt` in another way. 0: not this."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

_TITLES = ("subject", "label", "name", "heading", "headline", "title")
_ADDRESSES = ("slug", "uri", "route", "href", "link", "path", "url", "canonical", "permalink")
_SUMMARIES = tuple(re.findall(r"\w+", "intro lead subtitle description abstract dek standfirst teaser summary excerpt"))

_OTHERS = frozenset(
    re.findall(
        r"\w+",
        "sub seo meta og job alt short browser user author first last file image img thumbnail thumb avatar icon logo"
        " cover video audio api feed rss category tag tags topic section parent comment comments edit git media share"
        " twitter facebook source src base prev previous next host domain asset hero",
    )
)
_PUBLISHED = frozenset(re.findall(r"\w+", "publish published publication pub release released issued posted display"))
_CREATED = frozenset(re.findall(r"\w+", "create created creation added submitted"))
_DATES = frozenset(re.findall(r"\w+", "date datetime time timestamp at on day"))
_NO_DATES = frozenset(
    re.findall(
        r"\w+",
        "modified modification update updated edited revised expires expiry expiration end ended start valid birth"
        " deleted archived until due deadline last changed reading read",
    )
)


def title(key: str) -> int:
    return _named(_words(key), _TITLES)


def address(key: str) -> int:
    return _named(_words(key), _ADDRESSES)


def summary(key: str) -> int:
    return _named(_words(key), _SUMMARIES)


def date(key: str) -> int:
    """Of several the one that says publication; never one that says a change."""
    words = frozenset(_words(key))
    if words & _NO_DATES:
        return 0
    if words & _PUBLISHED and (words & _DATES or words <= {"published", "posted", "released", "issued"}):
        return 3
    if words & _DATES and words & _CREATED:
        return 1
    return 2 if words & {"date", "datetime", "timestamp"} or words == {"time"} or words == {"day"} else 0


def is_slug(key: str) -> bool:
    return "slug" in _words(key)


def _named(words: tuple[str, ...], names: tuple[str, ...]) -> int:
    """By its last word, the better the later it stands among the names, and better alone."""
    if not words or words[-1] not in names or not _OTHERS.isdisjoint(words[:-1]):
        return 0
    return 2 * names.index(words[-1]) + 1 + (len(words) == 1)


@lru_cache(maxsize=4096)
def _words(key: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORD.findall(key[:80]))
