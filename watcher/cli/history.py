"""watcher history: the checks of a watch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from watcher import times
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.words import exactly, table
from watcher.store import Check


@click.command()
@click.argument("name", metavar="W")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many at most.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print a list of checks: started_at, took_ms, outcome, status, found, new, edited, held, known, error.",
)
@pass_shell
def history(shell: Shell, name: str, limit: int, as_json: bool) -> None:
    """All checks of a watch that are kept, newest first: when, how it ended, what it found, how long it took."""
    watch = shell.watch(name)
    checks = shell.app.store.checks(watch.name, limit)
    if as_json:
        shell.document([check_as_json(each) for each in checks])
        return
    for row in table([_row(each) for each in checks]):
        shell.say(row)
    if not checks:
        shell.note(f"{watch.name} was not checked yet; watcher check {watch.name} does it")


def counts(check: Check) -> str:
    """What it found, in words."""
    untold = {"held": check.held, "known from now on": check.known}
    said = [f"{check.found} found", f"{check.new} new", f"{check.edited} edited"]
    return ", ".join(said + [f"{number} {word}" for word, number in untold.items() if number])


def check_as_json(check: Check) -> dict[str, Any]:
    return {
        "started_at": times.rfc3339(check.started_at),
        "took_ms": round(check.took / timedelta(milliseconds=1)),
        "outcome": check.outcome,
        "status": check.status,
        "found": check.found,
        "new": check.new,
        "edited": check.edited,
        "held": check.held,
        "known": check.known,
        "error": check.error,
    }


def _row(check: Check) -> tuple[str, ...]:
    status = str(check.status) if check.status else "-"
    took = f"{check.took.total_seconds():.2f} s"
    return exactly(check.started_at), check.outcome, status, took, check.error or counts(check)
