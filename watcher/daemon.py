"""`watcher run`: the same three steps, on a schedule, until it is told to stop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler

from watcher import memory, pipeline
from watcher.app import POOL, App, Swept, lane
from watcher.checks import Checks, Limits
from watcher.config import Config
from watcher.errors import CheckError, ConfigError, RecordError, Stopped, StoreError
from watcher.metrics import Metrics
from watcher.model import Change, Failed, Found, Get, Item, Request, Response, Watch
from watcher.pipeline import Sent
from watcher.renamed import renamed
from watcher.sending import TARGETS
from watcher.setback import Setbacks
from watcher.systemd import Notifier

log = logging.getLogger(__name__)

#: Seconds between looks at what is due, at what waits to be sent, at what stands over all watches, and at what owners
#: did to their records; and between two words on how we are.
TICK, DELIVER, SITE, TIDY, STATUS = 1, 5, 5, 600, 30

#: Seconds that work under way is given when we are told to stop; what is not done then is done at the next start.
DRAIN = 5.0

#: Seconds in which a tick has to end. A store that another process holds answers, or fails, in half of it.
STUCK = 60.0

#: What of a check is news to whoever watches it run.
_SHOWN = ("new", "held", "edited")

LIMITS = Limits(pool=POOL, most=2 * POOL)

_STOP, _RELOAD = "stop", "reload"


class Daemon:
    """Checks what is due and sends what waits, for an app whose home is locked."""

    def __init__(self, app: App, notifier: Notifier | None = None) -> None:
        memory.settle()
        app.warm()
        self.app = app
        self.metrics = Metrics()
        self.ticked = monotonic()
        self._notifier = notifier or Notifier()
        self._words: SimpleQueue[str] = SimpleQueue()
        self._fed = set(app.config.watches)  # whose feeds may be there
        # Whose records cannot be written, or whose feed not taken away: tried at each check and tidying, not each tick.
        self._stuck: set[str] = set()
        self._ticking = Lock()
        self._reloading = Lock()
        self._shown_at = float("-inf")
        self._written: Config | None = None  # for which all that stands over the watches is written
        self._failing = {each.name for each in app.store.standing() if each.failures}
        self._checks = Checks(LIMITS, self._failing)
        self._setbacks = Setbacks()
        self._losing: set[str] = set()
        self._posting: set[str] = set()  # the targets that are sent to
        self._postmen = ThreadPoolExecutor(TARGETS, "deliver")
        # A late run is still wanted, and one run makes up for any number that were missed.
        defaults = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        self._scheduler = BackgroundScheduler(timezone=UTC, job_defaults=defaults)
        self._say_renamed()
        self.every(TICK, self.tick, at_once=True)
        self.every(DELIVER, self.deliver, at_once=True)
        self.every(SITE, self.write_site, at_once=True)
        self.every(TIDY, self.tidy)

    def every(self, seconds: int, job: Callable[[], Any], *, at_once: bool = False) -> None:
        """Run a job at this interval for as long as the daemon runs. A failure is logged, and it is run again."""
        first = {"next_run_time": datetime.now(UTC)} if at_once else {}
        self._scheduler.add_job(_logged(job), "interval", seconds=seconds, **first)

    def run(self) -> None:
        """Work until `stop` is called, then give what is under way a moment to end: `at_work` says whether it did."""
        self._notifier.ready()
        self._scheduler.start()
        try:
            word = ""
            while word != _STOP:
                if word == _RELOAD:
                    self._reload_now()
                self._wind_up()
                if self.healthy:
                    self._notifier.alive()
                self._show()
                word = self._word()
        finally:
            self._notifier.stopping()
            self._drain()

    # A queue and no event: Event.set may wait for a lock that the thread holds which a signal interrupts.

    def stop(self) -> None:
        """End `run`. For signal handlers."""
        self._words.put(_STOP)

    def reload(self) -> None:
        """Take the configuration up again, as if its file was saved. For signal handlers."""
        self._words.put(_RELOAD)

    @property
    def at_work(self) -> bool:
        """Whether a check or a delivery is under way."""
        return self._checks.at_work or bool(self._posting)

    @property
    def healthy(self) -> bool:
        """Whether ticks come, and checks move on. A check that hangs is given up, and does no harm to this."""
        return self.tick_age < STUCK and self._checks.healthy()

    @property
    def tick_age(self) -> float:
        """Seconds since the last look at what is due."""
        return monotonic() - self.ticked

    def tick(self) -> None:
        """Hand over what is due, and what another command left to be published: an accepted batch."""
        if not self._ticking.acquire(blocking=False):
            return
        try:
            self._reload()
            watches = self.app.config.watches
            busy = {*self._checks.names, *self._setbacks.names}
            self._remove_feeds(watches, busy)
            self._hand_over([watches[name] for name in self.app.due() if name not in busy])
            for name in set(self.app.store.unpublished()) & set(watches) - busy - self._stuck:
                self._checks.offer(name, "", partial(self._safely, self._publish, name))
            self._checks.start()
            self._give_up()
            self.ticked = monotonic()
        finally:
            self._ticking.release()

    def deliver(self) -> None:
        """Send what waits. Each target has a thread of its own: a dead one delays no other."""
        for target, recipients in self.app.sender.waiting().items():
            if target not in self._posting:
                self._posting.add(target)
                self._postmen.submit(self._post, target, recipients)

    def write_site(self) -> None:
        """Bring up to date what stands over all watches, where a check may have changed it: to look costs as much as
        a look at each feed."""
        config = self.app.config
        if self._written is not config:
            self._written = config
            self.app.write_site()

    def tidy(self) -> None:
        """Heed what owners did to their records, and let go of what is old, and of memory."""
        self._stuck.clear()
        for name, problem in self.app.tidy():
            log.warning("%s", problem, extra={"watch": name})
        self.app.let_go()
        self._written = None
        memory.give_back()

    def _hand_over(self, due: Iterable[Watch]) -> None:
        """Have these looked at. Where a host wants a long time between two requests they stay due, but for those of one
        address as soon as its turn has come: they would wait in their threads."""
        waits, chosen = self.app.fetcher.slow_hosts(), dict[str, str]()
        for watch in due:
            host = lane(watch)
            if waits.get(host, 0) <= TICK and (host not in waits or chosen.setdefault(host, watch.url) == watch.url):
                self._checks.offer(watch.name, host, partial(self._safely, self._look, watch.name))

    def _word(self) -> str:
        try:
            return self._words.get(timeout=TICK)
        except Empty:
            return ""

    def _wind_up(self) -> None:
        """APScheduler keeps wall time: after the clock steps back an hour, it would be silent for that hour."""
        if self.tick_age > 5 * TICK and not self._ticking.locked():
            for job in self._scheduler.get_jobs():
                # Anew: the old trigger does not fire before the time at which it was made.
                job.reschedule("interval", seconds=job.trigger.interval.total_seconds())
            _logged(self.tick)()

    def _show(self) -> None:
        if self._notifier.heard and monotonic() - self._shown_at >= STATUS:
            self._shown_at = monotonic()
            self._notifier.status(self._status())

    def _status(self) -> str:
        watches = self.app.config.watches
        due_at = self.app.store.next_due(watches)
        parts = [f"{len(watches):,} {'watch' if len(watches) == 1 else 'watches'}"]
        parts.append(f"{len(self._failing.intersection(watches)):,} failing")
        if due_at:
            seconds = max((due_at - self.app.clock()).total_seconds(), 0)
            parts.append(f"next check in {seconds:.0f} s")
        return ", ".join(parts)

    def _reload_now(self) -> None:
        self._notifier.reloading()
        self._reload(anyway=True)
        self._notifier.ready()

    def _reload(self, *, anyway: bool = False) -> None:
        with self._reloading:
            listen = self.app.config.settings.listen
            try:
                if self.app.reload(anyway=anyway):
                    log.info("the configuration was read again", extra={"watches": len(self.app.config.watches)})
                    self._say_renamed()
                    self.app.fetcher.user_agent = self.app.user_agent  # its contact may be another
                    if self.app.config.settings.listen != listen:
                        log.warning("listen has changed, which the next start heeds")
            except ConfigError as error:
                for fault in error.faults:
                    hint = {"hint": fault.hint} if fault.hint else {}
                    log.error("%s; the configuration in force stays", fault, extra=hint)  # noqa: TRY400

    def _say_renamed(self) -> None:
        for words in renamed(self.app.config.watches, self.app.store):
            log.warning("%s", words)

    def _remove_feeds(self, watches: Collection[str], busy: Collection[str]) -> None:
        """Take away the feeds of watches that were removed: a check that was under way then has written one more."""
        for name in self._fed.difference(watches, busy, self._stuck):
            try:
                self.app.shelf.remove(name)
                self._fed.discard(name)
            except RecordError as error:
                self._stuck.add(name)
                log.warning("the feed of a watch that was removed is left: %s", error, extra={"watch": name})
        self._fed.update(watches)

    def _give_up(self) -> None:
        """Of checks that hang it is said which, and their watches fail."""
        for name in self._checks.overdue():
            if name not in self._losing:
                self._losing.add(name)
                Thread(target=self._lose, args=[name], name="lose", daemon=True).start()

    def _lose(self, name: str) -> None:
        try:
            log.error("the check hangs, and is given up; its thread is lost until it ends", extra={"watch": name})
            if watch := self.app.config.watches.get(name):
                app = self.app
                pipeline.check(app.route(watch), _Hanging(), app.store, app.get, app.clock())
            self._checks.give_up(name)
            self._written = None
        except Exception as error:
            _log_failure("that the check hangs could not be noted", error, watch=name)
        finally:
            self._losing.discard(name)

    def _get(self, asked: Get, request: Request) -> Response:
        self._checks.moved(request.timeout.total_seconds() if request.timeout else 0)
        try:
            return asked(request)
        finally:
            self._checks.moved()

    def _safely(self, work: Callable[[Watch], None], name: str) -> None:
        """Do this for a watch. Where it breaks off, the watch is due as before: it is left alone for a while."""
        if not (watch := self.app.config.watches.get(name)):  # removed while it waited
            return
        try:
            work(watch)
        except Stopped:
            return
        except Exception as error:
            self._setbacks.add(name)
            _log_failure("the check broke off, and is made again later", error, watch=name)
        else:
            self._setbacks.end(name)

    def _publish(self, watch: Watch) -> None:
        for problem in self.app.publish(watch).problems:
            self._stuck.add(watch.name)
            log.warning("%s", problem, extra={"watch": watch.name})
        self._written = None
        _logged(self.deliver)()

    def _look(self, watch: Watch) -> None:
        started = monotonic()
        swept = self.app.check(watch, partial(self._get, self.app.asking(watch)))
        took = timedelta(seconds=monotonic() - started)
        outcome = swept.checked.outcome
        self.metrics.checked(outcome, took)
        _log_check(swept, took)
        if not isinstance(outcome, Failed) and any(change.event for change in outcome.changes):
            _logged(self.deliver)()
        failed = isinstance(outcome, Failed)
        if failed or watch.name in self._failing or swept.checked.changes:
            self._written = None
        (self._failing.add if failed else self._failing.discard)(watch.name)
        self._stuck.discard(watch.name)
        for problem in swept.published.problems:
            self._stuck.add(watch.name)
            log.warning("%s", problem, extra={"watch": watch.name})

    def _post(self, target: str, recipients: Iterable[str]) -> None:
        try:
            for sent in self.app.sender.deliver_to(target, recipients):
                self.metrics.delivered(sent)
                _log_letter(sent)
        except Exception as error:
            _log_failure("sending failed, and is tried again", error, target=target)
        finally:
            self._posting.discard(target)

    def _drain(self) -> None:
        give_up = monotonic() + DRAIN
        self._scheduler.shutdown(wait=False)
        self._checks.close()
        self._postmen.shutdown(wait=False, cancel_futures=True)
        # Closing a connection that is being made waits until it is.
        closing = Thread(target=self.app.stop, name="stop", daemon=True)
        closing.start()
        while (self._checks.moving or self._posting) and monotonic() < give_up:
            Event().wait(0.05)
        closing.join(max(give_up - monotonic(), 0))


class _Hanging:
    """Looks in the place of a source that does not come back."""

    Options = object

    def find(self, options: object, get: Get) -> Iterable[Item]:
        raise CheckError("the check did not end", hint="please report it, with the page's address")


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
        except Exception as error:
            _log_failure(f"{job.__name__} failed, and is tried again", error)

    return run


def _log_failure(words: str, error: Exception, **fields: str) -> None:
    """A state that cannot be used says so in words; what else breaks work off is a fault of ours."""
    if isinstance(error, StoreError):
        log.error("%s: %s", words, error, extra=fields | ({"hint": error.hint} if error.hint else {}))
    else:
        log.error(words, exc_info=error, extra=fields)
