"""The schedule of a whole home, through restarts and whatever the clock does. The looks themselves are played."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.contracts.world import statements
from watcher import schedule
from watcher.app import App
from watcher.home import Home
from watcher.model import Failed, Response, Unchanged

TICK, HALF_HOUR, HOUR, DAY = timedelta(seconds=30), timedelta(minutes=30), timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 11, 22, 13, 16, 46, tzinfo=UTC)

WATCH = """
[watch.{name}]
kind = "page"
url = "https://press.example.org/{name}"
{keys}
"""


@dataclass
class World:
    """A home whose pages are all well, but for `down`; `awake` is the time that passes in truth, and not by the
    clock."""

    home: Home
    clock: datetime = START
    awake: timedelta = timedelta(0)
    down: set[str] = field(default_factory=set)
    looks: dict[str, list[timedelta]] = field(default_factory=lambda: defaultdict(list))

    def app(self) -> App:
        return App(self.home, clock=lambda: self.clock)

    def run(self, app: App, span: timedelta) -> None:
        """What the daemon does, for so long."""
        for _ in range(span // TICK):
            for name in app.due():
                self.look(app, name)
            self.clock, self.awake = self.clock + TICK, self.awake + TICK

    def look(self, app: App, name: str) -> None:
        self.looks[name].append(self.awake)
        watch, known = app.config.watches[name], app.store.known(name)
        outcome = Failed(error="500") if name in self.down else Unchanged(response=Response(url=watch.url, status=304))
        failures = known.failures + 1 if name in self.down else 0
        due_at = schedule.next_due(watch, outcome, failures, self.clock)
        assert app.store.commit(known, outcome, spec="", due_at=due_at, now=self.clock, took=timedelta(0)), (
            "somebody else was faster"
        )

    def configure(self, **watches: str) -> None:
        self.home.config.write_text("".join(WATCH.format(name=name, keys=keys) for name, keys in watches.items()))


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(Home(folder=tmp_path, config=tmp_path / "watcher.toml"))
    world.configure(**{f"w{n}": 'every = "30m"' for n in range(8)}, daily='cron = "0 12 * * *"', dead='every = "1m"')
    world.down = {"dead"}
    return world


@pytest.fixture
def app(world: World) -> Iterator[App]:
    with world.app() as app:
        yield app


@pytest.mark.parametrize("jump", [HOUR, -HOUR, DAY, -DAY], ids=["+1h", "-1h", "+1d", "-1d"])
def test_after_the_clock_jumps_each_watch_is_made_up_for_once_at_most_and_none_is_silent(
    world: World, app: App, jump: timedelta
) -> None:
    world.run(app, 3 * HOUR)
    jumped = world.awake
    world.clock += jump
    world.run(app, 4 * HOUR)

    for name in (name for name in world.looks if name.startswith("w")):
        gaps = [later - earlier for earlier, later in pairwise(world.looks[name])]
        assert max(gaps) <= HALF_HOUR + TICK
        early = [gap for gap in gaps[1:] if gap < HALF_HOUR * 0.4]
        assert len(early) <= (1 if jump > timedelta(0) else 0)
        assert sum(jumped <= at < jumped + HALF_HOUR * 0.4 for at in world.looks[name]) <= 1
    assert len(world.looks["daily"]) <= 2
    assert max(later - earlier for earlier, later in pairwise(world.looks["dead"])) <= 4.5 * HOUR


def test_a_laptop_that_slept_for_8_hours_looks_once_at_each_watch_within_seconds(world: World, app: App) -> None:
    world.run(app, 2 * HOUR)
    woke = world.awake
    world.clock += 8 * HOUR
    world.run(app, 2 * HOUR)

    for name in (name for name in world.looks if name.startswith("w")):
        after = [at - woke for at in world.looks[name] if at >= woke]
        assert after[0] <= TICK
        assert all(gap >= HALF_HOUR * 0.4 - TICK for gap in (b - a for a, b in pairwise(after)))


def test_a_clock_that_was_wrong_by_a_day_while_nothing_ran_silences_nothing(world: World) -> None:
    with world.app() as app:
        world.clock += DAY
        world.run(app, HOUR)
    world.clock -= DAY

    with world.app() as app:
        world.run(app, HOUR)

    for name in (name for name in world.looks if name.startswith("w")):
        assert max(b - a for a, b in pairwise(world.looks[name])) <= HALF_HOUR + TICK
        assert world.looks[name][-1] >= 2 * HOUR - HALF_HOUR - TICK


def test_a_saved_configuration_is_planned_at_the_next_look_at_what_is_due(world: World, app: App) -> None:
    world.configure(slow='every = "7d"', gone='every = "30m"')
    world.run(app, HOUR)
    begun = len(world.looks["slow"])

    world.configure(slow='every = "10m"', new='cron = "0 12 * * *"')
    app.reload()
    gone, saved = len(world.looks["gone"]), world.awake
    world.run(app, HOUR)

    assert begun == 1
    assert 5 <= len(world.looks["slow"]) - begun <= 7
    assert world.looks["new"] == [saved]
    assert len(world.looks["gone"]) == gone
    assert app.store.known("gone").due_at is None


def test_outside_of_its_hours_a_watch_is_not_looked_at_even_when_it_was_made_due(world: World, app: App) -> None:
    world.configure(office='every = "10m"\nactive = "07:00-15:00"')
    world.run(app, 2 * HOUR)
    evening = len(world.looks["office"])

    app.store.due_now("office", world.clock)
    world.run(app, HOUR)
    at_night = len(world.looks["office"])
    world.clock = START + 18 * HOUR  # 07:16
    world.run(app, HOUR)

    assert evening > 9
    assert at_night == evening
    assert len(world.looks["office"]) - at_night >= 5


def test_a_tick_with_nothing_due_reads_one_index(world: World, app: App) -> None:
    app.due()
    for name in list(app.config.watches):
        world.look(app, name)

    with statements() as said:
        assert app.due() == []

    assert [statement.split()[0] for statement in said if not statement.startswith("BEGIN")] == ["SELECT"]
