"""A daemon in fast time: each line of standard input sets its clock forward by so many seconds.

It is answered when all that was due is done, by what the process takes: JSON.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, active_count

from watcher.agenda import JUMP
from watcher.app import App
from watcher.daemon import DELIVER, TIDY, Daemon
from watcher.home import Home

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class Clock:
    """Stands, unless it is set forward."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


class Errors(logging.Handler):
    """What is logged as an error: a fault of ours."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info and record.exc_info[1]
        self.said.append(f"{record.getMessage()}: {error!r}" if error else record.getMessage())


def run(folder: Path) -> None:
    errors, clock = Errors(), Clock()
    logging.getLogger("watcher").addHandler(errors)
    with App(Home(folder=folder, config=folder / "watcher.toml"), clock=clock) as app, app.locked():
        daemon = Daemon(app)
        for line in sys.stdin:
            end = clock.now + timedelta(seconds=int(line))
            while clock.now < end:
                # A longer step would be a sleep, after which late watches are spread anew.
                clock.now = min(clock.now + JUMP / 2, end)
                _work(daemon, clock.now)
            print(json.dumps({**taken(), "errors": errors.said}), flush=True)
        daemon.stop()
        daemon.run()


def _work(daemon: Daemon, now: datetime) -> None:
    """What the daemon's jobs would have done by now."""
    for job in (daemon.tick, daemon.deliver, daemon.app.write_site):
        job()
        while daemon.at_work:
            Event().wait(0.001)
    if now.timestamp() % TIDY < DELIVER:
        daemon.tidy()


def taken() -> dict[str, int]:
    """Open files, threads, and memory in KiB."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "files": len(list(Path("/proc/self/fd").iterdir())),
        "threads": active_count(),
        "memory": pages * os.sysconf("SC_PAGE_SIZE") // 1024,
    }


if __name__ == "__main__":
    run(Path(sys.argv[1]))
