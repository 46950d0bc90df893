"""When to look again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from watcher.model import Failed, Outcome, Watch

#: A watch that keeps failing is tried at least this often.
LONGEST = timedelta(hours=12)


def next_due(watch: Watch, outcome: Outcome, failures: int, now: datetime) -> datetime:
    """When the watch is due again after `outcome`; `failures` counts this one, and those in a row before it.

    Each failure doubles the wait, up to `LONGEST` (or `every`, where that is longer). A host that said when to come
    back is believed.
    """
    if not isinstance(outcome, Failed):
        return now + watch.every
    doublings = min(max(failures, 1) - 1, 20)
    wait = min(watch.every * (1 << doublings), max(LONGEST, watch.every))
    return max(now + wait, outcome.retry_at or now)


def next_attempt(attempts: int, now: datetime) -> datetime:
    """When a letter that was not taken is tried again: after a minute, then ever later, up to a day."""
    return now + min(timedelta(minutes=1 << min(attempts, 12)), timedelta(days=1))
