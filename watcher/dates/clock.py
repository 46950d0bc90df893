"""The time of day that stands beside a day in a text, and its zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

import regex

from watcher.model import When

_CLOCK = (
    r"(?<![\d.:/-])(?:(?:(?P<half>오전|上午|午前)|(?P<half>오후|下午|午後))\s?)?(?P<h>\d\d?)"
    r"(?:(?:\s?[:hH時时点]\s?(?P<min>\d\d)(?::(?P<s>\d\d)(?:[.,]\d+)?)?"
    r"|\.(?P<min>\d\d)(?=\s?(?:Uhr|[AaPp]\.?\s?[Mm])\b))"
    r"(?:\s?(?P<half>[AaPp])\.?\s?[Mm]\b\.?)?|\s?(?P<half>[AaPp])\.?\s?[Mm]\b\.?)"
    r"(?!\d)(?:\s?\(?(?P<zone>Z|[A-Z]{2,5}\b|(?:UTC|GMT)?[+-]\d\d:?\d\d\b))?"
)
_DIGIT = re.compile(r"\d")
_EARLY = ("a", "오전", "上午", "午前")
_OFFSETS = {"Z": 0, "UTC": 0, "GMT": 0, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "JST": 9, "KST": 9}
_OFFSETS |= {"EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8}
_PLACES = {"ET": "New_York", "CT": "Chicago", "MT": "Denver", "PT": "Los_Angeles"}


def shown(text: str) -> bool:
    """Whether the text has a time of day."""
    return any(_clocks(text))


def beside(day: date, text: str, zone: tzinfo = UTC) -> When:
    """The day with the one time of day of a text; the day alone where there is no such, or two.

    `zone` is where a time without one is meant.
    """
    clocks = list(_clocks(text))
    if len(clocks) != 1:
        return day
    hour, minute, second = (int(part or 0) for part in clocks[0].group("h", "min", "s"))
    if half := (clocks[0]["half"] or "").lower():
        hour = hour % 12 + (0 if half in _EARLY else 12)
    try:
        return datetime.combine(day, time(hour, minute, second), _zone(clocks[0]["zone"], zone))
    except (ValueError, KeyError):  # no such time, or a zone that we do not know
        return day


def _clocks(text: str) -> Iterator[regex.Match[str]]:
    return _compiled().finditer(text) if _DIGIT.search(text) else iter(())


@cache
def _compiled() -> regex.Pattern[str]:
    return regex.compile(_CLOCK)  # when first asked for, as the forms of dates are


def _zone(name: str | None, default: tzinfo) -> tzinfo:
    if not name:
        return default
    if name in _PLACES:
        return ZoneInfo(f"America/{_PLACES[name]}")
    if name in _OFFSETS:
        return timezone(timedelta(hours=_OFFSETS[name]))
    sign, digits = (-1 if "-" in name else 1), re.sub(r"\D", "", name)
    if not digits:
        raise KeyError(name)
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
