"""What an app hands to its fetcher, held still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from watcher.fetch import Fetcher, Holds, Limits

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class World:
    """A clock that stands, what hosts asked for, and the robots.txt files that outlast a process."""

    def __init__(self) -> None:
        self.now = NOW
        self.holds: dict[str, datetime] = {}
        self.kept: dict[str, tuple[str, datetime]] = {}
        self.loaded = 0

    def robots(self, origin: str) -> tuple[str, datetime] | None:
        self.loaded += 1
        return self.kept.get(origin)

    def keep_robots(self, origin: str, text: str, at: datetime) -> None:
        self.kept[origin] = text, at

    def fetcher(self, gap: float = 0.0, **limits: Any) -> Fetcher:
        return Fetcher(
            user_agent="watcher/0.1.0 (+me@example.org)",
            clock=lambda: self.now,
            gap=gap,
            limits=Limits(**limits),
            holds=Holds(self.holds),
            kept=self,
        )
