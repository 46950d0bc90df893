"""The first commands: init, add, preview."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import click

from watcher import __version__, files, sources, times, urls
from watcher.app import now
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.toml import NEW_HOME, with_watch
from watcher.config import Common
from watcher.document import Document
from watcher.errors import UsageError
from watcher.fetch import Fetcher
from watcher.home import Home
from watcher.match import distinct
from watcher.model import Failed, Item
from watcher.text import shorten, slug


@click.command()
@pass_shell
def init(shell: Shell) -> None:
    """Make a home here, or in --home: a commented watcher.toml, state/ and feeds/."""
    home = shell.place if shell.home else _here(shell)
    if home.config.exists():
        raise UsageError(f"{home.config} is there already", hint="watcher add URL adds a watch to it")
    files.replace(home.config, NEW_HOME.encode())
    home.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.feeds.mkdir(parents=True, exist_ok=True)
    shell.say(f"A home in {home.folder}: watcher.toml, state/, feeds/")
    shell.say("Next: watcher add URL")


def _selectors(command: Any) -> Any:
    for option in (
        click.option("--article", help="CSS: the part of each item's page to keep as its body."),
        click.option("--find-article", is_flag=True, help="The same, but the part is found."),
        click.option("--summary", help="CSS: a text beside the title."),
        click.option("--date", help="CSS: the item's date (default: time)."),
        click.option("--link", help="CSS: the item's link (default: the one around or in the title)."),
        click.option("--title", help="CSS: the item's title (default: a)."),
        click.option("--item", help="CSS: each match is one item."),
        click.option("--select", help="CSS: the part of a page whose text counts (kind page)."),
        click.option("--kind", type=click.Choice(sources.kinds()), help="What the page is."),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("url")
@_selectors
@click.option("--name", help="The watch's name; left out: made of the address.")
@click.option("--alert", "alerts", multiple=True, help="An alert target to tell; may be given more than once.")
@pass_shell
@click.pass_context
def add(
    ctx: click.Context, shell: Shell, /, url: str, name: str | None, alerts: tuple[str, ...], **options: Any
) -> None:
    """Watch a page: look at it, show its items, save it. The first look is quiet."""
    home = shell.place if shell.place.config.exists() else _here(shell)
    text = home.config.read_text("utf-8") if home.config.exists() else NEW_HOME
    table = _table(url, options) | ({"alerts": list(alerts)} if alerts else {})
    shell = Shell(home=home.folder, config=home.config, quiet=shell.quiet)
    taken = shell.app.config.watches if home.config.exists() else {}
    name = name or _name(url, taken)
    if name in taken:
        raise UsageError(f'there is a watch "{name}" already', hint="choose another with --name")
    _show(shell, _fetched(shell, url, table))
    files.replace(home.config, with_watch(text, name, table).encode())
    with Shell(home=home.folder, config=home.config, quiet=shell.quiet) as fresh:
        ctx.exit(_baseline(fresh, name))


@click.command()
@click.argument("url", metavar="URL|W")
@_selectors
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list of link, title and date.")
@pass_shell
def preview(shell: Shell, /, url: str, as_json: bool, **options: Any) -> None:
    """Show the items or text that would be extracted; saves nothing."""
    if urls.absolute("", url):
        items = _fetched(shell, url, _table(url, options))
    else:
        watch = shell.watch(url)
        items = _find(watch.kind, watch.options)
    if as_json:
        shell.document([{"link": item.link, "title": item.title, "date": _date(item)} for item in items])
    elif len(items) == 1 and items[0].body:
        shell.say(items[0].body)
    else:
        _show(shell, items, len(items))


def _here(shell: Shell) -> Home:
    folder = (shell.home or Path.cwd()).absolute()
    return Home(folder=folder, config=(shell.config or folder / "watcher.toml").absolute())


def _table(url: str, options: dict[str, Any]) -> dict[str, Any]:
    """The [watch.NAME] table that the command line describes."""
    if not urls.absolute("", url):
        raise UsageError(f'"{url}" is no address', hint="write it whole, with https://")
    table = {key: value for key, value in options.items() if value and key != "find_article"}
    if options["find_article"]:
        table["article"] = True
    if "kind" not in table and "select" in table:
        table["kind"] = "page"
    if table.get("kind", "list") == "list" and "item" not in table:
        raise UsageError(
            "which part of the page is one item?",
            hint="say it with --item 'CSS', or watch the page's text with --kind page",
        )
    return {"url": url, **table}


def _name(url: str, taken: Container[str]) -> str:
    """A name made of an address: its host's own part and the last part of its path."""
    host = urls.host_of(url).partition(":")[0].split(".")
    own = host[-2] if len(host) > 1 and not host[-1].isdigit() else "-".join(host)
    name = slug(f"{own}-{urls.last_part(url)}").replace(".", "-")[:60].strip("-") or "watch"
    return next(each for each in (name, *(f"{name}-{n}" for n in count(2))) if each not in taken)


def _fetched(shell: Shell, url: str, table: dict[str, Any]) -> list[Item]:
    """The items of a page that is not watched yet."""
    document = Document()
    kind = table.get("kind", "list")
    options = document.validate(
        sources.load(kind).Options, {k: v for k, v in table.items() if k not in Common.model_fields}, ()
    )
    document.check()
    shell.note(f"Looking at {url} ...")
    return _find(kind, options)


def _find(kind: str, options: Any) -> list[Item]:
    with Fetcher(user_agent=f"watcher/{__version__}", clock=now) as fetcher:
        return distinct(sources.load(kind).find(options, lambda request: fetcher.get(replace(request, trusted=True))))


def _show(shell: Shell, items: Sequence[Item], most: int = 5) -> None:
    dated = sum(item.published is not None for item in items)
    dates = "yes" if dated == len(items) else "no" if not dated else f"{dated} of {len(items)}"
    shell.say(f"Found {len(items)} item{'s' * (len(items) != 1)} (dates: {dates}).")
    for n, item in enumerate(items[:most], start=1):
        shell.say(f"{n:4}  {_date(item):10}  {shorten(item.title, 80)}")
    if len(items) > most:
        shell.say(f"      … {len(items) - most} more (watcher preview shows all)")


def _date(item: Item) -> str:
    return times.day(item.published).isoformat() if item.published else ""


def _baseline(shell: Shell, name: str) -> int:
    """The first look: records and feed are filled."""
    app = shell.app
    watch = app.config.watches[name]
    with app.locked():
        swept = app.check(watch)
    if isinstance(swept.checked.outcome, Failed):
        shell.note(f"error: {swept.checked.outcome.error}")
        return 1
    shell.say(f'Added as "{name}", checked every {times.spoken(watch.every)}.')
    shell.say(f"  Config   {app.home.config}")
    shell.say(f"  Feed     {app.home.feeds / f'{name}.xml'}   (ready to subscribe)")
    shell.say(f"  Records  {watch.folder}/   ({len(swept.published.written)} Markdown files)")
    shell.say("Next: watcher run    keep watching, and serve the feeds")
    return 1 if swept.published.problems else 0
