"""Numbers, moments and tables as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any


def counted(number: int, noun: str, plural: str = "") -> str:
    """ "1 item", "2 items"."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def waiting(number: int, watch: str) -> str:
    """How many items of a watch wait for their articles."""
    verb = "waits for its article" if number == 1 else "wait for their articles"
    return f"{counted(number, 'item')} {verb}: watcher explain {watch} ITEM"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th …"""
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def when(moment: datetime | None, now: datetime | None = None) -> str:
    """A moment in this machine's time zone; without its day where that is the day of `now`."""
    if moment is None:
        return "never"
    here = moment.astimezone()
    return f"{here:%H:%M}" if now and here.date() == now.astimezone().date() else f"{here:%Y-%m-%d %H:%M}"


def exactly(moment: datetime | None) -> str:
    """The same with what tells two moments of one minute, and two machines, apart: its seconds and its zone."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S %Z}" if moment else "never"


def said(value: Any) -> str:
    """The value of a key: yes or no, words, several of them."""
    match value:
        case bool():
            return "yes" if value else "no"
        case Mapping():
            return ", ".join(f"{key} {said(each)}" for key, each in value.items())
        case list() | tuple():
            return ", ".join(map(said, value))
        case _:
            return str(value)


def table(rows: Sequence[Sequence[str]], gap: str = "  ") -> list[str]:
    """Rows as lines with their columns aligned."""
    widths = [max(len(row[n]) for row in rows if len(row) > n) for n in range(max(map(len, rows), default=0))]
    return [gap.join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows]
