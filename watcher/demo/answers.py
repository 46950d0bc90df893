"""What the site answers: to each path its page, or what the mood makes of it. Everything but the sockets."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from http import HTTPStatus
from typing import TypeAlias

from watcher.demo import forge, pages, scripted
from watcher.demo.office import PressOffice
from watcher.demo.project import Project

Place: TypeAlias = PressOffice | Project

_BOT_CHECK = """\
<!DOCTYPE html><html lang="en"><head><title>Just a moment...</title></head><body>
<h1>Checking your browser before accessing the site.</h1>
<p>This process is automatic. Please enable JavaScript and cookies to continue.</p>
<p>DDoS protection by Cloudflare. Ray ID: 70c5a2f3e8d91b47</p></body></html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`delay` is in seconds, before the first byte."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)  # lower-case names
    body: bytes = b""
    delay: float = 0


def answer(place: Place, target: str, asked: Mapping[str, str]) -> Answer:
    """The answer to a request for `target`, a path and a query, with the headers `asked` (lower-case names)."""
    path, _, query = target.partition("?")
    path = path.rstrip("/")
    mood, seconds = place.mood(path, query)
    match mood:
        case "403" | "500":
            return _error(int(mood))
        case "503":
            return _error(503, {"retry-after": f"{seconds:.0f}"})
        case "timeout":
            return Answer(delay=threading.TIMEOUT_MAX)
        case "empty":
            return _html("")
        case "nolist":
            return _page(place, place.listing, empty=True)
        case "botcheck":
            return _html(_BOT_CHECK, {"cf-mitigated": "challenge"}, status=403)
        case "botcheck200":
            return _html(_BOT_CHECK)
        case "unasked304":
            return Answer(status=304)
        case "redirect" | "redirect301":
            return _redirect(target.replace(place.listing, place.moved, 1), status=301 if "301" in mood else 302)
        case "truncated":
            whole = _negotiated(_page(place, path, query), {"accept-encoding": "gzip"})
            return replace(whole, body=whole.body[: len(whole.body) // 2])
        case "slow":
            return replace(_negotiated(_page(place, path, query), asked), delay=seconds)
        case "ok":
            return _negotiated(_page(place, path, query), asked)


def _page(place: Place, path: str, query: str = "", *, empty: bool = False) -> Answer:
    if not path:
        return _redirect(place.listing)
    path = path.replace(place.moved, place.listing, 1)
    if path in (scripted.SHELL, scripted.DATA) and isinstance(place, PressOffice):
        return _scripted(place, path)
    if isinstance(place, Project):
        page = forge.page(place, path, query, empty=empty)
    else:
        page = pages.page(place, path, query, empty=empty)
    if page.status == 200:
        steady = {"last-modified": format_datetime(place.changed, usegmt=True)}
        return _html(page.html, steady if page.steady else {"cache-control": "no-cache, private"})
    return _html(page.html, status=page.status)


def _scripted(office: PressOffice, path: str) -> Answer:
    if path == scripted.SHELL:
        return _html(scripted.PAGE, {"cache-control": "no-cache"})
    return Answer(headers={"content-type": "application/json"}, body=scripted.data(office))


def _negotiated(answer: Answer, asked: Mapping[str, str]) -> Answer:
    """Packed where gzip is taken; with an ETag where the page keeps its bytes, and 304 to whoever has them."""
    headers, body = {**answer.headers, "vary": "Accept-Encoding"}, answer.body
    if "gzip" in asked.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        body = gzip.compress(body, mtime=0)
    if "last-modified" in headers:
        # Of the bytes as sent: a strong ETag names one coding (RFC 9110 §8.8.3.3).
        headers["etag"] = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if _has(asked, headers):
            kept = {name: headers[name] for name in ("etag", "last-modified", "vary")}
            return Answer(status=304, headers=kept)
    return replace(answer, headers=headers, body=body)


def _has(asked: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    if tags := asked.get("if-none-match"):
        return headers["etag"] in tags
    # Exactly, as nginx does: a client must send our own time back, and none of its own.
    return asked.get("if-modified-since") == headers["last-modified"]


def _html(text: str, headers: Mapping[str, str] | None = None, *, status: int = 200) -> Answer:
    return Answer(
        status=status, headers={"content-type": "text/html; charset=UTF-8", **(headers or {})}, body=text.encode()
    )


def _error(status: int, headers: Mapping[str, str] | None = None) -> Answer:
    says = f"{status} {HTTPStatus(status).phrase}"
    return _html(f"<html><head><title>{says}</title></head><body><h1>{says}</h1></body></html>", headers, status=status)


def _redirect(location: str, *, status: int = 302) -> Answer:
    return Answer(status=status, headers={"location": location})
