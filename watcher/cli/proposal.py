"""The watch that a command line describes, before it stands in any file."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, count
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import click

from watcher import sources, urls
from watcher.cli.shell import Shell
from watcher.config import RESERVED, Config, load
from watcher.errors import UsageError
from watcher.keys import Common
from watcher.model import Watch
from watcher.text import slug

# Second-level names under which others register.
_SHARED = frozenset({"ac", "co", "com", "edu", "gob", "gov", "gouv", "net", "org"})

#: Parts of a path that do not say what is watched: numbers and versions, languages, a folder's page, a feed's file.
_SILENT = re.compile(
    r"(?i)v?[\d.]+|[a-z]{2}([-_][a-z]{2})?|(index|default|home|feed|rss|atom|json)s?(\.(xml|rss|atom|json))?"
)
#: And at these, where owner and project come before.
_SILENT_AT_FORGES = re.compile(rf"{_SILENT.pattern}|-|releases(\.atom)?|tags(\.atom)?|changelog")
_FORGES = frozenset({"github.com", "gitlab.com", "codeberg.org"})

#: What only the kind `list` has.
_OF_LISTS = ("item", "title", "link", "date", "summary", "article", "find_article")

_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--kind", type=click.Choice(sources.kinds()), help="What the address is; left out: found."),
    click.option("--group", type=click.IntRange(min=1), metavar="N", help="Take the N-th of what was found."),
    click.option("--item", metavar="CSS", help="Kind list: each match is one item; left out: found."),
    click.option("--title", metavar="CSS", help="The item's title."),
    click.option("--link", metavar="CSS", help="The item's link (default: the one in or around the title)."),
    click.option("--date", metavar="CSS", help="The item's date."),
    click.option("--summary", metavar="CSS", help="A text beside the title."),
    click.option("--article", metavar="CSS", help="The part of each new item's own page to keep as its body."),
    click.option("--find-article", is_flag=True, help="The same, but the part is found."),
    click.option("--select", metavar="CSS", help="Kind page: the part of the page whose text counts."),
    click.option("--browser", is_flag=True, help="Read its pages in Chromium, after their scripts."),
    click.option("--wait-for", metavar="CSS", help="The same, as soon as something on the page matches this."),
    click.option("--with", "keys", metavar="KEY=VALUE", multiple=True, help="Any other key of the watch."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A watch that is in no file yet: its table, and the configuration as it would be with it. `later` are keys of a
    kind that is still to be found."""

    table: Mapping[str, Any]
    config: Config
    watch: Watch
    later: Mapping[str, Any] = field(default_factory=dict)


def described(command: Any) -> Any:
    """Give a command the options that describe a page."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def propose(shell: Shell, url: str, options: Mapping[str, Any], **more: Any) -> Proposal:
    """The watch that the command line describes; `more` holds further keys, and maybe its name. Raises ConfigError
    and UsageError."""
    place, name = shell.place, more.pop("name", None)
    given = dict(map(key_and_value, options["keys"]))
    later = {key: value for key, value in given.items() if left_open(options) and key not in Common.model_fields}
    said = given | {key: value for key, value in more.items() if value}
    table = _table(url, options) | {key: value for key, value in said.items() if key not in later}
    name = name or named(url, load(place.config, place.folder, {}).watches)
    return replace(_made(shell, name, table), later=later)


def settle(shell: Shell, proposal: Proposal, kind: str, found: Mapping[str, Any]) -> Proposal:
    """The same watch, of the kind and with the options that were found; what the command line says stands."""
    said = {key: value for key, value in proposal.table.items() if key != "url" or "url" not in found}
    table = {"url": proposal.watch.url, **({"kind": kind} if kind != "list" else {}), **found, **said, **proposal.later}
    return _made(shell, proposal.watch.name, table)


def only_lists(options: Mapping[str, Any]) -> bool:
    """Whether the command line speaks of what no feed has."""
    return options["kind"] == "list" or any(options[key] for key in _OF_LISTS)


def left_open(options: Mapping[str, Any]) -> bool:
    """Whether the command line leaves open what the items are."""
    named = any(key.startswith("kind=") for key in options["keys"])
    return options["kind"] in (None, "list") and not (named or options["item"] or options["select"])


def _made(shell: Shell, name: str, table: Mapping[str, Any]) -> Proposal:
    config = load(shell.place.config, shell.place.folder, {"watch": {name: dict(table)}})
    return Proposal(table=table, config=config, watch=config.watches[name])


def _table(url: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The [watch.NAME] table that the command line describes."""
    if not urls.absolute("", url):
        raise UsageError(f'"{url}" is no address', hint=_instead(url))
    if options["group"] and not left_open(options):
        raise UsageError("--group takes one of the lists that are found", hint="leave out what names the items")
    table = {key: value for key, value in options.items() if value and key not in ("find_article", "group", "keys")}
    if "wait_for" in table:
        table["browser"] = True
    if options["find_article"]:
        table["article"] = True
    if "kind" not in table and "select" in table:
        table["kind"] = "page"
    return {"url": url, **table}


def key_and_value(said: str) -> tuple[str, Any]:
    """KEY=VALUE as a key of a table; the value as TOML has it, or else as text. Raises UsageError."""
    key, sign, value = said.partition("=")
    if not sign:
        raise UsageError(f'"{said}" is no KEY=VALUE', hint="write --with item=.release")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value.strip()


def _instead(given: str) -> str:
    try:
        is_file = given.startswith("file:") or Path(given).is_file()
    except OSError:
        is_file = False
    return f"a file can only be looked into: {in_file(given)}" if is_file else "write it whole, with https://"


def in_file(given: str) -> str:
    """The command that shows what is in a file, which is given by its name or as a file: address."""
    path = unquote(urlsplit(given).path) if given.startswith("file:") else given
    return f"watcher preview {shlex.quote(path)}"


def named(url: str, taken: Container[str]) -> str:
    """A name made of an address: its host's own part and the last part of its path that says something."""
    host = urls.host_of(url).partition(":")[0].split(".")
    own = host[-3:-1] if len(host) > 2 and host[-2] in _SHARED else host[-2:-1]
    parts = map(urls.last_part, reversed(re.findall("/[^/]+", urlsplit(url).path)))
    silent = _SILENT_AT_FORGES if ".".join(host[-2:]) in _FORGES else _SILENT
    last = next((part for part in parts if not silent.fullmatch(part)), "")
    words = slug(f"{own[0] if own and not host[-1].isdigit() else '-'.join(host)}-{last}")
    name = re.sub("[^a-z0-9]+", "-", words)[:60].strip("-") or "watch"
    names = chain([name], (f"{name}-{n}" for n in count(2)))
    return next(each for each in names if each not in taken and each not in RESERVED)
