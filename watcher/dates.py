"""Dates inside texts: where they stand and what day they name, as far as they say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import regex

from watcher import times
from watcher.months import month
from watcher.model import When

# Where a date may begin and end: not inside a number, a version or an address, and not after the dash of a range.
_BEGIN = r"(?<![\w/]|\d[.,-])(?<!\d\s?[-–—&+]\s?)"
_END = r"(?![\w/]|[.,-]\d)"
_Y = r"(?P<y>(?:19|20)\d\d)"
_D = r"(?P<d>\d\d?)(?:st|nd|rd|th|er|ère|\.|º|ª|-?[aeo]\b)?"
_W = r"(?P<w>\p{L}[\p{L}\p{M}]+)\.?"
_OF = r"(?:(?:de|del|of|d[’'])\s*)?"
_PATTERNS = [
    regex.compile(_BEGIN + pattern)
    for pattern in (
        _Y + r"(?P<sep>[-/.])\s?(?P<m>\d\d?)(?P=sep)\s?(?P<d>\d\d?)(?:(?=T\d)|" + _END + ")",
        _Y + r"\s?[年년]\s?(?P<m>\d\d?)\s?[月월]\s?(?P<d>\d\d?)\s?[日일号]",
        r"(?P<a>\d\d?)(?P<sep>[./-])\s?(?P<b>\d\d?)(?P=sep)\s?" + _Y + _END,
        r"(?P<a>\d\d?)(?P<sep>[/])(?P<b>\d\d?)/(?P<yy>\d\d)" + _END,
        r"(?P<a>\d\d)(?P<sep>[.])(?P<b>\d\d)\.(?P<yy>\d\d)" + _END,
        rf"{_D}[\s-]*{_OF}{_W},?[\s-]*{_OF}{_Y}{_END}",
        rf"{_W}[\s-]+{_D},?[\s-]+{_OF}{_Y}{_END}",
        rf"{_Y}[.,]?\s+{_W}\s+{_D}{_END}",
        rf"{_D}\s+{_OF}{_W}(?![\w/])",
        rf"{_W}\s+{_D}{_END}",
        r"(?P<m>\d\d?)\s?[月월]\s?(?P<d>\d\d?)\s?[日일号]",
        r"(?P<m>\d\d)[-/](?P<d>\d\d)" + _END,
    )
]
_WHOLE = 8  # the patterns up to here name a year


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A date in a text. Without a year it is a day of one; `pair` are two numbers whose order is still open."""

    begin: int
    end: int
    year: int = 0
    month: int = 0
    day: int = 0
    pair: tuple[int, int] = (0, 0)
    separator: str = ""


@lru_cache(maxsize=4096)
def said(text: str, languages: tuple[str, ...] = ()) -> tuple[Said, ...]:
    """The dates of a text in their order, none inside another. Days without a year stand alone or begin the text."""
    if not any(map(str.isdigit, text)):
        return ()
    taken: list[Said] = []
    for n, pattern in enumerate(_PATTERNS):
        for match in pattern.finditer(text):
            one = _said(match, languages)
            whole = n < _WHOLE or _alone(match, text)
            if one and whole and not any(one.begin < t.end and t.begin < one.end for t in taken):
                taken.append(one)
    return tuple(sorted(taken, key=lambda one: one.begin))


def order(dates: Iterable[Said], languages: tuple[str, ...]) -> str:
    """How a page writes days in numbers, "dm" or "md": as those of its dates show that can be read one way only."""
    pairs = [one.pair for one in dates if one.pair[0]]
    first, second = any(a > 12 for a, _ in pairs), any(b > 12 for _, b in pairs)
    if first != second:
        return "dm" if first else "md"
    if first:
        return ""
    language = languages[0].lower() if languages else ""
    if language in ("en-us", "en"):
        return "md" if all(one.separator != "." for one in dates if one.pair[0]) else ""
    return "" if language in ("", "en-ca", "es-us", "fil") else "dm"


def resolved(one: Said, order: str, year: int = 0) -> date | None:
    """The day, with the numbers in the page's order, and the year of a heading where the text has none."""
    day, month = one.day, one.month
    if one.pair[0]:
        a, b = one.pair
        if not order and a <= 12 and b <= 12 and a != b:
            return None
        day, month = (a, b) if a > 12 or (b <= 12 and order == "dm") else (b, a)
    try:
        return date(one.year or year, month, day)
    except ValueError:
        return None


def precise(text: str, one: Said, day: date) -> When:
    """The day with the time that stands beside it in a short text."""
    if len(text) > 80 or not regex.search(
        r"\d\s?[:hH時时点.]\s?\d|\d\s?[ap]\.?m", text[: one.begin] + text[one.end :], regex.I
    ):
        return day
    when = times.parse(f"{text[: one.begin]} {day.isoformat()} {text[one.end :]}")
    return when if when and times.day(when) == day else day


def in_address(url: str) -> date | None:
    """The day that a path has in it: /2024/05/03/, /2024-05-03-name, /20240503-name. Never month and day alone."""
    for match in _ADDRESS.finditer(url):
        try:
            return date(int(match["y"]), int(match["m"]), int(match["d"]))
        except ValueError:
            continue
    return None


def year_in(url: str) -> int:
    """The one year that is a part of a path, or 0."""
    years = set(regex.findall(r"(?<=/)((?:19|20)\d\d)(?=[/-])", url))
    return int(years.pop()) if len(years) == 1 else 0


_ADDRESS = regex.compile(
    r"(?<=[/_-])(?P<y>(?:19|20)\d\d)(?P<sep>[/_-]?)(?P<m>0[1-9]|1[0-2]|(?<=[/_-])[1-9])(?P=sep)(?P<d>[0-3]\d|(?<=[/_-])[1-9])(?![\d])"
)


def _said(match: regex.Match[str], languages: tuple[str, ...]) -> Said | None:
    named = match.groupdict()
    year = int(named.get("y") or 0)
    if yy := named.get("yy"):
        year = int(yy) + (1900 if int(yy) > 68 else 2000)
    begin, end = match.span()
    if a := named.get("a"):
        pair = (int(a), int(named["b"]))
        fits = 0 < min(pair) <= 12 and max(pair) <= 31
        return Said(begin=begin, end=end, year=year, pair=pair, separator=named["sep"]) if fits else None
    of = month(named["w"], languages) if named.get("w") else int(named["m"])
    if not of or of > 12 or not 1 <= int(named["d"]) <= 31:
        return None
    return Said(begin=begin, end=end, year=year, month=of, day=int(named["d"]))


def _alone(match: regex.Match[str], text: str) -> bool:
    return len(text) - (match.end() - match.start()) <= 3 or match.start() == 0


def spans(found: Iterable[Said]) -> Iterator[tuple[int, int]]:
    for one in found:
        yield one.begin, one.end
