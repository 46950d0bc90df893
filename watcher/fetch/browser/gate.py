"""What a page asks for, as it asks for it: what is let through, and which answer led to the page itself."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import CDPSession, Error

from watcher.fetch.browser.visit import Visit

#: What nobody reads. Frames of other sites are out of our reach; there, no image is loaded either.
_UNREAD = ("Image", "Media", "Font", "Ping")

_REDIRECTS = range(300, 400)
_CUT = re.compile("MISMATCH|INCOMPLETE|CONNECTION|DECODING")
_HTML = ("", "text/html", "application/xhtml+xml")


class Gate:
    """Chromium's Fetch domain, at one page. It asks anew at each redirect, so that headers which are meant for one
    origin go to no other."""

    def __init__(self, session: CDPSession, visit: Visit) -> None:
        self.session, self._visit = session, visit
        self.give_up: Callable[[], None] = lambda: None  # called when there is nothing left to wait for
        self._answers: set[asyncio.Task[None]] = set()
        self._document = ""
        self.frame = ""
        self.at = str(visit.url)  # the address that was last asked for
        self.status, self.headers = 0, dict[str, str]()  # of the last answer that was no redirect
        self.is_html = True
        self.is_cut = self.is_broken = False  # its body ended early; its process did

    @property
    def host(self) -> tuple[str, int]:
        """And port of the address that was last asked for."""
        url = urlsplit(self.at)
        return url.hostname or "", url.port or (443 if url.scheme == "https" else 80)

    @property
    def is_download(self) -> bool:
        return self.headers.get("content-disposition", "").lower().startswith("attachment")

    async def stand(self) -> None:
        """Before anything is asked for."""
        self.frame = (await self.session.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
        self.session.on("Fetch.requestPaused", self._answer)
        self.session.on("Network.loadingFailed", self._failed)
        patterns = [{"urlPattern": "*/favicon.ico"}, *({"resourceType": each} for each in _UNREAD)]
        patterns.append({"resourceType": "Document", "requestStage": "Response"})
        if self._visit.headers:
            patterns.append({"urlPattern": f"{self._visit.origin}/*"})
        await self.session.send("Network.enable")
        await self.session.send("Fetch.enable", {"patterns": patterns})

    def _answer(self, event: dict[str, Any]) -> None:
        answer = asyncio.ensure_future(self._decided(event))
        self._answers.add(answer)
        answer.add_done_callback(self._answers.discard)

    async def _decided(self, event: dict[str, Any]) -> None:
        verdict = self._judged(event)
        with suppress(Error):  # the page was left
            await self.session.send(f"Fetch.{verdict.pop('do')}", {"requestId": event["requestId"], **verdict})

    def _judged(self, event: dict[str, Any]) -> dict[str, Any]:
        if "responseStatusCode" in event or "responseErrorReason" in event:
            let = event["frameId"] != self.frame or self._read(event)
        else:
            url = event["request"]["url"]
            let = event["resourceType"] not in _UNREAD and not url.endswith("/favicon.ico")
            if let and self._visit.headers and url.startswith(f"{self._visit.origin}/"):
                return {"do": "continueRequest", "headers": self._with_ours(event["request"]["headers"])}
        return {"do": "continueRequest"} if let else {"do": "failRequest", "errorReason": "BlockedByClient"}

    def _read(self, event: dict[str, Any]) -> bool:
        """Take note of an answer for the page itself; whether it is to be shown."""
        status = event.get("responseStatusCode", 0)
        self.at = event["request"]["url"]
        if not status or status in _REDIRECTS:
            return True
        self._document = event.get("networkId", "")
        headers: dict[str, str] = {}
        for header in event.get("responseHeaders", ()):
            name = header["name"].lower()
            headers[name] = f"{headers[name]}, {header['value']}" if name in headers else header["value"]
        self.status, self.headers = status, headers
        self.is_html = headers.get("content-type", "").partition(";")[0].strip().lower() in _HTML
        return self.is_html or status >= 400

    def _failed(self, event: dict[str, Any]) -> None:
        if event["requestId"] == self._document and _CUT.search(event["errorText"]):
            self.is_cut = True
            self.give_up()

    def broke(self) -> None:
        """The page's process has ended."""
        self.is_broken = True
        self.give_up()

    def _with_ours(self, theirs: dict[str, str]) -> list[dict[str, str]]:
        names = self._visit.headers
        kept = {name: value for name, value in theirs.items() if name.lower() not in names}
        return [{"name": name, "value": value} for name, value in {**kept, **names}.items()]
