"""Commands for the keeper of a home: status, rebuild, config."""

from __future__ import annotations

import click

from watcher import config as configuration
from watcher.cli.shell import Shell, pass_shell, table
from watcher.cli.watches import when


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_shell
@click.pass_context
def status(ctx: click.Context, shell: Shell, as_json: bool) -> None:
    """One screen: queue, failing watches. Exit 1 when something is wrong."""
    app = shell.app
    known = [each for each in app.store.all_known() if each.name in app.config.watches]
    ill = [each for each in known if each.health not in ("ok", "paused")]
    waiting = app.store.outbox()
    failed = [row for row in waiting if row.dead or row.attempts]
    held = {name: len(app.store.held(name)) for name in app.config.watches}
    if as_json:
        shell.document(
            {
                "watches": len(app.config.watches),
                "failing": [{"watch": k.name, "health": k.health, "error": k.error} for k in ill],
                "held": {name: count for name, count in held.items() if count},
                "outbox": {"waiting": len(waiting) - len(failed), "failed": len(failed)},
            }
        )
    else:
        shell.say(f"{len(app.config.watches)} watches, {len(ill)} failing")
        for row in table([(f"  {k.name}", k.health, f"since {when(k.since)}", k.error) for k in ill]):
            shell.say(row)
        for name, count in held.items():
            if count:
                shell.say(f"  {name}  {count} items held: watcher accept {name}")
        shell.say(
            f"{len(waiting)} deliveries wait, {len(failed)} of them failed" if waiting else "nothing waits to be sent"
        )
    ctx.exit(1 if ill or failed else 0)


@click.command()
@pass_shell
def rebuild(shell: Shell) -> None:
    """A new database from the records that are there: known from now on, and nobody is told."""
    shell.say(f"{shell.app.rebuild()} records are known again; the next check is quiet about them")


@click.group()
def config() -> None:
    """The configuration: check | path | schema."""


@config.command("check")
@pass_shell
def check_config(shell: Shell) -> None:
    """Say what is wrong with watcher.toml, or that nothing is."""
    loaded = shell.app.config
    shell.say(f"{loaded.path}: {len(loaded.watches)} watches, {len(loaded.alerts)} alert targets, no fault")


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
