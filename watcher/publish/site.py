"""What stands over all watches: a feed of everything, one for each tag, one of the watches' health, and lists of them.
Private watches are in none of it."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from watcher import __version__, files, text
from watcher.errors import RecordError
from watcher.feeds import places
from watcher.feeds.frame import Forms
from watcher.later import later
from watcher.model import Entry, Feed, Item, Notice, Seen, Watch
from watcher.publish.records import Reader
from watcher.publish.shelf import NEVER, Notes, Shelf, stamp
from watcher.publish.standing import Standing
from watcher.store import Store

if TYPE_CHECKING:
    from watcher.feeds import forms, index, opml
else:
    forms, index, opml = (later(f"watcher.feeds.{name}") for name in ("forms", "index", "opml"))

#: So many entries a feed has at most, out of so many that changed last.
SIZE, LATEST = 50, 300

#: So many tags have a feed, those that most items bear: what a blog tags by the hundred is no feed.
TAGS = 100

_UPDATED = re.compile(rb"<updated>([^<]+)</updated>")
_PLAIN = re.compile(r"[\w. -]+")


def write_site(watches: Sequence[Watch], store: Store, shelf: Shelf, *, afresh: bool = False) -> bool:
    """Bring it up to date; with `afresh` also what seems to be right as it is. False where nothing was to be done: no
    feed has changed, nor what is said of a watch's health, nor the configuration. That costs one look at each watch's
    notes."""
    public = {watch.name: watch for watch in watches if not watch.private}
    heads = [(watch.name, watch.url, watch.title, str(watch.zone)) for watch in public.values()]
    notices = [each for each in store.notices() if _watch_of(each) in public]
    notes = Notes(shelf.notes / "all.json", afresh=afresh)
    stamps = [stamp(shelf.notes / f"{name}.json") for name in public]
    made_of = f"{__version__} {heads} {shelf.own('all', '')} {notices} {stamps}"
    made = [shelf.folder / name for name in (places.INDEX, places.OPML, places.STYLE, "all.xml", "health.xml")]
    if notes.stands("site", made_of, made):
        return False
    desk = _Desk(public, store, shelf, notes, {name: Reader(watch) for name, watch in public.items()}, {})
    rows = list(_rows(desk))
    own = [_everything(desk, rows), *_tags(desk, rows), _health(desk, notices)]
    _write_lists(shelf, list(public.values()), own)
    notes.made("site", made_of, made)
    notes.keep()
    return True


def outline(watches: Iterable[Watch], shelf: Shelf) -> bytes:
    """The OPML that a reader imports: the feeds of these watches, as far as they are written and not private. The
    feeds over all watches are not in it, so that no entry comes twice."""
    return opml.opml(list(_written(watches, shelf)))


@dataclass(frozen=True, slots=True)
class _Desk:
    """All that these files are made of."""

    watches: Mapping[str, Watch]
    store: Store
    shelf: Shelf
    notes: Notes
    readers: Mapping[str, Reader]
    made: dict[str, Forms]  # by their marks: an entry may stand in many feeds


@dataclass(frozen=True, slots=True)
class _Row:
    """An item that may stand in a feed, as each of its watches has it; `mark` differs as soon as its entry may."""

    sightings: Sequence[tuple[Watch, Seen]]
    mark: str

    @property
    def item(self) -> Item:
        return self.sightings[0][1].item


def _rows(desk: _Desk) -> Iterator[_Row]:
    """The items whose last change is latest, each id once: two watches may list it."""
    hidden = [name for name in desk.store.names() if name not in desk.watches]
    found: dict[str, list[tuple[Watch, Seen]]] = defaultdict(list)
    for name, seen in desk.store.latest_of_all(LATEST, without=hidden):
        if name in desk.watches:
            found[seen.id].append((desk.watches[name], seen))
    for sightings in found.values():
        made_of = " ".join(_made_of(watch, seen) for watch, seen in sightings)
        yield _Row(sightings, hashlib.sha256(made_of.encode("utf-8", "surrogatepass")).hexdigest())


def _made_of(watch: Watch, seen: Seen) -> str:
    home = f"{__version__} {watch.title} {watch.url} {watch.zone}"
    return f"{home} {replace(seen, keys=frozenset())} {stamp(watch.folder / seen.path)}"


def _everything(desk: _Desk, rows: Sequence[_Row]) -> Feed:
    feed = desk.shelf.own("all", "All watches")
    return _write(desk, feed, [row.mark for row in rows], partial(_entries, desk, feed, rows, ""))


def _tags(desk: _Desk, rows: Sequence[_Row]) -> Iterator[Feed]:
    """The feeds of tags. One that was there stays for who reads it, if only to say nothing for a while; and where
    versions are released that of security is there to be subscribed to before it has anything to say."""
    names: dict[str, str] = {}
    borne: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        for slug, tag in {tag_slug(tag): tag for tag in row.item.tags}.items():
            names.setdefault(slug, text.line(tag).casefold())
            borne[slug].append(row)
    names.pop("", None)
    most = sorted(names, key=lambda slug: (-len(borne[slug]), slug))[:TAGS]
    there = [path.stem for path in (desk.shelf.folder / "tag").glob("*.xml")]
    awaited = ["security"] if any(row.item.version for row in rows) else []
    for slug in sorted({*most, *there, *awaited}):
        feed = desk.shelf.own(f"tag/{slug}", f"Tag: {names.get(slug, slug)}")
        mine = borne.get(slug, [])
        yield _write(desk, feed, [row.mark for row in mine], partial(_entries, desk, feed, mine, slug))


def tag_slug(tag: str) -> str:
    """What a tag's files are called. Signs that a file's name cannot have leave a trace: C++ is not C."""
    slug, line = text.slug(tag), text.line(tag)
    if not slug or _PLAIN.fullmatch(line):
        return slug
    return f"{slug}-{hashlib.sha256(line.casefold().encode()).hexdigest()[:6]}"


def _health(desk: _Desk, notices: Sequence[Notice]) -> Feed:
    feed = desk.shelf.own("health", "Health of the watches")
    entries = [
        Entry(
            id=uuid.uuid5(uuid.UUID(feed.id), each.event).urn,
            title=each.title,
            link=desk.watches[_watch_of(each)].url,
            published=each.at,
            updated=each.at,
            summary=each.text,
        )
        for each in notices
    ]
    return _write(desk, feed, entries, lambda _: (forms.forms(each, feed) for each in entries))


def _watch_of(notice: Notice) -> str:
    return notice.event.partition("/")[0]


def _entries(desk: _Desk, feed: Feed, rows: Iterable[_Row], tag: str, standing: Standing) -> Iterator[Forms]:
    """The entries of these items, of those with a `tag` the ones that still bear it."""
    for row in rows:
        if entry := standing.get(row.mark) or _made(desk, feed, row, tag):
            yield entry


def _made(desk: _Desk, feed: Feed, row: _Row, tag: str) -> Forms | None:
    entry = _entry(desk, row)
    if entry is None or (tag and tag not in map(tag_slug, entry.tags)):  # its owner may have struck it out
        return None
    if row.mark not in desk.made:
        desk.made[row.mark] = forms.forms(entry, feed, row.mark)
    return desk.made[row.mark]


def _entry(desk: _Desk, row: _Row) -> Entry | None:
    """Of the first of its watches that has a record which can be read. Where nobody is said to have written it, that
    watch is named."""
    for watch, seen in row.sightings:
        if entry := desk.readers[watch.name].entry(seen):
            return replace(entry, author=entry.author or watch.title)
    return None


def _write(desk: _Desk, feed: Feed, made_of: object, entries: Callable[[Standing], Iterator[Forms]]) -> Feed:
    """Write a feed, unless it stands; its head, with the time of its last change. What cannot be written is told where
    the watch's own feed is."""
    made, said = desk.shelf.files(feed), f"{__version__} {feed} {made_of}"
    if not desk.notes.stands(feed.path, said, made):
        found = list(islice(entries(desk.notes.standing(feed.path, made)), SIZE))
        updated = max((each.updated for each in found), default=NEVER)
        issue = desk.shelf.write(replace(feed, updated=updated), found)
        desk.notes.made(feed.path, said, made, entries=issue.note)
    return _dated(desk.shelf, feed)


def _write_lists(shelf: Shelf, watches: Sequence[Watch], own: Sequence[Feed]) -> None:
    """The lists of all feeds that have entries."""
    shown = [*_written(watches, shelf), *(each for each in own if each.updated != NEVER)]
    files.replace(shelf.folder / places.OPML, outline(watches, shelf))
    files.replace(shelf.folder / places.INDEX, index.index(shown))
    shelf.style()


def _written(watches: Iterable[Watch], shelf: Shelf) -> Iterator[Feed]:
    heads = (_dated(shelf, shelf.feed(watch)) for watch in watches if not watch.private)
    return (head for head in heads if head.updated != NEVER)


def _dated(shelf: Shelf, feed: Feed) -> Feed:
    """With the time of the last change that the file tells; NEVER where there is none."""
    updated = NEVER
    with suppress(RecordError, ValueError):  # it is no file, or none of ours
        if said := _UPDATED.search(files.read(shelf.folder / places.atom(feed), 4096) or b""):
            updated = datetime.fromisoformat(said[1].decode())
    return replace(feed, updated=updated)
