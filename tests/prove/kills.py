"""`watcher run` under load, killed (SIGKILL) at random instants and started again."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import Event, Thread
from time import monotonic

from tests.prove import world
from tests.prove.origin import SHOWN, Page, serving
from watcher.app import App
from watcher.demo import Mailbox
from watcher.home import Home

#: Seconds between two releases, somewhere; and the longest that a watcher is let live after it has begun.
RHYTHM, LIFE = 0.03, 2.5

#: So many releases of a page are not known after a life, at most: none is to slide off the page while nobody looks,
#: and a page of nothing but news would be held as a flood.
UNKNOWN = SHOWN // 2

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kills:
    """What came of it."""

    at: list[float]  # seconds after each start
    published: int
    repeated: int  # letters that were killed between the server's word and our note of it
    faults: list[str]


def kills(folder: Path, *, watches: int, times: int, seed: int) -> Kills:
    random = Random(seed)
    pages = [Page(number, datetime.now(UTC).date()) for number in range(watches)]
    with serving(pages), Mailbox() as mailbox:
        home = world.configure(folder, pages, mailbox.address, "1s")
        _run_until(home, lambda app: _looked_at(app) == watches)
        office = _Office(pages, random.randrange(2**32))
        at = [random.uniform(0, LIFE) for _ in range(times)]
        with office:
            for seconds in at:
                _killed(home, seconds)
                office.known = _known(home)
        begun = datetime.now(UTC)
        # A feed that a kill has left half written is made whole when its page is looked at again.
        _run_until(home, lambda app: _all_told(app, pages) and _looked_at(app, begun) == watches)
        return Kills(
            at=at,
            published=sum(len(page.published) for page in pages),
            repeated=world.repeated(mailbox),
            faults=world.faults(home, pages, mailbox) + _damage(home),
        )


class _Office:
    """Publishes all the time while it is entered."""

    def __init__(self, pages: Sequence[Page], seed: int) -> None:
        self._pages, self._random, self._closing = pages, Random(seed), Event()
        self.known: Mapping[str, int] = {}  # items, by page
        self._thread = Thread(target=self._publish)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()

    def _publish(self) -> None:
        while not self._closing.wait(RHYTHM):
            page = self._random.choice(self._pages)
            if SHOWN + len(page.published) - self.known.get(page.name, SHOWN) < UNKNOWN:
                page.publish()


def _start(home: Home) -> subprocess.Popen[bytes]:
    arguments = ["--home", str(home.folder), "--quiet", "run", "--listen", "127.0.0.1:0"]
    return subprocess.Popen([sys.executable, "-m", "watcher", *arguments], stderr=subprocess.PIPE)


def _killed(home: Home, seconds: float) -> None:
    """Run it, and kill it so long after it has taken the home's lock."""
    home.lock.write_text("")
    with _start(home) as process:
        _until(lambda: home.lock.read_text() or process.poll() is not None, pause=0.005)
        Event().wait(seconds)
        process.kill()
        if process.wait() != -signal.SIGKILL:
            raise AssertionError(f"it ended by itself: {process.stderr and process.stderr.read().decode()}")


def _run_until(home: Home, done: Callable[[App], bool]) -> None:
    with _start(home) as process:
        try:
            with App(home) as app:
                _until(lambda: home.database.exists() and done(app))
        finally:
            process.terminate()
        code, said = process.wait(10), process.stderr.read().decode() if process.stderr else ""
    if code or said:
        raise AssertionError(f"exited with {code}: {said}")


def _until(happened: Callable[[], object], pause: float = 0.1) -> None:
    give_up = monotonic() + 90
    while not happened():
        assert monotonic() < give_up, "it never came"
        Event().wait(pause)


def _known(home: Home) -> Counter[str]:
    """The items of each watch in the state: what was served is not known before that was committed."""
    with App(home) as app:
        return Counter(name for name, _ in app.store.items())


def _looked_at(app: App, since: datetime = NEVER) -> int:
    return sum(each.checked_at is not None and each.checked_at > since for each in app.store.standing())


def _all_told(app: App, pages: Sequence[Page]) -> bool:
    known = {seen.item.title for _, seen in app.store.items()}
    return all(title in known for page in pages for title in page.published) and not app.store.outbox()


def _damage(home: Home) -> list[str]:
    with sqlite3.connect(home.database) as connection:
        ((said,),) = connection.execute("PRAGMA integrity_check").fetchall()
    connection.close()
    return [] if said == "ok" else [f"the database: {said}"]
