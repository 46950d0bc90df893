"""watcher rm: a watch leaves the configuration; what it brought stays."""

from __future__ import annotations

from contextlib import suppress

import click

from watcher.app import App
from watcher.cli import toml
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.words import counted
from watcher.errors import RecordError, WatcherError
from watcher.model import Watch


@click.command()
@click.argument("name", metavar="W")
@click.option("--purge", is_flag=True, help="Delete the records that were written of it and all that is known, too.")
@pass_shell
def rm(shell: Shell, name: str, purge: bool) -> None:
    """Remove a watch from the configuration. Its records are kept, and what is known of it."""
    app, watch = shell.app, shell.watch(name)
    if purge:
        app.store.known(watch.name)  # a store that cannot be used is an error before anything is removed
    # First of all: a running watcher reads it again at its next tick, and must not look once more.
    file = toml.file_of(app.config.path, watch.name)
    toml.save(file, toml.without_watch(toml.read(file), watch.name))
    purged = _purge(app, watch) if purge else 0
    with suppress(WatcherError):  # the watcher that is running, or the next check, strikes it off the lists
        app.reload()
        with app.locked():
            pass
    if purge:
        shell.done(f"{watch.name} is removed, with {counted(purged, 'record')} and all that was known")
    else:
        shell.done(f"{watch.name} is removed; its records stay in {shell.near(watch.folder)}")
    _remove_feed(app, watch)


def _remove_feed(app: App, watch: Watch) -> None:
    """Last, for whatever stands in its way hinders nothing else."""
    try:
        app.shelf.remove(watch.name)
    except RecordError as error:
        hint = "nothing is written there any more: remove by hand what is left of it"
        raise WatcherError(f"its feed is left: {error}", hint=hint) from error


def _purge(app: App, watch: Watch) -> int:
    """Forget the watch and delete what we wrote of it: what was in the folder before us is its owner's."""
    ours = [watch.folder / seen.path for _, seen in app.store.items(watch.name) if seen.written and not seen.adopted]
    there = [path for path in ours if path.is_file()]
    app.store.forget(watch.name)
    for path in there:
        path.unlink(missing_ok=True)
    with suppress(OSError):  # it holds something else
        watch.folder.rmdir()
    return len(there)
