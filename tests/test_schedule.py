from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes import NOW, watch
from watcher.model import Failed, Response, Unchanged
from watcher.schedule import LONGEST, next_attempt, next_due

HALF_HOUR = timedelta(minutes=30)
FINE = Unchanged(response=Response(url="https://press.example.org/"))


def test_a_good_look_is_followed_by_the_next_after_the_watchs_own_time() -> None:
    assert next_due(watch(every=HALF_HOUR), FINE, 0, NOW) == NOW + HALF_HOUR


@pytest.mark.parametrize(("failures", "factor"), [(1, 1), (2, 2), (3, 4), (4, 8)])
def test_each_failure_doubles_the_wait(failures: int, factor: int) -> None:
    assert next_due(watch(every=HALF_HOUR), Failed(error="500"), failures, NOW) == NOW + HALF_HOUR * factor


@pytest.mark.parametrize("failures", [10, 1_000, 10**9])
def test_a_dead_watch_is_tried_for_ever(failures: int) -> None:
    assert next_due(watch(every=HALF_HOUR), Failed(error="500"), failures, NOW) == NOW + LONGEST


def test_a_watch_of_once_a_week_is_not_tried_more_often_for_failing() -> None:
    week = timedelta(weeks=1)

    assert next_due(watch(every=week), Failed(error="500"), 5, NOW) == NOW + week


def test_a_host_that_said_when_to_come_back_is_believed() -> None:
    later = NOW + timedelta(hours=9)

    assert next_due(watch(every=HALF_HOUR), Failed(error="503", retry_at=later), 1, NOW) == later


def test_letters_are_tried_ever_more_rarely_and_at_least_daily() -> None:
    waits = [next_attempt(n, NOW) - NOW for n in range(30)]

    assert waits[0] == timedelta(minutes=1)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(days=1)
