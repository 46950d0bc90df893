"""Threads for the checks. Whoever is slow, or hangs, takes nobody else's place.

A check that has been under way for some seconds gives its place to another; a watch that was slow the last time waits
for a place in a lane of its own, which is narrow; and of one host's watches only a few are looked at together: they
would wait in their threads for one another.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock, local
from time import monotonic


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many checks at once, and the seconds (monotonic) after which one is called slow, or lost."""

    pool: int = 128  # under way for less than `slow` seconds
    most: int = 256  # in all, slow and lost ones included
    slow_ones: int = 16  # of watches that were slow the last time
    host: int = 2  # of watches on one host: while one waits for its answer, another commits what came
    slow: float = 5.0
    lost: float = 600.0  # without an answer: longer than any honest check can take, all deadlines taken together
    grace: float = 60.0  # until one that is lost has been given up


@dataclass(slots=True, eq=False)
class Job:
    """Something to be done for a watch; `until` is when it has to have moved on."""

    name: str
    host: str
    work: Callable[[], object]
    slow: bool = False
    lost: bool = False
    started: float = 0.0
    until: float = 0.0


class Checks:
    """Does one thing at a time for each watch. For any thread."""

    def __init__(self, limits: Limits = Limits(), slow: Iterable[str] = ()) -> None:
        self._limits = limits
        self._slow = set(slow)  # the watches whose last check was
        self._lock = Lock()
        self._queues: dict[bool, deque[Job]] = {False: deque(), True: deque()}
        self._behind: defaultdict[str, deque[Job]] = defaultdict(deque)  # by host, whose turn has not come
        self._hosts: Counter[str] = Counter()
        self._jobs: dict[str, Job] = {}
        self._running: set[Job] = set()
        self._mine = local()
        self._closed = False
        self._threads = ThreadPoolExecutor(limits.most, "check")

    @property
    def names(self) -> Collection[str]:
        """The watches for which something is, or is to be, done."""
        with self._lock:
            return set(self._jobs)

    @property
    def at_work(self) -> bool:
        """Whether anything is under way, lost or not."""
        return bool(self._running)

    @property
    def moving(self) -> bool:
        """Whether anything is under way that may come to its end."""
        with self._lock:
            return any(not job.lost for job in self._running)

    def offer(self, name: str, host: str, work: Callable[[], object]) -> None:
        """Do this for a watch as soon as there is a place, unless something is done for it already. `host` is the one
        that will be asked, "" for none."""
        with self._lock:
            if name not in self._jobs and not self._closed:
                job = self._jobs[name] = Job(name, host, work, slow=name in self._slow)
                self._queues[job.slow].append(job)
                self._start()

    def start(self) -> None:
        """Give the places of those that turned out to be slow to others. To be called now and then."""
        with self._lock:
            self._start()

    def moved(self, patience: float = 0.0) -> None:
        """What this thread does has moved on, and now waits for no longer than so many seconds."""
        if job := getattr(self._mine, "job", None):
            job.until = monotonic() + patience + self._limits.lost

    def overdue(self) -> list[str]:
        """The watches whose checks do not move any more."""
        with self._lock:
            return [job.name for job in self._running if not job.lost and job.until < monotonic()]

    def give_up(self, name: str) -> None:
        """Nobody waits for this one any more. It keeps its thread, and is not begun again before it has ended."""
        with self._lock:
            job = self._jobs.get(name)
            if job in self._running and job and not job.lost:
                job.lost = True
                self._slow.add(name)
                self._free(job)
                self._start()

    def healthy(self) -> bool:
        """Whether work moves on, if there is any: False where all that is under way is overdue, and all that waits
        finds no thread."""
        with self._lock:
            going = [job for job in self._running if not job.lost]
            if not going:
                return len(self._jobs) == len(self._running)
            # What is overdue is given up soon. Where not even that is done, nothing moves.
            return any(job.until + self._limits.grace > monotonic() for job in going)

    def close(self) -> None:
        """Begin nothing more."""
        with self._lock:
            self._closed = True
            for job in set(self._jobs.values()) - self._running:
                del self._jobs[job.name]
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _start(self) -> None:
        if self._closed:
            return
        for slow in (False, True):
            queue = self._queues[slow]
            while queue and self._has_place(slow):
                job = queue.popleft()
                if job.host and self._hosts[job.host] >= self._limits.host:
                    self._behind[job.host].append(job)
                else:
                    self._begin(job)

    def _has_place(self, slow: bool) -> bool:
        limits, running = self._limits, self._running
        if len(running) >= limits.most:
            return False
        if slow:
            return sum(job.slow and not job.lost for job in running) < limits.slow_ones
        recent = monotonic() - limits.slow
        return len(running) < limits.pool or sum(job.started > recent for job in running) < limits.pool

    def _begin(self, job: Job) -> None:
        job.started = monotonic()
        job.until = job.started + self._limits.lost
        self._hosts[job.host] += 1
        self._running.add(job)
        self._threads.submit(self._do, job)

    def _do(self, job: Job) -> None:
        self._mine.job = job
        try:
            job.work()
        finally:
            with self._lock:
                self._end(job)

    def _end(self, job: Job) -> None:
        self._running.discard(job)
        self._jobs.pop(job.name, None)
        if not job.lost:
            self._free(job)
        was_slow = monotonic() - job.started > self._limits.slow
        (self._slow.add if was_slow else self._slow.discard)(job.name)
        self._start()

    def _free(self, job: Job) -> None:
        """Its host's next may come."""
        self._hosts[job.host] -= 1
        if not self._hosts[job.host]:
            del self._hosts[job.host]
        if behind := self._behind.get(job.host):
            following = behind.popleft()
            self._queues[following.slow].appendleft(following)
            if not behind:
                del self._behind[job.host]
