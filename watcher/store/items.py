"""The items of a watch, and how their records fare. Functions of an open transaction."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, bindparam, case, func, select, true, update
from sqlalchemy import delete as delete_from

from watcher.model import Item, Key, Seen, Turn
from watcher.store.codec import dump_item, load_item, mark
from watcher.store.database import insert, parts, take_turn
from watcher.store.tables import awaited, items, keys, public, recorded, revisions, waits, watches
from watcher.text import line, shorten

#: So many of an item's last edits tell whether it flips between two forms.
_TURNS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One edit of an item; `note` is a unified diff."""

    item: str
    revision: int
    seen_at: datetime
    note: str


class Fate(NamedTuple):
    """What became of an item beside what it says: the lines of its journal, and what its owner did."""

    why: str
    deleted: bool
    swallowed: bool
    purged: bool


class Place(NamedTuple):
    """Where an item stands, without what it says: in the feed; nowhere, since its first record is still to be written;
    or nowhere, since it is held, deleted, or accepted as known."""

    seq: int
    state: Literal["shown", "awaited", "away"]
    path: str
    revised_at: datetime
    id: str


def having(connection: Connection, watch: str, listed: Iterable[str], wanted: Iterable[Key]) -> list[Seen]:
    """The items that were listed, and those that carry one of the `wanted` keys."""
    ids = set(listed)
    for part in parts(set(map(mark, wanted))):
        ids.update(connection.scalars(select(keys.c.item).where(keys.c.watch == watch, keys.c.mark.in_(part))))
    return by_id(connection, watch, ids)


def by_id(connection: Connection, watch: str, ids: Collection[str]) -> list[Seen]:
    rows = [row for part in parts(ids) for row in connection.execute(select(items).where(_these(watch, part)))]
    return seens(connection, sorted(rows, key=lambda row: row.seq))


def where(connection: Connection, watch: str, condition: ColumnElement[bool]) -> list[Seen]:
    rows = connection.execute(select(items).where(items.c.watch == watch, condition).order_by(items.c.seq))
    return seens(connection, rows.all())


def stale(connection: Connection, watch: str) -> list[Seen]:
    """Whose records are to be written. What was accepted as known is written as the draft that it stays."""
    rows = connection.execute(
        select(items).where(items.c.watch == watch, items.c.stale == true(), ~items.c.deleted).order_by(items.c.seq)
    ).all()
    return seens(connection, rows, drafts={row.id for row in rows if row.swallowed})


def stale_watches(connection: Connection) -> list[str]:
    return list(connection.scalars(select(items.c.watch).where(items.c.stale == true(), ~items.c.deleted).distinct()))


def latest(connection: Connection, watch: str, limit: int | None, offset: int, seqs: range | None) -> list[Seen]:
    query = select(items).where(items.c.watch == watch, public, recorded)
    if seqs is not None:
        query = query.where(items.c.seq >= seqs.start, items.c.seq < seqs.stop)
    query = query.order_by(items.c.revised_at.desc(), items.c.seq.desc()).limit(limit).offset(offset)
    return seens(connection, connection.execute(query).all())


def latest_of_all(connection: Connection, limit: int, without: Collection[str]) -> list[tuple[str, Seen]]:
    query = select(items).where(public, recorded, items.c.watch.not_in(without))
    query = query.order_by(items.c.revised_at.desc(), items.c.seq.desc(), items.c.watch).limit(limit)
    rows = connection.execute(query).all()
    return list(zip([row.watch for row in rows], seens(connection, rows), strict=True))


def places(connection: Connection, watch: str) -> list[Place]:
    state = case((~public, "away"), (recorded, "shown"), else_="awaited")
    query = select(items.c.seq, state, func.coalesce(items.c.path, ""), items.c.revised_at, items.c.id)
    return list(map(Place._make, connection.execute(query.where(items.c.watch == watch).order_by(items.c.seq)).all()))


def marks(connection: Connection, watch: str, ids: Collection[str]) -> dict[str, str]:
    query = select(items.c.id, items.c.first_seen, items.c.item)
    rows = (row for part in parts(ids) for row in connection.execute(query.where(_these(watch, part))).all())
    return {id: hashlib.sha256(f"{first_seen} {item}".encode()).hexdigest() for id, first_seen, item in rows}


def newest(
    connection: Connection, watch: str | None, since: datetime | None, limit: int | None
) -> list[tuple[str, Seen]]:
    query = select(items).order_by(items.c.first_seen.desc(), items.c.seq.desc(), items.c.watch).limit(limit)
    if watch is not None:
        query = query.where(items.c.watch == watch)
    if since is not None:
        query = query.where(items.c.first_seen >= since)
    rows = connection.execute(query).all()
    return list(zip([row.watch for row in rows], seens(connection, rows), strict=True))


def fate(connection: Connection, watch: str, item: str) -> Fate:
    columns = items.c.why, items.c.deleted, items.c.swallowed, items.c.purged
    row = connection.execute(select(*columns).where(_these(watch, [item]))).one()
    return Fate(row.why or "", row.deleted, row.swallowed, row.purged)


def newest_titles(connection: Connection) -> dict[str, str]:
    """One seek in an index for each watch, however many items it has."""
    its = items.alias("its")
    first = select(its.c.item).where(its.c.watch == watches.c.name)
    first = first.order_by(its.c.first_seen.desc(), its.c.seq.desc()).limit(1)
    rows = connection.execute(select(watches.c.name, first.scalar_subquery()))
    return {watch: load_item(item).title for watch, item in rows if item}


def counts(connection: Connection, which: ColumnElement[bool]) -> dict[str, int]:
    """How many such each watch has, of those that have any."""
    counts = select(items.c.watch, func.count()).where(which).group_by(items.c.watch).order_by(items.c.watch)
    return {watch: count for watch, count in connection.execute(counts)}


def paths(connection: Connection, watch: str, which: ColumnElement[bool]) -> dict[str, str]:
    there = select(items.c.path, items.c.id).where(items.c.watch == watch, items.c.path.is_not(None), which)
    return {path: item for path, item in connection.execute(there.where(~items.c.deleted))}


def hashes(connection: Connection, watch: str) -> dict[str, tuple[str, str]]:
    rows = connection.execute(select(items.c.path, items.c.id, items.c.written).where(items.c.watch == watch))
    return {path: (item, written) for path, item, written in rows if path}


def changes(connection: Connection, watch: str, item: str | None, limit: int | None) -> list[Revision]:
    query = select(revisions).where(revisions.c.watch == watch).limit(limit)
    query = query.order_by(revisions.c.seen_at.desc(), revisions.c.revision.desc(), revisions.c.item)
    if item is not None:
        query = query.where(revisions.c.item == item)
    rows = connection.execute(query)
    return [Revision(item=row.item, revision=row.revision, seen_at=row.seen_at, note=row.note) for row in rows]


def turns(connection: Connection, watch: str, ids: Collection[str]) -> dict[str, list[Turn]]:
    """The last edits of each of these items."""
    found: dict[str, list[Turn]] = defaultdict(list)
    query = select(revisions.c.item, revisions.c.seen_at, revisions.c.before, revisions.c.after)
    for part in parts(ids):
        here = query.where(revisions.c.watch == watch, revisions.c.item.in_(part))
        for item, at, before, after in connection.execute(here.order_by(revisions.c.revision.desc())):
            if before and after and len(found[item]) < _TURNS:
                found[item].append(Turn(at, before, after))
    return found


def adopt(connection: Connection, watch: str, found: Iterable[Seen]) -> None:
    """Stores records that were there before us, or that their owner brought back. What is known stays as it is."""
    take_turn(connection, "watch", [watch])
    known = connection.execute(select(items.c.id, items.c.path, items.c.deleted).where(items.c.watch == watch)).all()
    whose, gone = {row.path: row.id for row in known}, {row.id: row.deleted for row in known}
    theirs: dict[str, Seen] = {}
    for one in found:
        if whose.get(one.path, one.id) == one.id and gone.get(one.id, True):
            theirs.setdefault(one.id, one)
    _add(connection, watch, [one for id, one in theirs.items() if id not in gone])
    for one in (one for id, one in theirs.items() if id in gone):
        mine = {"path": one.path, "adopted": True, "written": "", "stale": False, "deleted": False}
        connection.execute(update(items).where(_these(watch, [one.id])).values(mine))


def edited(connection: Connection, watch: str, found: Iterable[Seen]) -> None:
    for one in found:
        form = {"item": dump_item(one.item), "digest": one.digest, "revision": one.revision}
        connection.execute(update(items).where(_these(watch, [one.id])).values(form))


def recall(connection: Connection, watch: str, recalled: Sequence[Seen]) -> None:
    """Stores items of a watch that has none, each with the place in the order that it had."""
    more = ("seq", "adopted", "written")
    rows = [values(watch, one) | {name: getattr(one, name) for name in more} for one in recalled]
    connection.execute(insert(connection, items), rows)
    add_keys(connection, watch, [(one.id, one.keys) for one in recalled])


def written(connection: Connection, watch: str, item: str, sha256: str, of: Seen | None) -> None:
    take_turn(connection, "watch", [watch])
    here = _these(watch, [item])
    connection.execute(update(items).where(here).values(written=sha256))
    if of is not None:  # what changed since `of` was read is still to be written
        here &= (items.c.revision == of.revision) & ((items.c.held | items.c.swallowed) == of.held)
    connection.execute(update(items).where(here).values(stale=False))


def all_written(connection: Connection, arguments: Sequence[tuple[str, Sequence[tuple[Seen, str]]]]) -> list[None]:
    take_turn(connection, "watch", [watch for watch, _ in arguments])
    rows = [
        {"its_watch": watch, "its_id": seen.id, "sha256": sha256, "its_revision": seen.revision, "as_draft": seen.held}
        for watch, records in arguments
        for seen, sha256 in records
    ]
    connection.execute(_WRITTEN, [{name: row[name] for name in ("its_watch", "its_id", "sha256")} for row in rows])
    connection.execute(_UP_TO_DATE, [{name: row[name] for name in row if name != "sha256"} for row in rows])
    return [None] * len(arguments)


_one = (items.c.watch == bindparam("its_watch")) & (items.c.id == bindparam("its_id"))
_WRITTEN = update(items).where(_one).values(written=bindparam("sha256"))
#: What changed since its state was read is still to be written.
_as_read = (items.c.revision == bindparam("its_revision")) & (
    (items.c.held | items.c.swallowed) == bindparam("as_draft")
)
_UP_TO_DATE = update(items).where(_one, _as_read).values(stale=False)


def left_alone(connection: Connection, watch: str, item: str) -> None:
    take_turn(connection, "watch", [watch])
    theirs = items.c.adopted | (items.c.written == "")  # never ours: a file stood there before we wrote
    connection.execute(update(items).where(_these(watch, [item])).values(stale=False, adopted=theirs))


def delete(connection: Connection, watch: str, ids: Collection[str]) -> None:
    take_turn(connection, "watch", [watch])
    for part in parts(ids):
        connection.execute(update(items).where(_these(watch, part)).values(deleted=True, stale=False))


def unhold(connection: Connection, watch: str, ids: Collection[str], change: Mapping[str, Any]) -> list[str]:
    """Ends the hold of those of `ids` that are held, with `change` for each; says which they were."""
    take_turn(connection, "watch", [watch])
    mine: list[str] = []
    for part in parts(ids):
        mine += connection.scalars(select(items.c.id).where(_these(watch, part), waits).order_by(items.c.seq))
        connection.execute(update(items).where(_these(watch, part), waits).values(held=False, **change))
    return mine


def purge(connection: Connection, watch: str, listed: Collection[str], before: datetime, limit: int) -> int:
    take_turn(connection, "watch", [watch])
    waiting = (items.c.held & ~items.c.deleted) | awaited | items.c.stale | items.c.purged
    old = select(items.c.id, items.c.item).where(items.c.watch == watch, items.c.revised_at < before, ~waiting)
    listed = set(listed)
    rows = [row for row in connection.execute(old.order_by(items.c.revised_at)) if row.id not in listed][:limit]
    for id_, item in rows:
        gone = {"item": dump_item(_tombstone(load_item(item))), "purged": True}
        connection.execute(update(items).where(_these(watch, [id_])).values(gone))
        connection.execute(delete_from(revisions).where(revisions.c.watch == watch, revisions.c.item == id_))
    return len(rows)


def _tombstone(item: Item) -> Item:
    """What tells an item from others, and what an entry takes when its record says nothing."""
    summary = shorten(line(item.summary), 300)
    return replace(item, summary=summary, body="", author="", tags=(), enclosures=())


def add_keys(connection: Connection, watch: str, of: Iterable[tuple[str, Iterable[Key]]]) -> None:
    """Keys are only ever added, and one that belongs to an item already stays there."""
    rows = [
        {"watch": watch, "mark": mark((kind, value)), "item": item, "kind": kind, "value": value}
        for item, found in of
        for kind, value in sorted(found)
    ]
    if rows:
        connection.execute(insert(connection, keys).on_conflict_do_nothing(), rows)


def _add(connection: Connection, watch: str, adopted: Sequence[Seen]) -> None:
    if adopted:
        first = next_seq(connection, watch)
        rows = [
            values(watch, one) | {"seq": seq, "written": one.written, "adopted": not one.written}
            for seq, one in enumerate(adopted, first)
        ]
        connection.execute(insert(connection, items), rows)
        add_keys(connection, watch, [(one.id, one.keys) for one in adopted])


def next_seq(connection: Connection, watch: str) -> int:
    top = connection.scalar(select(func.max(items.c.seq)).where(items.c.watch == watch))
    return (top or 0) + 1


def values(watch: str, seen: Seen) -> dict[str, Any]:
    """A new row, but for its place in the order."""
    return {
        "watch": watch,
        "id": seen.id,
        "item": dump_item(seen.item),
        "digest": seen.digest,
        "slug": seen.slug,
        "first_seen": seen.first_seen,
        "revised_at": seen.revised_at,
        "revision": seen.revision,
        "baseline": seen.baseline,
        "held": seen.held,
        "pending": seen.pending,
        "path": seen.path or None,
    }


def seens(connection: Connection, rows: Sequence[Row[Any]], drafts: Collection[str] = ()) -> list[Seen]:
    """Rows of `items` as the nouns that they are, with their keys; those in `drafts` as held."""
    marks = _keys(connection, {row.id for row in rows})
    return [_seen(row, marks[row.watch, row.id], row.id in drafts) for row in rows]


def _seen(row: Row[Any], its_keys: Iterable[Key], draft: bool) -> Seen:
    item: Item = load_item(row.item)
    return Seen(
        id=row.id,
        item=item,
        digest=row.digest,
        slug=row.slug,
        seq=row.seq,
        first_seen=row.first_seen,
        revised_at=row.revised_at,
        keys=frozenset(its_keys),
        revision=row.revision,
        baseline=row.baseline,
        held=row.held or draft,
        pending=row.pending,
        path=row.path or "",
        written=row.written,
        adopted=row.adopted,
    )


def _keys(connection: Connection, ids: Collection[str]) -> dict[tuple[str, str], set[Key]]:
    """All keys of these items, in whatever watch: an id seldom is in two."""
    found = defaultdict[tuple[str, str], set[Key]](set)
    for part in parts(ids):
        rows = connection.execute(
            select(keys.c.watch, keys.c.item, keys.c.kind, keys.c.value).where(keys.c.item.in_(part))
        )
        for watch, item, kind, value in rows:
            found[watch, item].add((kind, value))
    return found


def _these(watch: str, ids: Collection[str]) -> ColumnElement[bool]:
    return (items.c.watch == watch) & items.c.id.in_(ids)
