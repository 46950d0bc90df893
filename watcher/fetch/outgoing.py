"""The headers of one request."""

from __future__ import annotations

import base64

import httpx

from watcher.errors import Refused
from watcher.fetch.redirects import Trail
from watcher.model import Request

# What may go to another origin; anything else that a watch sends may be a secret.
_PLAIN = frozenset({"accept", "accept-language", "user-agent"})


def outgoing(request: Request, trail: Trail, user_agent: str) -> httpx.Headers:
    """The headers for the hop that `trail` has come to. Raises Refused for those that cannot be sent."""
    headers = httpx.Headers({"user-agent": user_agent, "accept": "*/*"})
    for name, value in request.headers.items():
        if trail.same_origin or name.lower() in _PLAIN:
            _put(headers, name, value)
    if trail.takes_validators:
        _put_validators(headers, request)
    if trail.here.username:
        _put_login(headers, trail.here)
    # Last, for no watch may ask for a coding that cannot be unpacked within a limit.
    headers["accept-encoding"] = "gzip, deflate"
    return headers


def _put_login(headers: httpx.Headers, url: httpx.URL) -> None:
    login = base64.b64encode(f"{url.username}:{url.password}".encode()).decode("ascii")
    headers.setdefault("authorization", f"Basic {login}")


def _put(headers: httpx.Headers, name: str, value: str) -> None:
    # Checked here, because h11's own words show the value.
    if not (name.isascii() and name.isprintable() and value.isascii() and value.isprintable()):
        raise Refused(f'the header "{name}" cannot be sent: it has other characters than plain ASCII')
    headers[name] = value.strip()


def _put_validators(headers: httpx.Headers, request: Request) -> None:
    for name, value in (("if-none-match", request.etag), ("if-modified-since", request.last_modified)):
        if value and value.isascii() and value.isprintable():
            headers[name] = value
