"""What one look led to, all of it in the caller's one transaction."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, delete, select, update

from watcher.model import Change, Failed, Found, Known, Outcome, Response, Seen, Unchanged
from watcher.store import watches
from watcher.store.codec import dump_item
from watcher.store.database import insert, parts, take_turn
from watcher.store.items import add_keys, next_seq, values
from watcher.store.tables import bodies, checks, items, revisions
from watcher.store.tables import watches as table

_BODIES, _CHECKS = 3, 200  # how many are kept of each watch


def commit(
    connection: Connection,
    known: Known,
    outcome: Outcome,
    body: bytes,
    *,
    spec: str,
    due_at: datetime,
    now: datetime,
    took: timedelta,
) -> bool:
    """False, and nothing written, where `known` is no longer what is stored."""
    take_turn(connection, "watch", [known.name])
    stored = watches.known(connection, known.name)
    if stored.version != known.version:
        return False
    row = _after(stored, outcome, spec, now) | {"version": stored.version + 1, "due_at": due_at}
    if stored.version:
        connection.execute(update(table).where(table.c.name == known.name).values(row))
    else:
        connection.execute(insert(connection, table).values(name=known.name, **row))
    if not isinstance(outcome, Failed):
        _store_changes(connection, known.name, outcome.changes, now)
    if isinstance(outcome, Found):
        _keep_body(connection, known.name, outcome.response, body, now)
    _log(connection, stored, outcome, now, took)
    return True


def packed(outcome: Outcome) -> bytes:
    """The body to keep, made before the transaction begins: packing takes longer than all the rest."""
    return zlib.compress(outcome.response.body) if isinstance(outcome, Found) else b""


def _after(stored: Known, outcome: Outcome, spec: str, now: datetime) -> dict[str, Any]:
    """What the outcome makes of the watch's row."""
    match outcome:
        case Failed():
            row: dict[str, Any] = {"failures": stored.failures + 1, "error": outcome.error}
            return row | _health(stored, outcome.health, now)
        case Unchanged(response=response):
            # A 304 need not repeat the validators (RFC 9110 §15.4.5).
            kept = stored if response.status == 304 else response
            row = {"etag": response.etag or kept.etag, "last_modified": response.last_modified or kept.last_modified}
        case Found(response=response):
            row = {"etag": response.etag, "last_modified": response.last_modified, "body_hash": response.hash}
            row = row if outcome.settled else dict.fromkeys(row, "")
            row["listed"] = json.dumps(outcome.listed)
            if outcome.oldest is not None:
                row["oldest"] = outcome.oldest
    if any(change.kind in ("new", "edited") for change in outcome.changes):
        row["changed_at"] = now
    return row | {"spec": spec, "checked_at": now, "failures": 0, "error": ""} | _health(stored, "ok", now)


def _health(stored: Known, health: str, now: datetime) -> dict[str, Any]:
    if stored.health == "paused":  # only its owner ends that
        return {}
    # Trouble may change its face: it began when it began.
    same = health == stored.health or (health != "ok" and stored.failures > 0)
    return {"health": health, "since": stored.since if same and stored.since else now}


def _store_changes(connection: Connection, watch: str, changes: Sequence[Change], now: datetime) -> None:
    """Whether a change is an insert is asked of the table, not of its kind: an id that is there never costs a look."""
    there = _there(connection, watch, [change.seen.id for change in changes])
    places = _places(connection, watch, changes, there)
    # Of two that came with one id the upper stands.
    fresh = list({change.seen.id: change for change in reversed(changes) if change.seen.id not in there}.values())
    low = next_seq(connection, watch)
    if fresh:
        rows = [_new(watch, change.seen, seq, places[change.seen.id]) for seq, change in enumerate(fresh, low)]
        connection.execute(insert(connection, items), rows)
    if known := [change for change in changes if change.seen.id in there]:
        connection.execute(_UPDATE, [_changed(watch, change, there[change.seen.id], places) for change in known])
    add_keys(connection, watch, [(change.seen.id, change.seen.keys | change.keys) for change in changes])
    if edits := [_revision(watch, change, there, now) for change in changes if change.kind == "edited" or change.note]:
        connection.execute(insert(connection, revisions).on_conflict_do_nothing(), edits)


def _new(watch: str, seen: Seen, seq: int, path: str | None) -> dict[str, Any]:
    return values(watch, seen) | {"seq": seq, "path": path, "stale": not seen.pending}


#: Only what a look may change: whether an item is held, and how its record fares, may have changed meanwhile.
_CHANGING = ("item", "digest", "slug", "revised_at", "revision", "baseline", "pending", "path", "stale")
_UPDATE = (
    update(items)
    .where(items.c.watch == bindparam("its_watch"), items.c.id == bindparam("its_id"))
    .values({name: bindparam(f"to_{name}") for name in _CHANGING})
)


def _changed(watch: str, change: Change, there: Row[Any], places: dict[str, str | None]) -> dict[str, Any]:
    seen = change.seen
    row = {
        "item": dump_item(seen.item),
        "digest": seen.digest,
        "slug": seen.slug,
        "revised_at": max(seen.revised_at, there.revised_at),
        "revision": seen.revision,
        "baseline": seen.baseline,
        "pending": seen.pending,
        "path": places[seen.id],
        # Nothing is written of an item whose article is awaited; when that came, its record is due.
        "stale": not seen.pending and bool(there.stale or there.pending or change.kind != "touched"),
    }
    return {"its_watch": watch, "its_id": seen.id} | {f"to_{name}": row[name] for name in _CHANGING}


def _there(connection: Connection, watch: str, ids: Collection[str]) -> dict[str, Row[Any]]:
    wanted = select(items.c.id, items.c.path, items.c.pending, items.c.stale, items.c.revised_at, items.c.digest)
    rows: dict[str, Row[Any]] = {}
    for part in parts(ids):
        rows |= {row.id: row for row in connection.execute(wanted.where(items.c.watch == watch, items.c.id.in_(part)))}
    return rows


def _places(
    connection: Connection, watch: str, changes: Sequence[Change], there: dict[str, Row[Any]]
) -> dict[str, str | None]:
    """Each item's path: the one it has for good, or the one it asks for, with -2, -3 … where that is taken."""
    places = {id: row.path for id, row in there.items()}
    if all(places.get(change.seen.id) for change in changes):
        return places
    taken = set(connection.scalars(select(items.c.path).where(items.c.watch == watch)))
    for seen in (change.seen for change in changes):
        if not places.get(seen.id):
            places[seen.id] = _free(seen.path, taken) or None
            taken.add(places[seen.id])
    return places


def _free(path: str, taken: Collection[str | None]) -> str:
    stem, number, place = path.removesuffix(".md"), 2, path
    while place and place in taken:
        place, number = f"{stem}-{number}.md", number + 1
    return place


def _revision(watch: str, change: Change, there: dict[str, Row[Any]], now: datetime) -> dict[str, Any]:
    seen, before = change.seen, there.get(change.seen.id)
    return {
        "watch": watch,
        "item": seen.id,
        "revision": seen.revision,
        "seen_at": now,
        "note": change.note,
        "before": before and before.digest,
        "after": seen.digest,
    }


def _keep_body(connection: Connection, watch: str, response: Response, body: bytes, now: datetime) -> None:
    kind = response.headers.get("content-type", "")
    row = {"watch": watch, "fetched_at": now, "url": response.url, "content_type": kind, "body": body}
    connection.execute(insert(connection, bodies).values(row))
    _prune(connection, bodies, watch, _BODIES)


def _log(connection: Connection, known: Known, outcome: Outcome, now: datetime, took: timedelta) -> None:
    row: dict[str, Any] = {"watch": known.name, "started_at": now, "took_ms": round(took / timedelta(milliseconds=1))}
    if isinstance(outcome, Failed):
        row |= {"outcome": "failed", "status": outcome.status, "error": outcome.error}
    else:
        kinds = [change.kind for change in outcome.changes]
        row |= {"outcome": "found" if isinstance(outcome, Found) else "unchanged", "status": outcome.response.status}
        row["found"] = outcome.count if isinstance(outcome, Found) else len(known.listed)
        row |= {"new": kinds.count("new"), "edited": kinds.count("edited")}
    connection.execute(insert(connection, checks).values(row))
    _prune(connection, checks, known.name, _CHECKS)


def _prune(connection: Connection, log: Table, watch: str, keep: int) -> None:
    oldest = select(log.c.id).where(log.c.watch == watch).order_by(log.c.id.desc()).limit(1).offset(keep)
    connection.execute(delete(log).where(log.c.watch == watch, log.c.id <= oldest.scalar_subquery()))
