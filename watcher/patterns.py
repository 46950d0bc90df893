"""Regular expressions that users write: they get so much time for one page, whatever they repeat."""

from __future__ import annotations

from time import monotonic

import regex

from watcher.errors import NotUnderstood

#: Seconds that the patterns of one watch may take over what one look found.
PATIENCE = 1.0


class Patterns:
    """The time that is left for the patterns of one watch. What takes longer raises NotUnderstood: only the watch
    whose pattern it is fails."""

    def __init__(self, seconds: float = PATIENCE) -> None:
        self._until = monotonic() + seconds

    def found(self, pattern: str, text: str) -> bool:
        """Whether the pattern matches anywhere in the text."""
        try:
            # Concurrent: other watches' threads run meanwhile.
            return regex.search(pattern, text, timeout=self._left, concurrent=True) is not None
        except TimeoutError:
            raise self._slow(pattern) from None

    def without(self, pattern: str, text: str) -> str:
        """The text without what the pattern matches."""
        try:
            return regex.sub(pattern, "", text, flags=regex.MULTILINE, timeout=self._left, concurrent=True)
        except TimeoutError:
            raise self._slow(pattern) from None

    @property
    def _left(self) -> float:
        return max(self._until - monotonic(), 0.001)

    def _slow(self, pattern: str) -> NotUnderstood:
        return NotUnderstood(
            f"the pattern '{pattern}' took more than {PATIENCE:.0f} s",
            hint="nested repeats such as (a+)+ are slow: simplify it",
        )
