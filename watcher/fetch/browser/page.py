"""One page: led to its address, left to its scripts, and read."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import suppress
from urllib.parse import urldefrag

from playwright.async_api import BrowserContext, Error, Page
from playwright.async_api import TimeoutError as Late

from watcher.errors import Deadline, FetchError, Refused, TooLarge, Truncated, Unreachable
from watcher.fetch.browser.gate import Gate
from watcher.fetch.browser.tunnel import Tunnel
from watcher.fetch.browser.visit import Gone, Shown, Visit
from watcher.urls import absolute

#: Milliseconds until all that belongs to a page is there, and then until its scripts ask for no more.
_LOADED, _QUIET = 15_000, 5_000
#: Seconds between two looks for what is waited for; for a last look where it did not come.
_AGAIN, _LAST = 0.1, 5.0

_SLOW = "it may be busy, or its scripts never end; look at the address in a browser of your own"
_BROKE = "look at it in a browser of your own; where that takes as much, look for the site's feed"

# By way of the prototype: an element named "documentElement" would stand in place of a document's own property.
_READ = """((selector, most) => {
  const own = Document.prototype;
  const root = Object.getOwnPropertyDescriptor(own, "documentElement").get.call(document);
  if (!root || (selector && !own.querySelector.call(document, selector))) return null;
  const html = "<!DOCTYPE html>\\n" + root.outerHTML;
  return [location.href, html.length > most ? null : html];
})"""


async def shown(context: BrowserContext, tunnel: Tunnel, visit: Visit) -> Shown | None:
    """What a page looks like, in a context of its own; None where it is no HTML. Raises FetchError; Gone or Error
    where Chromium ends meanwhile."""
    page = await context.new_page()
    context.on("page", _shut)
    gate = Gate(await context.new_cdp_session(page), visit)
    page.on("crash", lambda _: gate.broke())
    await gate.stand()
    try:
        return await _taken(page, gate, visit)
    except TimeoutError:
        late = Deadline(f"{visit.name} took longer than {visit.deadline:g} s", hint=_SLOW)
        raise _ended(gate, visit) or tunnel.too_much or late from None
    except Error as error:
        if ended := _ended(gate, visit):
            raise ended from None
        if gate.status >= 300 or gate.status == 204:  # one that Chromium shows a page of its own for
            return Shown(url=gate.at, status=gate.status, headers=gate.headers, html="")
        if not gate.is_html or gate.is_download:
            return None
        raise _why(str(error), gate, tunnel, visit) from None


async def _shut(popup: Page) -> None:
    with suppress(Error):
        await popup.close()


async def _taken(page: Page, gate: Gate, visit: Visit) -> Shown:
    arrived = False
    try:
        async with asyncio.timeout(visit.deadline) as limit:
            gate.give_up = lambda: limit.reschedule(0)
            # A login in it would keep the page's scripts from asking for what lies beside it.
            await page.goto(str(visit.url.copy_with(userinfo=b"")), wait_until="domcontentloaded", timeout=0)
            arrived = True
            if not visit.wait_for:
                await _settled(page)
            return await _read(page, gate, visit, visit.wait_for)
    except TimeoutError:
        if not (arrived and visit.wait_for) or _ended(gate, visit):
            raise
    async with asyncio.timeout(_LAST) as limit:
        gate.give_up = lambda: limit.reschedule(0)
        return await _read(page, gate, visit, "")


async def _settled(page: Page) -> None:
    """Some pages never are: they are read as they stand by then."""
    with suppress(Late):
        await page.wait_for_load_state("load", timeout=_LOADED)
    with suppress(Late):
        await page.wait_for_load_state("networkidle", timeout=_QUIET)


async def _read(page: Page, gate: Gate, visit: Visit, wait_for: str) -> Shown:
    """The document as it stands as soon as something matches `wait_for`."""
    while (found := await _evaluated(page, gate, f"{_READ}({json.dumps(wait_for)}, {visit.most})")) is None:
        await asyncio.sleep(_AGAIN)
    address, html = found
    if not absolute("", address):
        raise Refused(f"{visit.name} leads to {address[:80]}, which is no web address")
    if html is None:
        raise TooLarge(f"the page of {visit.name} is larger than {visit.most / 2**20:.0f} MiB after its scripts")
    return Shown(
        url=urldefrag(address)[0],
        status=gate.status,
        headers=gate.headers,
        html=html,
        is_whole=wait_for == visit.wait_for,
    )


async def _evaluated(page: Page, gate: Gate, expression: str) -> tuple[str, str | None] | None:
    """In a world of its own: what the page has made of its functions is not ours. None while it goes elsewhere."""
    try:
        world = await gate.session.send("Page.createIsolatedWorld", {"frameId": gate.frame})
        what = {"expression": expression, "contextId": world["executionContextId"], "returnByValue": True}
        result = await gate.session.send("Runtime.evaluate", what)
    except Error as error:
        if gate.is_broken or page.is_closed() or not _MOVED.search(str(error)):
            raise
        return None
    if failure := result.get("exceptionDetails"):
        if failure.get("exception", {}).get("className") == "DOMException":
            raise FetchError("wait_for is no CSS selector that Chromium knows", hint="write it in plain CSS")
        raise FetchError(f"the page cannot be read after its scripts: {failure['text']}", hint=_BROKE)
    value: tuple[str, str | None] | None = result["result"].get("value")
    return value


_MOVED = re.compile(r"Cannot find context|context was destroyed|No frame|target navigated")
_CODE = re.compile(r"net::ERR_(\w+)")


def _ended(gate: Gate, visit: Visit) -> FetchError | None:
    if gate.is_broken:
        return FetchError(f"the page of {visit.name} broke, or was ended: it took too much memory", hint=_BROKE)
    return Truncated(f"the body from {visit.name} ended early") if gate.is_cut else None


def _why(said: str, gate: Gate, tunnel: Tunnel, visit: Visit) -> Exception:
    """What Chromium says, as we say it."""
    code = _CODE.search(said)
    if not code:
        return Gone()
    host, port = gate.host
    name = host if port in (80, 443) else f"{host}:{port}"
    words = code[1].replace("_", " ").lower()
    hint = "look at the address in a browser of your own"
    if code[1].startswith("CERT"):
        return Unreachable(f"{name} does not prove who it is: {words}", hint=hint)
    return tunnel.too_much or tunnel.failed.get((host, port)) or Unreachable(f"no page from {name}: {words}", hint=hint)
