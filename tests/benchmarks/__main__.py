"""`make bench`: what sweeps take, ours and others', against what is asked for. A report:
a row that is missed is marked."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tests.benchmarks.origin import Origin
from tests.benchmarks.sweeps import SCENES, Sweep, Sweeper, sweeps
from tests.benchmarks.tools import SETUPS, Took, run


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--tools", default="bare,ours", help=f"of {','.join(SETUPS)}")
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--scenes", default=",".join(SCENES))
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="watcher-bench-"))
    try:
        with Origin() as origin:
            urls = [origin.url(number) for number in range(given.pages)]
            tools = [sweeper(name, folder / name, urls) for name in given.tools.split(",")]
            done: list[Sweep] = []
            for one in sweeps(tools, origin, given.pages, runs=given.runs, scenes=given.scenes.split(",")):
                print(_told(one), flush=True)
                done.append(one)
        for tool in tools:
            if tool.broken:
                print(f"{tool.name}: broken: {tool.broken}")
        print(*_summary(done), sep="\n")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweeper(name: str, folder: Path, urls: Sequence[str]) -> Sweeper:
    folder.mkdir()
    command = SETUPS[name](folder, urls)

    def sweep() -> Took:
        return run(command, folder)

    return Sweeper(name, folder, sweep)


def _told(one: Sweep) -> str:
    answers = " ".join(f"{count}x{status}" for status, count in sorted(one.answers.items()))
    return (
        f"{one.pages:6} {one.scene:10} {one.round} {one.tool:18} {one.rate:8.0f}/s {one.took.wall:7.2f} s"
        f"  cpu {one.took.cpu:7.2f} s  peak {one.took.peak:5.0f} MB  {answers}"
    )


def _summary(done: Sequence[Sweep]) -> list[str]:
    """The median of each tool and scene, and of the ratios to the bare loop of the same round."""
    rows = [f"load of the machine: {os.getloadavg()[0]:.1f}"]
    for scene in dict.fromkeys(one.scene for one in done):
        bare = {one.round: one.rate for one in done if one.scene == scene and one.tool == "bare"}
        for tool in dict.fromkeys(one.tool for one in done):
            some = [one for one in done if one.scene == scene and one.tool == tool]
            if not some:
                continue
            ratio = median(one.rate / bare[one.round] for one in some) if bare else 0
            wall, cpu, peak = (median(getattr(one.took, what) for one in some) for what in ("wall", "cpu", "peak"))
            rows.append(
                f"{scene:10} {tool:18} {median(one.rate for one in some):8.0f}/s  to bare {ratio:5.2f}"
                f"  wall {wall:7.2f} s  cpu {cpu:7.2f} s  peak {peak:5.0f} MB"
            )
    return rows


if __name__ == "__main__":
    main()
