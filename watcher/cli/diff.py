"""watcher diff: what an edit changed."""

from __future__ import annotations

import click

from watcher import times
from watcher.cli.read import as_json
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.words import when
from watcher.errors import UsageError
from watcher.model import Seen
from watcher.store import Revision, Store
from watcher.text import safe
from watcher.worddiff import by_word


@click.command()
@click.argument("name", metavar="W")
@click.argument("item", metavar="[ITEM]", required=False)
@click.option("--revision", type=click.IntRange(min=1), metavar="N", help="Its N-th edit; left out: the last.")
@click.option("--word", is_flag=True, help="Word by word: [-went-]{+came+}.")
@click.option("--json", "document", is_flag=True, help="Print a list, empty or of one edit.")
@pass_shell
def diff(shell: Shell, name: str, item: str | None, revision: int | None, word: bool, document: bool) -> None:
    """What changed last, of a watch or of one of its items (its slug or its id)."""
    watch, store = shell.watch(name), shell.app.store
    if revision and not item:
        raise UsageError("--revision counts the edits of one item", hint=f"watcher diff {watch.name} ITEM --revision N")
    id_ = _id(store, watch.name, item) if item else None
    rows = [
        row for row in store.revisions(watch.name, id_, None if revision else 1) if revision in (None, row.revision)
    ]
    edits = [(row, seen) for row in rows for seen in store.find_items(watch.name, [row.item])]
    if revision and not edits:
        raise UsageError(f"{item} has no edit {revision}", hint=f"watcher diff {watch.name} {item} shows the last")
    if document:
        shell.document([_as_json(watch.name, row, seen, word=word) for row, seen in edits])
        return
    if not edits:
        shell.note("nothing was edited so far")
    for row, seen in edits:
        shell.say(f"{seen.item.title}  (revision {row.revision}, {when(row.seen_at)})")
        shell.say(_note(row, word=word))


def _note(row: Revision, *, word: bool) -> str:
    return safe(by_word(row.note) if word else row.note)


def _id(store: Store, watch: str, item: str) -> str:
    """The item of that slug or id. The news of an edit has its item's slug: the item is meant."""
    found = [seen.id for _, seen in store.items(watch) if item in (seen.id, seen.slug)]
    if not found:
        raise UsageError(f'{watch} has no item "{item}"', hint=f"watcher items {watch} shows them")
    return next((id_ for id_ in found if store.revisions(watch, id_, limit=1)), found[0])


def _as_json(watch: str, row: Revision, seen: Seen, *, word: bool) -> dict[str, object]:
    said = {"revision": row.revision, "seen_at": times.rfc3339(row.seen_at), "diff": _note(row, word=word)}
    return as_json(watch, seen) | said
