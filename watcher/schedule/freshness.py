"""How long an answer is fresh: its server does not want to be asked again before that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from watcher.model import Known, Response

#: No server silences a watch for longer, whatever it says: a year of freshness is a setting meant for pictures.
CAP = timedelta(days=1)


def fresh_until(response: Response, known: Known, pause: int | None, now: datetime) -> datetime | None:
    """When the page may be asked for again; None where nothing is said. `pause` is what the page itself says."""
    said = fresh_for(response.headers)
    if said is None and response.status == 304 and known.fresh_until and known.checked_at:
        said = known.fresh_until - known.checked_at  # it holds for what it was said of (RFC 9111 §4.3.4)
    longest = min(max(said or timedelta(0), timedelta(seconds=min(pause or 0, 10**6))), CAP)
    return now + longest if longest else None


def fresh_for(headers: Mapping[str, str]) -> timedelta | None:
    """The lifetime that is left, RFC 9111 §4.2.1; None where nothing is said of it."""
    control = {
        name.strip().lower(): value.strip().strip('"')
        for name, _, value in (part.partition("=") for part in headers.get("cache-control", "").split(","))
    }
    if control.keys() & {"no-cache", "no-store"}:
        return timedelta(0)
    if "max-age" in control:
        return max(_seconds(control["max-age"]) - _seconds(headers.get("age", "")), timedelta(0))
    if "expires" in headers:
        # By the server's own clock, which is not ours.
        expires, date = _date(headers["expires"]), _date(headers.get("date", ""))
        return max(expires - date, timedelta(0)) if expires and date else timedelta(0)
    return None


def _seconds(value: str) -> timedelta:
    return timedelta(seconds=int(value[:9])) if re.fullmatch("[0-9]+", value) else timedelta(0)


def _date(value: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
