"""Hours of the week in which something may be done: "07:00-19:00", "mon-fri 07:00-19:00", "sat,sun 22:00-06:00"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from watcher import times

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = f"(?:{'|'.join(_DAYS)})"
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"
_HOURS = re.compile(
    rf"(?:(?P<days>{_DAY}(?:-{_DAY})?(?:,{_DAY}(?:-{_DAY})?)*)\s+)?(?P<begin>{_CLOCK})-(?P<end>{_CLOCK}|24:00)"
)


class Hours(NamedTuple):
    """The days on which the hours begin (Monday is 0), and when they begin and end; an end that is not after the
    beginning is on the next day."""

    days: frozenset[int]
    begin: time
    end: time


@lru_cache(4096)
def parse(text: str) -> Hours:
    """Raises ValueError for what is no such text."""
    found = _HOURS.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f'"{text}" are no hours; write "07:00-19:00" or "mon-fri 07:00-19:00"')
    days = frozenset(day for part in (found["days"] or "mon-sun").split(",") for day in _days(*part.split("-")))
    return Hours(days, time.fromisoformat(found["begin"]), time.fromisoformat(found["end"].replace("24:", "00:")))


def current(hours: Hours, moment: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The hours that `moment` is in, else the next ones: when they begin, and when they end. UTC."""
    today = moment.astimezone(zone).date()
    return next((begin, end) for begin, end in _spans(hours, today - timedelta(days=1), zone) if end > moment)


def _spans(hours: Hours, day: date, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """Those that begin on this day or later. Hours that the clocks skip are none."""
    overnight = timedelta(days=hours.end <= hours.begin)
    while True:
        if day.weekday() in hours.days:
            begin = times.reached(datetime.combine(day, hours.begin), zone)
            end = times.reached(datetime.combine(day + overnight, hours.end), zone)
            if begin < end:
                yield begin, end
        day += timedelta(days=1)


def _days(first: str, last: str = "") -> Iterator[int]:
    begin = _DAYS.index(first)
    span = (_DAYS.index(last or first) - begin) % 7
    return ((begin + n) % 7 for n in range(span + 1))
