"""The files of one watch's feed. What they cost does not grow with what they hold: only that is made again of which
something has changed, be it a page of the archive or an entry."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from watcher import __version__, files
from watcher.feeds import archive, places
from watcher.feeds.frame import Forms
from watcher.later import later
from watcher.model import Feed, Watch
from watcher.publish.records import Published, Reader
from watcher.publish.shelf import Notes, Shelf, left_out
from watcher.publish.standing import Standing
from watcher.store import Place, Store

if TYPE_CHECKING:
    from watcher.feeds import forms
else:
    forms = later("watcher.feeds.forms")


def write_feed(
    watch: Watch, store: Store, shelf: Shelf, done: Published, there: Mapping[str, files.Stamp], *, afresh: bool
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
            files.remove(path)
    done.problems += desk.reader.problems.values()
    notes.keep()


@dataclass(frozen=True, slots=True)
class _Desk:
    """All that the files of one feed are made of."""

    watch: Watch
    store: Store
    shelf: Shelf
    known: Sequence[Place]
    there: Mapping[str, files.Stamp]  # the stamps of the records
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
    latest = _window(desk)
    marks = _marks(desk, latest)
    made_of = f"{__version__} {desk.feed} {desk.watch.entries} {desk.known} {desk.there} {marks}"
    paths = desk.shelf.files(desk.feed)
    if desk.notes.stands("feed", made_of, paths):
        return
    before = len(desk.reader.problems)
    entries = _entries(desk, latest, marks, desk.notes.standing("feed", paths))
    updated = max([each.updated for each in entries] or [each.revised_at for each in desk.known])
    issue = desk.shelf.write(replace(desk.feed, updated=updated), entries)
    done.feed_changed = issue.changed
    done.problems += issue.problems
    whole = before == len(desk.reader.problems) and not issue.problems
    desk.notes.made("feed", made_of, paths, whole=whole, entries=issue.note)


def _window(desk: _Desk, without: Collection[str] = ()) -> list[Place]:
    """The items that the feed holds, those whose last change is latest first; `without` those that have no entry."""
    shown = [each for each in desk.known if each.state == "shown" and each.id not in without]
    latest = sorted(shown, key=lambda each: (each.revised_at, each.seq), reverse=True)
    return list(archive.window(latest, desk.watch.entries, desk.feed.archives))


def _marks(desk: _Desk, some: Sequence[Place]) -> dict[str, str]:
    """By the id of each item what differs as soon as its entry may. What a look learnt that is no edit (a new address,
    say) is in no place, but in what the store says."""
    said = desk.store.marks(desk.watch.name, [each.id for each in some])
    home = f"{__version__} {desk.watch.url} {desk.watch.zone}"
    return {
        each.id: hashlib.sha256(f"{home} {each} {desk.there.get(each.path)} {said.get(each.id)}".encode()).hexdigest()
        for each in some
    }


def _entries(desk: _Desk, latest: Sequence[Place], marks: dict[str, str], standing: Standing) -> list[Forms]:
    """The entries of the feed. Where an owner has made drafts of the latest items, others take their places."""
    entries: dict[str, Forms | None] = {}
    while new := [each.id for each in latest if each.id not in entries]:
        marks |= _marks(desk, [each for each in latest if each.id not in marks])
        entries |= {id_: standing.get(marks[id_]) for id_ in new}
        for seen in desk.store.find_items(desk.watch.name, [id_ for id_ in new if not entries[id_]]):
            said = desk.reader.entry(seen)
            entries[seen.id] = forms.forms(said, desk.feed, marks[seen.id]) if said else None
        latest = _window(desk, without=[id_ for id_, entry in entries.items() if not entry])
    return [entry for each in latest if (entry := entries[each.id])]
