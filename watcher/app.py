"""The one place where parts are chosen and put together, and where the clock is read."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import IO, TYPE_CHECKING, Self

from watcher import __version__, files, pipeline, sources, urls
from watcher.agenda import Agenda
from watcher.config import Config, load, stamps
from watcher.errors import (
    CheckError,
    FetchError,
    RecordError,
    Stopped,
    StoreError,
    WatcherError,
)
from watcher.home import Home
from watcher.model import Failed, Get, Known, Request, Response, Unchanged, Watch
from watcher.pipeline import Checked, Sent
from watcher.publish import Published, Shelf, adopt, mark, publish, recall, write_site
from watcher.routing import Route
from watcher.sending import Sender
from watcher.sharing import Sharing
from watcher.store import Keep, Store, open_store
from watcher.sweep import Sweep

if TYPE_CHECKING:
    from watcher.backup import Restored, Saved
    from watcher.fetch import Fetcher

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

#: Items that are let go at once.
PURGED = 1000

#: For so long what a host said of robots is kept. It is asked again each day, unless no page leads there any more.
HEARD = timedelta(days=7)

#: Threads that look at once; hosts are asked one request at a time all the same.
POOL = 160

_GONE = "watcher rebuild makes it from the records, and tells nobody; watcher restore FILE takes it from a backup"


def now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What became of one watch in a sweep."""

    checked: Checked
    published: Published


class App:
    """A home, put to work. A context manager; parts are opened when they are first needed."""

    def __init__(self, home: Home, *, clock: Clock = now, gap: float = 1.0) -> None:
        self.home = home
        self.clock = clock
        self._sharing = Sharing(self.get)
        self._gap = gap  # seconds between two requests to a host
        self.stopped = False
        self._publishing: dict[str, Lock] = {}
        self._stamps: list[tuple[str, int, int, int]] = []
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @cached_property
    def config(self) -> Config:
        """The configuration in force. Raises ConfigError."""
        self._stamps = stamps(self.home.config)
        return load(self.home.config, self.home.folder)

    def reload(self, *, anyway: bool = False) -> bool:
        """Take the configuration up again where its files have changed, or `anyway`: the secrets that it names may
        have. Whether that was done. Raises ConfigError; the one in force stays."""
        stamped = stamps(self.home.config)
        if not anyway and stamped == self._stamps:
            return False
        self._stamps = stamped
        self.config = load(self.home.config, self.home.folder)
        self.wake()
        return True

    def wake(self) -> None:
        """Look again at watches whose pages were gone for good, and that have another rule by now."""
        for name, spec in self.store.stopped().items():
            if name in self.config.watches and self.config.watches[name].spec != spec:
                self.store.pause(name, False, self.clock())

    @cached_property
    def store(self) -> Store:
        """The state. Raises StoreError; also where the database is gone and what was made of it is there."""
        file = self._file
        if file and _is_gone(file) and self._has_lived() and not self.home.restoring.exists():
            raise StoreError(f"{file} is gone, and what was made of it is there", hint=_GONE)
        store = self._opened()
        if not file and not store.items(limit=1) and self._has_lived():
            raise StoreError("the database is empty, and what was made of it is there", hint=_GONE)
        return store

    @cached_property
    def fetcher(self) -> Fetcher:
        """What asks the servers, for all watches."""
        from watcher.fetch import Fetcher, Holds  # httpx takes 0.2 s, and most commands ask nobody

        # No other process asks servers while we hold the home: what was held at the start is all there is.
        holds = Holds(self.store.holds(), self.store.hold)
        fetcher = Fetcher(user_agent=self.user_agent, clock=self.clock, gap=self._gap, holds=holds, kept=self.store)
        return self._open.enter_context(fetcher)

    def warm(self) -> None:
        """Open all parts. Before threads share them: a cached property takes no lock."""
        _ = self.config, self.store, self.fetcher
        self.store.keep = Keep(self.config.settings.keep_bodies, self.config.settings.keep_checks)

    def let_go(self) -> None:
        """Let go of what hosts said long ago, and of what `keep_items` says, a part at a time: who comes first after
        years waits no longer for it."""
        settings = self.config.settings
        self.store.forget_hosts(self.clock() - HEARD)
        self.store.keep = Keep(settings.keep_bodies, settings.keep_checks)
        if settings.keep_items is not None:
            left = PURGED
            for watch in self.config.watches:
                left -= self.store.purge(watch, self.clock() - settings.keep_items, left) if left else 0

    @property
    def user_agent(self) -> str:
        """How we call ourselves, where a watch does not say otherwise."""
        contact = self.config.settings.contact
        return f"watcher/{__version__}" + (f" (+{contact})" if contact else "")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the home: one process checks and publishes at a time. Raises Busy. In the end, what stands over all
        watches is brought up to date."""
        watches = self.config.watches.values()  # what is no home is left without a lock
        with files.lock(self.home.lock):
            for folder in (self.home.feeds, self.shelf.notes):
                files.sweep(folder, below=True)
            for watch in watches:
                with suppress(RecordError):  # its check will say so
                    files.sweep(watch.folder)
            self.store.free_leases()
            self.wake()
            yield
            self.write_site()

    def rebuild(self) -> int:
        """A database from the records that are there: known, told to nobody. The number of records. Raises Busy."""
        watches, file = self.config.watches.values(), self._file
        with files.lock(self.home.lock):
            self.store = self._opened()
            if self.store.names() or self.store.items(limit=1):
                words = f"{file} is there, and holds watches" if file else "the database is not empty"
                raise StoreError(words, hint="move it away, or give an empty one: nothing is ever overwritten")
            found = [each for watch in watches if (each := recall(watch, self.shelf, self.clock()))]
            self.store.recall(found)
            return sum(len(seens) for _, seens in found)

    def backup(self, out: IO[bytes]) -> Saved:
        """Write all of the home that cannot be made again to `out`, whoever is at work in it. Raises Busy."""
        from watcher.backup import save  # tar and gzip are of use to nobody else

        return save(self.home, self.config, self.store, self._file, out, self.clock())

    def restore(self, file: Path, *, force: bool = False) -> Restored:
        """Make the home again of its backup; with `force` also where it holds a state, which is moved aside."""
        from watcher.backup import restore

        return restore(self.home, file, self._file, self.clock(), force=force)

    @cached_property
    def secret(self) -> bytes:
        """What signs the links in mails. Raises StoreError for one that is no secret."""
        secret = files.once(self.home.secret, secrets.token_bytes(32))
        if len(secret) < 32:
            raise StoreError(f"{self.home.secret} is cut short", hint="remove it: the links in old mails end with it")
        return secret

    def due(self, *, spread: bool = True) -> list[str]:
        """The watches that are to be looked at now; with `spread`, what is late is due one after the other."""
        return self._agenda.due(self.config, self.clock(), spread=spread)

    @cached_property
    def _agenda(self) -> Agenda:
        return Agenda(self.store)

    def route(self, watch: Watch) -> Route:
        """Who is told of what this watch finds."""
        return Route(watch=watch, alerts=[self.config.alerts[name] for name in watch.alerts])

    def check(self, watch: Watch, get: Get | None = None, known: Known | None = None) -> Swept:
        """Look at a watch, commit, and publish what came of it. `get` is asked instead of the servers; `known` is what
        the store remembers of the watch, where that was asked before."""
        known = known or self.store.known(watch.name)
        as_left = bool(known.shelved) and not known.stale and known.shelved == self._mark(watch)
        if not as_left:
            get = self._heed_records(watch, known) or get
        source = sources.load(watch.kind)
        checked = pipeline.check(self.route(watch), source, self.store, get or self.asking(watch), self.clock(), known)
        if as_left and isinstance(checked.outcome, Failed | Unchanged) and not checked.changes:
            return Swept(checked=checked, published=Published())
        return Swept(checked=checked, published=self.publish(watch))

    def asking(self, watch: Watch) -> Get:
        """How servers are asked for a watch: once for all the watches of its address that are due together."""
        if watch.url not in self.config.shared:
            return self.get
        return self._sharing.of_one(watch.every.total_seconds() / 2)

    def _mark(self, watch: Watch) -> str:
        """What its records and its feed are now; "" where that cannot be said."""
        try:
            return mark(watch, self.shelf, files.listing(watch.folder))
        except RecordError:
            return ""

    def _heed_records(self, watch: Watch, known: Known) -> Get | None:
        """Take up what its owner did to the records of a watch, and what a process that died left to be published.
        What to ask instead of the servers, where the records cannot be read."""
        get = None
        try:
            adopt(watch, self.store, self.clock())
        except RecordError as error:
            get = _refusing(error)
        except WatcherError:
            raise
        except Exception as error:
            # As in a look: a record that breaks us costs its own watch, and nobody else anything.
            log.exception("a fault in watcher", extra={"watch": watch.name})
            get = _refusing(RecordError(watch.folder, f"a fault in watcher: {type(error).__name__}: {error}"))
        if known.stale:
            # A process died between commit and record. What it left comes first: the next edit must not meet it.
            self.publish(watch)
        return get

    def sweep(self, watches: Sequence[Watch]) -> Iterator[Swept]:
        """Check many watches at once; results come in the order of `watches`."""
        self.warm()

        def check(watch: Watch, known: Known) -> Swept:
            return self.check(watch, known=known)

        with self.store.in_batches():
            known_of, idle = self.store.known_of, lambda: self.fetcher.idle
            yield from Sweep(watches, check, lane, known_of, POOL, idle, self.stop)

    def stop(self) -> None:
        """End the checks that are under way, from any thread: their requests fail at once, and that is no news. Of
        letters the one that is being sent is the last."""
        self.stopped = True
        self.fetcher.close()

    @property
    def shelf(self) -> Shelf:
        """Where feeds stand, and what is said in all of them."""
        settings = self.config.settings
        return Shelf(
            folder=self.home.feeds,
            notes=self.home.state / "feeds",
            secret=self.secret,
            base_url=settings.base_url or "",
            hubs=settings.hubs,
            ping=lambda path, tell: self.store.ping(path, tell, self.clock()),
        )

    def write_site(self, *, afresh: bool = False) -> bool:
        """Bring up to date what stands over all watches, and say whether there was anything to do. A fault costs
        nothing else: it is logged."""
        try:
            return write_site(list(self.config.watches.values()), self.store, self.shelf, afresh=afresh)
        except WatcherError as error:
            log.warning("the feeds over all watches: %s", error)
        except Exception:
            log.exception("the feeds over all watches: a fault in watcher")
        return False

    def publish(self, watch: Watch, *, afresh: bool = False) -> Published:
        """Bring records and feed of a watch up to date; with `afresh` also what seems to be right as it is. A fault is
        told in the result: the state is safe."""
        try:
            # A check and the tidying may come to it at once, and the older state must not be written last.
            with self._publishing.setdefault(watch.name, Lock()):
                return publish(self.route(watch), self.store, self.shelf, self.clock(), afresh=afresh)
        except RecordError as error:
            return Published(problems=[error])
        except WatcherError:
            raise
        except Exception as error:
            # As in a look: a record that breaks us costs its own watch its feed, and nobody else anything.
            log.exception("a fault in watcher", extra={"watch": watch.name})
            words = f"a fault in watcher: {type(error).__name__}: {error}"
            return Published(problems=[RecordError(watch.folder, words, hint="please report it, with -vv")])

    def tidy(self) -> Iterator[tuple[str, RecordError]]:
        """Heed what owners did to their records and feeds; what went wrong, with the name of its watch."""
        watches = self.config.watches
        for known in self.store.all_known():
            watch = watches.get(known.name)
            if watch and (known.stale or not known.shelved or known.shelved != self._mark(watch)):
                yield from ((watch.name, problem) for problem in self.publish(watch).problems)

    @cached_property
    def sender(self) -> Sender:
        """What sends the letters that wait."""
        return Sender(self)

    def deliver(self) -> list[Sent]:
        """Send what waits."""
        return self.sender.deliver()

    def get(self, request: Request) -> Response:
        """What the servers answer. Raises FetchError, and Stopped after `stop`."""
        try:
            return self.fetcher.get(request)
        except FetchError as error:
            if self.stopped:
                raise Stopped(f"{request.url} was given up") from error
            raise

    def _opened(self) -> Store:
        if self.home.restoring.exists():
            hint = "run it once more: watcher restore FILE; what was there before is below state/"
            raise StoreError(f"{self.home.folder}: a restore was cut short, or is under way", hint=hint)
        self.home.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        store = open_store(self.database)
        self._open.callback(store.close)
        return store

    @property
    def database(self) -> str:
        return os.environ.get("WATCHER_DATABASE") or f"sqlite:///{self.home.database}"

    @property
    def _file(self) -> Path | None:
        """The file that the state is in, None where a server keeps it."""
        return Path(self.database.removeprefix("sqlite:///")) if self.database.startswith("sqlite:///") else None

    def _has_lived(self) -> bool:
        """Whether there are records, or notes of feeds: a watch may have its records anywhere."""
        there = files.listing(self.home.state / "records") or {}
        return bool(there) or any(self.home.state.joinpath("feeds").glob("*.json"))


def lane(watch: Watch) -> str:
    """What a watch's checks wait in line for: its host."""
    return urls.host_of(watch.url) or watch.name


def _is_gone(file: Path) -> bool:
    try:
        return not file.exists()
    except OSError:  # its folder is not for us: opening it says so
        return False


def _refusing(error: RecordError) -> Get:
    """What a watch is given to ask with when its records cannot be read: nobody could say what is new."""

    def get(request: Request) -> Response:
        raise CheckError(str(error), hint=error.hint) from error

    return get
