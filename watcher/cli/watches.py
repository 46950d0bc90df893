"""Commands about watches: list, show, pause, resume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import click

from watcher import schedule, times
from watcher.cli.history import check_as_json, counts
from watcher.cli.settings import settings
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.words import counted, said, table, waiting, when
from watcher.model import Known, Standing, Watch, address_of
from watcher.text import shorten


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a list of watches: settings, health, times, held items.")
@pass_shell
def list_(shell: Shell, as_json: bool) -> None:
    """All watches with state, last check, last new item."""
    watches, store = shell.app.config.watches, shell.app.store
    if as_json:
        known, held, muted = {each.name: each for each in store.all_known()}, store.held_counts(), store.muted()
        states = (
            (watch, _foreseen(shell, watch, known.get(name, Known(name=name)))) for name, watch in watches.items()
        )
        shell.document([_as_json(shell, watch, state, muted, held=watch.name in held) for watch, state in states])
        return
    if not watches:
        shell.note("no watches yet; watcher add URL makes the first")
    standing, titles = {each.name: each for each in store.standing()}, store.newest_titles()
    for row in table([_row(name, standing.get(name, Known(name=name)), titles.get(name, "")) for name in watches]):
        shell.say(row)


@click.command()
@click.argument("name", metavar="W")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one document: settings, health, times, held items, checks."
)
@pass_shell
def show(shell: Shell, name: str, as_json: bool) -> None:
    """One watch: all settings that differ from their defaults, health, last checks, its feed."""
    watch = shell.watch(name)
    known, checks = _foreseen(shell, watch, shell.app.store.known(watch.name)), shell.app.store.checks(watch.name, 10)
    if as_json:
        shell.document(
            _as_json(shell, watch, known, shell.app.store.muted(), held=True)
            | {"checks": [check_as_json(each) for each in checks]}
        )
        return
    for row in table(_settings(shell, watch) + _state(shell, watch, known)):
        shell.say(row)
    for check in checks:
        shell.say(f"  {when(check.started_at)}  {check.outcome:9}  {check.error or counts(check)}")


@click.command()
@click.argument("name", metavar="W")
@pass_shell
def pause(shell: Shell, name: str) -> None:
    """Stop looking at a watch; its feed stays."""
    watch = shell.watch(name)
    shell.app.store.pause(watch.name, True, shell.app.clock())
    shell.done(f"{watch.name} is paused; watcher resume {watch.name} goes on")


@click.command()
@click.argument("name", metavar="W")
@pass_shell
def resume(shell: Shell, name: str) -> None:
    """Look at a paused watch again, or at one that was gone."""
    watch, store = shell.watch(name), shell.app.store
    if not store.known(watch.name).rests:
        shell.done(f"{watch.name} is not paused")
        return
    store.pause(watch.name, False, shell.app.clock())
    shell.done(f"{watch.name} is looked at again, from now on")


def _foreseen(shell: Shell, watch: Watch, known: Known) -> Known:
    """What is known of a watch, due as the configuration in force has it."""
    now = shell.app.clock()
    if known.stopped and known.stopped != watch.spec:  # its page was gone, and another is asked for
        return replace(known, stopped="", due_at=now)
    return replace(known, due_at=schedule.foreseen(watch, known, now))


def _row(name: str, known: Known | Standing, title: str) -> tuple[str, ...]:
    return name, _health(known), when(known.checked_at), shorten(known.error or title, 80)


def _health(known: Known | Standing) -> str:
    # A watch may be paused before it was ever looked at.
    return known.health if known.checked_at or known.health != "ok" else "new"


def _settings(shell: Shell, watch: Watch) -> list[tuple[str, str]]:
    options = watch.options.model_dump(exclude_defaults=True, exclude={"url"})
    return [
        ("watch", watch.name),
        ("url", watch.url),
        ("kind", watch.kind),
        *((key, said(value)) for key, value in (options | settings(watch)).items()),
        ("others", "as by default: watcher config reference"),
        ("checked", schedule.words(watch)),
        ("alerts", ", ".join(watch.alerts) or "none"),
        ("feed", shell.near(shell.app.home.feeds / f"{shell.app.shelf.path(watch)}.xml")),
        ("records", shell.near(watch.folder)),
    ]


def _state(shell: Shell, watch: Watch, known: Known) -> list[tuple[str, str]]:
    store = shell.app.store
    held, awaited = len(store.held(watch.name)), len(store.pending(watch.name))
    return [
        ("health", _health(known) + (f" since {when(known.since)}" if known.since else "")),
        *([("error", known.error)] if known.error else []),
        *([("hint", known.hint)] if known.hint else []),
        ("next", _next(watch, known)),
        *([("moved", f"{known.asked_at} (that is asked; write it as its url)")] if known.asked_at else []),
        *([("robots", "robots.txt asks programs not to read it")] if known.disallowed else []),
        ("held", f"{counted(held, 'item')}: watcher accept {watch.name}" if held else "nothing"),
        *([("articles", waiting(awaited, watch.name))] if awaited else []),
        *([("muted", ", ".join(map(address_of, muted)))] if (muted := _deaf(store.muted(), watch)) else []),
    ]


def _next(watch: Watch, known: Known) -> str:
    if known.stopped:
        return f"never, for its page is gone: watcher resume {watch.name}, or another url"
    at = when(known.due_at) if known.due_at else "at the next check"
    held = known.fresh_until and known.due_at and known.fresh_until >= known.due_at
    return f"{at}, as its server wants it" if held else at


def _deaf(muted: Sequence[tuple[str, str]], watch: Watch) -> list[str]:
    """The recipients who hear nothing of it."""
    return [recipient for recipient, name in muted if name == watch.name]


def _as_json(
    shell: Shell, watch: Watch, known: Known, muted: Sequence[tuple[str, str]], *, held: bool
) -> dict[str, Any]:
    return {
        "name": watch.name,
        "url": watch.url,
        "kind": watch.kind,
        "options": watch.options.model_dump(mode="json", exclude_defaults=True, exclude={"url"}),
        "settings": settings(watch),
        "every": None if watch.cron else int(watch.every.total_seconds()),
        "cron": watch.cron,
        "active": watch.active,
        "jitter": int(watch.jitter.total_seconds()),
        "schedule": schedule.words(watch),
        "alerts": list(watch.alerts),
        "health": _health(known),
        "since": known.since and times.rfc3339(known.since),
        "checked_at": known.checked_at and times.rfc3339(known.checked_at),
        "changed_at": known.changed_at and times.rfc3339(known.changed_at),
        "due_at": known.due_at and times.rfc3339(known.due_at),
        "failures": known.failures,
        "error": known.error,
        "hint": known.hint,
        "moved_to": known.asked_at,
        "disallowed": known.disallowed,
        "stopped": bool(known.stopped),
        "muted": _deaf(muted, watch),
        "held": [seen.slug for seen in shell.app.store.held(watch.name)] if held else [],
        "feed": str(shell.app.home.feeds / f"{shell.app.shelf.path(watch)}.xml"),
        "records": str(watch.folder),
    }
