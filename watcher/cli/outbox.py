"""Commands about deliveries: outbox, test."""

from __future__ import annotations

import click

from watcher import message
from watcher.cli.shell import Shell, pass_shell, table
from watcher.cli.watches import when
from watcher.errors import DeliveryError, UsageError
from watcher.model import Delivery


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_shell
@click.pass_context
def outbox(ctx: click.Context, shell: Shell, as_json: bool) -> None:
    """Deliveries waiting or failed, with the server's own words."""
    if ctx.invoked_subcommand:
        return
    rows = shell.app.store.outbox()
    if as_json:
        shell.document([_as_json(row) for row in rows])
        return
    if not rows:
        shell.say("nothing waits")
    for line in table([_row(row) for row in rows]):
        shell.say(line)


@outbox.command()
@click.argument("ids", metavar="ID|all", nargs=-1, required=True)
@pass_shell
@click.pass_context
def retry(ctx: click.Context, shell: Shell, ids: tuple[str, ...]) -> None:
    """Send again, now: one delivery, or all that wait or failed."""
    app = shell.app
    count = app.store.retry(None if ids == ("all",) else _numbers(ids), app.clock())
    with app.locked():
        sent = app.deliver()
    for one in sent:
        shell.note(f"error: {one.error}" if one.error else f"sent to {one.letter.message.recipient}")
    shell.say(f"{count} tried again, {sum(not one.error for one in sent)} letters sent")
    ctx.exit(3 if any(one.error for one in sent) else 0)


@outbox.command()
@click.argument("ids", metavar="ID", nargs=-1, required=True)
@pass_shell
def drop(shell: Shell, ids: tuple[str, ...]) -> None:
    """Give deliveries up for good: their recipients are not told."""
    shell.say(f"{shell.app.store.drop(_numbers(ids))} dropped")


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
    for recipient in alert.recipients:
        to = recipient.partition(" ")[2]
        try:
            app.send(target, message.sample(target, to, now=app.clock(), domain=app.domain(target)))
        except DeliveryError as error:
            shell.note(f"error: {recipient}: {error}")
            if error.hint:
                shell.note(f"       {error.hint}")
            ctx.exit(3)
        shell.say(f"sent to {recipient}")


def _numbers(ids: tuple[str, ...]) -> list[int]:
    if bad := [each for each in ids if not each.isdigit()]:
        raise UsageError(f'"{bad[0]}" is no delivery', hint="watcher outbox shows their numbers")
    return [int(each) for each in ids]


def _row(row: Delivery) -> tuple[str, ...]:
    state = "failed" if row.dead else f"next try {when(row.due_at)}" if row.attempts else "waits"
    return str(row.id), row.recipient, row.watch, state, row.error


def _as_json(row: Delivery) -> dict[str, object]:
    return {
        "id": row.id,
        "recipient": row.recipient,
        "watch": row.watch,
        "event": row.event,
        "attempts": row.attempts,
        "dead": row.dead,
        "due_at": when(row.due_at),
        "error": row.error,
    }
