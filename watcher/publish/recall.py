"""What the records of a watch, and its feed, still tell when the database is lost."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from watcher import files, times
from watcher.errors import RecordError
from watcher.feeds import places
from watcher.feeds.archive import SIZE
from watcher.later import later
from watcher.model import Known, Seen, Watch
from watcher.publish.records import adopted
from watcher.publish.revisions import is_revision, numbered
from watcher.publish.shelf import Shelf

if TYPE_CHECKING:
    from lxml import etree
else:
    etree = later("lxml.etree")

#: So many of the newest items stand for the last list, whose length nobody knows any more. After a redesign only items
#: of the last list are known by title and day: too many are better than too few.
_LISTED = 100

_ATOM = "{http://www.w3.org/2005/Atom}"


def recall(watch: Watch, shelf: Shelf, now: datetime) -> tuple[Known, list[Seen]] | None:
    """The watch and its items as they were, as far as files can tell; None where there are no records.

    The next look is no first one: what has been published meanwhile is news. What is unknown and dated before the
    newest record is not: its record may have been deleted, and of that nothing is left.
    """
    told = _told(shelf, watch)
    there = files.listing(watch.folder) or {}
    seens = [_timed(seen, told) for name in there if (seen := adopted(watch, name, now, rebuilt=True))]
    seens = _in_order({seen.id: seen for seen in numbered(seens, seens)}.values(), told)
    if not seens:
        return None
    own = [seen for seen in seens if not is_revision(seen)]
    known = Known(
        name=watch.name,
        version=1,
        spec=watch.spec,
        checked_at=now,
        changed_at=now,
        due_at=now,
        since=now,
        listed=tuple(seen.id for seen in own[: -_LISTED - 1 : -1]),
        oldest=max(_days(own, now), default=None),
    )
    return known, seens


class _Times(NamedTuple):
    published: datetime
    updated: datetime


@dataclass(slots=True)
class _Told:
    """What the files of a feed say: the times of each entry, and what stands on each archive page, oldest first."""

    times: dict[str, _Times] = field(default_factory=dict)
    pages: dict[int, list[str]] = field(default_factory=dict)


def _told(shelf: Shelf, watch: Watch) -> _Told:
    told, feed = _Told(), shelf.feed(watch)
    for number, path in [*shelf.archived(feed.path).items(), (0, shelf.folder / places.atom(feed))]:
        entries = dict(_entries(path))
        if number:
            told.pages[number] = [*entries][::-1]
        for id_, said in entries.items():
            if id_ not in told.times or told.times[id_].updated < said.updated:
                told.times[id_] = said
    return told


def _entries(path: Path) -> Iterator[tuple[str, _Times]]:
    """The ids of a file's entries with their times; nothing of a file that is no feed of ours."""
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        feed = etree.fromstring(files.read(path) or b"", parser)
        for entry in feed.iterfind(f"{_ATOM}entry"):
            published, updated = (
                datetime.fromisoformat(entry.findtext(f"{_ATOM}{name}", "")) for name in ("published", "updated")
            )
            yield entry.findtext(f"{_ATOM}id", ""), _Times(published, updated)
    except (etree.XMLSyntaxError, RecordError, ValueError):
        return


def _timed(seen: Seen, told: _Told) -> Seen:
    """With the moments that its entry bears: a record may say no more than a day."""
    said = told.times.get(seen.id)
    return replace(seen, first_seen=said.published, revised_at=said.updated) if said else seen


def _in_order(seens: Collection[Seen], told: _Told) -> list[Seen]:
    """Each with its `seq`: on the archive page where it stood, since no reader asks for that page again."""
    stood: Mapping[str, int] = {
        id_: number * SIZE - place
        for number, ids in told.pages.items()
        for place, id_ in enumerate(reversed(ids[-SIZE:]))
    }
    rest = sorted((s for s in seens if s.id not in stood), key=lambda seen: (seen.first_seen, seen.path))
    first = max(told.pages, default=0) * SIZE + 1
    placed = [replace(seen, seq=stood[seen.id]) for seen in seens if seen.id in stood]
    placed += [replace(seen, seq=seq) for seq, seen in enumerate(rest, first)]
    return sorted(placed, key=lambda seen: seen.seq)


def _days(seens: Sequence[Seen], now: datetime) -> Iterator[date]:
    """The days that the items claim; a date ahead would make everything old."""
    yield from (min(times.day(seen.item.published), now.date()) for seen in seens if seen.item.published)
