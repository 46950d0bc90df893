"""A request as the browser is asked, and the page that it shows as an answer."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

import httpx

from watcher.errors import NothingFound
from watcher.fetch.answer import Answer, response
from watcher.fetch.browser import Shown, Visit
from watcher.fetch.outgoing import outgoing
from watcher.fetch.redirects import Trail
from watcher.model import Request, Response

#: What the browser says better itself.
_ITS_OWN = frozenset({"user-agent", "accept", "accept-encoding"})
#: What speaks of the body as it was sent, and of none that scripts have changed.
_OF_BODY = frozenset({"etag", "last-modified", "content-encoding", "content-length", "transfer-encoding"})

_LANGUAGE = re.compile(r"\s*([a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})*)\s*(?:[,;]|$)")


def asked(request: Request, trail: Trail, agent: str, *, most: int, deadline: float) -> Visit:
    """Raises Refused for headers that cannot be sent."""
    headers = outgoing(replace(request, etag="", last_modified=""), trail, agent)
    given = httpx.Headers(dict(request.headers))
    language = _LANGUAGE.match(given.get("accept-language", ""))
    return Visit(
        url=httpx.URL(request.url),
        headers={name: value for name, value in headers.items() if name not in _ITS_OWN},
        agent=agent,
        user_agent=given.get("user-agent", ""),
        language=language[1] if language else "en-US",
        trusted=request.trusted,
        wait_for=request.wait_for,
        most=most,
        deadline=deadline,
    )


def answered(shown: Shown, request: Request, trail: Trail, retry_at: datetime | None) -> Response:
    """Judged as any answer is. Raises BadStatus and Blocked, and NothingFound where what was waited for is missing."""
    headers = {name: value for name, value in shown.headers.items() if name not in _OF_BODY}
    answer = Answer(
        status=shown.status,
        headers=httpx.Headers({**headers, "content-type": "text/html; charset=utf-8"}),
        body=shown.html.encode("utf-8", "replace"),
        conditional=False,
        retry_at=retry_at,
    )
    found = response(answer, request, trail)
    if not shown.is_whole:
        raise NothingFound(
            f'nothing on {shown.url} matches wait_for = "{request.wait_for}", however long one waits',
            hint="look at the page in a browser of your own: has its design changed?",
        )
    return found
