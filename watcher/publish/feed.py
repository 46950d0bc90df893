"""The files of one watch's feed. What they cost does not grow with the archive: only that is made again of which
something has changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice

from watcher import __version__, files
from watcher.feeds import archive, places
from watcher.model import Entry, Feed, Seen, Watch
from watcher.publish.records import Published, Reader
from watcher.publish.shelf import Notes, Shelf, left_out
from watcher.store import Place, Store


def write_feed(
    watch: Watch, store: Store, shelf: Shelf, done: Published, there: Mapping[str, tuple[int, int]], *, afresh: bool
) -> None:
    """Bring the files of a watch's feed up to date; with `afresh` also what seems to be right as it is. `there` are the
    records and their stamps, listed before: a change made since is met the next time."""
    shelf.remove_other(watch)
    feed, known = shelf.feed(watch), store.places(watch.name)
    if not any(each.state == "shown" for each in known) and not (shelf.folder / places.atom(feed)).exists():
        return
    pages = _pages(known, shelf.archived(feed.path))
    notes = Notes(shelf.notes / f"{watch.name}.json", afresh=afresh)
    desk = _Desk(watch, store, shelf, known, there, notes, Reader(watch), replace(feed, archives=pages))
    # A page is there before the feed leads to it and drops what it holds.
    for number, shown in _by_page(known, pages):
        _write_page(desk, number, shown, done)
    _write_front(desk, done)
    for number, path in shelf.archived(feed.path).items():
        if number > pages:  # of a database before this one, that had more
            path.unlink(missing_ok=True)
    done.problems += desk.reader.problems.values()
    notes.keep()


@dataclass(frozen=True, slots=True)
class _Desk:
    """All that the files of one feed are made of."""

    watch: Watch
    store: Store
    shelf: Shelf
    known: Sequence[Place]
    there: Mapping[str, tuple[int, int]]  # the stamps of the records
    notes: Notes
    reader: Reader
    feed: Feed


def _pages(known: Sequence[Place], there: Mapping[int, object]) -> int:
    """How many archive pages there are. One that was there stays, though an item of it may wait again: a draft with
    half an article that its owner accepted."""
    last = max((each.seq for each in known), default=0)
    full = archive.pages(last, [each.seq for each in known if each.state == "awaited"])
    return max(full, min(len(there), last // archive.SIZE))


def _by_page(known: Sequence[Place], pages: int) -> Iterator[tuple[int, list[Place]]]:
    """The page numbers, each with what is shown on it."""
    shown: dict[int, list[Place]] = {number: [] for number in range(1, pages + 1)}
    for each in known:
        if each.state == "shown" and (page := shown.get(archive.page_of(each.seq))) is not None:
            page.append(each)
    yield from shown.items()


def _write_page(desk: _Desk, number: int, shown: Sequence[Place], done: Published) -> None:
    path = desk.shelf.folder / places.atom(desk.feed, number)
    stamped = [(each, desk.there.get(each.path)) for each in shown]
    name, made_of = f"page {number}", f"{replace(desk.feed, archives=0)} {stamped}"
    if desk.notes.stands(name, made_of, [path]):
        return
    before = len(desk.reader.problems)
    seqs = range((number - 1) * archive.SIZE + 1, number * archive.SIZE + 1)
    found = ((seen.seq, desk.reader.entry(seen)) for seen in desk.store.latest(desk.watch.name, seqs=seqs))
    page = archive.page(desk.feed, number, {seq: entry for seq, entry in found if entry})
    files.replace(path, page.data)
    done.problems += left_out(page.left_out)
    desk.notes.made(name, made_of, [path], whole=before == len(desk.reader.problems) and not page.left_out)


def _write_front(desk: _Desk, done: Published) -> None:
    """The feed itself, and its two other forms."""
    # What a look learnt that is no edit (a new address, say) is in no place, but in these.
    latest = [replace(seen, keys=frozenset()) for seen in desk.store.latest(desk.watch.name, limit=desk.watch.entries)]
    made_of = f"{__version__} {desk.feed} {desk.watch.entries} {desk.known} {desk.there} {latest}"
    paths = desk.shelf.files(desk.feed)
    if desk.notes.stands("feed", made_of, paths):
        return
    before = len(desk.reader.problems)
    entries = _entries(desk)
    updated = max([each.updated for each in entries] or [each.revised_at for each in desk.known])
    done.feed_changed, problems = desk.shelf.write(replace(desk.feed, updated=updated), entries)
    done.problems += problems
    desk.notes.made("feed", made_of, paths, whole=before == len(desk.reader.problems) and not problems)


def _entries(desk: _Desk) -> list[Entry]:
    """So many entries as a feed has, and all that are on no archive page; those whose last change is latest first."""
    size, pages = desk.watch.entries, desk.feed.archives
    shown = ((seen, entry) for seen in _latest(desk) if (entry := desk.reader.entry(seen)))
    first = dict(islice(shown, size))
    unpaged = desk.store.latest(desk.watch.name, seqs=range(pages * archive.SIZE + 1, desk.known[-1].seq + 1))
    rest = (seen for seen in unpaged if seen not in first)
    entries = first | {seen: entry for seen in rest if (entry := desk.reader.entry(seen))}
    return [entries[seen] for seen in archive.window(entries, size, pages)]


def _latest(desk: _Desk) -> Iterator[Seen]:
    """What the feed may hold, as far as it is asked for: an owner may have made drafts of the first ones."""
    size = desk.watch.entries
    rows = (desk.store.latest(desk.watch.name, limit=size, offset=offset) for offset in count(0, size))
    for some in rows:
        yield from some
        if len(some) < size:
            return
