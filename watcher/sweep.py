"""Many watches at once, each host's one after the other: a host is asked one request at a time anyway, and over one
connection it answers sooner."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice
from threading import Event, Lock
from time import monotonic, process_time
from typing import Generic, TypeVar

from watcher.model import Known, Watch

T = TypeVar("T")

#: Of so many watches at once it is asked what is known of them.
AHEAD = 64

#: One thread begins. It is looked every so many seconds whether all only wait; where that was so nearly each time of
#: several, there are twice as many: threads that compute wait for one another, those that wait for servers do not.
SPAN, OFTEN, TIMES = 0.01, 4, 5

#: The same where so little of a core was used that they wait for something else: a disk, say, or a database. (Other
#: programs may have taken the rest, so it is little indeed.)
LITTLE = 0.25


class Sweep(Generic[T]):
    """Does something for each watch, in few threads, or in up to `most` where they only wait. `known_of` says what is
    known of watches, by name, `idle` how many threads only wait; `stop` ends what is under way, where the caller leaves
    off or something fails."""

    def __init__(
        self,
        watches: Sequence[Watch],
        work: Callable[[Watch, Known], T],
        lane: Callable[[Watch], Hashable],
        known_of: Callable[[Sequence[str]], Mapping[str, Known]],
        most: int,
        idle: Callable[[], int],
        stop: Callable[[], None],
    ) -> None:
        self._work = work
        self._stop = stop
        lanes: dict[Hashable, list[int]] = {}
        for number, watch in enumerate(watches):
            lanes.setdefault(lane(watch), []).append(number)
        self._watches = watches
        self._lanes = deque(lanes.values())
        self._ahead = _Ahead([watches[number].name for each in lanes.values() for number in each], known_of)
        self._most, self._threads = min(most, len(lanes)), 0
        self._idle, self._waited = idle, list[bool]()
        self._counted = (monotonic(), process_time())
        self._done = deque[tuple[int, T | None, BaseException | None]]()
        self._ended, self._numbers = Event(), count(1)
        self._stopping = Event()

    def __iter__(self) -> Iterator[T]:
        """The results, in the order of the watches. Leaving off, or an error, begins nothing more."""
        if not self._watches:
            return
        with ThreadPoolExecutor(self._most, "check") as pool:
            try:
                self._grow(pool)
                yield from self._in_order(pool)
            except BaseException:  # the pool waits for its threads
                self._stopping.set()
                self._stop()
                raise

    def _grow(self, pool: ThreadPoolExecutor) -> None:
        for _ in range(min(max(1, self._threads), self._most - self._threads)):
            self._threads += 1
            pool.submit(self._drain)

    def _grow_where_idle(self, pool: ThreadPoolExecutor) -> None:
        self._waited.append(self._idle() >= self._threads)
        if len(self._waited) == TIMES:
            (then, used), self._counted = self._counted, (monotonic(), process_time())
            little = self._counted[1] - used < LITTLE * (self._counted[0] - then)
            if little or sum(self._waited) >= OFTEN:
                self._grow(pool)
            self._waited.clear()

    def _in_order(self, pool: ThreadPoolExecutor) -> Iterator[T]:
        early: dict[int, T] = {}
        for number in range(len(self._watches)):
            while number not in early:
                # Not woken by each result: that would stop the thread that works, a thousand times in a sweep.
                self._ended.wait(SPAN)
                self._grow_where_idle(pool)
                while self._done:
                    other, result, error = self._done.popleft()
                    if error:
                        raise error
                    early[other] = result  # type: ignore[assignment]  # there is a result where there is no error
            yield early.pop(number)

    def _drain(self) -> None:
        """One lane after the other, each to its end."""
        while True:
            try:
                lane = self._lanes.popleft()
            except IndexError:
                return
            for number in lane:
                if self._stopping.is_set():
                    return
                self._one(number)

    def _one(self, number: int) -> None:
        try:
            watch = self._watches[number]
            self._done.append((number, self._work(watch, self._ahead.of(watch.name)), None))
        except BaseException as error:
            self._done.append((number, None, error))
            self._ended.set()
        if next(self._numbers) == len(self._watches):
            self._ended.set()


class _Ahead:
    """What is known of watches, asked for some at a time, in the order in which they are wanted."""

    def __init__(self, names: Sequence[str], known_of: Callable[[Sequence[str]], Mapping[str, Known]]) -> None:
        self._known_of = known_of
        self._places = {name: place for place, name in enumerate(names)}
        self._names = names
        self._asked: set[str] = set()
        self._found: dict[str, Known] = {}
        self._lock = Lock()

    def of(self, name: str) -> Known:
        with self._lock:
            if name not in self._found:
                following = islice(self._names, self._places[name], self._places[name] + AHEAD)
                some = [each for each in following if each not in self._asked]
                self._found |= self._known_of(some)
                self._asked.update(some)
            return self._found.pop(name)
