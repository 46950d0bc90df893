"""Writes of several threads in one transaction, so that one wait for the disk serves them all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import Connection

from watcher.store.database import Database

A = TypeVar("A")
R = TypeVar("R")

#: Does for each of its arguments what it is for; the results in their order.
Work = Callable[[Connection, Sequence[A]], list[R]]

#: So many that are put off are written, whoever else comes; and what was put off so many seconds ago, at the next.
MANY, LONG = 64, 5.0


@dataclass(slots=True, eq=False)
class _Job:
    work: Work[Any, Any]
    argument: Any
    put_off: bool = False  # nobody waits for it
    done: bool = False
    result: Any = None
    error: Exception | None = None


class Together:
    """Whoever comes while another writes waits, and then writes for all that wait."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._jobs: list[_Job] = []
        self._begun = 0.0  # when the first of these was put off, if any was
        self._missed: list[Exception] = []  # what became of those that nobody waits for
        self._joining, self._writing = Lock(), Lock()

    def run(self, work: Work[A, R], argument: A) -> R:
        """What `work` makes of this argument, committed. An error is of this argument alone: `work` is done again for
        each by itself, so it must not do anything but read and write the database."""
        job = _Job(work, argument)
        with self._joining:
            self._jobs.append(job)
        while not job.done:
            with self._writing:
                if not job.done:
                    self._write_all(job)
        if job.error:
            raise job.error
        result: R = job.result
        return result

    def put_off(self, work: Work[A, R], argument: A) -> None:
        """The same for what may be lost in a crash: it is committed with what comes next, or with many others. Its
        error is raised by `finish`."""
        with self._joining:
            self._begun = self._begun if self._jobs else monotonic()
            self._jobs.append(_Job(work, argument, put_off=True))
            enough = len(self._jobs) >= MANY or monotonic() - self._begun > LONG
        if enough:
            with self._writing:
                self._write_all()

    def finish(self) -> None:
        """Commit what was put off, if anything was. Raises the first error of all that was."""
        with self._writing:
            if self._jobs:
                self._write_all()
        if self._missed:
            missed, self._missed = self._missed, []
            raise missed[0]

    def _write_all(self, mine: _Job | None = None) -> None:
        with self._joining:
            jobs, self._jobs = self._jobs, []
        try:
            self._write(jobs)
        finally:
            # Where this thread was interrupted, another takes up what is left of the others.
            if left := [job for job in jobs if not job.done and job is not mine]:
                with self._joining:
                    self._jobs[:0] = left
        self._missed += [job.error for job in jobs if job.put_off and job.error]

    def _write(self, jobs: Sequence[_Job]) -> None:
        begun = False
        try:
            with self._database.write() as connection:
                begun = True
                _work(connection, jobs)
        except Exception as error:
            if begun and len(jobs) > 1:
                for job in jobs:
                    self._write([job])
                return
            # A transaction that cannot be begun is no job's fault: while another process holds the database, each
            # would wait for it as long again, and all who come later behind them.
            for job in jobs:
                job.error = error
        for job in jobs:
            job.done = True


def _work(connection: Connection, jobs: Sequence[_Job]) -> None:
    alike = defaultdict[Work[Any, Any], list[_Job]](list)
    for job in jobs:
        alike[job.work].append(job)
    for work, some in alike.items():
        for job, result in zip(some, work(connection, [job.argument for job in some]), strict=True):
            job.result = result
