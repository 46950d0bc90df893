"""Records that tell of an edit, NAME-rN.md: what they say of the item that was edited, where the store does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from watcher.diff import patched, revision_id, told
from watcher.model import Item, Seen

_NAME = re.compile(r"-r(\d{1,9})(?:-\d+)?\.md")


def is_revision(seen: Seen) -> bool:
    """Whether its record is called as those of edits are."""
    return bool(_NAME.search(seen.path))


def numbered(seens: Iterable[Seen], records: Iterable[Seen]) -> Iterator[Seen]:
    """Each with the number of its last edit that has a record of its own."""
    for seen, edits in _edits(seens, records):
        yield replace(seen, revision=max(seen.revision, *edits, 0))


def followed(known: Iterable[Seen], records: Iterable[Seen]) -> Iterator[Seen]:
    """Of what is known, the items that were edited since, as `records` tell: as they were after that. Where this cannot
    be said, the next form of such an item is taken as known."""
    for seen, edits in _edits(known, records):
        last = max(edits, default=0)
        if last > seen.revision:
            after = _after(seen, edits, last)
            yield replace(seen, item=after or seen.item, digest=after.digest if after else "", revision=last)


def _edits(seens: Iterable[Seen], records: Iterable[Seen]) -> Iterator[tuple[Seen, dict[int, str]]]:
    """Each with what the records of its edits say, by their numbers."""
    found = [(seen, name) for seen in records if (name := _NAME.search(seen.path))]
    numbers, told = sorted({int(name[1]) for _, name in found}), {seen.id: seen.item.body for seen, _ in found}
    for seen in seens:
        ids = {number: revision_id(seen.id, number) for number in numbers}
        yield seen, {number: told[id_] for number, id_ in ids.items() if id_ in told}


def _after(seen: Seen, edits: Mapping[int, str], last: int) -> Item | None:
    """An item after these edits; None where one is missing, or is an edit of another form."""
    lines: list[str] | None = told(seen.item) if seen.digest else None
    for number in range(seen.revision + 1, last + 1):
        lines = patched(lines, edits.get(number, "")) if lines else None
    middle = told(replace(seen.item, title="", body=""))
    if not lines or lines[1 : len(middle) + 1] != middle:
        return None
    return replace(seen.item, title=lines[0], body="\n".join(lines[len(middle) + 1 :]))
