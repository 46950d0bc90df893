"""Commands that read: items, diff."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from watcher import times
from watcher.cli.shell import Shell, pass_shell, table
from watcher.cli.watches import when
from watcher.errors import UsageError
from watcher.model import Seen
from watcher.text import shorten


def _span(ctx: click.Context, param: click.Parameter, value: str | None) -> timedelta | None:
    try:
        return times.duration(value) if value else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.argument("name", metavar="[W]", required=False)
@click.option("--since", callback=_span, help="Only what was first seen within this time: 7d, 12h.")
@click.option("--search", help="Only titles that hold this text.")
@click.option("--limit", default=20, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_shell
def items(
    shell: Shell, name: str | None, since: timedelta | None, search: str | None, limit: int, as_json: bool
) -> None:
    """Newest items, of one watch or of all."""
    app = shell.app
    watch = shell.watch(name).name if name else None
    found = app.store.items(watch, since=app.clock() - since if since else None, limit=None if search else limit)
    if search:
        found = [each for each in found if search.casefold() in each[1].item.title.casefold()][:limit]
    if as_json:
        shell.document([_as_json(of, seen) for of, seen in found])
        return
    rows = [
        (when(seen.first_seen), of, "held" if seen.held else "", shorten(seen.item.title, 70)) for of, seen in found
    ]
    for row in table(rows):
        shell.say(row)
    if not rows:
        shell.note("no items")


@click.command()
@click.argument("name", metavar="W")
@click.argument("item", metavar="[ITEM]", required=False)
@pass_shell
def diff(shell: Shell, name: str, item: str | None) -> None:
    """What changed last, of a watch or of one of its items (its slug or its id)."""
    watch, store = shell.watch(name), shell.app.store
    known = {seen.id: seen for _, seen in store.items(watch.name)}
    chosen = next((id_ for id_, seen in known.items() if item in (id_, seen.slug)), None) if item else None
    if item and chosen is None:
        raise UsageError(f'{watch.name} has no item "{item}"', hint=f"watcher items {watch.name} shows them")
    revisions = store.revisions(watch.name, chosen, limit=1)
    if not revisions:
        shell.note("nothing was edited so far")
    for revision in revisions:
        seen = known.get(revision.item)
        shell.say(
            f"{seen.item.title if seen else revision.item}  (revision {revision.revision}, {when(revision.seen_at)})"
        )
        shell.say(revision.note)


def _as_json(watch: str, seen: Seen) -> dict[str, Any]:
    item = seen.item
    return {
        "watch": watch,
        "id": seen.id,
        "title": item.title,
        "link": item.link,
        "published": item.published.isoformat() if item.published else None,
        "first_seen": times.rfc3339(seen.first_seen),
        "revision": seen.revision,
        "held": seen.held,
        "record": seen.path,
    }
