"""Ranges of days: "3-5 May 2024" names no day, and least of all the one that the end of it looks like."""

from __future__ import annotations

import regex

_WORDS = (
    "to|till?|until|through|thru|and|bis|und|au|et|al?|y|e|i|do|až|по|до|и|та|й|og|och|tot|en|t/m|è|și|până|la|ve"
    "|ile|sampai|hingga|đến|dan|έως|και|إلى|و|से"
)
_TO = rf"(?:\s*[-–—~～〜&+]\s*|\s+(?i:{_WORDS})\s+(?:zum\s+)?|\s*(?:至|到|から)\s*)"
_WEEKDAY = r"(?:\p{L}+\.?,?\s+)?"
_BETWEEN = _TO + _WEEKDAY
_BEFORE = r"(?<![\d.:/#])(?P<n>\d\d?)(?:st|nd|rd|th|er|[.ºª日일]|(?P<month>[./]\d\d?[./]?))?" + _TO + _WEEKDAY + "$"
_AFTER = _TO + r"\d\d?(?![\d:])"
# After a year and a dash come times and titles, too: "2024-05-03 – 12:30", "2024-05-03 - 5 news".
_AFTER_YEAR = _TO + r"\d\d?(?:[./-]\s?\d\d?)*\s*(?:[日일号號月월]|[)\],;|.]?$)"


def joined(text: str, end: int, begin: int) -> bool:
    """Whether only a "to" or "and" stands between the end of one date and the beginning of the next."""
    return regex.fullmatch(_BETWEEN, text, pos=end, endpos=begin) is not None


def goes_on(text: str, end: int, has_year: bool) -> bool:
    """Whether another day of the same month or year follows a date."""
    return regex.match(_AFTER_YEAR if has_year else _AFTER, text, pos=end) is not None


def began(text: str, begin: int, day: int, in_words: bool) -> bool:
    """Whether an earlier day of the same month or year stands before a date that begins with its day.

    "1.2 - 3 May 2024" is a version and a day.
    """
    found = regex.search(_BEFORE, text[max(0, begin - 40) : begin])
    if found is None or found["month"]:
        return found is not None and not in_words
    return int(found["n"]) < day
