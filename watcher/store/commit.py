"""What one look led to, all of it in the caller's one transaction."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Table, bindparam, delete, func, select, update

from watcher.model import MOVES, Change, Failed, Found, Known, Notice, Outcome, Response, Unchanged
from watcher.store import notices, outbox, paths, watches
from watcher.store.codec import dump_item
from watcher.store.database import insert, parts, take_turn
from watcher.store.items import add_keys, next_seq, values
from watcher.store.outbox import Telling
from watcher.store.tables import bodies, checks, items, revisions
from watcher.store.tables import watches as table

_LINES = 30  # of an item's journal


class Keep(NamedTuple):
    """How many of each watch are kept."""

    bodies: int = 3
    checks: int = 200


KEPT = Keep()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A look as it ended. `known` is what was known when it began, at `now`."""

    known: Known
    outcome: Outcome
    spec: str
    due_at: datetime
    fresh_until: datetime | None = None
    pause: int | None = None
    now: datetime
    took: timedelta
    body: bytes = b""  # to be kept; packed before the transaction begins, for that takes longer than all the rest
    tell: Sequence[Telling] = ()
    notices: Sequence[Notice] = ()
    keep: Keep = KEPT

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to be written but that it took place."""
        same = self.known.version and self.known.spec == self.spec and self.known.health == "ok"
        if not (same and isinstance(self.outcome, Unchanged)) or self.known.failures:
            return False
        moves = _moves(self.known, self.outcome.response, self.spec)
        return not (self.outcome.changes or self.tell or self.notices or moves)


def packed(outcome: Outcome) -> bytes:
    """The body to keep."""
    return zlib.compress(outcome.response.body) if isinstance(outcome, Found) else b""


def commit(connection: Connection, look: Look) -> bool:
    """False, and nothing written, where `known` is no longer what is stored."""
    name = look.known.name
    take_turn(connection, "watch", [name])
    stored = watches.known(connection, name)
    if stored.version != look.known.version:
        return False
    row = _after(stored, look.outcome, look.spec, look.now) | {"version": stored.version + 1, "due_at": look.due_at}
    if not isinstance(look.outcome, Failed):
        row |= {"fresh_until": look.fresh_until, "pause": look.pause}
    if stored.version:
        connection.execute(update(table).where(table.c.name == name).values(row))
    else:
        connection.execute(insert(connection, table).values(name=name, **row))
    if not isinstance(look.outcome, Failed):
        _store_changes(connection, name, look.outcome.changes, look.now)
    if isinstance(look.outcome, Found):
        _keep_body(connection, look, look.outcome.response)
    _log(connection, [look])
    untold = {notice.event for notice in look.notices} - notices.add(connection, name, look.notices)
    outbox.add(connection, name, [row for row in look.tell if row[1] not in untold], look.now)
    return True


def commit_quiet(connection: Connection, looks: Sequence[Look]) -> list[bool]:
    """The same for many looks after which nothing is to be written but that they took place."""
    names = [look.known.name for look in looks]
    take_turn(connection, "watch", names)
    stored: dict[str, int] = {}
    for part in parts(names):
        rows = connection.execute(select(table.c.name, table.c.version).where(table.c.name.in_(part)))
        stored |= {name: version for name, version in rows}
    good = {look.known.name: look for look in looks if stored.get(look.known.name) == look.known.version}
    if good:
        connection.execute(_QUIET, [_checked(look) for look in good.values()])
        _log(connection, good.values())
    return [good.get(look.known.name) is look for look in looks]


_OF_QUIET = ("version", "due_at", "fresh_until", "checked_at", "etag", "last_modified")

#: Whether its owner paused it meanwhile is left as it is.
_QUIET = (
    update(table)
    .where(table.c.name == bindparam("its_name"))
    .values({name: bindparam(f"to_{name}") for name in _OF_QUIET})
)


def _checked(look: Look) -> dict[str, Any]:
    row = _after(look.known, look.outcome, look.spec, look.now)
    return {
        "its_name": look.known.name,
        "to_version": look.known.version + 1,
        "to_due_at": look.due_at,
        "to_fresh_until": look.fresh_until,
        **{f"to_{name}": row[name] for name in ("checked_at", "etag", "last_modified")},
    }


def _after(stored: Known, outcome: Outcome, spec: str, now: datetime) -> dict[str, Any]:
    """What the outcome makes of the watch's row."""
    match outcome:
        case Failed():
            row: dict[str, Any] = {"failures": stored.failures + 1, "error": outcome.error}
            row["hint"] = outcome.hint
            row["stopped"] = spec if outcome.final else ""
            return row | _health(stored, outcome.health, now)
        case Unchanged(response=response):
            # A 304 need not repeat the validators (RFC 9110 §15.4.5).
            kept = stored if response.status == 304 else response
            row = {"etag": response.etag or kept.etag, "last_modified": response.last_modified or kept.last_modified}
        case Found(response=response):
            row = {"etag": response.etag, "last_modified": response.last_modified, "body_hash": response.hash}
            row = row if outcome.settled else dict.fromkeys(row, "")
            row |= {"listed": json.dumps(outcome.listed), "disallowed": response.disallowed, "jitter": outcome.jitter}
            if outcome.oldest is not None:
                row["oldest"] = outcome.oldest
    if any(change.kind in ("new", "edited") for change in outcome.changes):
        row["changed_at"] = now
    row |= {"spec": spec, "checked_at": now, "failures": 0, "error": "", "hint": "", "stopped": ""}
    return row | _moves(stored, outcome.response, spec) | _health(stored, "ok", now)


def _moves(stored: Known, response: Response, spec: str) -> dict[str, Any]:
    """What is known of where the page has moved to; another rule may have another address."""
    if response.moved_to != stored.moved_to or spec != stored.spec:
        return {"moved_to": response.moved_to, "moves": int(bool(response.moved_to))}
    return {"moves": stored.moves + 1} if response.moved_to and stored.moves < MOVES else {}


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
        rows = [_new(watch, change, seq, places[change.seen.id]) for seq, change in enumerate(fresh, low)]
        connection.execute(insert(connection, items), rows)
    if known := [change for change in changes if change.seen.id in there]:
        connection.execute(_UPDATE, [_changed(watch, change, there[change.seen.id], places) for change in known])
    add_keys(connection, watch, [(change.seen.id, change.seen.keys | change.keys) for change in changes])
    if edits := [_revision(watch, change, there, now) for change in changes if change.kind == "edited" or change.note]:
        connection.execute(insert(connection, revisions).on_conflict_do_nothing(), edits)


def _new(watch: str, change: Change, seq: int, path: str | None) -> dict[str, Any]:
    return values(watch, change.seen) | {"seq": seq, "path": path, "stale": not change.seen.pending, "why": change.why}


#: Only what a look may change: whether an item is held, and how its record fares, may have changed meanwhile.
_CHANGING = (
    "item",
    "digest",
    "slug",
    "revised_at",
    "revision",
    "baseline",
    "pending",
    "path",
    "stale",
    "purged",
    "why",
)
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
        "purged": False,
        "why": _journal(there.why, change.why),
    }
    return {"its_watch": watch, "its_id": seen.id} | {f"to_{name}": row[name] for name in _CHANGING}


def _journal(before: str | None, line: str) -> str:
    """How an item came to be known, and the last lines since."""
    lines = [*(before or "").splitlines(), *line.splitlines()]
    return "\n".join(lines if len(lines) <= _LINES else [lines[0], *lines[1 - _LINES :]])


def _there(connection: Connection, watch: str, ids: Collection[str]) -> dict[str, Row[Any]]:
    wanted = select(
        items.c.id, items.c.path, items.c.pending, items.c.stale, items.c.revised_at, items.c.digest, items.c.why
    )
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
    taken = {path for path in connection.scalars(select(items.c.path).where(items.c.watch == watch)) if path}
    wanted: dict[str, str] = {}
    for seen in (change.seen for change in changes):
        if not places.get(seen.id):
            wanted[seen.id] = wanted.get(seen.id) or seen.path
    free = paths.free(filter(None, wanted.values()), taken)
    return places | {id: next(free) if path else None for id, path in wanted.items()}


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


def _keep_body(connection: Connection, look: Look, response: Response) -> None:
    watch, kind = look.known.name, response.headers.get("content-type", "")
    row = {"watch": watch, "fetched_at": look.now, "url": response.url, "content_type": kind, "body": look.body}
    connection.execute(insert(connection, bodies).values(row))
    _shorten(connection, bodies, watch, look.keep.bodies)


def _log(connection: Connection, looks: Iterable[Look]) -> None:
    """A line for each; they are all of one look that read its page, or failed, or of looks that did neither."""
    same = all(isinstance(look.outcome, Unchanged) for look in looks)
    into = insert(connection, checks)
    connection.execute(into.values(found=_FOUND_BEFORE) if same else into, [_logged(look) for look in looks])
    _prune(connection, looks)


_before = checks.alias()
#: An unchanged page holds as many items that count as it did when it was last read; what else is listed is no matter.
_FOUND_BEFORE = func.coalesce(
    select(_before.c.found)
    .where(_before.c.watch == bindparam("its_name"), _before.c.outcome != "failed")
    .order_by(_before.c.id.desc())
    .limit(1)
    .scalar_subquery(),
    bindparam("listed"),
)


def _logged(look: Look) -> dict[str, Any]:
    outcome, took_ms = look.outcome, round(look.took / timedelta(milliseconds=1))
    row: dict[str, Any] = {"watch": look.known.name, "started_at": look.now, "took_ms": took_ms}
    row |= dict.fromkeys(("status", "new", "edited", "held", "known"), 0) | {"error": ""}
    if isinstance(outcome, Failed):
        return row | {"outcome": "failed", "status": outcome.status, "found": 0, "error": outcome.error}
    kinds = [change.kind for change in outcome.changes]
    row |= {"status": outcome.response.status, "new": kinds.count("new"), "edited": kinds.count("edited")}
    row |= {"held": kinds.count("held"), "known": kinds.count("stock")}
    if isinstance(outcome, Found):
        return row | {"outcome": "found", "found": outcome.count}
    return row | {"outcome": "unchanged", "its_name": look.known.name, "listed": len(look.known.listed)}


def _prune(connection: Connection, looks: Iterable[Look]) -> None:
    """The log may grow a little beyond its size: to shorten it takes longer than to write it."""
    for look in looks:
        if look.known.version % 16 == 15:
            _shorten(connection, checks, look.known.name, look.keep.checks)


def _shorten(connection: Connection, log: Table, watch: str, keep: int) -> None:
    oldest = select(log.c.id).where(log.c.watch == watch).order_by(log.c.id.desc()).limit(1).offset(keep)
    connection.execute(delete(log).where(log.c.watch == watch, log.c.id <= oldest.scalar_subquery()))
