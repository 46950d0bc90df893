"""Dates as they are found in the wild, durations, and how both are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from email.utils import parsedate_to_datetime

from watcher import dates
from watcher.dates import clock
from watcher.dates.forms import plain
from watcher.model import When

#: So long a duration may be: what is reckoned with it stays within the calendar.
LONGEST = timedelta(days=36525)

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?\s*[smhdw]\s*)+", re.ASCII)

_ISO = re.compile(
    r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)"
    r"(?:[Tt ](?P<clock>\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)\s?(?P<offset>Z|z|UTC|GMT|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)
_MAIL = re.compile(r"(?:[A-Z][a-z]{2},\s*)?\d{1,2} [A-Z][a-z]{2} \d{4} \d", re.ASCII)


def duration(text: str) -> timedelta:
    """ "30m", "1h 30m", "2d" as a timedelta; ValueError for anything else, zero included."""
    if not _DURATION.fullmatch(text.strip()):
        raise ValueError(f'"{text}" is no duration; write 30m, 2h, 1d')
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*([smhdw])", text)
    try:
        total = sum((timedelta(**{_UNITS[unit]: float(number)}) for number, unit in parts), timedelta())
    except OverflowError:
        total = timedelta.max
    if total > LONGEST:
        raise ValueError(f'"{text}" is longer than a hundred years')
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


def reached(wall: datetime, zone: tzinfo) -> datetime:
    """The first moment at which clocks in `zone` show `wall`, which has no zone, or a later time. UTC.

    Of a time that comes twice it is the first; one that the clocks skip has come when they have skipped it.
    """
    late = wall.replace(tzinfo=zone).astimezone(UTC)
    if late.astimezone(zone).replace(tzinfo=None) == wall:
        return late
    # In a gap fold 0 reckons by the clock before it, fold 1 by the one after it (PEP 495): it lies between the two.
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        if middle.astimezone(zone).replace(tzinfo=None) >= wall:
            late = middle
        else:
            early = middle
    return late.replace(microsecond=0)


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
        if shown and not clock.shown(shown):
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
    text = " ".join(text.split())
    # A longer text is prose, and a date in it is something that it tells of.
    if len(text) > 120:
        return None
    text = plain(text)
    if (when := machine(text, zone)) is not None:
        return when
    found = [one for one in dates.said(text, tuple(languages)) if one.year]
    order = dates.order(found, tuple(languages))
    days = {one: day for one in found if (day := dates.resolved(one, order))}
    if len(set(days.values())) != 1:
        return None
    rest = _blanked(text, dates.spans(days))
    return clock.beside(next(iter(days.values())), rest, zone)


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for begin, end in spans:
        text = text[:begin] + "\n" * (end - begin) + text[end:]
    return text


def _iso(match: re.Match[str], zone: tzinfo) -> When | None:
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
