"""One fetcher in a world that stands still."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.manners.world import World
from watcher.fetch import Fetcher


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def fetcher(world: World) -> Iterator[Fetcher]:
    with world.fetcher() as fetcher:
        yield fetcher
