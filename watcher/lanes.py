"""Work in lanes: whatever is in one waits in one queue, so that no lane holds more than its share of the workers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from threading import Lock
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

#: Workers for one lane: while one waits for its host's answer, another can commit what came before.
WIDTH = 2

_Work = tuple[Future[Any], Callable[[], Any]]


class Lanes:
    """A pool whose work has a lane each: a host's name. Two hundred watches of one host, which is asked one request
    at a time with a gap between two, would keep every worker waiting while other hosts wait for a worker.

    After each piece of work its lane goes to the end of the pool's queue: all lanes move on together, in the order in
    which their work came.
    """

    def __init__(self, pool: Executor, width: int = WIDTH) -> None:
        self._pool = pool
        self._width = width
        self._queues: dict[str, deque[_Work]] = {}
        self._busy: dict[str, int] = {}  # workers, by lane
        self._lock = Lock()

    def submit(self, lane: str, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """As a pool's `submit`, in this lane."""
        future: Future[T] = Future()
        with self._lock:
            if self._busy.get(lane, 0) < self._width:
                self._pool.submit(self._next, lane)
                self._busy[lane] = self._busy.get(lane, 0) + 1
            self._queues.setdefault(lane, deque()).append((future, lambda: work(*args, **kwargs)))
        return future

    def cancel(self) -> None:
        """Drop what waits, from any thread; its futures say so. What is under way goes on."""
        with self._lock:
            waiting = [future for queue in self._queues.values() for future, _ in queue]
            self._queues.clear()
        for future in waiting:
            if future.cancel():
                future.set_running_or_notify_cancel()  # wakes whoever waits for it

    def _next(self, lane: str) -> None:
        """One piece of work, and then a place at the end of the pool's queue."""
        with self._lock:
            queue = self._queues.get(lane)
            work = queue.popleft() if queue else None
        if work:
            _do(*work)
        try:
            self._go_on(lane)
        except RuntimeError:  # the pool takes nothing more
            self.cancel()

    def _go_on(self, lane: str) -> None:
        with self._lock:
            if self._queues.get(lane):
                self._pool.submit(self._next, lane)
                return
            self._busy[lane] -= 1
            if not self._busy[lane]:
                del self._busy[lane]
                self._queues.pop(lane, None)


def _do(future: Future[Any], work: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)
