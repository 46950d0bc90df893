"""Dates as they are found in the wild, durations, and how both are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

import regex

from watcher.model import When

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?\s*[smhdw]\s*)+", re.ASCII)

_ISO_TEXT = (
    r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)"
    r"(?:[Tt ](?P<clock>\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)\s?(?P<offset>Z|z|UTC|GMT|[+-]\d\d:?\d\d)?)?"
)
_ISO = re.compile(_ISO_TEXT, re.ASCII)
_MAIL = re.compile(r"(?:[A-Z][a-z]{2},\s*)?\d{1,2} [A-Z][a-z]{2} \d{4} \d", re.ASCII)

# Where a date may begin and end: not inside a number, a version or an address, and not after the dash of a range.
_BEGIN = r"(?<![\w./-])(?<!\d\s*[-–—&+]\s*)"
_END = r"(?![\w/-]|\.\d|,\d)"
_YEAR = r"(?P<y>(?:19|20)\d\d)"
_WORD = r"\p{L}[\p{L}\p{M}]+\.?"
_DATES = [
    regex.compile(_BEGIN + pattern + _END)
    for pattern in (
        _ISO_TEXT + r"(?!\s?(?:[AaPp]\.?[Mm]|[A-Z]{2,5})\b)",
        _YEAR + r"(?:(?P<sep>[-/])(?P<m>\d\d?)(?P=sep)(?P<d>\d\d?)|\.\s?(?P<m>\d\d)\.\s?(?P<d>\d\d)\.?)",
        _YEAR + r"\s?[年년]\s?(?P<m>\d\d?)\s?[月월]\s?(?P<d>\d\d?)\s?[日일]",
        r"(?P<a>\d\d?)(?P<sep>[./-])\s?(?P<b>\d\d?)(?P=sep)\s?" + _YEAR,
        r"(?P<a>\d\d?)(?P<sep>/)(?P<b>\d\d?)/(?P<yy>\d\d)",
        rf"(?P<text>(?P<d>\d\d?)(?:st|nd|rd|th|er|\.|º)?[\s-]+(?:(?:de|of)\s+)?{_WORD},?[\s-]+(?:del?\s+)?{_YEAR})",
        rf"(?P<text>{_WORD}\s+(?P<d>\d\d?)(?:st|nd|rd|th)?,?\s+{_YEAR})",
        rf"(?P<text>{_YEAR}\.?\s+{_WORD}\s+(?P<d>\d\d?)\.?)",
    )
]

_CLOCK = regex.compile(
    r"(?<![\d.:/-])(?P<h>\d\d?)"
    r"(?:(?:\s?[:hH時时点]\s?(?P<min>\d\d)(?::(?P<s>\d\d))?|\.(?P<min>\d\d)(?=\s?(?:Uhr|[AaPp]\.?\s?[Mm])\b))"
    r"(?:\s?(?P<half>[AaPp])\.?\s?[Mm]\b\.?)?|\s?(?P<half>[AaPp])\.?\s?[Mm]\b\.?)"
    r"(?!\d)(?:\s?\(?(?P<zone>Z|[A-Z]{2,5}\b|(?:UTC|GMT)?[+-]\d\d:?\d\d\b))?"
)
_OFFSETS = {"Z": 0, "UTC": 0, "GMT": 0, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "JST": 9, "KST": 9}
_OFFSETS |= {"EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8}
# Where 5/6/2022 is read both ways, or the language is not known.
_SPLIT = ("", "en-ca", "es-us", "fil")
_PLACES = {"ET": "New_York", "CT": "Chicago", "MT": "Denver", "PT": "Los_Angeles"}


def duration(text: str) -> timedelta:
    """ "30m", "1h 30m", "2d" as a timedelta; ValueError for anything else, zero included."""
    if not _DURATION.fullmatch(text.strip()):
        raise ValueError(f'"{text}" is no duration; write 30m, 2h, 1d')
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*([smhdw])", text)
    try:
        total = sum((timedelta(**{_UNITS[unit]: float(number)}) for number, unit in parts), timedelta())
    except OverflowError:
        raise ValueError(f'"{text}" is longer than the calendar') from None
    if not total:
        raise ValueError(f'"{text}" is no time at all')
    return total


def spoken(span: timedelta) -> str:
    """A duration for people: "30 s", "30 min", "2 h", "1 h 30 min", "3 d"."""
    if span < timedelta(minutes=1):
        return f"{int(span.total_seconds())} s"
    days, minutes = divmod(round(span.total_seconds() / 60), 1440)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""]
    return " ".join(p for p in parts if p)


def rfc3339(when: datetime) -> str:
    """RFC 3339, whole seconds, `Z` for UTC."""
    # Before time zones, places kept offsets with seconds, which the format has no room for.
    if (when.utcoffset() or timedelta()) % timedelta(minutes=1):
        when = moment(when, UTC)
    return when.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def day(when: When) -> date:
    """The day that is claimed, in the claim's own zone."""
    return when.date() if isinstance(when, datetime) else when


def moment(when: When, zone: tzinfo) -> datetime:
    """A point in time: a bare date is noon of it in `zone`. UTC."""
    if not isinstance(when, datetime):
        when = datetime.combine(when, time(12), zone)
    try:
        return when.astimezone(UTC)
    except OverflowError:  # year 1 or 9999, and a zone that leads out of the calendar
        return when.replace(tzinfo=UTC)


def claimed(attribute: str, text: str, *, zone: tzinfo = UTC, languages: Sequence[str] = ()) -> When | None:
    """The date of `<time datetime="ATTRIBUTE">TEXT</time>`.

    A time of exactly noon or midnight beside a text that shows only a day is not a time, and a `datetime` that is
    impossible (a zone of -47:00 has been seen) loses to the visible text.
    """
    when = machine(attribute, zone)
    if when is None:
        return parse(text, zone=zone, languages=languages)
    if isinstance(when, datetime) and (when.hour, when.minute, when.second) in ((0, 0, 0), (12, 0, 0)):
        shown = text.strip()
        if shown and not _CLOCK.search(shown):
            return when.date()
    return when


def machine(text: str, zone: tzinfo = UTC) -> When | None:
    """A date that was written for machines: RFC 3339 and its relatives, or RFC 5322; None for anything else."""
    text = text.strip()
    if match := _ISO.fullmatch(text):
        return _iso(match, zone)
    if not _MAIL.match(text):
        return None
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=zone)


def parse(text: str, *, zone: tzinfo = UTC, languages: Sequence[str] = ()) -> When | None:
    """The one date that a text for people names, or None: day, month and year must all be said.

    `languages` are tags as pages have them ("de", "en-GB"). They say which months are meant, and what 5/6/2022 is;
    where they do not, that is no date. English months are always understood.
    """
    text = "".join(str(unicodedata.decimal(c, c)) for c in " ".join(text.split()))
    # A longer text is prose, and a date in it is something that it tells of.
    if len(text) > 120:
        return None
    if (when := machine(text, zone)) is not None:
        return when
    found = dict(_found(text, zone, languages))
    if len({day(when) for when in found.values()}) != 1:
        return None
    when = next(iter(found.values()))
    return when if isinstance(when, datetime) else _at_clock(when, _blanked(text, found), zone)


def _found(text: str, zone: tzinfo, languages: Sequence[str]) -> Iterator[tuple[tuple[int, int], When]]:
    for pattern in _DATES:
        for match in pattern.finditer(text):
            if when := _date(match, zone, languages):
                yield match.span(), when


def _date(match: regex.Match[str], zone: tzinfo, languages: Sequence[str]) -> When | None:
    named = match.groupdict()
    try:
        if "clock" in named:
            return _iso(match, zone)
        if "text" in named:
            return _worded(named["text"], languages)
        if "a" in named:
            year = int(named["y"]) if "y" in named else _century(int(named["yy"]))
            return _ordered(year, named["a"], named["b"], named["sep"], languages)
        return date(int(named["y"]), int(named["m"]), int(named["d"]))
    except ValueError:
        return None


def _iso(match: re.Match[str] | regex.Match[str], zone: tzinfo) -> When | None:
    year, month, dom, clock, offset = match.group("y", "m", "d", "clock", "offset")
    try:
        if clock is None:
            return date(int(year), int(month), int(dom))
        offset = (offset or "").replace("UTC", "Z").replace("GMT", "Z").upper()
        when = datetime.fromisoformat(f"{year}-{month}-{dom}T{clock.replace(',', '.')}{offset}")
    except ValueError:
        return None
    when = when.replace(microsecond=0)
    return when if when.tzinfo else when.replace(tzinfo=zone)


def _ordered(year: int, first: str, second: str, separator: str, languages: Sequence[str]) -> date | None:
    """Of two numbers the day and the month: by size, else as the page's language has it, else None."""
    language = languages[0].lower() if languages else ""
    english = language.partition("-")[0] in ("", "en")
    if separator == "." and english and len(first + second) < 4:
        return None  # 1.10.2022 is a version as well
    a, b = int(first), int(second)
    if a > 12 or a == b:
        return date(year, b, a)
    if b > 12:
        return date(year, a, b)
    if language in ("en", "en-us") and separator != ".":
        return date(year, a, b)
    if (separator == "." and english) or language in _SPLIT:
        return None
    return date(year, b, a)


def _century(year: int) -> int:
    return year + (1900 if year > 68 else 2000)


def _worded(text: str, languages: Sequence[str]) -> date | None:
    # dateparser takes 80 ms to import and as long again for its first date; most dates are written for machines.
    import dateparser

    known = [language.partition("-")[0].lower() for language in languages]
    for names in ([*known, "en"], ["en"]):
        try:
            when = dateparser.parse(
                text,
                languages=list(dict.fromkeys(names)),
                settings={"REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"]},
            )
        except ValueError:  # a language that it does not know
            continue
        return when.date() if when else None
    return None


def _blanked(text: str, spans: dict[tuple[int, int], When]) -> str:
    for begin, end in spans:
        text = text[:begin] + "\n" * (end - begin) + text[end:]
    return text


def _at_clock(when: date, rest: str, zone: tzinfo) -> When:
    """The day with the one time of day that stands beside it; the day alone where there is no such, or two."""
    clocks = list(_CLOCK.finditer(rest))
    if len(clocks) != 1:
        return when
    hour, minute, second = (int(part or 0) for part in clocks[0].group("h", "min", "s"))
    if half := (clocks[0]["half"] or "").lower():
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return datetime.combine(when, time(hour, minute, second), _zone(clocks[0]["zone"], zone))
    except (ValueError, KeyError):  # no such time, or a zone that we do not know
        return when


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
