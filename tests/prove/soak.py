"""Days of a daemon in minutes, while pages publish, edit, fail and move. It ends with what it took all along."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median

from tests.prove import world
from tests.prove.fast import START
from tests.prove.origin import TROUBLES, Page, serving
from watcher.demo import Mailbox

#: How often pages are looked at; and how far the clock is set forward at a time.
EVERY = timedelta(minutes=30)

#: After trouble everything comes right within this time: longer than a watch waits that failed a few times.
AFTER = timedelta(hours=12)


#: So many more connections may happen to be open at once.
SPARE = 4


@dataclass
class Soak:
    """What was seen of it. `taken` is a row for each step."""

    taken: list[dict[str, int]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    published: int = 0

    @property
    def constant(self) -> bool:
        """Whether no more files and threads were open in its second half than in the first."""
        return all(max(self.half(1, what)) <= max(self.half(0, what)) + SPARE for what in ("files", "threads"))

    def half(self, number: int, what: str) -> list[int]:
        """Of the steps, without the first tenth, the first or the second half."""
        rows = [row[what] for row in self.taken[len(self.taken) // 10 :]]
        middle = len(rows) // 2
        return rows[middle:] if number else rows[:middle]

    @property
    def growth(self) -> float:
        """By how many MiB the median of the memory has grown in the second half."""
        second = self.half(1, "memory")
        middle = len(second) // 2
        return (median(second[middle:]) - median(second[:middle])) / 1024


def soak(folder: Path, *, watches: int, days: float, seed: int, step: timedelta = EVERY / 3) -> Soak:
    """The clock is set forward by `step` at a time."""
    random, seen = Random(seed), Soak()
    pages = [Page(number, START.date()) for number in range(watches)]
    with serving(pages), Mailbox() as mailbox:
        home = world.configure(folder, pages, mailbox.address, f"{EVERY.total_seconds() / 60:.0f}m")
        command = [sys.executable, "-m", "tests.prove.fast", str(folder)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as daemon:
            _go_on(daemon, seen, EVERY * 3, step)  # so that all have been looked at
            now = START
            for _ in range(int(timedelta(days=days) / step)):
                now += step
                _live(pages, random, now.date())
                _go_on(daemon, seen, step, step)
            for page in pages:
                page.mood = "ok"
            _go_on(daemon, seen, AFTER, AFTER / 6)
            assert daemon.stdin
            daemon.stdin.close()
            seen.faults += [f"exited with {code}" for code in [daemon.wait(60)] if code]
        seen.published = sum(len(page.published) for page in pages)
        seen.faults += world.faults(home, pages, mailbox)
    return seen


def _live(pages: Sequence[Page], random: Random, day: object) -> None:
    """What happens in the world in one step."""
    for page in pages:
        page.day = day  # type: ignore[assignment]
        chance = random.random()
        if chance < 1 / 40:
            page.publish()
        elif chance < 1 / 25:
            page.edit(random)
        elif chance < 1 / 20:
            page.mood = random.choice(TROUBLES)
        elif chance < 1 / 5:
            page.mood = "ok"


def _go_on(daemon: subprocess.Popen[str], seen: Soak, time: timedelta, step: timedelta) -> None:
    assert daemon.stdin
    assert daemon.stdout
    for _ in range(int(time / step)):
        print(int(step.total_seconds()), file=daemon.stdin, flush=True)
        row = json.loads(daemon.stdout.readline())
        seen.errors = row.pop("errors")
        seen.taken.append(row)
