"""What the members of JSON objects are, by the names that interfaces commonly give them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from watcher import data, times
from watcher.model import When
from watcher.text import safe

_DEEP, _MANY = 6, 50  # levels above a list; members of one value that are texts
_NAMES = {
    "title": "title name headline subject displayName display_name full_name label tag_name version",
    "link": "html_url web_url webUrl permalink canonical_url link url href page uri links.html",
    "date": "published_at publishedAt published date_published datePublished publication_date pub_date pubDate"
    " released_at releasedAt release_date releaseDate date posted_at created_at createdAt created dateCreated"
    " datetime dateTime timestamp time updated_at updatedAt updated modified lastModified",
    "summary": "summary description excerpt abstract teaser subtitle snippet lead intro",
    "body": "body content_html body_html content html release_notes releaseNotes notes changelog text content_text"
    " markdown message",
    "version": "version tag_name tagName version_number versionNumber tag",
    "key": "id guid uuid _id key",
    "author": "author authors creator by user publisher",
    "labels": "tags categories keywords labels topics category",
}
_EARLY = ("prerelease", "pre_release", "preRelease", "is_prerelease", "isPrerelease")
#: Where interfaces put an item's members if not into the item: GeoJSON, JSON:API, GraphQL, search engines.
_WITHIN = ("properties", "attributes", "fields", "node", "_source", "data")
#: Of a member that is an object, what says it.
_SAYS = ("rendered", "html", "text", "value", "name", "label", "title", "href", "url", "login", "en")
_DAY = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)", re.ASCII)
# What programs write for a date that they do not have.
_NEVER = (date(1, 1, 1), date(1970, 1, 1))


def longest(answer: Any) -> list[Any]:
    """The list of items of an answer: the longest list of objects, those first that have titles with links or dates;
    [] where there is none."""
    return max(_lists(answer, _DEEP), key=lambda found: (is_item(found[0]), len(found)), default=[])


def is_item(value: Any) -> bool:
    """Whether an object has a title, and with it a link or a date."""
    if not any(texts(member(value, "title"))):
        return False
    return any(texts(member(value, "link"))) or any(map(when, texts(member(value, "date"))))


def member(value: Any, what: str) -> Any:
    """What stands under the first of the common names for a title, a link …, or None."""
    holders = [value, *(inner for name in _WITHIN if isinstance(inner := data.at(value, name), Mapping))]
    found = (data.at(holder, *name.split(".")) for holder in holders for name in _NAMES[what].split())
    return next((each for each in found if any(texts(each))), None)


def is_early(value: Any) -> bool:
    """Whether the object itself says that it is a pre-release."""
    return any(data.at(value, name) is True for name in _EARLY)


def texts(value: Any) -> list[str]:
    """What a value says: a text, a number, what an object is called, or all of a list of those."""
    if isinstance(value, list):
        return [text for each in value[:_MANY] if not isinstance(each, list) for text in texts(each)]
    if isinstance(value, Mapping):
        return next(([text] for name in _SAYS if (text := data.text(value, name))), [])
    text = data.text(value)
    return [text] if text.strip() else []


def when(text: str) -> When | None:
    """A date: RFC 3339 and its relatives, 20261101, seconds since 1970 or thousandths of them, or words."""
    text = safe(text).strip()
    if re.fullmatch(r"-?\d+(?:\.\d+)?(?:[eE]\+?\d+)?", text, re.ASCII):
        day = _DAY.fullmatch(text)
        return times.machine("-".join(day.groups())) if day else _since_1970(float(text))
    found = times.parse(text)
    return None if found is None or times.day(found) in _NEVER else found


def _since_1970(seconds: float) -> datetime | None:
    while math.isfinite(seconds) and seconds > 1e11:
        seconds /= 1000
    # Before 1973: a number, but of something else.
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0) if 1e8 < seconds <= 1e11 else None


def _lists(value: Any, depth: int) -> Iterator[list[Any]]:
    """The lists of objects in a value, outer before inner, but for those that are part of an item."""
    if isinstance(value, list):
        if found := data.objects(value):
            yield found
    elif isinstance(value, Mapping) and depth:
        for each in value.values():
            yield from _lists(each, depth - 1)
