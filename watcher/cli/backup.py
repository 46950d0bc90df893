"""Commands that keep a home safe: backup, restore."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from watcher import files
from watcher.backup import Restored, Saved
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.words import counted
from watcher.errors import UsageError


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@pass_shell
def backup(shell: Shell, file: Path) -> None:
    """Write database, records, configuration and secret into one file, which only you can read; "-" writes it to
    standard output. A watcher that runs is not held up."""
    if str(file) == "-":
        if sys.stdout.isatty():
            raise UsageError(
                "a backup is nothing for a terminal", hint="watcher backup FILE, or lead it elsewhere: | ssh …"
            )
        saved, where = shell.app.backup(sys.stdout.buffer), "standard output"
        sys.stdout.buffer.flush()
    else:
        if file.is_dir():
            raise UsageError(f"{file} is a folder", hint=f"watcher backup {file / 'watcher.tar.gz'}")
        if not file.absolute().parent.is_dir():
            raise UsageError(f"there is no folder {file.parent}", hint="make it, or mount what it is on")
        with files.writing(file.absolute()) as out:
            saved = shell.app.backup(out)
        where = f"{file}, {file.stat().st_size / 1000:,.0f} kB"
    _tell_saved(shell, saved, where)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--force", is_flag=True, help="Where the home holds a state already: move that aside first.")
@pass_shell
def restore(shell: Shell, file: Path, force: bool) -> None:
    """Make a home again of its backup, once the whole of it is found to be good. Nothing is deleted."""
    _named(shell, file)
    done = shell.app.restore(file.absolute(), force=force)
    shell.done(f"Restored {shell.place.folder} as it was at {done.created_at}: {counted(done.records, 'record')}.")
    for line in _remarks(shell, done):
        shell.done(f"  {line}")
    shell.done("Next: watcher check (it writes the feeds again), or watcher run")


def _named(shell: Shell, file: Path) -> None:
    """A home that nobody named, and that is not there, is hardly meant: it would be made out of sight."""
    place = shell.place
    if not shell.is_named and not any(each.exists() for each in (place.config, place.database, place.restoring)):
        hint = f"say where it is to be: watcher --home DIR restore {file} (--home . makes it here)"
        raise UsageError("there is no home here or above, so nothing was restored", hint=hint)


def _tell_saved(shell: Shell, saved: Saved, where: str) -> None:
    shell.note(f"Saved {counted(saved.watches, 'watch', 'watches')} with {counted(saved.records, 'record')}: {where}")
    if not saved.database:
        shell.note("The database is on a server and not in it: pg_dump saves that; do it before, not after")


def _remarks(shell: Shell, done: Restored) -> list[str]:
    """What its owner has to know, and may have to do."""
    remarks = []
    if done.aside:
        remarks.append(f"What was there before is in {shell.near(done.aside)}; remove it when you need it no more.")
    if done.kept:
        remarks.append(f"{counted(done.kept, 'other record')} stayed: what the backup does not know is told to nobody.")
    if done.held_back:
        rows = counted(done.held_back, "delivery waited then and may", "deliveries waited then and may")
        remarks.append(f"{rows} have been sent since: see watcher outbox, then retry all, or drop ID.")
    for name in done.homeless:
        remarks.append(f"The configuration has no folder for the records of {name}: they are in {done.aside}.")
    if not done.database:
        remarks.append("The backup holds no database: put the server's back, or make one: watcher rebuild.")
    return remarks
