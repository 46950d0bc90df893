"""Commands about feeds: feeds, build."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from watcher import files, times
from watcher.app import App
from watcher.cli.running import served
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.words import counted, table, when
from watcher.errors import RecordError
from watcher.model import Watch
from watcher.publish import Shelf, outline


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list: watch, title, url, file, entries, changed_at.")
@click.option("--opml", "as_opml", is_flag=True, help="Print the OPML file that a feed reader imports.")
@pass_shell
def feeds(shell: Shell, as_json: bool, as_opml: bool) -> None:
    """Feed addresses, entry counts, last change. Below `base_url`; without one where a running watcher serves them."""
    app = shell.app
    shelf = app.shelf if app.shelf.base_url else replace(app.shelf, base_url=served(app))
    if as_opml:
        shell.say(outline(app.config.watches.values(), shelf).decode().rstrip())
        return
    listed = list(_listed(app, shelf))
    if as_json:
        shell.document([each.as_json() for each in listed])
        return
    for row in table([each.row(shell) for each in listed]):
        shell.say(row)
    if not app.config.watches:
        shell.note("no watches yet; watcher add URL makes the first")
    elif (index := app.home.feeds / "index.html").exists():
        shell.note(
            f"{shell.near(index)} lists them for people; watcher feeds --opml prints them for a reader to import"
        )


@click.command()
@pass_shell
@click.pass_context
def build(ctx: click.Context, shell: Shell) -> None:
    """Write every record and feed again from what is stored. What is right already is not touched."""
    app, problems = shell.app, 0
    with app.locked():
        for watch in app.config.watches.values():
            done = app.publish(watch, afresh=True)
            problems += len(done.problems)
            state = "written" if done.feed_changed else "unchanged"
            shell.done(f"{watch.name}  feed {state}, {counted(len(done.written), 'record')} written")
            for problem in done.problems:
                shell.problem(problem, problem.hint)
        app.write_site(afresh=True)
    ctx.exit(1 if problems else 0)


def entries(feed: Path) -> int:
    """How many entries a feed has; 0 where it is not written yet."""
    with suppress(RecordError):  # it is no file
        return (files.read(feed) or b"").count(b"<entry>")
    return 0


@dataclass(frozen=True, slots=True)
class _Feed:
    """A feed that is to be had: of a watch, or, without one, over all of them."""

    name: str
    title: str
    url: str
    file: Path
    watch: Watch | None = None

    def row(self, shell: Shell) -> tuple[str, ...]:
        changed = when(_changed(self.file)) if self.file.exists() else "not written yet"
        return self.name, counted(entries(self.file), "entry", "entries"), changed, self.url or shell.near(self.file)

    def as_json(self) -> dict[str, Any]:
        return {
            "watch": self.watch.name if self.watch else None,
            "title": self.title,
            "url": self.url,
            "file": str(self.file),
            "entries": entries(self.file),
            "changed_at": times.rfc3339(_changed(self.file)) if self.file.exists() else None,
        }


def _listed(app: App, shelf: Shelf) -> Iterator[_Feed]:
    """Those of the watches, and those over all of them that are written."""
    for watch in app.config.watches.values():
        path = shelf.path(watch)
        yield _Feed(watch.name, watch.title, shelf.address(path), shelf.folder / f"{path}.xml", watch)
    tags = sorted(f"tag/{file.stem}" for file in (shelf.folder / "tag").glob("*.xml"))
    for path in ("all", *tags, "health"):
        if (file := shelf.folder / f"{path}.xml").exists():
            yield _Feed(path, path, shelf.address(path), file)


def _changed(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
