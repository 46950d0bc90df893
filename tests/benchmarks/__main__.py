"""`make bench`: what sweeps take, ours and others', against what is asked for. A report:
a row that is missed is marked, and it ends well all the same.

    make bench ARGS="--only sweep --pages 1000 --tools bare,ours --scenes unchanged,equal"

Parts are sweep (1,000 pages by all tools, 10,000 by some), slow, rest, latency, feed, start.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import watcher as watched
from tests.benchmarks import feeds, pages, peers, service, table
from tests.benchmarks.origin import Origin
from tests.benchmarks.sweeps import SCENES, Sweep, Sweeper, sweeps
from tests.benchmarks.table import Row
from tests.benchmarks.tools import SETUPS, Broken, configure, run, watcher

TOOLS = ("bare", "ours", *peers.SETUPS, "changedetection.io")

#: Those that sweep ten times as many pages; the others would take all day.
MANY = ("bare", "ours", "urlwatch")

#: Hosts, watches at the start, each of them with `pages.LONGER` items, and lists of 500 entries that are timed.
SLOW, WATCHES, FEEDS = 1000, 2000, 5


def main() -> None:
    given = _given()
    compileall.compile_dir(Path(watched.__file__).parent, quiet=2)  # as whatever is installed is
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores", flush=True)
    folder, began = Path(tempfile.mkdtemp(prefix="watcher-bench-")), time.monotonic()
    rows: list[Row] = []
    done: list[Sweep] = []
    try:
        with Origin(slow=SLOW) as origin:
            if "sweep" in given.only:
                for count in given.pages:
                    done += _swept(folder / str(count), origin, count, given)
                rows += [*table.ratios(done), *table.peaks(done)]
            rows += _others(folder, origin, given)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("", *(table.medians(done) if done else ()), sep="\n")
    print("", "| | measured | asked | |", "| --- | --- | --- | --- |", *rows, "", sep="\n")
    print(f"load of the machine after: {os.getloadavg()[0]:.1f}; {(time.monotonic() - began) / 60:.0f} minutes")


def _given() -> argparse.Namespace:
    def several(text: str) -> list[str]:
        return text.split(",")

    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", type=several, default=["sweep", *PARTS], help=f"of sweep,{','.join(PARTS)}")
    parser.add_argument("--tools", type=several, default=list(TOOLS), help=f"of {','.join(TOOLS)}")
    parser.add_argument("--pages", type=lambda text: [int(one) for one in text.split(",")], default=[1000, 10000])
    parser.add_argument("--scenes", type=several, default=list(SCENES), help=f"of {','.join(SCENES)}; first always is")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--watches", type=int, default=1000, help="of slow, rest and latency")
    return parser.parse_args()


def _swept(folder: Path, origin: Origin, count: int, given: argparse.Namespace) -> list[Sweep]:
    """All scenes, told as they end."""
    folder.mkdir()
    urls = [origin.url(number) for number in range(count)]
    done = []
    with ExitStack() as held:
        names = [name for name in TOOLS if name in given.tools and (count <= 1000 or name in MANY)]
        tools = list(_sweepers(names, folder, urls, origin, held))
        for one in sweeps(tools, origin, count, runs=given.runs, scenes=given.scenes):
            answers = " ".join(f"{many}x{status}" for status, many in sorted(one.answers.items()))
            print(
                f"{count:6} {one.scene:9} {one.round} {one.tool:18} {one.rate:7.0f}/s {one.took.wall:7.2f} s"
                f"  cpu {one.took.cpu:7.2f} s  peak {one.took.peak:4.0f} MB  {answers}",
                flush=True,
            )
            done.append(one)
    for tool in tools:
        if tool.broken:
            print(f"{tool.name}: left out: {tool.broken}", flush=True)
    return done


def _sweepers(
    names: Sequence[str], folder: Path, urls: Sequence[str], origin: Origin, held: ExitStack
) -> Iterator[Sweeper]:
    for name in names:
        try:
            if name == "changedetection.io":
                (folder / name).mkdir()
                server = held.enter_context(peers.Changedetection(folder / name, urls, origin.answered))
                yield Sweeper(name, server.sweep)
            else:
                yield sweeper(name, folder / name, urls)
        except Broken as error:
            print(f"{name}: skipped: {error}", flush=True)


def sweeper(name: str, folder: Path, urls: Sequence[str]) -> Sweeper:
    """A tool with a folder of its own."""
    folder.mkdir(parents=True)
    command = {**SETUPS, **peers.SETUPS}[name](folder, urls)
    return Sweeper(name, lambda: run(command, folder))


def _others(folder: Path, origin: Origin, given: argparse.Namespace) -> Iterator[Row]:
    """The parts beside the sweeps. One that breaks costs its own rows."""
    home, urls = folder / "home", [origin.url(number, slow=True) for number in range(given.watches)]
    if set(given.only) & {"slow", "rest", "latency"}:
        origin.set(validators=1, jitter=0, delay=0)
        configure(home, urls)
        run([*watcher(home), "-q", "check"], home)
    for name in PARTS:
        if name in given.only:
            try:
                for row in PARTS[name](folder, home, urls, origin):
                    print(row, flush=True)
                    yield row
            except Broken as error:
                print(f"{name}: not measured: {error}", file=sys.stderr, flush=True)


def _slow(folder: Path, home: Path, urls: Sequence[str], origin: Origin) -> Iterator[Row]:
    origin.set(delay=1)
    try:
        took = [run([*watcher(home), "-q", "check"], home) for _ in range(3)]
    finally:
        origin.set(delay=0)
    wall = median(one.wall for one in took)
    yield Row(what=f"{len(urls):,} origins that take 1 s each", measured=wall, unit="s", most=10)


def _rest(folder: Path, home: Path, urls: Sequence[str], origin: Origin) -> Iterator[Row]:
    size, share = service.rest(home, urls)
    yield Row(what=f"at rest with {len(urls):,} watches: memory", measured=size, unit="MB", most=100)
    yield Row(what="the same: of a core, over 60 s", measured=share, unit="%", most=0.2)


def _latency(folder: Path, home: Path, urls: Sequence[str], origin: Origin) -> Iterator[Row]:
    feed, mail = service.latency(home, urls, origin, every=10)
    yield Row(
        what=f"from the fetch to the feed, p95, {len(urls):,} watches", measured=service.p95(feed), unit="s", most=1
    )
    yield Row(what="from the fetch to the mail, p95", measured=service.p95(mail), unit="s", most=5)


def _feed(folder: Path, home: Path, urls: Sequence[str], origin: Origin) -> Iterator[Row]:
    ours, whole = feeds.measured(folder / "feed", runs=FEEDS)
    print(f"feed of 500 with 1 new: {ours:.3f} s; feedgen, all of it: {whole:.3f} s")
    yield Row(
        what="feed of 500 entries with 1 new, to a whole feedgen build", measured=ours / whole, unit="×", most=1.1
    )


def _start(folder: Path, home: Path, urls: Sequence[str], origin: Origin) -> Iterator[Row]:
    many = configure(folder / "many", [origin.url(pages.LONG + number) for number in range(WATCHES)], 'every = "1d"')
    run([*watcher(many), "-q", "check"], many)
    what = f"{WATCHES:,} watches with {WATCHES * pages.LONGER:,} items: `watcher run` to READY"
    yield Row(what=what, measured=median(service.start(many) for _ in range(3)), unit="s", most=3)
    for command, most in (("--help", 0.2), ("list", 0.6)):
        took = median(run([*watcher(many), command], many).wall for _ in range(5))
        yield Row(what=f"the same home: `watcher {command}`", measured=took, unit="s", most=most)


PARTS: dict[str, Callable[[Path, Path, Sequence[str], Origin], Iterator[Row]]] = {
    "slow": _slow,
    "rest": _rest,
    "latency": _latency,
    "feed": _feed,
    "start": _start,
}

if __name__ == "__main__":
    main()
