"""How long a request may still take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic


class Timer:
    """The time that is left for one request, over all its hops. One thread's own; any may ask whether that one is
    `idle`: it waits for a server, or for its turn."""

    def __init__(self) -> None:
        self._ends = 0.0
        self.idle = False

    def start(self, seconds: float) -> None:
        self._ends = monotonic() + seconds

    def extend(self, seconds: float) -> None:
        self._ends += seconds

    @contextmanager
    def aside(self, seconds: float) -> Iterator[None]:
        """Another request, with a time of its own: for this one time stands still."""
        began, ends = monotonic(), self._ends
        self.start(seconds)
        try:
            yield
        finally:
            self._ends = ends + monotonic() - began

    @contextmanager
    def waiting(self) -> Iterator[None]:
        self.idle = True
        try:
            yield
        finally:
            self.idle = False

    @property
    def spent(self) -> bool:
        return monotonic() >= self._ends

    def left(self) -> float:
        """Seconds, always some: TimeoutError where there are none."""
        left = self._ends - monotonic()
        if left <= 0:
            raise TimeoutError
        return left
