"""watcher status: one screen, and an exit code for whoever watches the watcher."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click

from watcher import files
from watcher.app import App
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.words import counted, table, when
from watcher.errors import Busy
from watcher.model import Known


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    watches: int
    running: int | None  # the pid of the watcher that uses the home, 0 where that is not known
    last: datetime | None
    failing: list[Known]
    paused: list[str]
    held: dict[str, int]
    waiting: int
    failed: int


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one document: watches, running, failing, held, outbox …")
@pass_shell
@click.pass_context
def status(ctx: click.Context, shell: Shell, as_json: bool) -> None:
    """One screen: service, queue, failing watches. Exit 1 when a watch or a delivery failed."""
    state = _state(shell.app)
    if as_json:
        shell.document(_as_json(state))
    else:
        _tell(shell, state)
    ctx.exit(1 if state.failing or state.failed else 0)


def _state(app: App) -> _State:
    known = [each for each in app.store.all_known() if each.name in app.config.watches]
    rows = app.store.outbox()
    failed = sum(row.dead or row.attempts > 0 for row in rows)
    return _State(
        watches=len(app.config.watches),
        running=_running(app),
        last=max((each.checked_at for each in known if each.checked_at), default=None),
        failing=[each for each in known if each.health not in ("ok", "paused")],
        paused=[each.name for each in known if each.health == "paused"],
        held={name: count for name in app.config.watches if (count := len(app.store.held(name)))},
        waiting=len(rows) - failed,
        failed=failed,
    )


def _running(app: App) -> int | None:
    try:
        with files.lock(app.home.lock):
            return None
    except Busy as error:
        return error.pid


def _tell(shell: Shell, state: _State) -> None:
    watches = counted(state.watches, "watch", "watches")
    paused = f", {len(state.paused)} paused" if state.paused else ""
    shell.say(f"{watches}, {len(state.failing)} failing{paused}; last good check: {when(state.last)}")
    for row in table([(f"  {k.name}", k.health, f"since {when(k.since)}", k.error) for k in state.failing]):
        shell.say(row)
    for name, count in state.held.items():
        shell.say(f"  {name}  {counted(count, 'item')} held: watcher accept {name}")
    waiting, failed = counted(state.waiting, "delivery", "deliveries"), counted(state.failed, "delivery", "deliveries")
    shell.say(f"{waiting} waiting" + (f", {failed} failed: watcher outbox" if state.failed else ""))
    pid = f" (pid {state.running})" if state.running else ""
    shell.say("no watcher is running" if state.running is None else f"a watcher is running{pid}")


def _as_json(state: _State) -> dict[str, Any]:
    return {
        "watches": state.watches,
        "running": state.running,
        "failing": [{"watch": k.name, "health": k.health, "error": k.error} for k in state.failing],
        "paused": state.paused,
        "held": state.held,
        "outbox": {"waiting": state.waiting, "failed": state.failed},
    }
