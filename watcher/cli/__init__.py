"""The command line. Modules are loaded when their command is called, so that help is there at once."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

import click

from watcher import __version__
from watcher.cli import log
from watcher.cli.shell import Shell, complain
from watcher.errors import ConfigError, WatcherError

#: Every command: its section, its module, its arguments, and what it does.
COMMANDS = {
    "init": ("Start", "start", "", "Make a home here"),
    "add": ("Start", "add", "URL", "Watch a page: find out what it is, show its items, save it (--repair W)"),
    "preview": ("Start", "start", "URL|FILE|W", "Show the items or text that would be extracted; saves nothing"),
    "demo": ("Start", "demo", "", "Run the whole job on the bundled press office"),
    "list": ("Watch", "watches", "", "All watches with state, last check, last new item"),
    "show": ("Watch", "watches", "W", "One watch: settings in force, health, last checks, its feed"),
    "check": ("Watch", "check", "[W...]", "Check now, once, and deliver (--due, --dry-run, --exit-code)"),
    "run": ("Watch", "run", "", "Keep checking; serve the feeds"),
    "accept": ("Watch", "accept", "W [ITEM...]", "Publish a held batch (--as-known: swallow it)"),
    "pause": ("Watch", "watches", "W", "Stop looking at a watch"),
    "resume": ("Watch", "watches", "W", "Look at it again"),
    "rm": ("Watch", "remove", "W", "Remove a watch (records are kept; --purge deletes them)"),
    "items": ("Read", "read", "[W]", "Newest items (--since 7d, --search TEXT)"),
    "diff": ("Read", "diff", "W [ITEM]", "What changed last (--word, --revision N)"),
    "explain": ("Read", "explain", "W ITEM", "Why this item was, or was not, judged new"),
    "history": ("Read", "history", "W", "All checks of a watch"),
    "replay": (
        "Read",
        "replay",
        "W",
        "Run the rule, or another (--with KEY=VALUE), over the stored pages",
    ),
    "feeds": ("Deliver", "feeds", "", "Feed addresses, entry counts, last change"),
    "build": ("Deliver", "feeds", "", "Write every record and feed again from what is stored"),
    "test": ("Deliver", "outbox", "TARGET", "Send a sample alert of the real layout to an alert target"),
    "mute": ("Deliver", "mute", "W [RECIPIENT]", "Who hears nothing of a watch; one more, or (--off) one less"),
    "email": ("Deliver", "email", "setup", "Set the mail server up and send a test mail"),
    "outbox": ("Deliver", "outbox", "", "Deliveries waiting or failed (retry ID|all, drop ID)"),
    "status": ("Keep", "status", "", "One screen: service, queue, failing watches (exit 1 when something is wrong)"),
    "backup": ("Keep", "backup", "FILE", "All of the home that cannot be made again, as one file; while it runs"),
    "restore": ("Keep", "backup", "FILE", "A home made again of its backup (--force moves aside what is there)"),
    "rebuild": ("Keep", "keep", "", "A new database from the records, where it is lost; nobody is told"),
    "doctor": ("Keep", "doctor", "", "Check configuration, network, clock, disk, mail, permissions; say what to do"),
    "service": ("Keep", "service", "", "install | uninstall | status (systemd; --user, --timer, --dry-run)"),
    "config": ("Keep", "keep", "", "path | check | schema | reference"),
}


class Commands(click.Group):
    """The commands in their sections."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            if ctx.resilient_parsing:  # a shell that completes the line
                return None
            near = get_close_matches(name, COMMANDS, n=1)
            ctx.fail(f'no command "{name}"' + (f"; did you mean {near[0]}?" if near else ""))
        module = import_module(f"watcher.cli.{COMMANDS[name][1]}")
        command: click.Command = getattr(module, name if name != "list" else "list_")
        return command

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage("watcher", "[--home DIR] [--config FILE] [-q|-v] COMMAND")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section in dict.fromkeys(section for section, *_ in COMMANDS.values()):
            with formatter.section(section):
                rows = [(f"{name} {args}", words) for name, (of, _, args, words) in COMMANDS.items() if of == section]
                formatter.write_dl(rows)
        formatter.write_paragraph()
        formatter.write_text("W is a watch's name, a unique prefix of it, or its URL.")

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # whoever read us has seen enough; click would call it a failure
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--home", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="The folder with state/ and feeds/."
)
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Another watcher.toml; its folder is the home, unless --home says where that is.",
)
@click.option("-q", "--quiet", is_flag=True, help="Say only what was asked for, and what went wrong.")
@click.option("-v", "--verbose", count=True, help="Say more; -vv shows tracebacks.")
@click.version_option(__version__, prog_name="watcher", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, home: Path | None, config: Path | None, quiet: bool, verbose: int) -> None:
    """Turn release pages into records, Atom feeds and alerts."""
    log.configure(quiet=quiet, verbose=verbose)
    ctx.obj = ctx.with_resource(Shell(home=home, config=config, quiet=quiet))


def main(args: list[str] | None = None) -> None:
    """Run a command line, and exit as it went. SIGTERM ends it as Ctrl-C does: what it has started ends as well."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(_run(args))


def _run(args: list[str] | None) -> int:
    try:
        return int(cli.main(args, prog_name="watcher", standalone_mode=False) or 0)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return 130
    except click.ClickException as error:
        _misused(error)
        return error.exit_code
    except Exception as error:
        if log.tracebacks():
            traceback.print_exc()
        return _failed(error)


def _misused(error: click.ClickException) -> None:
    """Say in our own form what cannot be understood of a command line."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return
    words = error.format_message().rstrip(".")
    ctx = getattr(error, "ctx", None)
    hint = f"{ctx.command_path} --help shows what there is" if ctx else ""
    if isinstance(error, click.NoSuchOption) and ctx and any(error.option_name in p.opts for p in cli.params):
        hint = f"it goes before the command: watcher {error.option_name} … {ctx.info_name}"
    complain(f"{words[:1].lower()}{words[1:]}", hint)


def _failed(error: Exception) -> int:
    """Say what went wrong; the exit code."""
    match error:
        case ConfigError():
            for fault in error.faults:
                complain(fault, fault.hint)
        case WatcherError():
            complain(error, error.hint)
        case OSError():
            complain(f"{f'{error.filename}: ' if error.filename else ''}{(error.strerror or str(error)).lower()}")
        case _:
            complain(f"a fault in watcher: {type(error).__name__}: {error}", "please report it, with what -vv shows")
    return getattr(error, "exit_code", 1)
