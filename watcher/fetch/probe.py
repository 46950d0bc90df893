"""Whether the network is there: names that are found, and a server that answers with the time it has."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx

from watcher.errors import FetchError
from watcher.fetch.failures import explained
from watcher.fetch.guard import look_up
from watcher.fetch.timer import Timer


def found(host: str, seconds: float) -> FetchError | None:
    """Why a name cannot be found, None where it is."""
    try:
        look_up(host, 0, seconds)
    except FetchError as error:
        return error
    return None


def asked(url: str, user_agent: str, seconds: float) -> datetime | None:
    """When it was at the server as it answered (RFC 9110 §6.6.1), None where it does not say. Its answer may be any.
    Raises FetchError; after some more than `seconds` only from servers that mean ill."""
    host = httpx.URL(url).host
    timer = Timer()
    timer.start(seconds)
    with explained(host, seconds, timer), httpx.Client(trust_env=False, timeout=seconds) as client:
        # The root, and its head alone: what the watches are about is for their checks.
        date = client.head(httpx.URL(url).join("/"), headers={"user-agent": user_agent}).headers.get("date", "")
    try:
        return parsedate_to_datetime(date).astimezone()
    except ValueError:
        return None
