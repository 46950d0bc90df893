"""Stale items -> record files, and what their owner did to those that stand."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from watcher import files, records, times, urls
from watcher.diff import news
from watcher.errors import RecordError
from watcher.later import later
from watcher.match import lookup
from watcher.model import Entry, Item, Key, Record, Seen, Watch
from watcher.publish.revisions import followed, is_revision, numbered
from watcher.routing import Route
from watcher.store import Store

if TYPE_CHECKING:
    from watcher.feeds import entries
else:
    entries = later("watcher.feeds.entries")

#: So many records are written before they are made certain, and marked as written.
_TOGETHER = 100

_ID = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(slots=True)
class Published:
    """What a publishing did, for people: names of records, whether the feed's bytes changed, and what went wrong."""

    written: list[str] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)  # their owner edited them
    deleted: list[str] = field(default_factory=list)  # their owner deleted them
    released: list[str] = field(default_factory=list)  # drafts that their owner set free
    feed_changed: bool = False
    problems: list[RecordError] = field(default_factory=list)
    stamps: dict[str, files.Stamp] = field(default_factory=dict)  # of what was written, as it was left


def adopt(watch: Watch, store: Store, now: datetime, *, rebuilt: bool = False) -> int:
    """Take records that were there before us, or that their owner added, as known: never rewritten, never told. Nor are
    the edits that they tell of, where the store is older than they are. `rebuilt` is as for `adopted`."""
    there = files.listing(watch.folder) or {}
    known = store.paths(watch.name)
    found = [seen for name in there if name not in known and (seen := adopted(watch, name, now, rebuilt=rebuilt))]
    if found:
        edited = list[Seen]()
        if any(map(is_revision, found)):
            found = list(numbered(found, found))
            edited += followed((seen for _, seen in store.items(watch.name)), found)
        store.adopt(watch.name, sorted(found, key=lambda seen: (seen.first_seen, seen.path)), edited)
    return len(found)


def catch_up(watch: Watch, store: Store, now: datetime) -> None:
    """Let a store that is older than the records know what these tell of its time to come: drafts that nobody but us
    wrote wait for their owner's word, and of those that stand free by now people were told."""
    adopt(watch, store, now, rebuilt=True)
    free = [seen.id for seen in store.held(watch.name) if _is_free(watch, seen, Published())]
    store.accept(watch.name, free, tell=[], now=now)


def bring_up_to_date(route: Route, store: Store, now: datetime, done: Published) -> None:
    """Write the records that are due, and heed what their owner did to the others.

    Raises RecordError when all of a watch's records are gone at once: an unmounted folder, most likely.
    """
    _heed_deletions(route.watch, store, done)
    _release_drafts(route, store, now, done)
    stale = store.stale(route.watch.name)
    for some in (stale[first : first + _TOGETHER] for first in range(0, len(stale), _TOGETHER)):
        written = [pair for seen in some if (pair := _write(route.watch, store, seen, done))]
        for folder in {(route.watch.folder / seen.path).parent for seen, _ in written}:
            files.settle(folder)
        if written:
            store.all_written(route.watch.name, written)


class Reader:
    """The records of a watch, as entries of a feed. Of a broken one `problems` tells, and there is no entry of it."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.problems: dict[str, RecordError] = {}

    def entry(self, seen: Seen) -> Entry | None:
        """The entry of an item; None where its record is broken, gone, or a draft."""
        path = self.watch.folder / seen.path
        try:
            data = files.read(path)
            if data is None:
                return None
            return _rendered(data, path, replace(seen, keys=frozenset()), self.watch.url, self.watch.zone)
        except RecordError as error:
            self.problems[seen.path] = error
            return None


def adopted(watch: Watch, name: str, now: datetime, *, rebuilt: bool = False) -> Seen | None:
    """An owner's record as a known item; None for a file that is no record of ours to know (no `url`, or broken). Where
    the database is `rebuilt`, a draft that nobody but us wrote is held again."""
    try:
        data = (watch.folder / name).read_bytes()
        record = records.loads(data, name)
    except (RecordError, OSError):
        return None
    item, modified = records.item(record, _link(record, watch.url)), record.extra.get("lastmod")
    when = min(times.moment(record.date, watch.zone), now)
    said = record.extra.get("id")
    id_ = said if isinstance(said, str) and _ID.fullmatch(said) else urls.mint(item.link)
    seen = Seen(
        id=id_,
        item=item,
        digest="",
        slug=records.slug(item, watch.url),
        seq=0,
        first_seen=when,
        revised_at=when,
        keys=frozenset(_keys(item, watch.url)),
        baseline=True,
        path=name,
        adopted=True,
    )
    if isinstance(modified, datetime):
        seen = replace(seen, revised_at=times.moment(modified, UTC), revision=1)
    if rebuilt and record.draft and records.dumps(_record_of(seen, watch, draft=True, url=record.url)) == data:
        return replace(seen, held=True, adopted=False, written=_hash(data))
    return seen


def _keys(item: Item, page: str) -> Iterator[Key]:
    """By what a record is found again: its own address, else its title and day. Whether the page dates it, a record
    that has a time does not say: that may be when it was first seen."""
    yield lookup(item, page)[-1]
    if isinstance(item.published, datetime) and len(lookup(item, page)) == 1:
        yield lookup(replace(item, published=None), page)[-1]


def _link(record: Record, site: str) -> str:
    told = (record.extra.get("link"), record.url)
    said = (urls.absolute(site, link) for link in told if isinstance(link, str) and link)
    return next(filter(None, said), site)


def _heed_deletions(watch: Watch, store: Store, done: Published) -> None:
    """A record that its owner deleted stays deleted, and a waiting alert about it is dropped."""
    written = store.written_paths(watch.name)
    there = files.listing(watch.folder)
    gone = {path: item for path, item in written.items() if path not in (there or {})}
    if gone and (there is None or (len(gone) == len(written) > 1)):
        raise RecordError(
            watch.folder,
            f"all {len(gone)} records of {watch.name} are gone",
            hint="mount the folder or put them back; the feed stays as it is until then",
        )
    if gone:
        store.deleted(watch.name, list(gone.values()))
        done.deleted.extend(gone)


def _release_drafts(route: Route, store: Store, now: datetime, done: Published) -> None:
    """A held item whose owner set `draft: false` is published, and told."""
    watch = route.watch
    free = [seen for seen in store.held(watch.name) if _is_free(watch, seen, done)]
    if free:
        tell = [row for seen in free for row in route.tell(news(watch, seen.id, seen.item), seen, now)]
        store.accept(watch.name, [seen.id for seen in free], tell=tell, now=now)
        done.released.extend(seen.path for seen in free)


def _is_free(watch: Watch, seen: Seen, done: Published) -> bool:
    record = _record(watch, seen, done) if seen.written else None
    return record is not None and not record.draft


def _write(watch: Watch, store: Store, seen: Seen, done: Published) -> tuple[Seen, str] | None:
    """Bring one record up to date: the hash of what stands there now. None where its owner made it theirs, or where it
    cannot be written."""
    try:
        return _written(watch, store, seen, done)
    except RecordError as error:
        done.problems.append(error)
        return None


def _written(watch: Watch, store: Store, seen: Seen, done: Published) -> tuple[Seen, str] | None:
    path = watch.folder / seen.path
    there = files.read(path)
    was = records.loads(there, path) if there is not None and _hash(there) == seen.written else None
    record = _record_of(seen, watch, draft=seen.held, url=was.url if was else "")
    # A date learnt later, like a move, leaves what people link to and sort by as it is.
    record = replace(record, date=was.date if was else record.date)
    data = records.dumps(record)
    if there is not None and _hash(there) not in (seen.written, _hash(data)):
        store.left_alone(watch.name, seen.id)
        done.left_alone.append(seen.path)
        return None
    if files.replace(path, data, settled=False):
        done.written.append(seen.path)
        done.stamps[seen.path] = files.stamp(path.stat())
    return seen, _hash(data)


def _record_of(seen: Seen, watch: Watch, *, draft: bool, url: str) -> Record:
    return records.of_item(
        seen.item,
        first_seen=seen.first_seen,
        site=watch.url,
        id=seen.id,
        draft=draft,
        revised_at=seen.revised_at if seen.revision else None,
        url=url,
    )


def _record(watch: Watch, seen: Seen, done: Published) -> Record | None:
    try:
        data = files.read(watch.folder / seen.path)
        return records.loads(data, watch.folder / seen.path) if data is not None else None
    except RecordError as error:
        done.problems.append(error)
        return None


# What stands in the feed of a watch stands in that over all watches as well, and rendering is what takes the time.
@lru_cache(maxsize=256)
def _rendered(data: bytes, path: Path, seen: Seen, site: str, zone: tzinfo) -> Entry | None:
    record = records.loads(data, path)
    return None if record.draft else entries.entry(record, seen, site=site, zone=zone, ours=_hash(data) == seen.written)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
