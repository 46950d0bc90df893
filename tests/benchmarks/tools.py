"""The tools that sweep, each as its users run it: what is written for it, and the command of one sweep."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import measure

#: Writes what a tool needs to a folder, for these addresses, and gives the command of one sweep.
Setup = Callable[[Path, Sequence[str]], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What one sweep took: seconds, seconds of processor time, MB at most."""

    wall: float
    cpu: float
    peak: float


class Broken(Exception):
    """A tool did not do its work: what it said."""


def run(command: Sequence[str], folder: Path, *, codes: Sequence[int] = (0,)) -> Took:
    """Run a command in `folder` as a process of its own, and measure it. Raises Broken where it fails."""
    report, log = folder / "took.json", folder / "log.txt"
    with log.open("wb") as said:
        done = subprocess.run(
            [sys.executable, "-S", "-E", measure.__file__, report, *command],
            cwd=folder,
            env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode not in codes:
        raise Broken(f"{' '.join(command)[:200]}: exit {done.returncode}: {log.read_text(errors='replace')[-500:]}")
    took = json.loads(report.read_text())
    return Took(wall=took["wall"], cpu=took["cpu"], peak=took["peak"])


def bare(folder: Path, urls: Sequence[str]) -> list[str]:
    (folder / "pages.tsv").write_text("\n".join(urls))
    return [sys.executable, "-m", "tests.benchmarks.bare", str(folder / "pages.tsv")]


def ours(folder: Path, urls: Sequence[str]) -> list[str]:
    return [*watcher(configure(folder, urls)), "check"]


def watcher(folder: Path) -> list[str]:
    """The beginning of Watcher's command line, for the home in `folder`."""
    return [sys.executable, "-m", "watcher", "--home", str(folder)]


def configure(folder: Path, urls: Sequence[str], top: str = "") -> Path:
    """Write a home that watches these lists, with no setting but what `top` holds."""
    watches = (f'[watch.office-{number}]\nurl = "{url}"\nkind = "list"\n' for number, url in enumerate(urls))
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "watcher.toml").write_text("\n".join((top, *watches)))
    return folder


SETUPS: dict[str, Setup] = {"bare": bare, "ours": ours}
