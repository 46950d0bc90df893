"""Watches whose checks broke off: each is left alone for a while, whatever the state says of when it is due.

A check that ends puts its watch off by what it commits. Where nothing can be committed, the disk being full, the watch
stays due, and its server would be asked at every tick.
"""

from __future__ import annotations

from collections.abc import Collection
from time import monotonic

#: Seconds for which a watch is left alone after the first time; each further time it is twice as long, up to `LONGEST`.
FIRST, LONGEST = 5.0, 600.0


class Setbacks:
    """In memory: a start tries at once. For any thread."""

    def __init__(self) -> None:
        self._waits: dict[str, tuple[float, float]] = {}  # for how long, and until when (monotonic)

    @property
    def names(self) -> Collection[str]:
        """The watches to be left alone now."""
        return {name for name, (_, until) in list(self._waits.items()) if monotonic() < until}

    def add(self, name: str) -> None:
        """It broke off, again or for the first time."""
        wait, _ = self._waits.get(name, (FIRST / 2, 0))
        wait = min(2 * wait, LONGEST)
        self._waits[name] = wait, monotonic() + wait

    def end(self, name: str) -> None:
        """It came to its end."""
        self._waits.pop(name, None)
