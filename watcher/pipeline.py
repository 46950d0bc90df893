"""A scheduled job fetches and diffs release pages against stored state, normalises new items into front-matter
records, regenerates Atom feeds, and tells people: `check`, `publish`, `deliver`.

Looking is pure, committing is one transaction, and everything after it can be done again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from watcher import health, schedule, times
from watcher.errors import BadStatus, CheckError, Deferred, FetchError, Rejected, WatcherError
from watcher.look import look
from watcher.model import Change, Failed, Found, Get, Known, Letter, Message, Notice, Outcome, Response, Tell, Watch
from watcher.publish import publish
from watcher.routing import Route, in_order
from watcher.sources import Source
from watcher.store import Store

__all__ = ["Checked", "Sent", "check", "deliver", "publish"]

log = logging.getLogger(__name__)

#: Longer than any mail takes: a letter whose lease has run out was left by a process that died.
LEASE = timedelta(minutes=10)

#: A letter that nobody took for so long, and at so many attempts, is dead until its owner says otherwise.
GIVEN_UP, ATTEMPTS = timedelta(days=5), 10

Compose = Callable[..., Message]
Send = Callable[[Message], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One check as it ended. `committed` is False where another worker was faster, or where nothing was to be kept."""

    watch: Watch
    outcome: Outcome
    failures: int
    due_at: datetime
    committed: bool

    @property
    def changes(self) -> Sequence[Change]:
        """What the look did to items."""
        return () if isinstance(self.outcome, Failed) else self.outcome.changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One attempt to deliver a letter; `error` is None for one that was taken."""

    letter: Letter
    error: Deferred | Rejected | None = None


def check(route: Route, source: Source, store: Store, get: Get, now: datetime, known: Known | None = None) -> Checked:
    """Look at a watch, and commit what the look changes in one transaction, with the alerts that follow from it.
    `known` is what the store remembers, where that was asked before."""
    watch = route.watch
    started = monotonic()
    known = known or store.known(watch.name)
    outcome = health.settled(known, attempt(watch, source, store, get, now, known), now)
    failures = known.failures + 1 if isinstance(outcome, Failed) else 0
    pause = _pause(source, known, outcome)
    fresh = None if isinstance(outcome, Failed) else schedule.fresh_until(outcome.response, known, pause, now)
    due_at = schedule.next_due(watch, outcome, failures, now, fresh)
    changes = () if isinstance(outcome, Failed) else outcome.changes
    notices = [*health.notices(watch, known, outcome, failures, now), *_silence(known, outcome, store, watch, now)]
    news = [row for change in in_order(changes) for row in route.tell(change.event, change.seen, now)]
    committed = store.commit(
        known,
        outcome,
        spec=watch.spec,
        due_at=due_at,
        fresh_until=fresh,
        pause=pause,
        now=now,
        took=timedelta(seconds=monotonic() - started),
        tell=[*news, *(row for notice in notices for row in _concerned(route, notice, store, now))],
        notices=notices,
    )
    return Checked(watch=watch, outcome=outcome, failures=failures, due_at=due_at, committed=committed)


def _concerned(route: Route, notice: Notice, store: Store, now: datetime) -> list[Tell]:
    """The rows that tell of the watch itself. Whoever did not hear of trouble need not hear that it is over."""
    rows = route.notify(notice.event, now)
    told = store.told(notice.after) if notice.ends else set()
    return [row for row in rows if row[0] in told] if notice.ends else rows


def _pause(source: Source, known: Known, outcome: Outcome) -> int | None:
    """The seconds between two looks that the page itself asks for, where its kind has a word for that."""
    asked: Callable[[Response], timedelta | None] | None = getattr(source, "pause", None)
    if asked is None or not isinstance(outcome, Found):
        return known.pause
    wish = asked(outcome.response)
    return int(wish.total_seconds()) if wish else None


def _silence(known: Known, outcome: Outcome, store: Store, watch: Watch, now: datetime) -> Iterator[Notice]:
    """Whether its source has fallen silent. What changed of late, or is known since of late only, has not."""
    if isinstance(outcome, Failed) or known.first_look or any(change.kind == "new" for change in outcome.changes):
        return
    if known.changed_at and now - known.changed_at < health.SILENCE:
        return
    if known.checked_at and known.checked_at.date() == now.date():  # asked once a day: it is about days
        return
    latest = store.latest(watch.name, limit=20)
    if latest and now - max(seen.first_seen for seen in latest) >= health.SILENCE:
        yield from health.quiet(watch, [times.day(seen.item.published) for seen in latest if seen.item.published], now)


def attempt(watch: Watch, source: Source, store: Store, get: Get, now: datetime, known: Known | None = None) -> Outcome:
    """A look, whatever becomes of it. Nothing is written: `check --dry-run` stops here."""
    try:
        return look(watch, known or store.known(watch.name), source, store, get, now)
    except CheckError as error:
        return Failed(
            error=str(error),
            hint=error.hint,
            health=error.health,
            status=error.status if isinstance(error, BadStatus) else 0,
            retry_at=error.retry_at if isinstance(error, FetchError) else None,
        )
    except WatcherError:
        raise
    except Exception as error:
        # The one net: a page that breaks us costs its own watch one check, and nobody else anything.
        log.exception("a fault in watcher", extra={"watch": watch.name})
        return Failed(error=f"a fault in watcher: {type(error).__name__}: {error}", hint="please report it, with -vv")


def deliver(
    store: Store, recipient: str, send: Send, compose: Compose, clock: Callable[[], datetime], **limits: int
) -> Iterator[Sent]:
    """Send what waits for a recipient, letter by letter, until nothing is due or its target is down. `limits` are what
    the store's `claim` heeds: `together`, `most`."""
    while letter := store.claim(recipient, clock(), lease=LEASE, compose=compose, **limits):
        try:
            send(letter.message)
        except Deferred as error:
            yield Sent(letter=letter, error=_put_off(store, letter, error, clock()))
            if error.target_down:
                return
        except Rejected as error:
            store.rejected(letter, str(error))
            yield Sent(letter=letter, error=error)
        else:
            store.sent(letter, clock())
            yield Sent(letter=letter)


def _put_off(store: Store, letter: Letter, error: Deferred, now: datetime) -> Deferred | Rejected:
    """Try a letter again later, or give it up when that has been done for days. Days alone say nothing: a machine may
    have slept for them, or its clock been put right."""
    age = now - letter.message.date  # its rows may be older: they waited for their digest
    attempts = max(delivery.attempts for delivery in letter.deliveries)
    if age < GIVEN_UP or attempts + 1 < ATTEMPTS:
        store.deferred(letter, str(error), schedule.next_attempt(attempts, now))
        return error
    final = Rejected(f"given up after {times.spoken(timedelta(days=age.days))}: {error}", hint=error.hint)
    store.rejected(letter, str(final))
    return final
