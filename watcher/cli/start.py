"""The first commands: init, preview."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import click

from watcher import files, urls
from watcher import home as homes
from watcher.cli.look import NOWHERE, Look, look, look_into, page_of
from watcher.cli.proposal import Proposal, described, in_file, propose
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.shown import others, shown
from watcher.cli.toml import NEW_HOME
from watcher.errors import UsageError
from watcher.model import Item


@click.command()
@pass_shell
def init(shell: Shell) -> None:
    """Make a home here, in --home or beside --config: a commented watcher.toml, state/ and feeds/."""
    here = None if shell.config or os.environ.get("WATCHER_HOME") else Path.cwd()
    home = homes.find(shell.home or here, shell.config, os.environ, Path.cwd())
    if home.config.exists():
        raise UsageError(f"{shell.near(home.config)} is there already", hint="watcher add URL adds a watch to it")
    files.replace(home.config, NEW_HOME.encode())
    home.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.feeds.mkdir(parents=True, exist_ok=True)
    shell.done(f"A home in {home.folder}: {shell.near(home.config)}, state/, feeds/")
    shell.done("Next: watcher add URL")


@click.command()
@click.argument("url", metavar="URL|FILE|W")
@described
@click.option("--base-url", metavar="URL", help="The address that a FILE stands for.")
@click.option("--json", "as_json", is_flag=True, help="Print a list: link, title, date, summary.")
@pass_shell
def preview(shell: Shell, /, url: str, base_url: str | None, as_json: bool, **options: Any) -> None:
    """Show the items or text that would be extracted; saves nothing. A FILE is judged by what is in it."""
    is_file = not urls.absolute("", url) and stat.S_ISREG(_mode(url))
    if base_url and not is_file:
        raise UsageError("--base-url is for a file: an address stands for itself", hint=f'there is no file "{url}"')
    found = _of_file(shell, Path(url), base_url, options) if is_file else _of_page(shell, url, options)
    if as_json:
        shell.document([_as_json(item) for item in found.items])
        return
    for row in (*shown(found), *others(found)):
        shell.say(row)


def _of_file(shell: Shell, file: Path, base_url: str | None, options: dict[str, Any]) -> Look:
    page = page_of(file, base_url)
    found = look_into(shell, propose(shell, page.url, options, name="page"), options, page)
    if page.url == NOWHERE:
        shell.note(f"{file} does not say where it comes from; its links are shown below {NOWHERE} (see --base-url)")
    return found


def _of_page(shell: Shell, url: str, options: dict[str, Any]) -> Look:
    """What the watch of that name or address finds; of one that is described, or in no file, what it would find."""
    is_address = bool(urls.absolute("", url))
    if not any(options.values()) and (not is_address or shell.place.config.exists()):
        try:
            watch = shell.watch(url)
        except UsageError as error:
            if not is_address:
                raise _no_file(url) or error from None
        else:
            return look(shell, Proposal(table={}, config=shell.app.config, watch=watch), {})
    if not is_address and (problem := _no_file(url)):
        raise problem
    proposal = propose(shell, url, options)
    shell.app.config = proposal.config
    return look(shell, proposal, options)


def _no_file(name: str) -> UsageError | None:
    """What is wrong with what may be the name of a file: no watch has a slash or a dot in its name."""
    mode, path = _mode(name), Path(name)
    if name.startswith("file:"):
        return UsageError(f'"{name}" is no web address', hint=f"give the file by its name: {in_file(name)}")
    if stat.S_ISDIR(mode):
        return UsageError(f"{name} is a directory", hint="give one file in it, a saved page")
    if mode:
        return UsageError(f"{name} is no regular file", hint="save the page into a file first")
    if "/" in name or path.suffix:
        return UsageError(f"no such file: {name}", hint="an address is written whole, with https://")
    return None


def _mode(name: str) -> int:
    """What kind of file that is; 0 where there is none."""
    try:
        return Path(name).stat().st_mode
    except (OSError, ValueError):
        return 0


def _as_json(item: Item) -> dict[str, Any]:
    said = {
        "link": item.link,
        "title": item.title,
        "date": item.published.isoformat() if item.published else None,
        "summary": item.summary,
    }
    return {**said, "body": item.body} if item.body else said
