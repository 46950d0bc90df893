"""When all watches are due: after a start, after a changed configuration, after the clock was changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from watcher.model import Known, Standing, Watch
from watcher.schedule.due import backoff, fraction, is_active, opened, share, sound
from watcher.schedule.freshness import CAP

#: Of n watches that are late, one is looked at every n milliseconds, and none sooner after another than this: 30 in 3
#: seconds, 100 in 10, 1,000 in a quarter of an hour.
STEP, CROWD = timedelta(milliseconds=100), timedelta(milliseconds=1)

#: First looks are taken at once, as long as there are no more than this: somebody has just added them.
AT_ONCE = 500

#: So long after its time a watch that nobody looked at is overdue: more than any queue for a host takes.
GRACE = timedelta(minutes=10)

_NEVER = datetime.min.replace(tzinfo=UTC)


def phased(watches: Mapping[str, Watch]) -> dict[str, Watch]:
    """The watches, those of one rhythm evenly spread over it; those of one address have their turns together, and one
    request serves them. An order by hash: one that is added moves the others little, and neighbours in the
    configuration, which may be of one host, lie far apart."""
    rhythms = defaultdict(set)
    for watch in watches.values():
        rhythms[_rhythm(watch)].add(watch.url)
    phases: dict[tuple[Hashable, str], float] = {}
    for rhythm, urls in rhythms.items():
        ordered = sorted(urls, key=fraction)
        start = fraction(f"start {ordered[0]}")
        phases |= {(rhythm, url): (n + start) / len(ordered) for n, url in enumerate(ordered)}
    return {name: replace(watch, phase=phases[_rhythm(watch), watch.url]) for name, watch in watches.items()}


def _rhythm(watch: Watch) -> Hashable:
    return (watch.cron, str(watch.zone)) if watch.cron else watch.every


def plan(
    watches: Mapping[str, Watch],
    standing: Iterable[Standing],
    now: datetime,
    *,
    spread: bool,
    back: timedelta = timedelta(0),
) -> dict[str, datetime | None]:
    """The due times that differ from those which stand: None for a watch that is configured no more.

    What is late is due now; with `spread`, one after the other, the longest not looked at first. `back` is how far the
    clock was set back: what it said before, it would have said so much earlier.
    """
    there = {each.name: each for each in standing}
    awake = [watch for name, watch in watches.items() if name not in there or not there[name].rests]
    due: dict[str, datetime | None] = {watch.name: _due(watch, there.get(watch.name), now, back) for watch in awake}
    late = [watch for watch in awake if (at := due[watch.name]) and at <= now]
    if spread:
        # By the last look and not by the due time, which a plan before this may have put off: a daemon that is killed
        # again and again would look at the same few in each of its lives.
        late.sort(key=lambda watch: (there[watch.name].checked_at if watch.name in there else None) or _NEVER)
        due |= _spread(late, there, now)
    due |= {name: None for name in there if name not in watches}
    return {name: at for name, at in due.items() if name not in there or at != there[name].due_at}


def foreseen(watch: Watch, its: Known | Standing, now: datetime) -> datetime | None:
    """When it is due by the configuration at hand: the state learns of a changed one when somebody next looks."""
    if its.due_at is None or its.rests:
        return its.due_at
    if its.due_at <= now:
        return its.due_at if is_active(watch, now) else opened(watch, now)
    return max(_due(watch, its, now, timedelta(0)), now)  # nobody was late with what a changed rhythm brings forward


def overdue(watches: Mapping[str, Watch], standing: Iterable[Standing], now: datetime) -> list[Standing]:
    """Those that nobody looked at when they were due, and that may be looked at now; the longest due first."""
    late = [
        (each.due_at, each)
        for each in standing
        if each.due_at and each.due_at <= now - GRACE and not each.rests
        if each.name in watches and is_active(watches[each.name], now)
    ]
    return [each for _, each in sorted(late, key=lambda one: one[0])]


def _due(watch: Watch, its: Known | Standing | None, now: datetime, back: timedelta) -> datetime:
    if its is None or its.due_at is None or (its.checked_at is None and not its.failures):
        at = now
    elif its.failures:
        at = min(its.due_at - back, now + max(backoff(watch, its.failures, now), CAP))  # no Retry-After is longer
    else:
        at = its.due_at if its.due_at <= now else min(its.due_at, _sound(watch, its, now, back))
    return at if at <= now and is_active(watch, now) else opened(watch, max(at, now))


def _sound(watch: Watch, its: Known | Standing, now: datetime, back: timedelta) -> datetime:
    """When a watch that is well should be due."""
    checked_at = its.checked_at or now
    since = min(checked_at - back, now)
    fresh = its.fresh_until and min(its.fresh_until, since + (its.fresh_until - checked_at))
    return sound(watch, since, fresh)


def _spread(late: list[Watch], there: Mapping[str, Standing], now: datetime) -> dict[str, datetime | None]:
    """One after the other, and none later than its turn in its period: so they are never more a second than in a
    sweep of all, whatever comes on time beside them."""
    new = [watch for watch in late if watch.name not in there or not there[watch.name].checked_at]
    are_new = {watch.name for watch in new}
    old = [watch for watch in late if watch.name not in are_new]
    steps = [(new, max(len(new) - AT_ONCE, 0) * CROWD), (old, max(STEP, len(old) * CROWD))]
    return {
        watch.name: opened(watch, now + min(n * step, share(watch, now)))
        for watches, step in steps
        for n, watch in enumerate(watches)
    }
