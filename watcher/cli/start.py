"""The first commands: init, preview."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from watcher import files, urls
from watcher.cli.proposal import described, look, propose, shown
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.toml import NEW_HOME
from watcher.errors import UsageError
from watcher.home import Home
from watcher.model import Item, Watch


@click.command()
@pass_shell
def init(shell: Shell) -> None:
    """Make a home here, or in --home: a commented watcher.toml, state/ and feeds/."""
    folder = (shell.home or Path(os.environ.get("WATCHER_HOME") or Path.cwd())).absolute()
    home = Home(folder=folder, config=(shell.config or folder / "watcher.toml").absolute())
    if home.config.exists():
        raise UsageError(f"{shell.near(home.config)} is there already", hint="watcher add URL adds a watch to it")
    files.replace(home.config, NEW_HOME.encode())
    home.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.feeds.mkdir(parents=True, exist_ok=True)
    shell.done(f"A home in {folder}: {shell.near(home.config)}, state/, feeds/")
    shell.done("Next: watcher add URL")


@click.command()
@click.argument("url", metavar="URL|W")
@described
@click.option("--json", "as_json", is_flag=True, help="Print a list: title, link, published, summary, body.")
@pass_shell
def preview(shell: Shell, /, url: str, as_json: bool, **options: Any) -> None:
    """Show the items or text that would be extracted; saves nothing."""
    items = look(shell, _watch(shell, url, options)).items
    if as_json:
        shell.document([_as_json(item) for item in items])
        return
    for row in shown(items):
        shell.say(row)


def _watch(shell: Shell, url: str, options: dict[str, Any]) -> Watch:
    """The watch of that name or address; described on the command line, the one that it would be."""
    is_address = bool(urls.absolute("", url))
    if not any(options.values()) and (not is_address or shell.place.config.exists()):
        try:
            return shell.watch(url)
        except UsageError:
            if not is_address:
                raise
    proposal = propose(shell, url, options)
    shell.app.config = proposal.config
    return proposal.watch


def _as_json(item: Item) -> dict[str, Any]:
    return {
        "title": item.title,
        "link": item.link,
        "published": item.published.isoformat() if item.published else None,
        "summary": item.summary,
        "body": item.body,
    }
