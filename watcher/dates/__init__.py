"""Dates inside texts: where they stand and what day they name, as far as they say it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise

import regex

from watcher.dates import clock, ranges
from watcher.dates.forms import forms, plain
from watcher.dates.months import month
from watcher.model import When

_EAST = ("zh", "ja", "ko", "yue")
_YEAR_FIRST = (*_EAST, "hu")
# Their years of two digits are put first, or are of other eras: 65 is 2565.
_NO_SHORT_YEARS = (*_YEAR_FIRST, "th", "fa", "ne", "am", "ps")
_MONTH_FIRST = ("en", "en-us", "en-pr")
# Where 5/6/2022 is read both ways, or the language is not known.
_SPLIT = ("", "en-ca", "es-us", "es-pr", "es-pa", "fil", "tl")

_NUMBERED = regex.compile(r"(?:\b(?i:no|nr|vol|issue|top|part|ver|version|chapter)\.?|[#№$€£¥]|[Nn][°º])\s*$")
_DIGIT = re.compile(r"\d")
_ADDRESS = re.compile(
    r"(?<=[/_-])(?P<y>(?:19|20)\d\d)(?P<sep>[/_-]?)(?P<m>0[1-9]|1[0-2]|(?<=[/_-])[1-9])(?P=sep)"
    r"(?P<d>[0-3]\d|(?<=[/_-])[1-9])(?!\d)",
    re.ASCII,
)
_YEAR_PART = re.compile(r"(?<=/)((?:19|20)\d\d)(?=[/-])", re.ASCII)


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
    """The dates of a text in their order, none inside another. Days without a year stand alone or begin the text.

    The ends of a range within one month or year are left out, and so is what a number and a month only seem to be.
    What comes after the first thousand characters is not looked at.
    """
    if not _DIGIT.search(text[:1000]):
        return ()
    text = plain(text[:1000])
    taken: list[Said] = []
    for match in forms(text):
        one = _said(match, languages)
        if one and not any(one.begin < t.end and t.begin < one.end for t in taken):
            taken.append(one)
    taken.sort(key=lambda one: one.begin)
    ends = _ends(taken, text)
    return tuple(one for one in taken if one not in ends and _stands(one, text))


def order(dates: Iterable[Said], languages: tuple[str, ...]) -> str:
    """How a page writes days in numbers, "dm" or "md": as those of its dates show that can be read one way only."""
    pairs = [one for one in dates if one.pair[0]]
    first, second = any(one.pair[0] > 12 for one in pairs), any(one.pair[1] > 12 for one in pairs)
    if first != second:
        return "dm" if first else "md"
    return "" if first else _custom(pairs, _language(languages))


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
    rest = f"{text[: one.begin]}\n{text[one.end :]}"
    # Of two dates it is not known whose time it is.
    return day if len(text) > 80 or said(rest) else clock.beside(day, plain(rest))


def spans(found: Iterable[Said]) -> Iterator[tuple[int, int]]:
    for one in found:
        yield one.begin, one.end


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
    years = set(_YEAR_PART.findall(url))
    return int(years.pop()) if len(years) == 1 else 0


def _said(match: regex.Match[str], languages: tuple[str, ...]) -> Said | None:
    named = match.groupdict()
    begin, end = match.span()
    if "loose" in named and not (_usual(named, languages) and _delimited(match)):
        return None
    if "alone" in named and begin:
        return None
    if named.get("a"):
        return _pair(named, begin, end, languages)
    of = month(named["w"], languages) if named.get("w") else int(named["m"])
    if not of or of > 12 or not 1 <= int(named["d"]) <= 31:
        return None
    return Said(begin=begin, end=end, year=_year(named), month=of, day=int(named["d"]))


def _pair(named: dict[str, str], begin: int, end: int, languages: tuple[str, ...]) -> Said | None:
    a, b, separator = int(named["a"]), int(named["b"]), named["sep"].strip()
    if not (0 < min(a, b) <= 12 and max(a, b) <= 31):
        return None
    language = _language(languages)
    # 24/05/03 is a day of 2003 only where days come first.
    if named.get("yy") and (_primary(language) in _NO_SHORT_YEARS or (a > 12 and language in _MONTH_FIRST + _SPLIT)):
        return None
    year = _year(named)
    if not year and separator == "-" and a > 12:
        return None  # 23-12 is more often the number of something
    return Said(begin=begin, end=end, year=year, pair=(a, b), separator=separator)


#: The year before the first of each Japanese era.
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}


def _year(named: dict[str, str]) -> int:
    if two := named.get("yy"):
        return int(two) + (1900 if int(two) > 68 else 2000)
    if era := named.get("era"):
        return _ERAS[era] + (1 if named["n"] == "元" else int(named["n"]))
    return int(named.get("y") or 0)


def _usual(named: dict[str, str], languages: tuple[str, ...]) -> bool:
    """Whether 2024.5.3, or 03.05.24, is how people write a date there, and not only a version."""
    primary = _primary(_language(languages))
    return primary in _YEAR_FIRST if named.get("y") else primary not in ("", "en", *_NO_SHORT_YEARS)


def _delimited(match: regex.Match[str]) -> bool:
    before, after = match.string[: match.start()].rstrip()[-1:], match.string[match.end() :].lstrip()[:1]
    return not before.isalnum() and not after.isalnum()


def _custom(pairs: list[Said], language: str) -> str:
    """The order that is usual in a language, for dates that show none; "" where two are, or where they may be none."""
    primary = _primary(language)
    if primary in _EAST or all(one.separator == "-" and not one.year for one in pairs):
        bare = not any(one.year for one in pairs)
        return "md" if bare and primary in ("", "en", *_YEAR_FIRST) else ""
    dotted = [one for one in pairs if one.separator == "."]
    if language in _MONTH_FIRST:
        return "" if dotted else "md"
    # Where nobody writes dates with full stops, 1.10.2022 may be a version.
    if language in _SPLIT or (primary == "en" and any(one.end - one.begin < 10 for one in dotted)):
        return ""
    return "dm"


def _language(languages: tuple[str, ...]) -> str:
    return languages[0].replace("_", "-").lower() if languages else ""


def _primary(language: str) -> str:
    return language.partition("-")[0]


def _stands(one: Said, text: str) -> bool:
    if _NUMBERED.search(text[max(0, one.begin - 12) : one.begin]):
        return False
    return bool(one.year) or one.begin == 0 or len(text) - (one.end - one.begin) <= 3


def _ends(taken: list[Said], text: str) -> set[Said]:
    """The dates that are the ends of ranges. Two whole dates with a "to" between them are two dates."""
    ends = {one for one in taken if _is_end(one, text)}
    for left, right in pairwise(taken):
        if not (left.year and right.year) and ranges.joined(text, left.end, right.begin):
            ends |= {left, right}
    return ends


def _is_end(one: Said, text: str) -> bool:
    if not one.year or text[one.begin : one.begin + 4].isdigit():
        return ranges.goes_on(text, one.end, bool(one.year))
    in_words = not one.pair[0]
    day = one.day if in_words else max(one.pair)
    return text[one.begin].isdigit() and ranges.began(text, one.begin, day, in_words)
