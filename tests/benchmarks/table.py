"""What is asked for, and whether what was measured reaches it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.sweeps import CHANGED, EQUAL, FIRST, JITTER, UNCHANGED, Sweep

#: Ratios of pages a second in one round: what, scene, pages, the tool that we are held against, its scene, at least.
RATIOS = (
    ("unchanged, 304, to the bare loop", UNCHANGED, 1000, "bare", UNCHANGED, 0.7),
    ("unchanged, 304, to the bare loop", UNCHANGED, 10000, "bare", UNCHANGED, 0.85),
    ("unchanged, 200 and equal bytes, to the bare loop", EQUAL, 1000, "bare", EQUAL, 0.7),
    ("unchanged, 200 and equal bytes, to the bare loop", EQUAL, 10000, "bare", EQUAL, 0.85),
    ("unchanged, to urlwatch", UNCHANGED, 1000, "urlwatch", UNCHANGED, 2.5),
    ("unchanged, to changedetection.io", UNCHANGED, 1000, "changedetection.io", UNCHANGED, 7),
    ("unchanged, to webchanges", UNCHANGED, 1000, "webchanges", UNCHANGED, 20),
    ("unchanged, to nvchecker html", UNCHANGED, 1000, "nvchecker-html", UNCHANGED, 1),
    ("unchanged, to nvchecker regex", UNCHANGED, 1000, "nvchecker-regex", UNCHANGED, 0.6),
    ("unchanged, to urlwatch", UNCHANGED, 10000, "urlwatch", UNCHANGED, 10),
    ("1 % changed, to unchanged", CHANGED, 1000, "ours", UNCHANGED, 0.85),
    ("1 % changed, to unchanged", CHANGED, 10000, "ours", UNCHANGED, 0.85),
    ("a clock in each page, to the bare loop", JITTER, 1000, "bare", JITTER, 0.4),
    ("a clock in each page, to the bare loop", JITTER, 10000, "bare", JITTER, 0.4),
    ("first sweep, to changedetection.io", FIRST, 1000, "changedetection.io", FIRST, 2),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: what was measured, and between which bounds it is to be."""

    what: str
    measured: float
    unit: str = ""
    least: float | None = None
    most: float | None = None

    @property
    def reached(self) -> bool:
        return (self.least is None or self.measured >= self.least) and (self.most is None or self.measured <= self.most)

    def __str__(self) -> str:
        asked = f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"
        mark = "reached" if self.reached else "MISSED"
        return f"| {self.what} | {self.measured:.3g} {self.unit} | {asked} {self.unit} | {mark} |"


def ratios(done: Sequence[Sweep]) -> Iterator[Row]:
    """The medians of the ratios of each round; rows of which a side was not measured are left out."""
    for what, scene, pages, other, its, least in RATIOS:
        mine, theirs = _rates(done, "ours", scene, pages), _rates(done, other, its, pages)
        if both := mine.keys() & theirs.keys():
            ratio = median(mine[number] / theirs[number] for number in both)
            yield Row(what=f"{what}, {pages:,} pages", measured=ratio, unit="×", least=least)


def peaks(done: Sequence[Sweep]) -> Iterator[Row]:
    """The memory of sweeps that find nothing new."""
    peak = {
        pages: max((one.took.peak for one in done if _is_calm(one) and one.pages == pages), default=0.0)
        for pages in (1000, 10000)
    }
    if peak[10000]:
        yield Row(what="10,000 watches, nothing new: peak", measured=peak[10000], unit="MB", most=160)
        if peak[1000]:
            yield Row(what="the same, over 1,000 watches", measured=peak[10000] - peak[1000], unit="MB", most=40)


def _is_calm(one: Sweep) -> bool:
    return one.tool == "ours" and one.scene in (UNCHANGED, EQUAL)


def _rates(done: Sequence[Sweep], tool: str, scene: str, pages: int) -> dict[int, float]:
    return {one.round: one.rate for one in done if (one.tool, one.scene, one.pages) == (tool, scene, pages)}


def medians(done: Sequence[Sweep]) -> Iterator[str]:
    """A line for each tool and scene: pages a second, seconds, seconds of processor time, MB at most."""
    yield "| pages | sweep | by | pages/s | wall s | CPU s | peak MB | answers |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for pages, scene, tool in dict.fromkeys((one.pages, one.scene, one.tool) for one in done):
        some = [one for one in done if (one.pages, one.scene, one.tool) == (pages, scene, tool)]
        wall, cpu = (median(getattr(one.took, what) for one in some) for what in ("wall", "cpu"))
        rate, peak = median(one.rate for one in some), max(one.took.peak for one in some)
        answers = ", ".join(f"{count} × {status}" for status, count in sorted(some[-1].answers.items()))
        yield f"| {pages:,} | {scene} | {tool} | {rate:.0f} | {wall:.2f} | {cpu:.2f} | {peak:.0f} | {answers} |"
