"""Two texts compared line by line, as difflib does it, in bounded time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import Match, SequenceMatcher

#: A few seconds of work.
STEPS = 10_000_000


def unified(was: Sequence[str], now: Sequence[str], steps: int = STEPS) -> Iterator[str]:
    """The hunks of a unified diff with two lines of context. Where `steps` do not suffice, what is not compared yet is
    taken as replaced."""
    # difflib.unified_diff cannot be told which matcher to use.
    for group in _Matcher(was, now, steps).get_grouped_opcodes(2):
        (_, i1, _, j1, _), (_, _, i2, _, j2) = group[0], group[-1]
        yield f"@@ -{_range(i1, i2)} +{_range(j1, j2)} @@"
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from (f" {line}" for line in was[i1:i2])
            else:
                yield from (f"-{line}" for line in was[i1:i2])
                yield from (f"+{line}" for line in now[j1:j2])


def _range(start: int, end: int) -> str:
    """Lines are counted from 1; where there is none, the one before is named."""
    return f"{start + 1}" if end - start == 1 else f"{start + (end > start)},{end - start}"


class _Matcher(SequenceMatcher[str]):
    """difflib's, which looks through a stretch anew for each match in it, and at each line as often as it stands in the
    other text: a page whose lines are shuffled would take it hours."""

    def __init__(self, was: Sequence[str], now: Sequence[str], steps: int) -> None:
        super().__init__(None, was, now)
        self.was, self.now = was, now
        places = {line: count for line, count in Counter(now).items() if line not in self.bpopular}  # type: ignore[attr-defined]
        self.left, self.work = steps, [0]  # `work` to look through all lines before one
        for line in was:
            self.work.append(self.work[-1] + 1 + places.get(line, 0))

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        ahi, bhi = len(self.was) if ahi is None else ahi, len(self.now) if bhi is None else bhi
        work = self.work[ahi] - self.work[alo]
        if work > self.left:
            return self._at_an_end(alo, ahi, blo, bhi)
        self.left -= work
        return super().find_longest_match(alo, ahi, blo, bhi)

    def _at_an_end(self, alo: int, ahi: int, blo: int, bhi: int) -> Match:
        """What two stretches begin with, else what they end with."""
        most, size = min(ahi - alo, bhi - blo), 0
        while size < most and self.was[alo + size] == self.now[blo + size]:
            size += 1
        if size:
            return Match(alo, blo, size)
        while size < most and self.was[ahi - size - 1] == self.now[bhi - size - 1]:
            size += 1
        return Match(ahi - size, bhi - size, size)
