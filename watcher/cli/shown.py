"""What a look found, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice

from watcher.cli.look import Look
from watcher.cli.words import counted, table
from watcher.detect import Proposal as Group
from watcher.detect import ladder
from watcher.errors import ExtractError
from watcher.model import Item
from watcher.text import safe, shorten
from watcher.times import day

#: So many items, or lines of a text, are shown where not all are asked for.
SHOWN = 5

#: And so many other groups, of so many that are tried.
OTHERS, TRIED = 4, 7


def shown(found: Look, more: str = "") -> list[str]:
    """The items, or the text of a page. All of it; with `more`, which says where the rest is, the start."""
    is_text = not found.number or found.proposal.watch.kind == "page"
    if is_text and len(found.items) == 1 and found.items[0].body:
        rows = safe(found.items[0].body).splitlines()
        head, noun = f"Found a text of {counted(len(rows), 'line')}.", "line"
        rows = [f"      {shorten(row, 90)}" if more else row for row in rows]
    else:
        head, noun, rows = _head(found), "item", list(listed(found.items))
    if more and len(rows) > SHOWN:
        rows[SHOWN:] = [f"      … {counted(len(rows) - SHOWN, f'more {noun}')} ({more})"]
    return [head, *rows]


def listed(items: Sequence[Item]) -> Iterator[str]:
    """A line for each item."""
    for n, item in enumerate(items, start=1):
        yield f"{n:4}  {date_of(item):10}  {shorten(item.title, 80)}"


def others(found: Look) -> list[str]:
    """What else was found there, and how to take it."""
    rows = [
        (
            f"{n:4}",
            _named(each),
            f'"{shorten(each.items[0].title, 50)}"',
            f"(dates: {dates(each.items)})",
            f"--group {n}",
        )
        for n, each in islice(_to_be_had(found), OTHERS)
    ]
    return ["Not these? Also found:", *table(rows)] if rows else []


def _to_be_had(found: Look) -> Iterator[tuple[int, Group]]:
    """The other groups that a configuration can name, with their numbers."""
    for n, each in enumerate(found.groups[:TRIED], start=1):
        if n != found.number and found.page:
            with suppress(ExtractError):
                ladder.settled(found.page, found.groups, n)
                yield n, each


def dates(items: Sequence[Item]) -> str:
    dated = sum(item.published is not None for item in items)
    return "yes" if dated == len(items) else f"{dated} of {len(items)}" if dated else "no"


def date_of(item: Item) -> str:
    return day(item.published).isoformat() if item.published else ""


def _head(found: Look) -> str:
    items = f"{counted(len(found.items), 'item')} (dates: {dates(found.items)})"
    if not found.number:
        return f"Found {items}."
    watch = found.proposal.watch
    return f"Found a list of {items}." if watch.kind == "list" else f"Found {items}, kind {watch.kind}: {watch.url}"


def _named(group: Group) -> str:
    return f"{counted(len(group.items), 'item')}{f', {group.kind}' if group.kind != 'list' else ''}"
