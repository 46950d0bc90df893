"""The short form of `make prove`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import SystemRandom

from tests.prove.kills import kills
from tests.prove.soak import soak


def test_in_half_a_day_everything_is_told_once_and_neither_files_nor_threads_are_left_open(tmp_path: Path) -> None:
    seen = soak(tmp_path, watches=5, days=0.5, seed=SystemRandom().randrange(10**6), step=timedelta(minutes=30))

    assert seen.published > 0
    assert (seen.faults, seen.errors, seen.constant) == ([], [], True)


def test_killed_at_random_instants_it_loses_nothing_and_tells_nothing_twice(tmp_path: Path) -> None:
    seed = SystemRandom().randrange(10**6)
    print(f"seed {seed}")

    seen = kills(tmp_path, watches=6, times=3, seed=seed)

    assert seen.published > 0
    assert seen.faults == []
