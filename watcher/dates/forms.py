"""The forms in which days are written, as patterns over a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

import regex

# Where a date may begin and end: not inside a word, a number, a version or an address. Chinese sets no spaces.
_LETTER = r"[^\W\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"
_BEGIN = rf"(?<!{_LETTER}|/|\d[.,:-])"
_END = rf"(?!{_LETTER}|/|[.,-]\d)"
_NO_NAME = r"(?<!\p{L}-)"  # "COVID-19 May 2022"
_NO_YEAR = r"(?!\.?,?\s+(?:del?\s+|of\s+)?\d{3})"  # one of another calendar, or too long ago
_SEP = r"\u200f?(?P<sep>[-/.]|\s/(?=\s))\s?"  # CLDR's Arabic dates have U+200F before each slash
_SAME = r"\u200f?(?P=sep)\s?"
_D = r"(?P<d>\d\d?)(?:\s?(?i:st|nd|rd|th|er)\b|(?i:ère|re)\b|\.?[º°ª]|\.|ᵉʳ|η(?:ς\b)?|:?-?(?:[aeoйяе]|го)\b)?"
_W = (
    r"(?P<w>(?i:th(?:áng|g))\s(?:\d\d?|\p{L}+(?:\s(?:một|hai))?)"
    r"|(?:(?:كانون|تشرين)\s)?\p{L}[\p{L}\p{M}]+)\.?"
)
_Y = r"(?P<y>(?:19|20)\d\d)"
_YEAR = _Y + r"(?:\s?(?:г|р|r)\b\.?)?"
_YY = r"(?P<yy>\d\d)"
_OF = r"(?:(?i:de|del|of|du|năm)\s+|d[’'])?"
_COMMA = "[,،、，]?"

# Each group with a sign that a text must have for one of its forms to be there; forms with a year come first.
# A form that is `loose` may well be a version.
_GROUPS = [
    (
        re.compile(r"(?:19|20)\d\d"),
        (
            rf"{_Y}\u200f?(?P<sep>[-/]|\s/(?=\s))\s?(?P<m>\d\d?){_SAME}(?P<d>\d\d?)(?:(?=T\d)|{_END})",
            rf"{_Y}\.(?:\s?(?P<m>\d\d)\.\s?(?P<d>\d\d)|\s(?P<m>\d\d?)\.\s(?P<d>\d\d?))\.?{_END}",
            rf"{_Y}\.(?P<loose>)(?P<m>\d\d?)\.(?P<d>\d\d?)\.?{_END}",
            rf"{_Y}\s?[年년]\s?(?P<m>\d\d?)\s?[月월]\s?(?P<d>\d\d?)\s?[日일号號]",
            rf"{_NO_NAME}(?P<a>\d\d?){_SEP}(?P<b>\d\d?){_SAME}{_YEAR}{_END}",
            rf"{_NO_NAME}{_D}[\s/-]*{_OF}{_W}{_COMMA}[\s/-]*{_OF}{_YEAR}{_END}",
            rf"{_W}[\s-]+{_D}{_COMMA}[\s-]+{_OF}{_YEAR}{_END}",
            rf"{_Y}(?:[.,]|\sm\.)?\s+{_W}\s+{_D}{_END}",
        ),
    ),
    (
        re.compile(r"[-/.’'][0-9][0-9](?![0-9])"),
        (
            rf"(?P<a>\d\d?)(?P<sep>/)(?P<b>\d\d?)/{_YY}{_END}",
            rf"(?P<loose>)(?P<a>\d\d)(?P<sep>\.)(?P<b>\d\d)\.{_YY}{_END}",
            rf"{_NO_NAME}(?P<d>\d\d?)-{_W}-{_YY}{_END}",
            rf"{_NO_NAME}{_D}\s+{_OF}{_W}{_COMMA}\s+[’']{_YY}{_END}",
            rf"{_W}\s+{_D}{_COMMA}\s+[’']{_YY}{_END}",
            rf"(?P<a>\d\d)(?P<sep>[-/])(?P<b>\d\d){_END}",
        ),
    ),
    (
        re.compile(r"\d\D{0,6}\s[^\W\d]|[^\W\d][^\w\s]?\s+\d"),
        (
            rf"{_NO_NAME}{_D}\s+{_OF}{_W}(?![\w/]){_NO_YEAR}",
            rf"{_W}\s+{_D}{_END}{_NO_YEAR}",
        ),
    ),
    (re.compile("[月월]"), (r"(?<![年년]\s?)(?P<m>\d\d?)\s?[月월]\s?(?P<d>\d\d?)\s?[日일号號]",)),
    (
        re.compile("和|平成"),
        (r"(?P<era>令和|平成|昭和)\s?(?P<n>\d\d?|元)\s?年\s?(?P<m>\d\d?)\s?月\s?(?P<d>\d\d?)\s?日",),
    ),
    (re.compile(r"\d\.\s?\d\d?\.$"), (r"(?<![\d.]\s?)(?P<loose>)(?P<alone>)(?P<d>\d\d?)\.\s?(?P<m>\d\d?)\.$",)),
]

_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
_MARKS = str.maketrans("／．－‐‑−", "/.----")


def forms(text: str) -> Iterator[regex.Match[str]]:
    """What may be a date in a text of `plain` digits, the surest first. Its parts are named:

    y, yy, m, d   year, year of two digits, month, day
    w             a word or two that may be a month's name
    a, b, sep     day and month in some order, and what is between them
    era, n        year of a Japanese era
    loose, alone  where the form is one of versions as well, or is a date only where it is the whole of a text
    """
    for sign, patterns in _GROUPS:
        if sign.search(text):
            for pattern in patterns:
                yield from _compiled(pattern).finditer(text)


@cache
def _compiled(pattern: str) -> regex.Pattern[str]:
    # All of them take 40 ms, for which a command that reads no date need not wait.
    return regex.compile(_BEGIN + pattern)


def plain(text: str) -> str:
    """The text, as long as it was, with the digits and marks of other scripts as those of ASCII."""
    if text.isascii():
        return text
    return _FOREIGN_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), text.translate(_MARKS))
