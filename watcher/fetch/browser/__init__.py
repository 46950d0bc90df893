"""Pages as a browser shows them: one Chromium for all watches, for each page a profile that is thrown away."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import TYPE_CHECKING

from watcher.errors import FetchError, Refused
from watcher.fetch.browser.visit import Gone, Shown, Visit

if TYPE_CHECKING:
    from watcher.fetch.browser.chromium import Chromium

__all__ = ["Browser", "Shown", "Visit"]

log = logging.getLogger(__name__)

#: Pages that are open at once.
AT_ONCE = 3


class Browser:
    """Shows pages, from any thread. Chromium is started for the first of them, and served by a thread of ours; it is
    another one when it was idle, has shown many pages, or broke. `close` ends it at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self._thread: threading.Thread | None = None
        # What follows is that thread's own.
        self._visits: set[asyncio.Task[Shown | None]] = set()
        self._running: list[Chromium] = []

    def show(self, visit: Visit) -> Shown | None:
        """What a page looks like; None where the address answers with something else than HTML. Raises FetchError,
        and NothingFound where what it is to wait for does not come."""
        with self._lock:
            if self._closed:
                raise _stopping(visit)
            self._start()
            shown = asyncio.run_coroutine_threadsafe(self._show(visit), self._loop)
        try:
            return shown.result()
        except CancelledError:
            raise _stopping(visit) from None

    def close(self) -> None:
        """From any thread. Pages that are open fail; no process is left."""
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
        if thread:
            self._loop.call_soon_threadsafe(self._ended.set)
            thread.join()

    def _start(self) -> None:
        if self._thread is None:
            ready: Future[None] = Future()
            self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), name="browser", daemon=True)
            self._thread.start()
            ready.result()

    async def _serve(self, ready: Future[None]) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        self._starting, self._places = asyncio.Lock(), asyncio.Semaphore(AT_ONCE)
        # Of what Playwright leaves unanswered when Chromium breaks, nothing is news.
        self._loop.set_exception_handler(lambda _, context: log.debug("%s", context))
        ready.set_result(None)
        await self._ended.wait()
        for task in self._visits:
            task.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)
        for chromium in self._running:
            await chromium.close()

    async def _show(self, visit: Visit) -> Shown | None:
        task = asyncio.current_task()
        assert task
        self._visits.add(task)
        task.add_done_callback(self._visits.discard)
        async with self._places:
            # A Chromium that breaks takes all its pages along: whose fault it was shows when each is tried once more.
            with suppress(Gone):
                return await (await self._chromium()).show(visit)
            try:
                return await (await self._chromium()).show(visit)
            except Gone:
                raise FetchError(f"Chromium broke, twice, on the page of {visit.name}", hint=_BROKE) from None

    async def _chromium(self) -> Chromium:
        """The one that pages are shown in now."""
        # Not above: Playwright is an extra, and takes 0.3 s.
        try:
            from watcher.fetch.browser.start import started
        except ImportError:
            hint = 'install it: pip install "watcher[browser]"'
            raise FetchError("what drives the browser is not installed (Playwright)", hint=hint) from None

        async with self._starting:
            self._running = [each for each in self._running if not each.closed]
            if not self._running or self._running[-1].worn:
                self._running.append(await started())
            return self._running[-1]


_BROKE = "look at the address in a browser of your own: it may be too much for any"


def _stopping(visit: Visit) -> Refused:
    return Refused(f"{visit.name} was not asked: Watcher is stopping")
