"""Answers that are JSON: read, and asked for what they hold, whatever is there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from watcher import times
from watcher.errors import NotUnderstood
from watcher.model import Response, When
from watcher.text import safe

# What programs write for a date that they do not have.
_NEVER = (date(1, 1, 1), date(1970, 1, 1))


def read(response: Response) -> Any:
    """The value that an answer holds. Raises NotUnderstood for what is no JSON."""
    try:
        return json.loads(response.body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise NotUnderstood(
            f"{response.url} is no JSON ({response.status}, {len(response.body) // 1024} KB)",
            hint="look at it in a browser: a login page or an error page may stand in its place",
        ) from None


def peek(response: Response) -> Any:
    """The same, but None for what is no JSON, without reading what cannot be any."""
    if response.body[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        return None
    try:
        return read(response)
    except NotUnderstood:
        return None


def at(value: Any, *path: str | int) -> Any:
    """What stands at a path of names and numbers, None where there is nothing."""
    for step in path:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, Mapping) else None
        else:
            value = value[step] if isinstance(value, list) and -len(value) <= step < len(value) else None
    return value


def text(value: Any, *path: str | int) -> str:
    """The text, or the number as text, at a path; "" for anything else."""
    found = at(value, *path)
    return safe(str(found)) if isinstance(found, str | int | float) and not isinstance(found, bool) else ""


def objects(value: Any, *path: str | int) -> list[dict[str, Any]]:
    """The objects of the list at a path."""
    found = at(value, *path)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def when(value: Any, *path: str | int) -> When | None:
    """The date at a path, written as RFC 3339 and its relatives, or None. A time without zone is UTC."""
    found = times.machine(text(value, *path))
    return found if found and times.day(found) not in _NEVER else None
