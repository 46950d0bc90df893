"""All of it, with the figures: python -m tests.prove [soak|kills] [SEED]"""

from __future__ import annotations

import sys
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory

from tests.prove.kills import kills
from tests.prove.soak import soak

#: MiB that the memory may grow in the last half of a week: what a few hundred further items take.
GROWTH = 3.0


def main(what: str, seed: int) -> int:
    print(f"seed {seed}", flush=True)
    faults = []
    if what in ("", "kills"):
        faults += _kills(seed)
    if what in ("", "soak"):
        faults += _soak(seed)
    print("\n".join(faults) if faults else "proved")
    return bool(faults)


def _kills(seed: int) -> list[str]:
    with TemporaryDirectory() as folder:
        seen = kills(Path(folder), watches=20, times=50, seed=seed)
    print(f"killed {len(seen.at)} times, {seen.published} releases: {len(seen.faults)} faults,", end=" ")
    print(f"{seen.repeated} letters came again under their Message-ID", flush=True)
    return seen.faults


def _soak(seed: int) -> list[str]:
    with TemporaryDirectory() as folder:
        seen = soak(Path(folder), watches=200, days=7, seed=seed)
    for what in ("files", "threads", "memory"):
        halves = [f"{min(rows):,} to {max(rows):,}" for rows in (seen.half(0, what), seen.half(1, what))]
        print(f"{what:8} {halves[0]}, then {halves[1]}")
    print(f"a week, {seen.published} releases: {len(seen.faults)} faults, memory grew by {seen.growth:.1f} MiB at last")
    grown = [f"memory grew by {seen.growth:.1f} MiB"] if seen.growth > GROWTH else []
    leaked = [] if seen.constant else ["files or threads were not constant"]
    return seen.faults + seen.errors + grown + leaked


if __name__ == "__main__":
    named = dict(enumerate(sys.argv[1:]))
    sys.exit(main(named.get(0, ""), int(named.get(1, SystemRandom().randrange(10**6)))))
