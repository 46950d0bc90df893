"""watcher.toml as text, edited in place: comments and order stay. The file is its owner's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.exceptions import NonExistentKey, TOMLKitError

from watcher.errors import UsageError

NEW_HOME = """\
# A home of watcher: https:// addresses in, records, feeds and alerts out.
every = "30m"                  # how often each watch is looked at
# contact = "me@example.org"   # goes into the User-Agent

# [alert.me]                   # an alert target; watches name it: alerts = ["me"]
# kind = "email"
# to   = ["me@example.org"]
# from = "Watcher <watch@example.org>"
# smtp = "smtp.example.org:587"
# user = "me"
# password = { env = "WATCHER_SMTP_PASSWORD" }
"""


def with_watch(text: str, name: str, table: Mapping[str, Any]) -> str:
    """The text with a new [watch.NAME] at its end."""
    # Appended as text: tomlkit would put the table above the comments that end the file.
    entry = tomlkit.table()
    for key, value in table.items():
        entry.add(key, value)
    body = tomlkit.dumps({"watch": {name: entry}})
    return f"{text.rstrip()}\n\n{body}".lstrip()


def without_watch(text: str, name: str) -> str:
    """The text without [watch.NAME]. Raises UsageError where it is not in this file."""
    try:
        document = tomlkit.parse(text)
        del document["watch"][name]
    except (NonExistentKey, TOMLKitError):
        raise UsageError(f"[watch.{name}] is not in this file; remove it by hand from watches.d/") from None
    return tomlkit.dumps(document)
