"""watcher status: one screen, and an exit code for whoever watches the watcher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click

from watcher import files, schedule, times
from watcher.app import App
from watcher.cli.running import tick_age
from watcher.cli.shell import Shell, pass_shell, worst
from watcher.cli.words import counted, table, waiting, when
from watcher.errors import Fault
from watcher.model import Standing
from watcher.renamed import renamed
from watcher.store import Queue

#: Where no more watches fail than this, what to do is said with each; `watcher show` always says it.
HINTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    watches: int
    faults: Sequence[Fault]  # of the configuration; where there are some, the watches are those of the last look
    running: int | None  # the pid of the watcher that uses the home, 0 where that is not known
    tick_age: float | None  # seconds since it looked at what is due; None where it cannot be asked
    last: datetime | None
    failing: list[Standing]
    paused: list[str]
    overdue: list[Standing]
    held: dict[str, int]
    awaited: dict[str, int]  # so many items wait for their articles
    queue: Queue
    tried: int  # of what waits, how many were tried and not taken

    @property
    def undelivered(self) -> bool:
        """Whether something was refused for good, or not taken for so long that it is no server's passing mood."""
        return bool(self.queue.failed or (self.tried and self.queue.oldest >= schedule.GRACE))


@click.command()
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one document: watches, faults, running, tick_age_seconds, last_good_check, failing, paused, overdue, "
    "held, awaited, outbox (waiting, tried, failed, oldest_seconds).",
)
@pass_shell
@click.pass_context
def status(ctx: click.Context, shell: Shell, as_json: bool) -> None:
    """One screen: service, queue, failing and overdue watches. Exit 1 when a watch failed, when a delivery was refused
    for good or was not taken for ten minutes, or when a watch was due ten minutes ago and nobody looked; 2 when the
    configuration cannot be used."""
    state = _state(shell)
    for fault in state.faults:
        shell.problem(fault, fault.hint)
    for words in () if state.faults else renamed(shell.app.config.watches, shell.app.store):
        shell.note(words)
    if as_json:
        shell.document(_as_json(state))
    else:
        _tell(shell, state)
    is_ill = state.failing or state.overdue or state.undelivered
    ctx.exit(worst(2 if state.faults else 0, 1 if is_ill else 0))


def _state(shell: Shell) -> _State:
    app, (config, faults) = shell.app, shell.configured()
    now, running = app.clock(), files.holder(app.home.lock)
    # What was configured at the last look has a time at which it is due.
    standing = {e.name: e for e in app.store.standing() if (e.name in config.watches if config else e.due_at)}
    return _State(
        watches=len(config.watches if config else standing),
        faults=faults,
        running=running,
        tick_age=tick_age(config.settings.listen) if config and running is not None else None,
        last=max((each.checked_at for each in standing.values() if each.checked_at), default=None),
        failing=[each for each in standing.values() if each.health not in ("ok", "paused")],
        paused=[each.name for each in standing.values() if each.health == "paused"],
        overdue=schedule.overdue(config.watches, standing.values(), now) if config else _late(app, standing),
        held={name: count for name, count in app.store.held_counts().items() if name in standing},
        awaited={name: count for name, count in app.store.awaited_counts().items() if name in standing},
        queue=app.store.queue(now),
        tried=sum(row.attempts > 0 and not row.dead for row in app.store.outbox()),
    )


def _late(app: App, standing: Mapping[str, Standing]) -> list[Standing]:
    """What is overdue, whatever its hours are."""
    return [standing[name] for name in app.store.due(app.clock() - schedule.GRACE) if name in standing]


def _tell(shell: Shell, state: _State) -> None:
    watches = counted(state.watches, "watch", "watches") + (" at the last look" if state.faults else "")
    paused = f", {len(state.paused)} paused" if state.paused else ""
    shell.say(f"{watches}, {len(state.failing)} failing{paused}; last good check: {when(state.last)}")
    rows = table([(f"  {each.name}", each.health, f"since {when(each.since)}", each.error) for each in state.failing])
    for each, row in zip(state.failing, rows, strict=True):
        shell.say(row)
        if each.hint and len(rows) <= HINTS:
            shell.say(f"    {each.hint}")
    if state.overdue:
        first = state.overdue[0]
        shell.say(f"{len(state.overdue)} overdue; {first.name} was due {when(first.due_at)}")
    for name, count in state.held.items():
        shell.say(f"  {name}  {counted(count, 'item')} held: watcher accept {name}")
    for name, count in state.awaited.items():
        shell.say(f"  {name}  {waiting(count, name)}")
    shell.say(_outbox(state))
    pid = f" (pid {state.running})" if state.running else ""
    ticked = f", and looked at what is due {state.tick_age:.0f} s ago" if state.tick_age is not None else ""
    shell.say("no watcher is running" if state.running is None else f"a watcher is running{pid}{ticked}")


def _outbox(state: _State) -> str:
    words = f"{counted(state.queue.waiting, 'delivery', 'deliveries')} waiting"
    if state.tried:
        words += f", {state.tried} tried and not taken"
    if state.queue.failed:
        words += f", {counted(state.queue.failed, 'delivery', 'deliveries')} failed"
    if state.tried or state.queue.failed:
        words += ": watcher outbox"
    if state.queue.oldest.total_seconds() >= 60:
        words += f"; the oldest that waits is {times.spoken(state.queue.oldest)} late"
    return words


def _as_json(state: _State) -> dict[str, Any]:
    return {
        "watches": state.watches,
        "faults": [str(each) for each in state.faults],
        "running": state.running,
        "tick_age_seconds": state.tick_age,
        "last_good_check": state.last and times.rfc3339(state.last),
        "failing": [
            {"watch": each.name, "health": each.health, "error": each.error, "hint": each.hint or ""}
            for each in state.failing
        ],
        "paused": state.paused,
        "overdue": [
            {"watch": each.name, "due_at": each.due_at and times.rfc3339(each.due_at)} for each in state.overdue
        ],
        "held": state.held,
        "awaited": state.awaited,
        "outbox": {
            "waiting": state.queue.waiting,
            "tried": state.tried,
            "failed": state.queue.failed,
            "oldest_seconds": round(state.queue.oldest.total_seconds()),
        },
    }
