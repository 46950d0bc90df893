"""The command line. Modules are loaded when their command is called, so that help is there at once."""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from watcher import __version__
from watcher.cli.shell import Shell
from watcher.errors import ConfigError, WatcherError

#: Every command: its section, its module, and what it does.
COMMANDS = {
    "init": ("Start", "start", "Make a home here"),
    "add": ("Start", "start", "Watch a page: show its items, save it"),
    "preview": ("Start", "start", "Show the items or text that would be extracted; saves nothing"),
    "demo": ("Start", "demo", "Run the whole job on the bundled press office"),
    "list": ("Watch", "watches", "All watches with state, last check, last new item"),
    "show": ("Watch", "watches", "One watch: settings in force, health, last checks, its feed"),
    "check": ("Watch", "check", "Check now, once, and deliver"),
    "run": ("Watch", "run", "Keep checking; serve the feeds"),
    "accept": ("Watch", "watches", "Publish a held batch (--as-known: swallow it)"),
    "pause": ("Watch", "watches", "Stop looking at a watch"),
    "resume": ("Watch", "watches", "Look at it again"),
    "rm": ("Watch", "watches", "Remove a watch (records are kept; --purge deletes them)"),
    "items": ("Read", "read", "Newest items"),
    "diff": ("Read", "read", "What changed last"),
    "feeds": ("Deliver", "feeds", "Feed addresses, entry counts, last change"),
    "build": ("Deliver", "feeds", "Write every record and feed again from what is stored"),
    "test": ("Deliver", "outbox", "Send a sample alert of the real layout to an alert target"),
    "outbox": ("Deliver", "outbox", "Deliveries waiting or failed (retry ID|all, drop ID)"),
    "status": ("Keep", "keep", "One screen: queue, failing watches (exit 1 when something is wrong)"),
    "rebuild": ("Keep", "keep", "A new database from the records; nobody is told"),
    "config": ("Keep", "keep", "check | path | schema"),
}

#: Where several apply, the first of these is the exit code.
WORST_FIRST = (75, 4, 2, 1, 3, 10)


class Commands(click.Group):
    """The commands in their sections."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = import_module(f"watcher.cli.{COMMANDS[name][1]}")
        command: click.Command = getattr(module, name if name != "list" else "list_")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section in dict.fromkeys(section for section, _, _ in COMMANDS.values()):
            with formatter.section(section):
                formatter.write_dl([(name, words) for name, (of, _, words) in COMMANDS.items() if of == section])
        formatter.write_text("W is a watch's name, a unique prefix of it, or its URL.")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The folder with state/ and feeds/.")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="A watcher.toml that lies elsewhere.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong.")
@click.option("-v", "--verbose", count=True, help="Say more; -vv shows tracebacks.")
@click.version_option(__version__, prog_name="watcher")
@click.pass_context
def cli(ctx: click.Context, home: Path | None, config: Path | None, quiet: bool, verbose: int) -> None:
    """Turn release pages into records, Atom feeds and alerts."""
    levels = [logging.ERROR if quiet else logging.WARNING, logging.INFO, logging.DEBUG]
    logging.basicConfig(level=levels[min(verbose, 2)], format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING if verbose < 2 else logging.DEBUG)
    ctx.obj = ctx.with_resource(Shell(home=home, config=config, quiet=quiet, verbose=verbose))


def main(args: list[str] | None = None) -> None:
    """Run a command line, and exit as it went."""
    try:
        code = cli.main(args, prog_name="watcher", standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except WatcherError as error:
        complain(error)
        if "-vv" in (args or sys.argv):
            raise
        code = error.exit_code
    except BrokenPipeError:  # whoever read us has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code or 0)


def complain(error: WatcherError) -> None:
    """An error as people read it: what, where, what now."""
    faults: list[Any] = list(error.faults) if isinstance(error, ConfigError) else [error]
    for fault in faults:
        click.echo(f"error: {fault}", err=True)
        if fault.hint:
            click.echo(f"       {fault.hint}", err=True)
