"""watcher diff: what an edit changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import click

from watcher import times
from watcher.cli.read import as_json
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.words import when
from watcher.diff import told
from watcher.errors import UsageError
from watcher.model import Item, Seen
from watcher.store import Revision, Store
from watcher.text import safe
from watcher.worddiff import literal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    """One revision, and what it made of the item."""

    revision: Revision
    seen: Seen
    now: Item

    @property
    def words(self) -> str:
        """The change word by word; of an edit that was stored without what was before it, its lines."""
        was = self.revision.was
        return literal("\n".join(told(was)), "\n".join(told(self.now))) if was else self.revision.note


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
    edits = list(_edits(store, watch.name, _id(store, watch.name, item) if item else None, revision))
    if revision and not edits:
        raise UsageError(f"{item} has no edit {revision}", hint=f"watcher diff {watch.name} {item} shows the last")
    if document:
        shell.document([_as_json(watch.name, edit, word=word) for edit in edits])
        return
    if not edits:
        shell.note("nothing was edited so far")
    for edit in edits:
        shell.say(f"{edit.now.title}  (revision {edit.revision.revision}, {when(edit.revision.seen_at)})")
        shell.say(safe(edit.words if word else edit.revision.note))


def _edits(store: Store, watch: str, item: str | None, number: int | None) -> Iterator[_Edit]:
    """The wanted edit, where it is there."""
    rows = store.revisions(watch, item, limit=None if number else 1)
    for n, row in enumerate(rows):
        if number in (None, row.revision):
            for seen in store.find_items(watch, [row.item]):
                after = rows[n - 1].was if n else None
                yield _Edit(revision=row, seen=seen, now=after or seen.item)


def _id(store: Store, watch: str, item: str) -> str:
    for _, seen in store.items(watch):
        if item in (seen.id, seen.slug):
            return seen.id
    raise UsageError(f'{watch} has no item "{item}"', hint=f"watcher items {watch} shows them")


def _as_json(watch: str, edit: _Edit, *, word: bool) -> dict[str, object]:
    row = edit.revision
    said = {"revision": row.revision, "seen_at": times.rfc3339(row.seen_at), "diff": edit.words if word else row.note}
    return as_json(watch, edit.seen) | said
