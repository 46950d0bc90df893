"""Who waits for whom, among checks. A check that hangs waits for an event here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event
from time import monotonic

import pytest

from watcher.checks import Checks, Limits

LIMITS = Limits(pool=4, most=8, slow_ones=2, host=2, slow=0.05, lost=60, grace=60)


class World:
    """Checks of watches named by numbers; those that hang do so until the end."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.done: list[str] = []
        self.end = Event()
        self.checks = Checks(LIMITS)

    def good(self, name: str, host: str = "") -> None:
        self.checks.offer(name, host or name, lambda: self._do(name))

    def hangs(self, name: str, host: str = "") -> None:
        self.checks.offer(name, host or name, lambda: self._do(name, hang=True))

    def moves(self, name: str) -> None:
        """Hangs as well, but has said that it may take its time."""

        def work() -> None:
            self.checks.moved(60)
            self.end.wait()

        self.checks.offer(name, "", work)

    def eventually(self, true: Callable[[], object]) -> None:
        give_up = monotonic() + 30
        while not true():
            assert monotonic() < give_up, "it never came"
            self.checks.start()
            Event().wait(0.005)

    def _do(self, name: str, *, hang: bool = False) -> None:
        self.began.append(name)
        if hang:
            self.end.wait()
        self.done.append(name)


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.end.set()
    world.checks.close()


def limited(world: World, *, lost: float, grace: float = LIMITS.grace, host: int = LIMITS.host) -> None:
    """Other limits than those above, before anything has begun."""
    world.checks = Checks(replace(LIMITS, lost=lost, grace=grace, host=host))


def test_watches_that_hang_for_the_first_time_give_their_places_to_others(world: World) -> None:
    for n in range(6):
        world.hangs(f"hangs-{n}")
    for n in range(20):
        world.good(f"good-{n}")

    world.eventually(lambda: len(world.done) == 20)

    assert {name.partition("-")[0] for name in world.done} == {"good"}
    assert len(world.began) == 26


def test_watches_that_were_slow_wait_for_one_another_and_nobody_for_them(world: World) -> None:
    slow = [f"hangs-{n}" for n in range(40)]
    world.checks = Checks(LIMITS, slow)
    for name in slow:
        world.hangs(name)
    for n in range(20):
        world.good(f"good-{n}")

    world.eventually(lambda: len(world.done) == 20)

    assert sum(name in slow for name in world.began) == LIMITS.slow_ones


def test_a_watch_that_is_fast_again_leaves_the_lane_of_the_slow(world: World) -> None:
    world.checks = Checks(LIMITS, ["was-slow", "hangs-1", "hangs-2"])
    world.good("was-slow")
    world.eventually(lambda: not world.checks.names)
    world.hangs("hangs-1")
    world.hangs("hangs-2")

    world.good("was-slow")

    world.eventually(lambda: world.done == ["was-slow"] * 2)


def test_of_one_host_only_a_few_are_looked_at_together_and_the_rest_in_their_order(world: World) -> None:
    world.hangs("first", "example.org")
    world.hangs("second", "example.org")
    for n in range(5):
        world.good(f"behind-{n}", "example.org")
    world.good("other", "example.net")
    world.eventually(lambda: world.done == ["other"])
    began = list(world.began)

    world.end.set()
    world.eventually(lambda: not world.checks.names)

    assert sorted(began) == ["first", "other", "second"]
    assert sorted(world.began[3:]) == [f"behind-{n}" for n in range(5)]


def test_a_watch_is_not_looked_at_twice_at_once(world: World) -> None:
    world.hangs("press")

    world.hangs("press")

    world.eventually(lambda: world.began)
    assert world.checks.names == {"press"}
    world.end.set()
    world.eventually(lambda: not world.checks.names)
    assert world.began == ["press"]


def test_one_that_is_given_up_keeps_no_place_of_its_host_and_is_not_begun_again_before_it_ends(world: World) -> None:
    limited(world, lost=0, host=1)
    world.hangs("hangs", "example.org")
    world.good("behind", "example.org")
    world.eventually(lambda: world.began)
    overdue = world.checks.overdue()

    world.checks.give_up("hangs")
    world.hangs("hangs", "example.org")
    world.eventually(lambda: world.checks.names == {"hangs"})

    assert overdue == ["hangs"]
    assert (world.checks.overdue(), world.began) == ([], ["hangs", "behind"])
    assert (world.checks.at_work, world.checks.moving) == (True, False)


def test_all_is_well_while_one_check_moves_and_while_none_is_wanted(world: World) -> None:
    limited(world, lost=0, grace=0)
    idle = world.checks.healthy()
    world.hangs("hangs")
    world.eventually(lambda: not world.checks.healthy())
    world.moves("moves")
    world.eventually(world.checks.healthy)

    world.checks.give_up("hangs")
    lost = world.checks.healthy()

    assert (idle, lost) == (True, True)


def test_nothing_is_well_where_every_thread_is_lost_and_others_wait(world: World) -> None:
    limited(world, lost=0)
    for n in range(LIMITS.most):
        world.hangs(f"hangs-{n}")
    world.eventually(lambda: len(world.began) == LIMITS.most)
    for n in range(LIMITS.most):
        world.checks.give_up(f"hangs-{n}")
    none_waits = world.checks.healthy()

    world.good("waits")

    assert (none_waits, world.checks.healthy()) == (True, False)


def test_after_the_end_nothing_is_begun(world: World) -> None:
    for n in range(3):
        world.hangs(f"hangs-{n}", "example.org")
    world.eventually(lambda: len(world.began) == 2)

    world.checks.close()
    world.good("late")
    world.end.set()

    world.eventually(lambda: not world.checks.names)
    assert world.began == ["hangs-0", "hangs-1"]
