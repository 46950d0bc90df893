"""Sweeps of many pages by many tools: the first one, then with nothing new, with news, with pages that jitter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.origin import Origin
from tests.benchmarks.tools import Broken, Took

#: What the origin does in each scene; "changed" comes right after "unchanged" in each round, for their ratio.
FIRST, UNCHANGED, CHANGED, EQUAL, JITTER = "first", "unchanged", "changed", "equal", "jitter"
SCENES = {
    FIRST: "first sweep",
    UNCHANGED: "unchanged, 304",
    CHANGED: "1 % changed, 304 else",
    EQUAL: "unchanged, 200, equal bytes",
    JITTER: "nothing new, a clock in each page",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """One sweep, measured."""

    tool: str
    scene: str
    pages: int
    round: int
    took: Took
    answers: Mapping[str, int]  # of the origin, by status

    @property
    def rate(self) -> float:
        """Pages a second."""
        return self.pages / self.took.wall


class Sweeper:
    """A tool with its memory. `broken` says why it is left out from then on."""

    def __init__(self, name: str, sweep: Callable[[], Took]) -> None:
        self.name, self.sweep = name, sweep
        self.broken = ""


def sweeps(
    tools: Sequence[Sweeper], origin: Origin, pages: int, *, runs: int, scenes: Sequence[str] = tuple(SCENES)
) -> Iterator[Sweep]:
    """All scenes, the tools in turn in each round: what the machine does meanwhile meets all of them."""
    origin.set(validators=1, jitter=0, delay=0)
    yield from _round(tools, origin, pages, FIRST, 1)
    for number in range(1, runs + 1):
        yield from _round(tools, origin, pages, UNCHANGED, number)
        if CHANGED in scenes:
            origin.news(every=100)
            yield from _round(tools, origin, pages, CHANGED, number)
    # The bytes of each page are those that all have met last; only the validators are gone.
    origin.set(validators=0)
    for number in range(1, runs + 1) if EQUAL in scenes else ():
        yield from _round(tools, origin, pages, EQUAL, number)
    origin.set(jitter=1)
    for number in range(1, runs + 1) if JITTER in scenes else ():
        yield from _round(tools, origin, pages, JITTER, number)
    origin.set(validators=1, jitter=0)


def _round(tools: Sequence[Sweeper], origin: Origin, pages: int, scene: str, number: int) -> Iterator[Sweep]:
    for tool in tools:
        if tool.broken:
            continue
        origin.counts()
        try:
            took = tool.sweep()
        except Broken as error:
            tool.broken = str(error)
            continue
        yield Sweep(tool=tool.name, scene=scene, pages=pages, round=number, took=took, answers=origin.counts())
