"""watcher items: the newest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from watcher import times
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.words import table, when
from watcher.model import Seen
from watcher.text import shorten


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
@click.option(
    "--json",
    "document",
    is_flag=True,
    help="Print a list of items: id, title, link, times, record, and whether its watch was removed.",
)
@pass_shell
def items(
    shell: Shell, name: str | None, since: timedelta | None, search: str | None, limit: int, document: bool
) -> None:
    """Newest items, of one watch or of all: when first seen, their own date, where, their slug, their title."""
    app, watches = shell.app, shell.app.config.watches  # before the store, which would make a home where there is none
    watch = shell.watch(name).name if name else None
    found = app.store.items(watch, since=app.clock() - since if since else None, limit=None if search else limit)
    if search:
        found = [each for each in found if search.casefold() in each[1].item.title.casefold()][:limit]
    if document:
        shell.document([as_json(of, seen) | {"removed": of not in watches} for of, seen in found])
        return
    places = {of: of if of in watches else f"{of} (removed)" for of, _ in found}
    dated = any(seen.item.published for _, seen in found)
    for row in table([_row("" if watch else places[of], seen, dated=dated) for of, seen in found]):
        shell.say(row)
    if not found:
        shell.note("no items")


def _row(place: str, seen: Seen, *, dated: bool) -> tuple[str, ...]:
    title, published = shorten(seen.item.title, 70), seen.item.published
    return (
        when(seen.first_seen),
        *([times.day(published).isoformat() if published else ""] if dated else []),
        *([place] if place else []),
        seen.slug,
        f"{title}  (held)" if seen.held else title,
    )


def as_json(watch: str, seen: Seen) -> dict[str, Any]:
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
