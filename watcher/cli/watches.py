"""Commands about watches: list, show, accept, pause, resume, rm."""

from __future__ import annotations

import shutil
from datetime import datetime
from typing import Any

import click

from watcher import times
from watcher.cli.shell import Shell, pass_shell, table
from watcher.cli.toml import without_watch
from watcher.errors import UsageError
from watcher.model import Known, Watch


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_shell
def list_(shell: Shell, as_json: bool) -> None:
    """All watches with state, last check, last new item."""
    known = {each.name: each for each in shell.app.store.all_known()}
    rows = [(watch, known.get(name, Known(name=name))) for name, watch in shell.app.config.watches.items()]
    if as_json:
        shell.document([_as_json(shell, watch, state) for watch, state in rows])
        return
    if not rows:
        shell.note("no watches yet; watcher add URL makes the first")
    for row in table([_row(shell, watch, state) for watch, state in rows]):
        shell.say(row)


@click.command()
@click.argument("name", metavar="W")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_shell
def show(shell: Shell, name: str, as_json: bool) -> None:
    """One watch: settings in force, health, last checks, its feed."""
    watch = shell.watch(name)
    store = shell.app.store
    known = store.known(watch.name)
    if as_json:
        shell.document(_as_json(shell, watch, known))
        return
    options = watch.options.model_dump(exclude_defaults=True, exclude={"url"})
    rows = [
        ("watch", watch.name),
        ("url", watch.url),
        ("kind", watch.kind),
        *((key, str(value)) for key, value in options.items()),
        ("every", times.spoken(watch.every)),
        ("alerts", ", ".join(watch.alerts) or "none"),
        ("health", known.health + (f" since {when(known.since)}" if known.since else "")),
        *([("error", known.error)] if known.error else []),
        ("next", when(known.due_at) if known.due_at else "at the next check"),
        ("feed", str(shell.app.home.feeds / f"{watch.name}.xml")),
        ("records", str(watch.folder)),
        ("held", f"{len(store.held(watch.name))} items" if store.held(watch.name) else "nothing"),
    ]
    for row in table(rows):
        shell.say(row)
    for check in store.checks(watch.name, 10):
        found = f"{check.found} found, {check.new} new" if not check.error else check.error
        shell.say(f"  {when(check.started_at)}  {check.outcome:9}  {found}")


@click.command()
@click.argument("name", metavar="W")
@click.argument("items", metavar="[ITEM]...", nargs=-1)
@click.option("--as-known", is_flag=True, help="Take them as known: no entry, no alert.")
@pass_shell
@click.pass_context
def accept(ctx: click.Context, shell: Shell, name: str, items: tuple[str, ...], as_known: bool) -> None:
    """Publish a held batch (--as-known: swallow it). ITEM is a slug or an id; without, all of them."""
    app, watch = shell.app, shell.watch(name)
    held = app.store.held(watch.name)
    chosen = [seen for seen in held if not items or seen.slug in items or seen.id in items]
    if missing := set(items) - {seen.slug for seen in chosen} - {seen.id for seen in chosen}:
        raise UsageError(f"{watch.name} holds no {', '.join(sorted(missing))}", hint="watcher items shows what is held")
    if not chosen:
        shell.say(f"{watch.name} holds nothing back")
        return
    ids = [seen.id for seen in chosen]
    if as_known:
        app.store.swallow(watch.name, ids)
        shell.say(f"{len(ids)} items of {watch.name} are known from now on; nobody is told")
        return
    tell = [(to, f"{id_}/new", id_) for id_ in ids for to in app.recipients(watch)]
    app.store.accept(watch.name, ids, tell=tell, now=app.clock())
    with app.locked():
        published, sent = app.publish(watch), app.deliver()
    shell.say(f"{len(ids)} items of {watch.name} published; {sum(not one.error for one in sent)} mails sent")
    ctx.exit(1 if published.problems else 3 if any(one.error for one in sent) else 0)


@click.command()
@click.argument("name", metavar="W")
@pass_shell
def pause(shell: Shell, name: str) -> None:
    """Stop looking at a watch; its feed stays."""
    watch = shell.watch(name)
    shell.app.store.pause(watch.name, True, shell.app.clock())
    shell.say(f"{watch.name} is paused; watcher resume {watch.name} goes on")


@click.command()
@click.argument("name", metavar="W")
@pass_shell
def resume(shell: Shell, name: str) -> None:
    """Look at a paused watch again."""
    watch = shell.watch(name)
    shell.app.store.pause(watch.name, False, shell.app.clock())
    shell.say(f"{watch.name} is looked at again, from now on")


@click.command()
@click.argument("name", metavar="W")
@click.option("--purge", is_flag=True, help="Delete its records and all that is known of it, too.")
@pass_shell
def rm(shell: Shell, name: str, purge: bool) -> None:
    """Remove a watch from the configuration. Its records are kept, and what is known of it."""
    app, watch = shell.app, shell.watch(name)
    app.home.config.write_text(without_watch(app.home.config.read_text("utf-8"), watch.name), "utf-8")
    (app.home.feeds / f"{watch.name}.xml").unlink(missing_ok=True)
    if purge:
        app.store.forget(watch.name)
        shutil.rmtree(watch.folder, ignore_errors=True)
        shell.say(f"{watch.name} is removed, with its records")
    else:
        shell.say(f"{watch.name} is removed; its records stay in {watch.folder}")


def when(moment: datetime | None) -> str:
    """A moment for people, in UTC."""
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "never"


def _row(shell: Shell, watch: Watch, known: Known) -> tuple[str, ...]:
    newest = shell.app.store.items(watch.name, limit=1)
    title = newest[0][1].item.title if newest else ""
    health = known.health if known.version else "new"
    return watch.name, health, when(known.checked_at), known.error or title


def _as_json(shell: Shell, watch: Watch, known: Known) -> dict[str, Any]:
    return {
        "name": watch.name,
        "url": watch.url,
        "kind": watch.kind,
        "health": known.health,
        "since": known.since and times.rfc3339(known.since),
        "checked_at": known.checked_at and times.rfc3339(known.checked_at),
        "changed_at": known.changed_at and times.rfc3339(known.changed_at),
        "due_at": known.due_at and times.rfc3339(known.due_at),
        "failures": known.failures,
        "error": known.error,
        "held": [seen.slug for seen in shell.app.store.held(watch.name)],
        "feed": str(shell.app.home.feeds / f"{watch.name}.xml"),
        "records": str(watch.folder),
    }
