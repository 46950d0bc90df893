"""`get` as the source of one look has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from watcher import jitter, urls
from watcher.errors import BadStatus, Disallowed, FetchError, NotUnderstood
from watcher.model import Get, Known, Request, Response, Watch


class NotModified(Exception):
    """The front page is the one that was read before."""


class Failure(NamedTuple):
    """A further page of a list that could not be had; `str` says it in words."""

    url: str
    error: FetchError | None

    def __str__(self) -> str:
        return f"{self.url}: {self.error}" if self.error else ""

    @property
    def lasting(self) -> bool:
        """Whether there is no such page, or none for us: the list ends before it."""
        gone = isinstance(self.error, BadStatus) and self.error.status in (404, 410)
        return gone or isinstance(self.error, Disallowed)


NO_FAILURE = Failure("", None)


class Front:
    """`get` as one look's source has it. The first request, the watch's own page, goes out with the validators; an
    answer that is known already ends the look with NotModified. The watch's headers and trust stay on its origin.
    `asked` counts the requests; `failed` is what became of the last further one, where that is an error."""

    def __init__(self, watch: Watch, known: Known, get: Get, now: datetime | None = None) -> None:
        self.watch, self.known, self.get, self.now = watch, known, get, now
        self.response: Response | None = None
        self.asked, self.failed = 0, NO_FAILURE
        self._own = ""

    def __call__(self, request: Request) -> Response:
        if self.watch.user_agent:
            request = replace(request, headers={"user-agent": self.watch.user_agent, **request.headers})
        if urls.origin(request.url) == urls.origin(self.watch.url):
            request = replace(request, headers={**self.watch.headers, **request.headers}, trusted=True)
        # A kind that reads its front page twice asks for the operator's own address both times.
        self._own = self._own if self.response else request.url
        request = replace(request, own=request.url == self._own, robots=self.watch.robots or request.robots)
        if self.watch.browser:
            request = replace(request, browser=True, wait_for=self._awaited(request))
        self.asked += 1
        if self.response is not None:
            return self._further(request)
        same_rule = self.known.spec == self.watch.spec
        if same_rule:
            moved_to = self.known.asked_at if request.url == self.watch.url else ""
            request = replace(request, etag=self.known.etag, last_modified=self.known.last_modified, moved_to=moved_to)
        self.response = self.get(request)
        if self.response.status == 304 or (same_rule and self.response.hash == self.known.body_hash):
            raise NotModified
        if same_rule and self._is_noise(self.response):
            # What was not read gives no validators: else a 304 would stand for it for ever.
            self.response = replace(self.response, etag="", last_modified="")
            raise NotModified
        return self.response

    def _is_noise(self, response: Response) -> bool:
        """Whether a page differs from the known one in nothing but noise."""
        noise = jitter.parse(self.known.jitter, self.now) if self.now and self.known.body_hash else None
        return noise is not None and noise.covers(response.body)

    def _awaited(self, request: Request) -> str:
        """What its list has, further pages of the list have as well, and an article has not."""
        pages = (url.partition("#")[0].partition("?")[0] for url in (request.url, self.watch.url))
        return self.watch.wait_for if len(set(pages)) == 1 else ""

    def _further(self, request: Request) -> Response:
        self.failed = NO_FAILURE
        try:
            return self.get(request)
        except FetchError as error:
            self.failed = Failure(request.url, error)
            raise

    @property
    def answer(self) -> Response:
        """What the front page answered."""
        if self.response is None:
            raise NotUnderstood(f"the kind {self.watch.kind} asked for nothing")
        return self.response
