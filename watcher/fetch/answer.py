"""What a server said, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

import httpx

from watcher import times
from watcher.errors import BadStatus, Blocked, Truncated
from watcher.fetch.blocked import recognised
from watcher.fetch.redirects import Trail
from watcher.model import Request, Response

REDIRECTS = frozenset({301, 302, 303, 307, 308})
WHOLE = frozenset({200, 203})  # 203: a proxy has changed it on its way, and says so

_HINTS = {
    401: 'it wants a login: give one in "headers"',
    403: 'it may dislike the user agent (set "contact")',
    404: "the page may have moved: look for it in a browser",
    407: "a proxy stands in between, and wants a login",
    429: 'it was asked too often: set a longer "every"',
    410: "the page was taken away for good: remove the watch, or give it another address",
}
#: For a host that says how long it wants to be left alone.
LIMIT_HINT = 'it is asked again then; a "token", where the kind has one, or a longer "every" keeps below its limit'
_EMPTY_HINT = "look at it in a browser: it may be a fault that passes, or an answer to programs only"
_ITS_FAULT = "the fault is the server's own, and mostly passes; look at the address in a browser"
_BLOCKED_HINT = "nothing was taken from this answer; a feed of the site, where there is one, is seldom guarded so"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, read to its end and not yet judged. `body` is unpacked; of a redirect it is not read."""

    status: int
    headers: httpx.Headers
    body: bytes
    conditional: bool  # the request had validators
    retry_at: datetime | None


def response(answer: Answer, request: Request, trail: Trail) -> Response:
    """What the answer gives. Raises BadStatus, Blocked, Truncated."""
    if words := recognised(answer.headers, answer.body):
        message = f'{answer.status}, but it looks like a bot check ("{words}") at {trail.name}'
        raise Blocked(message, retry_at=answer.retry_at, hint=_BLOCKED_HINT)
    if answer.status == 304 and answer.conditional:
        return _response(answer, trail, status=304, etag=request.etag, last_modified=request.last_modified)
    if answer.status not in WHOLE:
        raise _bad_status(answer, trail)
    if not answer.body:
        raise Truncated(f"{answer.status} with an empty body from {trail.name}", hint=_EMPTY_HINT)
    return _response(answer, trail)


def _response(answer: Answer, trail: Trail, *, status: int = 200, etag: str = "", last_modified: str = "") -> Response:
    return Response(
        url=trail.address,
        status=status,
        headers=dict(answer.headers),
        body=answer.body,
        etag=_validator(answer, "etag") or etag,
        last_modified=(_validator(answer, "last-modified") if _is_settled(answer) else "") or last_modified,
        moved_to=trail.moved_to,
        disallowed=trail.disallowed,
    )


def _validator(answer: Answer, name: str) -> str:
    """The server's own string; "" for one that no later request could carry back to it."""
    value = answer.headers.get(name, "")
    return value if value.isascii() and value.isprintable() else ""


def _is_settled(answer: Answer) -> bool:
    """Whether Last-Modified says of what came that it is what stands there: with an ETag, or from the next second on.
    In that second a page may change once more, and its date would stay the same (RFC 9110 §8.8.2.2)."""
    changed, sent = (times.machine(answer.headers.get(name, "")) for name in ("last-modified", "date"))
    if _validator(answer, "etag") or not (isinstance(changed, datetime) and isinstance(sent, datetime)):
        return True
    return sent - changed >= timedelta(seconds=1)


def _led(trail: Trail) -> str:
    """Where redirects led, without its query, which may hold what is nobody else's business."""
    return f", redirected to {trail.here.copy_with(query=None, userinfo=b'')}" if trail.was_led else ""


def _bad_status(answer: Answer, trail: Trail) -> BadStatus:
    status = answer.status
    limited = status in (403, 429) and answer.retry_at
    unasked = " to a request that had no validators" if status == 304 else ""
    return BadStatus(
        f"{status} {_phrase(status)}".rstrip() + f" from {trail.name}{unasked}{_led(trail)}",
        status=status,
        retry_at=answer.retry_at,
        hint=LIMIT_HINT if limited else _HINTS.get(status, _ITS_FAULT if status >= 500 else ""),
    )


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
