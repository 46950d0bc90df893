"""Whether a watcher is at work in a home, and what it says of itself where it listens."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException

from watcher import files
from watcher.app import App

#: Seconds that it is given to say so.
PATIENCE = 2.0


def tick_age(listen: str) -> float | None:
    """How many seconds ago it looked at what is due, asked where the configuration has it listen."""
    host, _, port = listen.rpartition(":")
    connection = HTTPConnection(host.strip("[]"), int(port), timeout=PATIENCE)
    try:
        connection.request("GET", "/readyz")
        said = json.loads(connection.getresponse().read(10_000))["tick_age_seconds"]
        return float(said)
    except (OSError, HTTPException, ValueError, KeyError, TypeError):  # it listens elsewhere, or another program there
        return None
    finally:
        connection.close()


def served(app: App) -> str:
    """Where it serves the feeds to this machine, "" where it does not."""
    listen = app.config.settings.listen
    host, _, port = listen.rpartition(":")
    if files.holder(app.home.lock) is None or tick_age(listen) is None:
        return ""
    return f"http://{'localhost' if host in ('0.0.0.0', '[::]', '') else host}:{port}"
