"""One run of Chromium: the pages that are open in it, and how much memory they take."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Self

from playwright.async_api import Browser as Connection
from playwright.async_api import BrowserContext, CDPSession, Error, Playwright

from watcher.fetch.browser.page import shown
from watcher.fetch.browser.tunnel import Tunnel
from watcher.fetch.browser.visit import Gone, Shown, Visit

#: Pages after which it is ended, and seconds without any.
PAGES, IDLE = 100, 60.0
#: Bytes that one of its processes may hold; each page has one of its own.
MEMORY = 1024 * 1024 * 1024

_LOOK = 0.25  # seconds between two looks at that
# Seconds that closing may take; beyond the time of a page, until Chromium counts as stuck.
_CLOSING, _HANGING = 10.0, 30.0
_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"


class Chromium:
    """It shows several pages at once. `worn` says that another one is to be started for the next."""

    def __init__(self, driver: Playwright, connection: Connection, session: CDPSession) -> None:
        self._driver, self._connection, self._session = driver, connection, session
        self._users, self._pages, self._left = 0, 0, monotonic()
        self._broken = False
        self._ending = asyncio.Lock()
        self._minding: asyncio.Task[None]
        self.closed = False

    @classmethod
    async def begin(cls, driver: Playwright, connection: Connection) -> Self:
        chromium = cls(driver, connection, await connection.new_browser_cdp_session())
        chromium._minding = asyncio.create_task(chromium._mind())
        return chromium

    @property
    def worn(self) -> bool:
        idle = not self._users and monotonic() - self._left > IDLE
        return self._broken or self._pages >= PAGES or idle or not self._connection.is_connected()

    async def show(self, visit: Visit) -> Shown | None:
        """A page, in a profile of its own. Raises Gone where Chromium ends meanwhile."""
        self._users += 1
        self._pages += 1
        try:
            async with asyncio.timeout(visit.deadline + _HANGING), Tunnel(visit) as tunnel:
                context = await self._context(visit, tunnel)
                try:
                    return await shown(context, tunnel, visit)
                finally:
                    await self._leave(context)
        except (Error, Gone, TimeoutError):
            self._broken = True
            raise Gone from None
        finally:
            self._users -= 1
            self._left = monotonic()

    async def _context(self, visit: Visit, tunnel: Tunnel) -> BrowserContext:
        version = self._connection.version.partition(".")[0]
        # As crawlers that run scripts do: what sites need to know of the browser, and then who we are.
        ours = f"{_AGENT} Chrome/{version}.0.0.0 Safari/537.36 {visit.agent}"
        return await self._connection.new_context(
            proxy={"server": tunnel.address},
            user_agent=visit.user_agent or ours,
            locale=visit.language,
            timezone_id="UTC",
            service_workers="block",
            accept_downloads=False,
            permissions=[],
        )

    async def _leave(self, context: BrowserContext) -> None:
        try:
            await asyncio.wait_for(context.close(), _CLOSING)
        except (Error, TimeoutError):
            self._broken = True

    async def close(self) -> None:
        async with self._ending:
            if not self.closed:
                self._broken = self.closed = True
                for end in (self._connection.close, self._driver.stop):
                    with suppress(Error, TimeoutError):
                        await asyncio.wait_for(end(), _CLOSING)

    async def _mind(self) -> None:
        """Ends the processes that grow too large, and Chromium itself when it is worn and nobody uses it."""
        while self._users or not self.worn:
            await asyncio.sleep(_LOOK)
            if self._users:
                with suppress(Error, TimeoutError):
                    await asyncio.wait_for(self._cut(), _CLOSING)
        await self.close()

    async def _cut(self) -> None:
        found = await self._session.send("SystemInfo.getProcessInfo")
        for process in found["processInfo"]:
            if _held(process["id"]) > MEMORY:
                with suppress(ProcessLookupError):
                    os.kill(process["id"], signal.SIGKILL)


def _held(pid: int) -> int:
    """Bytes of memory, 0 where that cannot be known."""
    try:
        _, resident = Path(f"/proc/{pid}/statm").read_text().split()[:2]
    except (OSError, ValueError):
        return 0
    return int(resident) * os.sysconf("SC_PAGE_SIZE")
