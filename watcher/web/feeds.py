"""What subscribers fetch: the files of a home's `feeds/`, with validators, ranges (RFC 9110 §8.8, §13, §14) and gzip.
Nothing else is asked, so that a feed is there whatever the rest of the process does."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import time
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

_TYPES = {
    ".xml": "application/atom+xml; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/feed+json",
    ".opml": "text/x-opml; charset=utf-8",
}
_INDEX = "index.html"
# Nothing that a source wrote may run, or call out, when its feed is opened in a browser.
_GUARD = {
    "Cache-Control": "no-cache",  # kept, but asked for again each time: else a cache may guess how long it is good
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",  # the address of a private feed is its key
    "X-Content-Type-Options": "nosniff",
}

_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Watcher</title>
<h1>Feeds</h1>
<p>No feeds yet.</p>
</html>
"""


def feeds_app(folder: Path) -> Starlette:
    """`/feeds/NAME` from `folder`, and its list of feeds at `/`."""

    def front(request: Request) -> Response:
        if (folder / _INDEX).is_file():
            return RedirectResponse(f"feeds/{_INDEX}", 307, headers=_GUARD)
        return HTMLResponse(_PAGE, headers=_GUARD)

    def feed(request: Request) -> Response:
        name = request.path_params["name"]
        if name and not name.endswith("/") and _open(folder, f"{name}/{_INDEX}"):
            # Its links are seen from within the folder. Only the last part is said: it may be published below others.
            return RedirectResponse(f"{quote(name.rpartition('/')[2])}/", 307, headers=_GUARD)
        if not name or name.endswith("/"):
            name += _INDEX
        found = _open(folder, name)
        return _answer(request, name, *found) if found else PlainTextResponse("no such feed\n", 404, headers=_GUARD)

    return Starlette(routes=[Route("/", front), Route("/feeds/{name:path}", feed)])


def _answer(request: Request, name: str, data: bytes, mtime: int) -> Response:
    """The response to a request for a file with these bytes, last changed at `mtime` (Unix time)."""
    asked = request.headers
    # Strong validators differ where the bytes do, so the packed form has a tag of its own (RFC 9110 §8.8.1).
    packed = _takes_gzip(_all(asked, "accept-encoding"))
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}{"-gzip" if packed else ""}"'
    headers = {
        **_GUARD,
        "Accept-Ranges": "bytes",
        "ETag": tag,
        "Vary": "Accept-Encoding, Accept" if name.endswith(".xml") else "Accept-Encoding",
    }
    # Within this second it may change once more, and nobody could tell by the date (RFC 9110 §8.8.2.1).
    if mtime < int(time.time()):
        headers["Last-Modified"] = format_datetime(datetime.fromtimestamp(mtime, UTC), usegmt=True)
    if _is_known(tag, mtime, asked):
        return Response(status_code=304, headers=headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
        data = gzip.compress(data, 6, mtime=0)
    headers["Content-Type"] = _type(name, _all(asked, "accept"))
    wanted = _range(asked, tag, headers.get("Last-Modified", ""), len(data)) if request.method == "GET" else None
    return Response(data, headers=headers) if wanted is None else _part(data, wanted, headers)


def _range(asked: Headers, tag: str, changed: str, size: int) -> range | None:
    """The bytes that are asked for, RFC 9110 §14.2; None for all of them. Of several ranges all are sent, and where the
    client has a part of another state (§13.1.5)."""
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", asked.get("range", "").replace(" ", ""), re.ASCII)
    if not match or not any(match.groups()) or asked.get("if-range", tag) not in (tag, changed):
        return None
    first, last = (int(each) if each else None for each in match.groups())
    if first is None:
        return range(max(0, size - (last or 0)), size)
    if last is not None and last < first:
        return None
    return range(first, size if last is None else min(last + 1, size))


def _part(data: bytes, wanted: range, headers: dict[str, str]) -> Response:
    if not wanted:
        headers["Content-Range"] = f"bytes */{len(data)}"
        return Response(status_code=416, headers=headers)
    headers["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{len(data)}"
    return Response(data[wanted.start : wanted.stop], 206, headers=headers)


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
