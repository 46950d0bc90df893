"""What is to be looked at now: due times as the state has them, in line with the configuration and the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from watcher import schedule
from watcher.config import Config
from watcher.store import Store

#: The clock was changed, or the machine slept, where more than this lies between two looks at what is due.
JUMP = timedelta(minutes=1)


class Agenda:
    """Of one process, which looks again and again. Moments in UTC."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._planned: Config | None = None
        self._asked_at: datetime | None = None

    def due(self, config: Config, now: datetime, *, spread: bool) -> list[str]:
        """The watches whose time has come. Due times are planned again where the configuration is another, or time did
        not just pass; with `spread`, what is late is then due one after the other."""
        passed = now - self._asked_at if self._asked_at else timedelta(0)
        if self._planned is not config or not timedelta(0) <= passed <= JUMP:
            self._plan(config, now, spread=spread, back=max(-passed, timedelta(0)))
        self._asked_at = now
        due = [name for name in self._store.due(now) if name in config.watches]
        asleep = [name for name in due if not schedule.is_active(config.watches[name], now)]
        if asleep:
            self._plan(config, now, spread=spread)
        return [name for name in due if name not in asleep]

    def _plan(self, config: Config, now: datetime, *, spread: bool, back: timedelta = timedelta(0)) -> None:
        """`back` is how far the clock was set back."""
        last = self._store.last_look()
        if self._planned is None and last and last - now > JUMP:
            back = last - now  # while nobody looked
        standing = self._store.standing()
        due = schedule.plan(config.watches, standing, now, spread=spread, back=back)
        if due:
            self._store.plan(due, standing, now)
        self._planned = config
