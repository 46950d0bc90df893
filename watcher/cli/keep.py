"""Commands for the keeper of a home: rebuild, config."""

from __future__ import annotations

import click

from watcher import config as configuration
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.words import counted


@click.command()
@click.option("--from-records", is_flag=True, expose_value=False, help="There is no other way: it may be left out.")
@pass_shell
def rebuild(shell: Shell) -> None:
    """A new database from the records that are there: known from now on, and nobody is told."""
    known = counted(shell.app.rebuild(), "record")
    shell.done(f"{known} known again, and nobody is told of them; what was published since is news at the next check")


@click.group()
def config() -> None:
    """The configuration: path | check | schema | reference."""


@config.command("check")
@pass_shell
def check_config(shell: Shell) -> None:
    """Say what is wrong with watcher.toml, or that nothing is."""
    loaded = shell.app.config
    watches, alerts = counted(len(loaded.watches), "watch", "watches"), counted(len(loaded.alerts), "alert target")
    for name in loaded.idle:
        shell.note(f'no watch names [alert.{name}], and nobody is told by it: alerts = ["{name}"] in a [watch.NAME]')
    shell.done(f"{shell.near(loaded.path)}: {watches}, {alerts}, no fault")


@config.command()
@pass_shell
def path(shell: Shell) -> None:
    """Where the configuration in force lies."""
    shell.say(str(shell.place.config))


@config.command("schema")
@pass_shell
def print_schema(shell: Shell) -> None:
    """A JSON Schema of watcher.toml, for editors."""
    shell.document(configuration.schema())


@config.command("reference")
@pass_shell
def print_reference(shell: Shell) -> None:
    """Every key of watcher.toml, as Markdown."""
    from watcher.cli.reference import reference  # it loads every kind there is

    shell.say(reference().rstrip())
