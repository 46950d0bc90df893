"""A page as the command line describes it: the watch that it would be, and what a look at it finds."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from time import monotonic
from typing import Any

import click

from watcher import sources, urls
from watcher.cli.shell import Shell
from watcher.cli.words import counted
from watcher.config import RESERVED, Config, load
from watcher.errors import ExtractError, UsageError
from watcher.fetch import Fetcher
from watcher.look import Front
from watcher.match import distinct
from watcher.model import Item, Known, Response, Watch
from watcher.text import safe, shorten, slug
from watcher.times import day

#: So many items, or lines of a text, are shown where not all are asked for.
SHOWN = 5

# Second-level names under which others register.
_SHARED = frozenset({"ac", "co", "com", "edu", "gob", "gov", "gouv", "net", "org"})

_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--kind", type=click.Choice(sources.kinds()), help="What the page is (default: list)."),
    click.option("--item", metavar="CSS", help="Kind list: each match is one item."),
    click.option("--title", metavar="CSS", help="The item's title (default: a)."),
    click.option("--link", metavar="CSS", help="The item's link (default: the one in or around the title)."),
    click.option("--date", metavar="CSS", help="The item's date (default: time)."),
    click.option("--summary", metavar="CSS", help="A text beside the title."),
    click.option("--article", metavar="CSS", help="The part of each new item's own page to keep as its body."),
    click.option("--find-article", is_flag=True, help="The same, but the part is found."),
    click.option("--select", metavar="CSS", help="Kind page: the part of the page whose text counts."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A watch that is in no file yet: its table, and the configuration as it would be with it."""

    table: Mapping[str, Any]
    config: Config
    watch: Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a page gave."""

    items: Sequence[Item]
    answer: Response


def described(command: Any) -> Any:
    """Give a command the options that describe a page."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def propose(shell: Shell, url: str, options: Mapping[str, Any], **more: Any) -> Proposal:
    """The watch that the command line describes; `more` holds further keys, and maybe its name. Raises ConfigError
    and UsageError."""
    place, name = shell.place, more.pop("name", None)
    table = _table(url, options) | {key: value for key, value in more.items() if value}
    name = name or named(url, load(place.config, place.folder, {}).watches)
    config = load(place.config, place.folder, {"watch": {name: table}})
    return Proposal(table=table, config=config, watch=config.watches[name])


def look(shell: Shell, watch: Watch) -> Look:
    """Ask for a page and find what it holds; nothing is kept of it. Raises CheckError."""
    started, app = monotonic(), shell.app
    shell.progress(f"Looking at {watch.url} …")
    with Fetcher(user_agent=app.user_agent, clock=app.clock) as fetcher:
        front = Front(watch, Known(name=watch.name), fetcher.get)
        try:
            items = distinct(sources.load(watch.kind).find(watch.options, front))
        except ExtractError as error:
            error.hint = f"try another selector: watcher preview {watch.url} --help"
            raise
    size = f"{max(len(front.answer.body) // 1024, 1)} KB"
    shell.note(f"Looked at {watch.url}: {front.answer.status}, {size}, {monotonic() - started:.1f} s")
    return Look(items=items, answer=front.answer)


def shown(items: Sequence[Item], more: str = "") -> list[str]:
    """The items, or the text of a page, for people. All of it; with `more`, which says where the rest is, the start."""
    if len(items) == 1 and items[0].body:
        rows = safe(items[0].body).splitlines()
        head, noun = f"Found a text of {counted(len(rows), 'line')}.", "lines"
        rows = [f"      {shorten(row, 90)}" if more else row for row in rows]
    else:
        dated = sum(item.published is not None for item in items)
        dates = "yes" if dated == len(items) else f"{dated} of {len(items)}" if dated else "no"
        head, noun = f"Found {counted(len(items), 'item')} (dates: {dates}).", "items"
        rows = [f"{n:4}  {date_of(item):10}  {shorten(item.title, 80)}" for n, item in enumerate(items, start=1)]
    if more and len(rows) > SHOWN:
        rows[SHOWN:] = [f"      … {len(rows) - SHOWN} more {noun} ({more})"]
    return [head, *rows]


def date_of(item: Item) -> str:
    return day(item.published).isoformat() if item.published else ""


def _table(url: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The [watch.NAME] table that the command line describes."""
    if not urls.absolute("", url):
        raise UsageError(f'"{url}" is no address', hint="write it whole, with https://")
    table = {key: value for key, value in options.items() if value and key != "find_article"}
    if options["find_article"]:
        table["article"] = True
    if "kind" not in table and "select" in table:
        table["kind"] = "page"
    return {"url": url, **table}


def named(url: str, taken: Container[str]) -> str:
    """A name made of an address: its host's own part and the last part of its path."""
    host = urls.host_of(url).partition(":")[0].split(".")
    own = host[-3:-1] if len(host) > 2 and host[-2] in _SHARED else host[-2:-1]
    words = slug(f"{own[0] if own and not host[-1].isdigit() else '-'.join(host)}-{urls.last_part(url)}")
    name = re.sub("[^a-z0-9]+", "-", words)[:60].strip("-") or "watch"
    names = chain([name], (f"{name}-{n}" for n in count(2)))
    return next(each for each in names if each not in taken and each not in RESERVED)
