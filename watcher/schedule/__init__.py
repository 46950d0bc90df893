"""When to look again. Pure."""

from __future__ import annotations

from watcher.schedule.due import LONGEST, backoff, is_active, next_attempt, next_due, opened, sound
from watcher.schedule.freshness import CAP, fresh_until
from watcher.schedule.plan import GRACE, foreseen, overdue, phased, plan
from watcher.schedule.words import words

__all__ = [
    "CAP",
    "GRACE",
    "LONGEST",
    "backoff",
    "foreseen",
    "fresh_until",
    "is_active",
    "next_attempt",
    "next_due",
    "opened",
    "overdue",
    "phased",
    "plan",
    "sound",
    "words",
]
