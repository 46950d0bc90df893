"""Commands about feeds: feeds, build."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from watcher import times
from watcher.app import App
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.words import counted, table, when
from watcher.model import Watch


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list: watch, title, url, file, entries, changed_at.")
@pass_shell
def feeds(shell: Shell, as_json: bool) -> None:
    """Feed addresses, entry counts, last change."""
    watches = shell.app.config.watches.values()
    if as_json:
        shell.document([_as_json(shell.app, watch) for watch in watches])
        return
    for row in table([_row(shell, watch) for watch in watches]):
        shell.say(row)
    if not watches:
        shell.note("no watches yet; watcher add URL makes the first")


@click.command()
@pass_shell
@click.pass_context
def build(ctx: click.Context, shell: Shell) -> None:
    """Write every record and feed again from what is stored. What is right already is not touched."""
    app, problems = shell.app, 0
    with app.locked():
        for watch in app.config.watches.values():
            done = app.publish(watch)
            problems += len(done.problems)
            state = "written" if done.feed_changed else "unchanged"
            shell.done(f"{watch.name}  feed {state}, {counted(len(done.written), 'record')} written")
            for problem in done.problems:
                shell.problem(problem, problem.hint)
    ctx.exit(1 if problems else 0)


def entries(feed: Path) -> int:
    """How many entries a feed has; 0 where it is not written yet."""
    return feed.read_bytes().count(b"<entry>") if feed.exists() else 0


def _row(shell: Shell, watch: Watch) -> tuple[str, ...]:
    file = _file(shell.app, watch)
    changed = when(_changed(file)) if file.exists() else "not written yet"
    return watch.name, counted(entries(file), "entry", "entries"), changed, _url(shell.app, watch) or shell.near(file)


def _as_json(app: App, watch: Watch) -> dict[str, Any]:
    file = _file(app, watch)
    return {
        "watch": watch.name,
        "title": watch.title,
        "url": _url(app, watch),
        "file": str(file),
        "entries": entries(file),
        "changed_at": times.rfc3339(_changed(file)) if file.exists() else None,
    }


def _file(app: App, watch: Watch) -> Path:
    return app.home.feeds / f"{watch.name}.xml"


def _url(app: App, watch: Watch) -> str:
    """Where subscribers find it, "" where there is no base_url."""
    base = app.config.settings.base_url
    return f"{base.rstrip('/')}/feeds/{watch.name}.xml" if base else ""


def _changed(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
