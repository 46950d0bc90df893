"""What subscribers fetch: the files of a home's `feeds/`, with validators (RFC 9110 §8.8, §13) and gzip."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from html import escape
from pathlib import Path
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

_TYPES = {
    ".xml": "application/atom+xml; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
}
# Nothing that a source wrote may run, or call out, when its feed is opened in a browser.
_GUARD = {
    "Cache-Control": "no-cache",  # kept, but asked for again each time: else a cache may guess how long it is good
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}

_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Watcher</title>
<h1>Feeds</h1>
{}
</html>
"""


def feeds_app(folder: Path) -> Starlette:
    """`/feeds/NAME` from `folder`, a list of them at `/`, and `/healthz`."""

    def index(request: Request) -> Response:
        return HTMLResponse(_index(_names(folder)), headers=_GUARD)

    def feed(request: Request) -> Response:
        name = request.path_params["name"]
        found = _open(folder, name)
        return _answer(name, *found, request.headers) if found else PlainTextResponse("no such feed\n", 404)

    def healthz(request: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(routes=[Route("/", index), Route("/feeds/{name:path}", feed), Route("/healthz", healthz)])


def _answer(name: str, data: bytes, mtime: int, asked: Headers) -> Response:
    """The response to a request for a file with these bytes, last changed at `mtime` (Unix time)."""
    # Strong validators differ where the bytes do, so the packed form has a tag of its own (RFC 9110 §8.8.1).
    packed = _takes_gzip(_all(asked, "accept-encoding"))
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}{"-gzip" if packed else ""}"'
    headers = {
        **_GUARD,
        "ETag": tag,
        "Last-Modified": format_datetime(datetime.fromtimestamp(mtime, UTC), usegmt=True),
        "Vary": "Accept-Encoding, Accept" if name.endswith(".xml") else "Accept-Encoding",
    }
    if _is_known(tag, mtime, asked):
        return Response(status_code=304, headers=headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
        data = gzip.compress(data, 6, mtime=0)
    return Response(data, headers=headers | {"Content-Type": _type(name, _all(asked, "accept"))})


def _is_known(tag: str, mtime: int, asked: Headers) -> bool:
    """Whether the client has this very form already. A tag, where it sent one, speaks alone (RFC 9110 §13.2.2)."""
    if tags := _all(asked, "if-none-match"):
        return tags.strip() == "*" or tag in re.findall(r'"[^"]*"', tags)
    try:
        since = parsedate_to_datetime(asked.get("if-modified-since", ""))
    except (ValueError, OverflowError):  # none, or no date
        return False
    return mtime <= since.replace(tzinfo=since.tzinfo or UTC).timestamp()


def _takes_gzip(accepted: str) -> bool:
    """Accept-Encoding, RFC 9110 §12.5.3: gzip is listed, or else `*` is, with a weight above nothing."""
    weights = {}
    for part in accepted.lower().split(","):
        coding, _, weight = part.replace(" ", "").partition(";q=")
        weights[coding] = not re.fullmatch(r"0(\.0*)?", weight)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", False)))


def _all(asked: Headers, name: str) -> str:
    return ",".join(asked.getlist(name))


def _type(name: str, accept: str) -> str:
    # Browsers show application/atom+xml as source; as application/xml its stylesheet makes a page of it.
    shown = name.endswith(".xml") and "text/html" in accept.lower()
    return "application/xml; charset=utf-8" if shown else _TYPES[Path(name).suffix]


def _open(folder: Path, name: str) -> tuple[bytes, int] | None:
    """The bytes and the mtime of one state of a file, None where none is to be had. A file that is replaced
    meanwhile stays whole for whoever has it open."""
    parts = name.split("/")
    if any(not part or part.startswith(".") or "\0" in part for part in parts) or Path(name).suffix not in _TYPES:
        return None
    try:
        path = (folder / name).resolve(strict=True)
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(), int(os.fstat(file.fileno()).st_mtime)
    except (OSError, RuntimeError):  # no such file, or a name too long; a loop of links was a RuntimeError until 3.13
        return None


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.xml") if not path.name.startswith("."))


def _index(names: list[str]) -> str:
    rows = "".join(f'<li><a href="feeds/{quote(name)}">{escape(name)}</a></li>\n' for name in names)
    return _PAGE.format(f"<ul>\n{rows}</ul>" if names else "<p>No feeds yet.</p>")
