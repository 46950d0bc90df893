"""Dates inside texts: where they stand and what day they name, as far as they say it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import regex

from watcher import clock
from watcher.model import When
from watcher.months import month

# Where a date may begin and end: not inside a word, a number, a version or an address. Chinese sets no spaces.
_LETTER = r"[^\W\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"
_BEGIN = rf"(?<!{_LETTER}|/|\d[.,:-])"
_FIRST = r"(?<!\p{L}-)"  # "COVID-19 May 2022"
_END = rf"(?!{_LETTER}|/|[.,-]\d)"
_SEP = r"\u200f?(?P<sep>[-/.]|\s/(?=\s))\s?"  # CLDR's Arabic dates have U+200F before each slash
_SAME = r"\u200f?(?P=sep)\s?"
_D = r"(?P<d>\d\d?)(?:\s?(?i:st|nd|rd|th|er)\b|(?i:ère|re)\b|\.?[º°ª]|\.|ᵉʳ|η(?:ς\b)?|:?-?(?:[aeoйяе]|го)\b)?"
_W = (
    r"(?P<w>(?i:th(?:áng|g))\s(?:\d\d?|\p{L}+(?:\s(?:một|hai))?)"
    r"|(?:(?:كانون|تشرين)\s)?\p{L}[\p{L}\p{M}]+)\.?"
)
_Y = r"(?P<y>(?:19|20)\d\d)"
_YEAR = _Y + r"(?:\s?(?:г|р|r)\b\.?)?"
_OF = r"(?:(?i:de|del|of|du|năm)\s+|d[’'])?"
_COMMA = "[,،、，]?"
_NOT_MORE = r"(?!\.?,?\s+(?:del?\s+|of\s+)?\d{3})"  # a year after all, though of another calendar
_PATTERNS = [
    regex.compile(_BEGIN + pattern)
    for pattern in (
        _Y + r"\u200f?(?P<sep>[-/]|\s/(?=\s))\s?(?P<m>\d\d?)" + _SAME + rf"(?P<d>\d\d?)(?:(?=T\d)|{_END})",
        _Y + r"\.(?:\s?(?P<m>\d\d)\.\s?(?P<d>\d\d)|\s(?P<m>\d\d?)\.\s(?P<d>\d\d?))\.?" + _END,
        _Y + r"\.(?P<loose>)(?P<m>\d\d?)\.(?P<d>\d\d?)\.?" + _END,
        _Y + r"\s?[年년]\s?(?P<m>\d\d?)\s?[月월]\s?(?P<d>\d\d?)\s?[日일号號]",
        rf"{_FIRST}(?P<a>\d\d?){_SEP}(?P<b>\d\d?){_SAME}{_YEAR}{_END}",
        r"(?P<a>\d\d?)(?P<sep>/)(?P<b>\d\d?)/(?P<yy>\d\d)" + _END,
        r"(?P<loose>)(?P<a>\d\d)(?P<sep>\.)(?P<b>\d\d)\.(?P<yy>\d\d)" + _END,
        rf"{_FIRST}{_D}[\s/-]*{_OF}{_W}{_COMMA}[\s/-]*{_OF}{_YEAR}{_END}",
        rf"{_W}[\s-]+{_D}{_COMMA}[\s-]+{_OF}{_YEAR}{_END}",
        rf"{_Y}(?:[.,]|\sm\.)?\s+{_W}\s+{_D}{_END}",
        rf"{_FIRST}(?P<d>\d\d?)-{_W}-(?P<yy>\d\d){_END}",
        rf"{_FIRST}{_D}\s+{_OF}{_W}{_COMMA}\s+[’'](?P<yy>\d\d){_END}",
        rf"{_W}\s+{_D}{_COMMA}\s+[’'](?P<yy>\d\d){_END}",
        rf"{_FIRST}{_D}\s+{_OF}{_W}(?![\w/]){_NOT_MORE}",
        rf"{_W}\s+{_D}{_END}{_NOT_MORE}",
        r"(?<![年년]\s?)(?P<m>\d\d?)\s?[月월]\s?(?P<d>\d\d?)\s?[日일号號]",
        r"(?P<a>\d\d)(?P<sep>[-/])(?P<b>\d\d)" + _END,
    )
]

_YEAR_FIRST = ("zh", "ja", "ko", "hu", "yue")
_EAST = ("zh", "ja", "ko", "yue")
# Their years of two digits are of other eras: 65 is 2565, or 1965.
_ERAS = (*_YEAR_FIRST, "th", "fa", "ne", "am", "ps")
_MONTH_FIRST = ("en", "en-us", "en-pr")
# Where 5/6/2022 is read both ways, or the language is not known.
_SPLIT = ("", "en-ca", "es-us", "es-pr", "es-pa", "fil", "tl")

_DIGIT = re.compile(r"\d")
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
_MARKS = str.maketrans("／．－‐‑−\u2024", "/.----.")

_WORDS_OF_RANGE = (
    "to|till?|until|through|thru|and|bis|und|au|et|al?|y|e|i|do|do|až|по|до|и|та|й|og|och|tot|en|t/m|è|și|până|la|ve"
    "|ile|sampai|hingga|đến|dan|έως|και|إلى|و|से"
)
_TO = rf"(?:\s*[-–—~～〜&+]\s*|\s+(?i:{_WORDS_OF_RANGE})\s+|\s*[至到から]+\s*)"
_TO_THIS = regex.compile(
    rf"(?<![\d.:/#])(?P<n>\d\d?)(?:st|nd|rd|th|er|[.ºª日일]|(?P<pair>[./]\d\d?[./]?))?{_TO}(?:\p{{L}}+\.?,?\s+)?$"
)
_TO_MORE = regex.compile(rf"{_TO}\d\d?(?![\d:])")
_TO_LESS = regex.compile(rf"{_TO}\d\d?(?:[./-]\s?\d\d?)*\s*(?:[日일号月월]|[)\],;|.]?$)")
_BETWEEN = regex.compile(rf"{_TO}(?:\p{{L}}+\.?,?\s+)?")
_NUMBERED = regex.compile(r"(?:\b(?i:no|nr|vol|issue|top|part|ver|version|chapter)\.?|[#№$€£¥]|[Nn][°º])\s*$")


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

    A range within a month or a year ("3-5 May 2024") names no day, nor does a number that something is counted by.
    """
    if not _DIGIT.search(text):
        return ()
    text = plain(text)
    taken: list[Said] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            one = _said(match, languages)
            if one and not any(one.begin < t.end and t.begin < one.end for t in taken):
                taken.append(one)
    taken.sort(key=lambda one: one.begin)
    return tuple(one for n, one in enumerate(taken) if _stands(one, text) and not _ranges(taken, n, text))


def plain(text: str) -> str:
    """The text, as long as it was, with the digits and marks of other scripts as those of ASCII."""
    if text.isascii():
        return text
    return _FOREIGN_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), text.translate(_MARKS))


def order(dates: Iterable[Said], languages: tuple[str, ...]) -> str:
    """How a page writes days in numbers, "dm" or "md": as those of its dates show that can be read one way only."""
    pairs = [one for one in dates if one.pair[0]]
    first, second = any(one.pair[0] > 12 for one in pairs), any(one.pair[1] > 12 for one in pairs)
    if first != second:
        return "dm" if first else "md"
    if first:
        return ""
    language = _language(languages)
    primary = language.partition("-")[0]
    if all(one.separator == "-" and not one.year for one in pairs) or primary in _EAST:
        return "md" if primary in ("", "en", *_YEAR_FIRST) and not any(one.year for one in pairs) else ""
    dotted = [one for one in pairs if one.separator == "."]
    if language in _MONTH_FIRST:
        return "" if dotted else "md"
    # 1.10.2022 may be a version where nobody writes dates with full stops.
    if language in _SPLIT or (language.startswith("en") and any(one.end - one.begin < 10 for one in dotted)):
        return ""
    return "dm"


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
    # Beside two dates, it is not known whose time it is.
    return day if len(text) > 80 or said(rest) else clock.beside(day, plain(rest))


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
    years = set(re.findall(r"(?<=/)((?:19|20)[0-9]{2})(?=[/-])", url))
    return int(years.pop()) if len(years) == 1 else 0


def spans(found: Iterable[Said]) -> Iterator[tuple[int, int]]:
    for one in found:
        yield one.begin, one.end


_ADDRESS = regex.compile(
    r"(?<=[/_-])(?P<y>(?:19|20)\d\d)(?P<sep>[/_-]?)(?P<m>0[1-9]|1[0-2]|(?<=[/_-])[1-9])(?P=sep)"
    r"(?P<d>[0-3]\d|(?<=[/_-])[1-9])(?!\d)",
    regex.ASCII,
)


def _said(match: regex.Match[str], languages: tuple[str, ...]) -> Said | None:
    named = match.groupdict()
    begin, end = match.span()
    if "loose" in named and not (_usual(named, languages) and _delimited(match)):
        return None
    if named.get("a"):
        return _pair(named, begin, end, languages)
    of = month(named["w"], languages) if named.get("w") else int(named["m"])
    if not of or of > 12 or not 1 <= int(named["d"]) <= 31:
        return None
    return Said(begin=begin, end=end, year=_year(named), month=of, day=int(named["d"]))


def _year(named: dict[str, str]) -> int:
    if two := named.get("yy"):
        return int(two) + (1900 if int(two) > 68 else 2000)
    return int(named.get("y") or 0)


def _pair(named: dict[str, str], begin: int, end: int, languages: tuple[str, ...]) -> Said | None:
    a, b, separator = int(named["a"]), int(named["b"]), named["sep"]
    if not (0 < min(a, b) <= 12 and max(a, b) <= 31):
        return None
    year, language = _year(named), _language(languages)
    if named.get("yy"):
        # 24/05/03 is a day of 2003 only where days come first.
        if language.partition("-")[0] in _ERAS or (a > 12 and language in (*_MONTH_FIRST, *_SPLIT)):
            return None
    elif not year and separator == "-" and a > 12:
        return None  # 23-12 is more often the number of something
    return Said(begin=begin, end=end, year=year, pair=(a, b), separator=separator.strip())


def _usual(named: dict[str, str], languages: tuple[str, ...]) -> bool:
    """Whether 2024.5.3, or 03.05.24, is how people write a date there, and not only a version."""
    primary = _language(languages).partition("-")[0]
    return primary in _YEAR_FIRST if named.get("y") else primary not in ("", "en", *_ERAS)


def _delimited(match: regex.Match[str]) -> bool:
    before, after = match.string[: match.start()].rstrip()[-1:], match.string[match.end() :].lstrip()[:1]
    return not before.isalnum() and not after.isalnum()


def _language(languages: tuple[str, ...]) -> str:
    return languages[0].replace("_", "-").lower() if languages else ""


def _stands(one: Said, text: str) -> bool:
    if _NUMBERED.search(text[: one.begin]):
        return False
    return bool(one.year) or one.begin == 0 or len(text) - (one.end - one.begin) <= 3


def _ranges(taken: list[Said], n: int, text: str) -> bool:
    """Whether the date is one end of a range whose other end leaves out what both have in common."""
    one = taken[n]
    for left, right in zip(taken[max(0, n - 1) : n + 1], taken[n : n + 2], strict=False):
        if left is not right and not (left.year and right.year) and _BETWEEN.fullmatch(text[left.end : right.begin]):
            return True
    year_first = text[one.begin : one.begin + 4].isdigit()
    if not one.year or year_first:
        return (_TO_LESS if one.year else _TO_MORE).match(text, one.end) is not None
    before = _TO_THIS.search(text[: one.begin]) if text[one.begin].isdigit() else None
    if before is None or before["pair"]:
        return before is not None and bool(one.pair[0])
    return int(before["n"]) < (max(one.pair) or one.day)
