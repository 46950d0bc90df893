"""A schedule as people say it."""

from __future__ import annotations

from datetime import tzinfo

from watcher import times
from watcher.model import Watch


def words(watch: Watch) -> str:
    """ "every 30 min, mon-fri 07:00-19:00 (Europe/Berlin)", "at 30 8 * * mon-fri (UTC), up to 2 min later"."""
    rhythm = f'cron "{watch.cron}"' if watch.cron else f"every {times.spoken(watch.every)}"
    active = f", {watch.active}" if watch.active else ""
    zone = f" ({_named(watch.zone)})" if watch.cron or watch.active else ""
    jitter = f", up to {times.spoken(watch.jitter)} later" if watch.jitter else ""
    return f"{rhythm}{active}{zone}{jitter}"


def _named(zone: tzinfo) -> str:
    return str(getattr(zone, "key", zone))
