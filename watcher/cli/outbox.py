"""Commands about deliveries: outbox, test."""

from __future__ import annotations

from typing import Any

import click

from watcher import message, times, websub
from watcher.cli import sent as letters
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.words import counted, table, when
from watcher.errors import Busy, DeliveryError, UsageError
from watcher.model import Delivery, address_of
from watcher.text import shorten


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print a list: id, recipient, watch, event, title, state, error.")
@pass_shell
@click.pass_context
def outbox(ctx: click.Context, shell: Shell, as_json: bool) -> None:
    """Deliveries waiting or failed, with the server's own words. Their recipients will be told, or could not be."""
    shell.configured()  # before the store, which would make a home where there is none
    if ctx.invoked_subcommand:
        return
    rows = shell.app.store.outbox()
    titles = _titles(shell, rows)
    if as_json:
        shell.document([_as_json(row) | {"title": titles.get(row.item, "")} for row in rows])
        return
    for line in table([_row(row, titles.get(row.item) or websub.topic(row.event) or row.event) for row in rows]):
        shell.say(line)
    if not rows:
        shell.note("nothing waits")


@outbox.command()
@click.argument("ids", metavar="ID|all", nargs=-1, required=True)
@pass_shell
@click.pass_context
def retry(ctx: click.Context, shell: Shell, ids: tuple[str, ...]) -> None:
    """Send again, now: some deliveries, or all that wait or failed."""
    app = shell.app
    count = app.store.retry(None if ids == ("all",) else _numbers(shell, ids), app.clock())
    try:
        with app.locked():
            sent = app.deliver()
    except Busy:
        shell.done(f"{counted(count, 'delivery', 'deliveries')} due now; the watcher that is running sends them")
        return
    told = letters.summed(sent, app.config.alerts)
    shell.done(f"{counted(count, 'delivery', 'deliveries')} tried again. {told}".rstrip())
    letters.complain(shell, sent)
    ctx.exit(3 if any(one.error for one in sent) else 0)


@outbox.command()
@click.argument("ids", metavar="ID", nargs=-1, required=True)
@pass_shell
def drop(shell: Shell, ids: tuple[str, ...]) -> None:
    """Give deliveries up for good: their recipients are not told."""
    shell.done(f"{counted(shell.app.store.drop(_numbers(shell, ids)), 'delivery', 'deliveries')} dropped")


@click.command()
@click.argument("target")
@pass_shell
@click.pass_context
def test(ctx: click.Context, shell: Shell, target: str) -> None:
    """Send a sample alert of the real layout to an alert target."""
    app = shell.app
    alert = app.config.alerts.get(target)
    if alert is None:
        raise UsageError(f'no alert target "{target}"', hint=f"targets: {', '.join(app.config.alerts) or 'none yet'}")
    code = 0
    for recipient in alert.recipients:
        to = recipient.partition(" ")[2]
        try:
            app.sender.send(target, message.sample(target, to, now=app.clock(), domain=app.sender.domain(target)))
        except DeliveryError as error:
            # It was never in the outbox, so nothing that a notifier says of the outbox is true of it.
            shell.problem(error)
            code = 3
        else:
            shell.done(f"sent to {address_of(recipient)}")
    ctx.exit(code)


def _numbers(shell: Shell, ids: tuple[str, ...]) -> list[int]:
    there = {str(row.id) for row in shell.app.store.outbox()}
    if unknown := [each for each in ids if each not in there]:
        raise UsageError(f"no delivery {', '.join(unknown)} waits or failed", hint="watcher outbox shows their numbers")
    return [int(each) for each in ids]


def _titles(shell: Shell, rows: list[Delivery]) -> dict[str, str]:
    """What the deliveries are about, by item."""
    about = {(row.watch, row.item) for row in rows}
    seens = [seen for watch, item in about for seen in shell.app.store.find_items(watch, [item])]
    return {seen.id: seen.item.title for seen in seens}


def _state(row: Delivery) -> str:
    return "failed" if row.dead else "deferred" if row.attempts else "waiting"


def _row(row: Delivery, title: str) -> tuple[str, ...]:
    again = f", next try {when(row.due_at)}" if _state(row) == "deferred" else ""
    return (
        str(row.id),
        address_of(row.recipient),
        row.watch,
        shorten(title, 50),
        f"{_state(row)}{again}",
        row.error,
    )


def _as_json(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.id,
        "recipient": row.recipient,
        "watch": row.watch,
        "event": row.event,
        "state": _state(row),
        "attempts": row.attempts,
        "due_at": times.rfc3339(row.due_at),
        "error": row.error,
    }
