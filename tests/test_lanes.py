"""Work that waits in lanes."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor, wait

import pytest

from watcher.lanes import WIDTH, Lanes


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def test_a_lane_holds_no_more_workers_than_its_width_and_does_all_its_work_in_order(pool: ThreadPoolExecutor) -> None:
    lanes, lock = Lanes(pool), threading.Lock()
    inside: Counter[str] = Counter()
    most: Counter[str] = Counter()
    begun: list[int] = []

    def work(lane: str, number: int) -> int:
        with lock:
            begun.append(number)
            inside[lane] += 1
            most[lane] = max(most[lane], inside[lane])
        threading.Event().wait(0.002)
        with lock:
            inside[lane] -= 1
        return number

    done = [lanes.submit(lane, work, lane, number) for number in range(40) for lane in ("one", "two")]

    assert [each.result(10) for each in done] == [number for number in range(40) for _ in range(2)]
    assert most["one"] == most["two"] == WIDTH
    assert all(abs(number - place / 2) <= 2 * WIDTH for place, number in enumerate(begun))


def test_a_lane_full_of_work_that_hangs_keeps_no_other_waiting(pool: ThreadPoolExecutor) -> None:
    lanes, go = Lanes(pool), threading.Event()
    hanging = [lanes.submit("slow", go.wait, 10) for _ in range(100)]

    others = [lanes.submit(f"host {n}", int, n) for n in range(100)]

    assert [each.result(10) for each in others] == list(range(100))
    assert not any(each.done() for each in hanging)
    go.set()
    assert all(each.result(10) for each in hanging)


def test_a_failure_is_its_futures_and_the_lane_goes_on(pool: ThreadPoolExecutor) -> None:
    lanes = Lanes(pool, width=1)

    def fail() -> None:
        raise ZeroDivisionError

    failed, after = lanes.submit("one", fail), lanes.submit("one", int, 7)

    with pytest.raises(ZeroDivisionError):
        failed.result(10)
    assert after.result(10) == 7


def test_a_lane_that_was_empty_takes_work_again(pool: ThreadPoolExecutor) -> None:
    lanes = Lanes(pool, width=1)

    assert [lanes.submit("one", int, n).result(10) for n in range(50)] == list(range(50))


@pytest.mark.parametrize("closed", [True, False])
def test_what_waits_when_all_is_cancelled_says_so_and_is_not_done(pool: ThreadPoolExecutor, closed: bool) -> None:
    lanes, begun, go = Lanes(pool, width=1), threading.Event(), threading.Event()

    def work() -> str:
        begun.set()
        go.wait(10)
        return "done"

    first = lanes.submit("one", work)
    waiting = [lanes.submit("one", work) for _ in range(3)]
    begun.wait(10)
    if closed:
        pool.shutdown(wait=False, cancel_futures=True)
    lanes.cancel()
    go.set()

    assert first.result(10) == "done"
    assert not wait(waiting, 10).not_done
    for each in waiting:
        with pytest.raises(CancelledError):
            each.result()


def test_a_pool_that_closes_meanwhile_cancels_what_waits(pool: ThreadPoolExecutor) -> None:
    lanes, begun, go = Lanes(pool, width=1), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go.wait(10)

    lanes.submit("one", work)
    waiting = lanes.submit("one", work)
    begun.wait(10)
    pool.shutdown(wait=False)
    go.set()

    assert not wait([waiting], 10).not_done
