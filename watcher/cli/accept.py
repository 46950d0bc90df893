"""watcher accept: what was held back is published, or taken as known."""

from __future__ import annotations

import click

from watcher.app import App
from watcher.cli import sent as letters
from watcher.cli.shell import Shell, pass_shell, worst
from watcher.cli.words import counted
from watcher.diff import news
from watcher.errors import Busy, UsageError
from watcher.model import Seen, Watch


@click.command()
@click.argument("name", metavar="W")
@click.argument("items", metavar="[ITEM]...", nargs=-1)
@click.option("--as-known", is_flag=True, help="Take them as known: no entry, no alert.")
@pass_shell
@click.pass_context
def accept(ctx: click.Context, shell: Shell, name: str, items: tuple[str, ...], as_known: bool) -> None:
    """Publish a held batch (--as-known: swallow it). ITEM is a slug or an id; without, all of them."""
    app, watch = shell.app, shell.watch(name)
    chosen = _chosen(app.store.held(watch.name), watch, items)
    ids = [seen.id for seen in chosen]
    if not ids:
        shell.done(f"{watch.name} holds nothing back")
        return
    if as_known:
        count = len(app.store.swallow(watch.name, ids))
        shell.done(f"{counted(count, 'item')} of {watch.name} known from now on; nobody is told")
        return
    route = app.route(watch)
    tell = [row for seen in chosen for row in route.tell(news(watch, seen.id, seen.item), seen, app.clock())]
    count = len(app.store.accept(watch.name, ids, tell=tell, now=app.clock()))
    ctx.exit(_published(shell, app, watch, f"{counted(count, 'item')} of {watch.name} accepted"))


def _chosen(held: list[Seen], watch: Watch, items: tuple[str, ...]) -> list[Seen]:
    chosen = [seen for seen in held if not items or seen.slug in items or seen.id in items]
    if missing := set(items) - {seen.slug for seen in chosen} - {seen.id for seen in chosen}:
        hint = f"watcher items {watch.name} shows what is held"
        raise UsageError(f"{watch.name} holds no {', '.join(sorted(missing))}", hint=hint)
    return chosen


def _published(shell: Shell, app: App, watch: Watch, done: str) -> int:
    """Publish and deliver, where no other watcher is at it; the exit code."""
    try:
        with app.locked():
            published, sent = app.publish(watch), app.deliver()
    except Busy:
        shell.done(f"{done}; the watcher that is running publishes and tells them")
        return 0
    shell.done(f"{done} and published. {letters.summed(sent, app.config.alerts)}".rstrip())
    for problem in published.problems:
        shell.problem(problem, problem.hint)
    letters.complain(shell, sent)
    return worst(1 if published.problems else 0, 3 if any(one.error for one in sent) else 0)
