"""Dates as they are found in the wild, durations, and how both are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any

from watcher.model import When

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?\s*[smhdw]\s*)+")
_CLOCK = re.compile(r"\d{1,2}\s*[:.h]\s*\d{2}|\d\s*[ap]\.?m\b", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?(?:[.,]\d+)?)\s*(Z|[+-]\d{2}:?\d{2})?)?")


def duration(text: str) -> timedelta:
    """ "30m", "1h 30m", "2d" as a timedelta; ValueError for anything else, zero included."""
    if not _DURATION.fullmatch(text.strip()):
        raise ValueError(f'"{text}" is no duration; write 30m, 2h, 1d')
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*([smhdw])", text)
    total = sum((timedelta(**{_UNITS[unit]: float(number)}) for number, unit in parts), timedelta())
    if not total:
        raise ValueError(f'"{text}" is no time at all')
    return total


def spoken(span: timedelta) -> str:
    """A duration for people: "30 min", "2 h", "1 h 30 min", "3 d"."""
    minutes = round(span.total_seconds() / 60)
    days, minutes = divmod(minutes, 1440)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""]
    return " ".join(p for p in parts if p) or f"{round(span.total_seconds())} s"


def rfc3339(when: datetime) -> str:
    """RFC 3339, whole seconds, `Z` for UTC."""
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
    if not re.match(r"(?:[A-Z][a-z]{2},\s*)?\d{1,2} [A-Z][a-z]{2} \d{4} \d", text):
        return None
    try:
        when = parsedate_to_datetime(text)
        return when if when.tzinfo else when.replace(tzinfo=zone)
    except ValueError:
        return None


def parse(text: str, *, zone: tzinfo = UTC, languages: Sequence[str] = ()) -> When | None:
    """The date that a text for people names, or None: day, month and year must all be said."""
    text = " ".join(text.split())
    if not 6 <= len(text) <= 80 or not re.search(r"\d", text):
        return None
    return machine(text, zone) or _spoken_date(text, zone, languages)


def _iso(match: re.Match[str], zone: tzinfo) -> When | None:
    year, month, dom, clock, offset = match.groups()
    try:
        if clock is None:
            return date(int(year), int(month), int(dom))
        when = datetime.fromisoformat(f"{year}-{month}-{dom}T{clock.replace(',', '.')}{offset or ''}")
    except ValueError:
        return None
    when = when.replace(microsecond=0)
    return when if when.tzinfo else when.replace(tzinfo=zone)


def _spoken_date(text: str, zone: tzinfo, languages: Sequence[str]) -> When | None:
    # dateparser takes 150 ms to import, and most dates are written for machines.
    import dateparser

    settings: Any = {"REQUIRE_PARTS": ["day", "month", "year"], "RETURN_AS_TIMEZONE_AWARE": False}
    when = dateparser.parse(text, languages=list(languages) or ["en"], settings=settings)
    if when is None:
        return None
    if not _CLOCK.search(text):
        return when.date()
    when = when.replace(microsecond=0)
    return when if when.tzinfo else when.replace(tzinfo=zone)
