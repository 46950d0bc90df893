"""Cron expressions as crontab(5) means them. What they mean is read here; APScheduler walks the calendar."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

from watcher import times

DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

_NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_PART = re.compile(r"(?:(?P<all>\*)|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d{1,3}))?", re.ASCII)
_TICK = timedelta(microseconds=1)


class _Field(NamedTuple):
    name: str
    low: int
    high: int
    names: Sequence[str] = ()


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 7, DAYS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """The values of each field, in order; Sunday is 0. With `either`, days of the month and of the week are ORed."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    either: bool
    all_day: bool  # its hours begin with *: it goes by the hour, and not by the time of day


@lru_cache(4096)
def parse(text: str) -> Cron:
    """ "30 8 * * mon-fri", "@daily". Raises ValueError with what is wrong."""
    fields = _NAMED.get(text.strip().lower(), text).split()
    if len(fields) != len(_FIELDS):
        raise ValueError(
            f'"{text}" has {len(fields)} fields; cron has minute, hour, day, month, weekday: 30 8 * * mon-fri'
        )
    minutes, hours, days, months, weekdays = (_values(text, *each) for each in zip(fields, _FIELDS, strict=True))
    either = not any(fields[n].startswith("*") for n in (2, 4))
    if not either and min(days) > max(_LENGTHS[month - 1] for month in months):
        raise ValueError(f'"{text}" never comes: no such month has {min(days)} days')
    return Cron(
        minutes=minutes,
        hours=hours,
        days=days,
        months=months,
        weekdays=tuple(sorted({day % 7 for day in weekdays})),
        either=either,
        all_day=fields[1].startswith("*"),
    )


def following(cron: Cron, moment: datetime, zone: tzinfo) -> datetime:
    """The first time after `moment`, UTC.

    A time of day that comes twice when the clocks go back counts once, and one that they skip when they go forward has
    come when they did. What goes by the hour goes on through an hour that comes again.
    """
    here = moment.astimezone(zone)
    walls = _walls(cron, here.replace(tzinfo=None))
    if cron.all_day:
        return _by_the_hour(cron, here, next(walls), zone)
    return next(at for wall in walls if (at := times.reached(wall, zone)) > moment)


def _by_the_hour(cron: Cron, here: datetime, wall: datetime, zone: tzinfo) -> datetime:
    offset = _offset(here)
    if _offset((at := _utc(wall - offset)).astimezone(zone)) == offset:
        return at
    at = times.reached(wall, zone)
    after = _offset(at.astimezone(zone))
    if after > offset:
        return at
    # The clocks go back before then: what they show already is shown again.
    again = (_utc(each - after) for each in _walls(cron, (here.astimezone(UTC) + after).replace(tzinfo=None)))
    return next(each for each in again if _offset(each.astimezone(zone)) == after)


def _walls(cron: Cron, after: datetime) -> Iterator[datetime]:
    """What a clock that is never put forward or back shows at each of its times after this one."""
    triggers = _triggers(cron)
    while True:
        start = _utc(after + _TICK)
        after = min(each.get_next_fire_time(None, start) for each in triggers).replace(tzinfo=None)
        yield after


@lru_cache(4096)
def _triggers(cron: Cron) -> list[Any]:
    """One, or two where either kind of days will do: APScheduler wants both to hold, and counts days from Monday."""
    from apscheduler.triggers.cron import CronTrigger  # takes 0.1 s, and most homes have no cron

    days = {"day": _listed(cron.days)}
    weekdays = {"day_of_week": ",".join(DAYS[day] for day in cron.weekdays)}
    clock = {"month": _listed(cron.months), "hour": _listed(cron.hours), "minute": _listed(cron.minutes)}
    which = [days, weekdays] if cron.either else [days | weekdays]
    return [CronTrigger(**each, **clock, timezone=UTC) for each in which]


def _listed(values: Sequence[int]) -> str:
    return ",".join(map(str, values))


def _utc(wall: datetime) -> datetime:
    return wall.replace(tzinfo=UTC)


def _offset(here: datetime) -> timedelta:
    return here.utcoffset() or timedelta(0)


def _values(text: str, written: str, field: _Field) -> tuple[int, ...]:
    """The values of one field: "*", "*/5", "1-5", "mon-fri", "8,12,16-20/2"."""
    values: set[int] = set()
    for part in written.split(","):
        found = _PART.fullmatch(part)
        if found is None:
            raise ValueError(f'"{text}": "{part}" is no {field.name}')
        first, last, step = _range(text, part, found, field)
        values.update(range(first, last + 1, step))
    return tuple(sorted(values))


def _range(text: str, part: str, found: re.Match[str], field: _Field) -> tuple[int, int, int]:
    step = int(found["step"] or 1)
    if not step:
        raise ValueError(f'"{text}": a step of 0 leads nowhere')
    if found["all"]:
        return field.low, min(field.high, 6) if field.names is DAYS else field.high, step
    first = _number(text, found["first"], field)
    if found["last"] is None:
        if found["step"]:
            raise ValueError(f'"{text}": "{part}" has a step and no range; write {first}-{field.high}/{step}')
        return first, first, 1
    last = _number(text, found["last"], field)
    if field.names is DAYS and last == 0 < first:
        last = 7  # fri-sun
    if last < first:
        low, high = field.low, min(field.high, 6) if field.names is DAYS else field.high
        raise ValueError(f'"{text}": "{part}" runs backwards; write {first}-{high},{low}-{last}')
    return first, last, step


def _number(text: str, value: str, field: _Field) -> int:
    names = list(field.names)
    if value.lower() in names:
        return names.index(value.lower()) + field.low
    if value.isdecimal() and field.low <= int(value) <= field.high:
        return int(value)
    raise ValueError(f'"{text}": {value} is no {field.name}; that is {field.low} to {field.high}')
