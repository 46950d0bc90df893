"""What a feed says of one entry, and what all formats of feeds have in common."""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import escape
from typing import Any

from watcher import times, urls
from watcher.model import Enclosure, When
from watcher.text import line, safe

# What programs write for a date that they do not have.
_NEVER = (date(1, 1, 1), date(1970, 1, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
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
    enclosures: tuple[Enclosure, ...]


def said(of: Any, name: str) -> str:
    """A text, or a number as text, of that name; "" for anything else."""
    value = of.get(name) if isinstance(of, Mapping) else None
    return str(value) if isinstance(value, str | int | float) else ""


def whole(url: str, link: str) -> str:
    """The link, absolute and with its fragment; "" where it leads to no page."""
    return urls.anchored(url, link) if link else ""


def of_text(text: str) -> str:
    """Plain text as HTML, with its paragraphs and lines."""
    parts = (escape(part.strip()).replace("\n", "<br>") for part in re.split(r"\n\s*\n", safe(text)))
    return "".join(f"<p>{part}</p>" for part in parts) if "\n" in text.strip() else escape(text)


def published(claims: Mapping[str, Any], names: Sequence[str], languages: Sequence[str]) -> When | None:
    """The first of the claims that names a day."""
    found = (_claim(said(claims, name), claims.get(f"{name}_parsed"), languages) for name in names)
    return next((when for when in found if when and times.day(when) not in _NEVER), None)


def _claim(text: str, parsed: Any, languages: Sequence[str]) -> When | None:
    when = times.parse(text, languages=languages)
    # feedparser reads what we do not, Greek and Korean among it; but it makes a first day of every month alone.
    if when is None and parsed and ":" in text:
        with suppress(ValueError, OverflowError):
            return datetime.fromtimestamp(timegm(parsed), UTC)
    return when


def enclosure(base: str, address: str, kind: str, length: str, title: str = "") -> tuple[Enclosure, ...]:
    """A file that an entry names; none where its address leads nowhere."""
    url = whole(base, address)
    size = int(length) if length.isascii() and length.isdigit() and len(length) < 16 else 0
    return (Enclosure(url=url, type=line(kind), length=size, title=line(title)),) if url else ()
