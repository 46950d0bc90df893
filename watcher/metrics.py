"""What a running watcher counts, and what it knows, as Prometheus reads it (text format 0.0.4).

Counters are this process's. Everything else is read from the state when it is asked for, so that nothing has to be
kept in step with it.
"""

from __future__ import annotations

import platform
from collections import Counter as Count
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from watcher import __version__, schedule
from watcher.errors import Rejected
from watcher.model import Failed, Outcome, Standing, Watch
from watcher.pipeline import Sent
from watcher.store import Queue, Store

_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_NEVER = float("inf")


class Metrics:
    """The counters of one process. For any thread."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        build = Gauge("watcher_build_info", "What is running.", ["version", "python"], registry=self._registry)
        build.labels(__version__, platform.python_version()).set(1)
        self._checks = Counter("watcher_checks", "Checks that ended.", ["outcome"], registry=self._registry)
        self._took = Histogram(
            "watcher_check_duration_seconds",
            "From the start of a check until its feed stands.",
            registry=self._registry,
            buckets=_SECONDS,
        )
        self._items = Counter("watcher_items", "Items that checks found.", ["change"], registry=self._registry)
        self._sent = Counter("watcher_deliveries", "Attempts to send a letter.", ["result"], registry=self._registry)
        for counter, labels in (
            (self._checks, ("found", "unchanged", "failed")),
            (self._items, ("new", "held", "edited")),
            (self._sent, ("sent", "deferred", "rejected")),
        ):
            for label in labels:  # there from the start: a rate over what appears at its first increase misses that
                counter.labels(label)

    def checked(self, outcome: Outcome, took: timedelta) -> None:
        """A check ended."""
        self._checks.labels(type(outcome).__name__.lower()).inc()
        self._took.observe(took.total_seconds())
        if not isinstance(outcome, Failed):
            kinds = Count(change.kind for change in outcome.changes)
            for kind in ("new", "held", "edited"):
                self._items.labels(kind).inc(kinds[kind])

    def delivered(self, sent: Sent) -> None:
        """An attempt to send a letter ended."""
        result = "sent" if sent.error is None else "rejected" if isinstance(sent.error, Rejected) else "deferred"
        self._sent.labels(result).inc()

    def page(self, state: State | None, tick_age: float, *, names: bool) -> bytes:
        """Everything, for one scrape; without what the state says where that cannot be had. `names` says whether
        private watches may be named."""
        return generate_latest(self._registry) + generate_latest(_Shown(state, tick_age, names))


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is known of all watches that are configured, and of the outbox, at one moment."""

    now: datetime
    watches: Mapping[str, Watch]
    standing: Mapping[str, Standing]
    overdue: frozenset[str]
    queue: Queue


def state(watches: Mapping[str, Watch], store: Store, now: datetime) -> State:
    """Three reads, however many watches there are. Raises StoreError."""
    standing = {each.name: each for each in store.standing() if each.name in watches}
    overdue = frozenset(each.name for each in schedule.overdue(watches, standing.values(), now))
    return State(now=now, watches=watches, standing=standing, overdue=overdue, queue=store.queue(now))


@dataclass(frozen=True, slots=True)
class _Shown(Collector):
    state: State | None
    tick_age: float
    names: bool

    def collect(self) -> Iterator[Metric]:
        yield _gauge("watcher_tick_age_seconds", "Since the work loop last looked at what is due.", self.tick_age)
        yield _gauge("watcher_store_up", "Whether the state can be read.", float(self.state is not None))
        if self.state:
            yield from _of_watches(self.state, names=self.names)
            yield from _of_outbox(self.state.queue)


def _of_watches(state: State, *, names: bool) -> Iterator[Metric]:
    healths = Count(state.standing[name].health if name in state.standing else "new" for name in state.watches)
    there = ("new", "ok", "failing", "blocked", "broken", "gone", "paused")
    yield _family("watcher_watches", "Watches by health.", "health", {each: healths[each] for each in there} | healths)
    yield _gauge("watcher_watches_overdue", f"Due for over {schedule.GRACE.seconds} s.", len(state.overdue))
    shown = [watch.name for watch in state.watches.values() if names or not watch.private]
    yield _family(
        "watcher_last_good_check_age_seconds",
        "Since the last good check of a watch; +Inf where there was none.",
        "watch",
        {name: _age(state, name) for name in shown},
    )


def _of_outbox(queue: Queue) -> Iterator[Metric]:
    depth = {"waiting": queue.waiting, "failed": queue.failed}
    yield _family("watcher_outbox_deliveries", "Deliveries that wait, or were refused for good.", "state", depth)
    words = "Since the oldest that waits should have gone out."
    yield _gauge("watcher_outbox_oldest_age_seconds", words, queue.oldest.total_seconds())


def _age(state: State, name: str) -> float:
    checked_at = state.standing[name].checked_at if name in state.standing else None
    return max(0.0, (state.now - checked_at).total_seconds()) if checked_at else _NEVER


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _family(name: str, words: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label])
    for each, value in values.items():
        family.add_metric([each], value)
    return family
