"""Commands that read: items, diff."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from watcher import times
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.words import table, when
from watcher.errors import UsageError
from watcher.model import Seen
from watcher.text import safe, shorten


def _span(ctx: click.Context, param: click.Parameter, value: str | None) -> timedelta | None:
    try:
        return times.duration(value) if value else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.argument("name", metavar="[W]", required=False)
@click.option("--since", metavar="TIME", callback=_span, help="Only what was first seen within this time: 7d, 12h.")
@click.option("--search", metavar="TEXT", help="Only titles that hold this text.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of items: id, title, link, times, record.")
@pass_shell
def items(
    shell: Shell, name: str | None, since: timedelta | None, search: str | None, limit: int, as_json: bool
) -> None:
    """Newest items, of one watch or of all: when first seen, where, their slug, their title."""
    app = shell.app
    watch = shell.watch(name).name if name else None
    found = app.store.items(watch, since=app.clock() - since if since else None, limit=None if search else limit)
    if search:
        found = [each for each in found if search.casefold() in each[1].item.title.casefold()][:limit]
    if as_json:
        shell.document([_as_json(of, seen) for of, seen in found])
        return
    for row in table(
        [_row(of, seen) if watch is None else _row(of, seen)[:1] + _row(of, seen)[2:] for of, seen in found]
    ):
        shell.say(row)
    if not found:
        shell.note("no items")


@click.command()
@click.argument("name", metavar="W")
@click.argument("item", metavar="[ITEM]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print a list, empty or of one edit: item, revision, time, diff.")
@pass_shell
def diff(shell: Shell, name: str, item: str | None, as_json: bool) -> None:
    """What changed last, of a watch or of one of its items (its slug or its id)."""
    watch, store = shell.watch(name), shell.app.store
    revisions = store.revisions(watch.name, _id(shell, watch.name, item) if item else None, limit=1)
    edits = [(each, seen) for each in revisions for seen in store.find_items(watch.name, [each.item])]
    if as_json:
        shell.document(
            [
                _as_json(watch.name, seen)
                | {"revision": edit.revision, "seen_at": times.rfc3339(edit.seen_at), "diff": edit.note}
                for edit, seen in edits
            ]
        )
        return
    if not edits:
        shell.note("nothing was edited so far")
    for edit, seen in edits:
        shell.say(f"{seen.item.title}  (revision {edit.revision}, {when(edit.seen_at)})")
        shell.say(safe(edit.note))


def _id(shell: Shell, watch: str, item: str) -> str:
    for _, seen in shell.app.store.items(watch):
        if item in (seen.id, seen.slug):
            return seen.id
    raise UsageError(f'{watch} has no item "{item}"', hint=f"watcher items {watch} shows them")


def _row(watch: str, seen: Seen) -> tuple[str, ...]:
    title = shorten(seen.item.title, 70)
    return when(seen.first_seen), watch, seen.slug, f"{title}  (held)" if seen.held else title


def _as_json(watch: str, seen: Seen) -> dict[str, Any]:
    item = seen.item
    return {
        "watch": watch,
        "id": seen.id,
        "slug": seen.slug,
        "title": item.title,
        "link": item.link,
        "published": item.published.isoformat() if item.published else None,
        "first_seen": times.rfc3339(seen.first_seen),
        "revision": seen.revision,
        "held": seen.held,
        "record": seen.path,
    }
