"""Alerts on standard output: for a log, a pipe, or a first try."""

from __future__ import annotations

from pydantic import BaseModel

from watcher.errors import Deferred
from watcher.model import Message


class Options(BaseModel, extra="forbid"):
    """There are none."""


def recipients(options: Options) -> tuple[str, ...]:
    """One, without an address."""
    return ("",)


def send(options: Options, message: Message, to: str) -> None:
    """Print the text. Deferred when nobody reads it any more, or the terminal's encoding has no such characters."""
    try:
        print(message.text, flush=True)
    except (OSError, UnicodeError) as error:
        raise Deferred(f"standard output took no alert: {error}", target_down=True) from error
