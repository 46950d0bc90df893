"""When one watch is due again.

A watch with `every` has its turns on a grid of its own: whole periods since 1970, and its phase. So a late check
shifts none after it, and the watches of one period stay spread, whatever came between.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from watcher.model import Failed, Outcome, Watch
from watcher.times import cron, hours

#: A watch that keeps failing is tried at least this often.
LONGEST = timedelta(hours=12)

#: One that failed is not given longer than this before it is tried for the first time, and no shorter than that.
FIRST, SHORTEST = timedelta(minutes=30), timedelta(seconds=1)

#: The watches of one cron time share its minute out.
MINUTE = timedelta(minutes=1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def next_due(
    watch: Watch, outcome: Outcome, failures: int, now: datetime, fresh_until: datetime | None = None
) -> datetime:
    """When the watch is due again after `outcome`; `failures` counts this one, and those in a row before it.

    A host that said when to come back is believed, and one that calls its answer fresh is not asked sooner.
    """
    if not isinstance(outcome, Failed):
        return sound(watch, now, fresh_until)
    wait = backoff(watch, failures, now)
    # A part of it is left to chance: what fails together is not tried again together.
    wait -= wait * fraction(f"{watch.name} {failures} {now.isoformat()}") / 4
    return opened(watch, max(now + wait, outcome.retry_at or now))


def next_attempt(attempts: int, now: datetime) -> datetime:
    """When a letter that was not taken is tried again: after a minute, then ever later, up to a day."""
    return now + min(timedelta(minutes=1 << min(attempts, 12)), timedelta(days=1))


def sound(watch: Watch, checked_at: datetime, fresh_until: datetime | None = None) -> datetime:
    """When a watch that was well at `checked_at` is due again."""
    turn = _turn(watch, checked_at)
    delayed = turn + watch.jitter * fraction(f"{watch.url} {turn.isoformat()}")
    return opened(watch, max(_within_hours(watch, turn, delayed), fresh_until or turn))


def backoff(watch: Watch, failures: int, now: datetime) -> timedelta:
    """The longest wait after so many failures in a row: twice as long each time, up to `LONGEST`, or the watch's own
    period where that is longer. What is looked at rarely is made up for sooner: it may have been a bad moment."""
    period = _period(watch, now)
    first = max(min(period, FIRST), SHORTEST)
    return min(first * (1 << min(max(failures, 1) - 1, 20)), max(LONGEST, period))


def share(watch: Watch, now: datetime) -> timedelta:
    """How far into its period the turn of a watch is."""
    return _period(watch, now) * watch.phase


def is_active(watch: Watch, now: datetime) -> bool:
    """Whether it may be looked at now."""
    return not watch.active or hours.current(hours.parse(watch.active), now, watch.zone)[0] <= now


def opened(watch: Watch, at: datetime) -> datetime:
    """That time, if the watch is active then; else its turn in the next active hours."""
    if not watch.active:
        return at
    begin, end = hours.current(hours.parse(watch.active), at, watch.zone)
    if begin <= at:
        return at
    turn = _first(watch, begin)
    # A period may be longer than the hours, and a cron time outside of them.
    return turn if turn < end else min(begin + (end - begin) * watch.phase, end - timedelta(microseconds=1))


def _within_hours(watch: Watch, turn: datetime, delayed: datetime) -> datetime:
    """A turn that comes in the active hours is not delayed beyond their end: it would be lost."""
    if not watch.active:
        return delayed
    begin, end = hours.current(hours.parse(watch.active), turn, watch.zone)
    return min(delayed, end - timedelta(microseconds=1)) if begin <= turn else delayed


def fraction(text: str) -> float:
    """A number from 0 to 1 that is as good as random, and always the same for one text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest()) / 2**48


def _turn(watch: Watch, now: datetime) -> datetime:
    """The turn after `now`: the last one within a period from it. One that is close is put off by half a period, so
    that the grid is met at the next one, with no pause longer than the period, and none shorter than 0.4 of it."""
    if watch.cron:
        fires = cron.following(cron.parse(watch.cron), now - MINUTE * watch.phase, watch.zone)
        return fires + MINUTE * watch.phase
    turn = _grid(watch, now + watch.every)
    left = turn - now
    # Not half: what comes late to a turn that was put off would then be put off again.
    return turn if left >= watch.every * 0.4 else turn + watch.every / 2


def _first(watch: Watch, begin: datetime) -> datetime:
    """The first turn that is not before `begin`."""
    just_before = begin - timedelta(microseconds=1)
    return _turn(watch, just_before) if watch.cron else _grid(watch, just_before + watch.every)


def _grid(watch: Watch, at: datetime) -> datetime:
    """The last turn that is not after `at`."""
    origin = _EPOCH + watch.every * watch.phase
    return origin + (at - origin) // watch.every * watch.every


def _period(watch: Watch, now: datetime) -> timedelta:
    return _turn(watch, now) - now if watch.cron else watch.every
