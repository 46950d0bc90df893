"""`watcher run`: the same three steps, on a schedule, until it is told to stop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, timedelta
from threading import Event, Lock
from time import monotonic
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler

from watcher.app import POOL, App, Swept, lane
from watcher.errors import ConfigError, Stopped
from watcher.lanes import Lanes
from watcher.metrics import Metrics
from watcher.model import Change, Failed, Found, Watch
from watcher.pipeline import Sent

log = logging.getLogger(__name__)

#: Seconds between looks at what is due, at what waits to be sent, at what stands over all watches, and at what owners
#: did to their records.
TICK, DELIVER, SITE, TIDY = 1, 5, 5, 600

#: What of a check is news to whoever watches it run.
_SHOWN = ("new", "held", "edited")

#: Seconds that work under way is given when we are told to stop; what is not done then is done at the next start.
DRAIN = 5.0


class Daemon:
    """Checks what is due and sends what waits, for an app whose home is locked."""

    def __init__(self, app: App) -> None:
        app.warm()
        self.app = app
        self.stopping = Event()
        self.metrics = Metrics()
        self.ticked = monotonic()
        self._busy: dict[str, Future[Any]] = {}
        self._fed = set(app.config.watches)  # whose feeds may be there
        self._stuck: set[str] = set()  # whose records cannot be written: tried at each check and tidying, not each tick
        self._lock = Lock()
        self._sending = Lock()
        self._pool = ThreadPoolExecutor(POOL, "check")
        self._lanes = Lanes(self._pool)
        # A late run is still wanted, and one run makes up for any number that were missed.
        defaults = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        self._scheduler = BackgroundScheduler(timezone=UTC, job_defaults=defaults)
        self.every(TICK, self.tick)
        self.every(DELIVER, self.deliver)
        self.every(SITE, app.write_site)
        self.every(TIDY, self.tidy)

    def every(self, seconds: int, job: Callable[[], Any]) -> None:
        """Run a job at this interval for as long as the daemon runs. A failure is logged, and it is run again."""
        self._scheduler.add_job(_logged(job), "interval", seconds=seconds)

    def run(self) -> None:
        """Work until `stop` is called, then give what is under way a moment to end: `at_work` says whether it did."""
        self.app.write_site()
        self._scheduler.start()
        try:
            while not self.stopping.wait(TICK):
                # APScheduler keeps wall time: after the clock steps back an hour, it would be silent for that hour.
                if monotonic() - self.ticked > 5 * TICK:
                    _logged(self.tick)()
                    _logged(self.deliver)()
        finally:
            self._drain()

    def stop(self) -> None:
        """End `run`. For signal handlers."""
        self.stopping.set()

    @property
    def at_work(self) -> bool:
        """Whether a check or a delivery is under way."""
        with self._lock:
            return self._sending.locked() or any(not check.done() for check in self._busy.values())

    @property
    def tick_age(self) -> float:
        """Seconds since the last look at what is due."""
        return monotonic() - self.ticked

    def tick(self) -> None:
        """Hand to the pool what is due, and what another command left to be published: an accepted batch."""
        self.ticked = monotonic()
        try:
            self.app.reload()
        except ConfigError as error:
            log.error("%s; the configuration in force stays", error)  # noqa: TRY400
        watches = self.app.config.watches
        with self._lock:
            self._remove_feeds(watches)
            idle = {name: watch.every for name, watch in watches.items() if name not in self._busy}
            for name in self.app.store.due(idle, self.app.clock()):
                self._busy[name] = self._lanes.submit(lane(watches[name]), self._check, watches[name])
            for name in set(self.app.store.unpublished()) & set(watches) - set(self._busy) - self._stuck:
                self._busy[name] = self._pool.submit(self._publish, watches[name])

    def deliver(self) -> None:
        """Send what waits."""
        if self._sending.acquire(blocking=False):
            try:
                for sent in self.app.deliver():
                    self.metrics.delivered(sent)
                    _log_letter(sent)
            finally:
                self._sending.release()

    def tidy(self) -> None:
        """Heed what owners did to their records."""
        self._stuck.clear()
        for watch in self.app.config.watches.values():
            for problem in self.app.publish(watch).problems:
                log.warning("%s", problem, extra={"watch": watch.name})

    def _remove_feeds(self, watches: Collection[str]) -> None:
        """Take away the feeds of watches that were removed: a check that was under way then has written one more."""
        for name in self._fed.difference(watches, self._busy):
            self.app.shelf.remove(name)
            self._fed.discard(name)
        self._fed.update(watches)

    def _publish(self, watch: Watch) -> None:
        try:
            for problem in self.app.publish(watch).problems:
                self._stuck.add(watch.name)
                log.warning("%s", problem, extra={"watch": watch.name})
            _logged(self.deliver)()
        finally:
            with self._lock:
                self._busy.pop(watch.name, None)

    def _check(self, watch: Watch) -> Swept:
        try:
            started = monotonic()
            swept = self.app.check(watch)
            took = timedelta(seconds=monotonic() - started)
            outcome = swept.checked.outcome
            self.metrics.checked(outcome, took)
            _log_check(swept, took)
            if not isinstance(outcome, Failed) and any(change.event for change in outcome.changes):
                _logged(self.deliver)()
            self._stuck.discard(watch.name)
            for problem in swept.published.problems:
                self._stuck.add(watch.name)
                log.warning("%s", problem, extra={"watch": watch.name})
            return swept
        except Stopped:
            raise
        except Exception:
            log.exception("the check did not end", extra={"watch": watch.name})
            raise
        finally:
            with self._lock:
                self._busy.pop(watch.name, None)

    def _drain(self) -> None:
        self._scheduler.shutdown(wait=False)
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._lanes.cancel()
        self.app.stop()
        give_up = monotonic() + DRAIN
        while self.at_work and monotonic() < give_up:
            Event().wait(0.05)


def _log_check(swept: Swept, took: timedelta) -> None:
    """One line of a check that failed or found something; of a quiet one only for who wants to see everything."""
    checked, outcome = swept.checked, swept.checked.outcome
    fields: dict[str, Any] = {"watch": checked.watch.name, "outcome": type(outcome).__name__.lower()}
    fields |= {"took_ms": round(took / timedelta(milliseconds=1))}
    if isinstance(outcome, Failed):
        fields |= {"health": outcome.health, "failures": checked.failures, "due_at": checked.due_at.isoformat()}
        fields |= {"status": outcome.status} if outcome.status else {}
        log.warning("%s", outcome.error, extra=fields)
        return
    fields |= {"items": outcome.count} if isinstance(outcome, Found) else {}
    counts = {kind: number for kind in _SHOWN if (number := _count(outcome.changes, kind))}
    log.log(logging.INFO if counts else logging.DEBUG, "checked", extra=fields | counts)
    for warning in outcome.warnings if isinstance(outcome, Found) else ():
        log.warning("%s", warning, extra={"watch": checked.watch.name})


def _count(changes: Sequence[Change], kind: str) -> int:
    return sum(change.kind == kind for change in changes)


def _log_letter(sent: Sent) -> None:
    message = sent.letter.message
    fields = {"watch": message.watch, "recipient": message.recipient, "deliveries": len(sent.letter.deliveries)}
    if sent.error:
        log.warning("not delivered: %s", sent.error, extra=fields | {"result": type(sent.error).__name__.lower()})
    else:
        log.info("delivered", extra=fields | {"subject": message.subject})


def _logged(job: Callable[[], Any]) -> Callable[[], None]:
    def run() -> None:
        try:
            job()
        except Exception:
            log.exception("%s failed; it is tried again", job.__name__)

    return run
