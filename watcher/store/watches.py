"""What is known of each watch, when it is due, and how its checks went. Functions of an open transaction."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, exists, false, func, select, true, update

from watcher.model import Known, Response, Standing
from watcher.store.database import insert, parts, take_turn
from watcher.store.tables import awaited, bodies, checks, hosts, items, keys, revisions, watches

#: Nobody looks at it until its owner says so: `Known.rests`.
_rests = (watches.c.health == "paused") | (func.coalesce(watches.c.stopped, "") != "")

_its = items.c.watch == watches.c.name
_KNOWN: Select[Any] = select(
    *watches.c,
    exists().where(_its, awaited).label("pending"),
    exists().where(_its, items.c.stale == true(), items.c.deleted == false()).label("stale"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of a watch's log. `outcome` is found, unchanged or failed; `found` counts what the page listed, `held`
    what waited for its owner, `known` what was known from then on and told to nobody: a first look's items."""

    started_at: datetime
    took: timedelta
    outcome: str
    status: int
    found: int
    new: int
    edited: int
    error: str
    held: int | None  # None, and `known` too, in rows older than these
    known: int | None


def standing(connection: Connection) -> list[Standing]:
    """Of every watch that was ever seen."""
    columns = [watches.c[name] for name in Standing._fields]
    return [Standing(*row) for row in connection.execute(select(*columns))]


def known(connection: Connection, watch: str) -> Known:
    return known_of(connection, [watch])[watch]


def known_of(connection: Connection, names: Collection[str]) -> dict[str, Known]:
    found = {name: Known(name=name) for name in names}
    for part in parts(names):
        found |= {row.name: _known(row) for row in connection.execute(_KNOWN.where(watches.c.name.in_(part)))}
    return found


def all_known(connection: Connection) -> list[Known]:
    return sorted(map(_known, connection.execute(_KNOWN)), key=lambda one: one.name)


def resting(connection: Connection) -> list[Known]:
    return list(map(_known, connection.execute(_KNOWN.where(_rests))))


def names(connection: Connection) -> list[str]:
    return list(connection.scalars(select(watches.c.name).order_by(watches.c.name)))


def due(connection: Connection, now: datetime) -> list[str]:
    which = (watches.c.due_at <= now) & ~_rests
    first = watches.c.checked_at.is_not(None), watches.c.due_at, watches.c.name
    return list(connection.scalars(select(watches.c.name).where(which).order_by(*first)))


def next_due(connection: Connection, names: Collection[str]) -> datetime | None:
    first = select(func.min(watches.c.due_at)).where(~_rests)
    found = (connection.scalar(first.where(watches.c.name.in_(part))) for part in parts(names))
    return min(filter(None, found), default=None)


def last_look(connection: Connection) -> datetime | None:
    return connection.scalar(select(checks.c.started_at).order_by(checks.c.id.desc()).limit(1))


def plan(
    connection: Connection, due: Mapping[str, datetime | None], standing: Iterable[Standing], now: datetime
) -> None:
    was = {each.name: each.due_at for each in standing}
    if new := [{"name": name, "version": 1, "since": now, "due_at": at} for name, at in due.items() if name not in was]:
        connection.execute(insert(connection, watches).on_conflict_do_nothing(), new)
    if moved := [{"its_name": name, "was": was[name], "at": at} for name, at in due.items() if name in was]:
        connection.execute(_PLAN, moved)


_PLAN = (
    update(watches)
    .where(watches.c.name == bindparam("its_name"), watches.c.due_at.is_not_distinct_from(bindparam("was")))
    .values(due_at=bindparam("at"))
)


def last_body(connection: Connection, watch: str) -> Response | None:
    return next((response for _, response in kept(connection, watch, most=1)), None)


def kept(connection: Connection, watch: str, most: int | None = None) -> list[tuple[datetime, Response]]:
    """The last responses that looks understood, newest first."""
    rows = connection.execute(select(bodies).where(bodies.c.watch == watch).order_by(bodies.c.id.desc()).limit(most))
    return [(row.fetched_at, _response(row)) for row in rows]


def _response(row: Row[Any]) -> Response:
    headers = {"content-type": row.content_type} if row.content_type else {}
    return Response(url=row.url, headers=headers, body=zlib.decompress(row.body))


def recall(connection: Connection, one: Known) -> None:
    """Stores a watch that is not there, as it was."""
    row = {field.name: getattr(one, field.name) for field in fields(one) if field.name in watches.c}
    connection.execute(insert(connection, watches).values(row | {"listed": json.dumps(one.listed)}))


def pause(connection: Connection, watch: str, on: bool, now: datetime) -> None:
    take_turn(connection, "watch", [watch])
    there = known(connection, watch)
    if not there.version and on:
        connection.execute(insert(connection, watches).values(name=watch, version=1, health="paused", since=now))
    elif there.health != "paused" if on else there.rests:
        values: dict[str, Any] = {"health": "paused", "since": now}
        if not on:
            values = {
                "health": "ok",
                "since": now,
                "failures": 0,
                "error": "",
                "hint": "",
                "due_at": now,
                "stopped": "",
            }
        connection.execute(update(watches).where(watches.c.name == watch).values(values))


def shelve(connection: Connection, marks: Sequence[tuple[str, str]]) -> list[None]:
    rows = [{"its_name": name, "mark": mark} for name, mark in marks]
    connection.execute(
        update(watches).where(watches.c.name == bindparam("its_name")).values(shelved=bindparam("mark")), rows
    )
    return [None] * len(marks)


def stopped(connection: Connection) -> dict[str, str]:
    rows = connection.execute(select(watches.c.name, watches.c.stopped).where(watches.c.stopped != ""))
    return {row.name: row.stopped for row in rows}


def due_now(connection: Connection, watch: str, now: datetime) -> None:
    connection.execute(update(watches).where(watches.c.name == watch).values(due_at=now))


def forget(connection: Connection, watch: str) -> None:
    take_turn(connection, "watch", [watch])
    connection.execute(delete(watches).where(watches.c.name == watch))
    for table in (items, keys, revisions, checks, bodies):
        connection.execute(delete(table).where(table.c.watch == watch))


def log(connection: Connection, watch: str, limit: int) -> list[Check]:
    newest = select(checks).where(checks.c.watch == watch).order_by(checks.c.id.desc()).limit(limit)
    return [_check(row) for row in connection.execute(newest)]


def holds(connection: Connection) -> dict[str, datetime]:
    rows = connection.execute(select(hosts.c.host, hosts.c.not_before).where(hosts.c.not_before.is_not(None)))
    return {row.host: row.not_before for row in rows}


def hold(connection: Connection, host: str, until: datetime) -> None:
    row = insert(connection, hosts).values(host=host, not_before=until)
    connection.execute(row.on_conflict_do_update(index_elements=["host"], set_={"not_before": until}))


def robots(connection: Connection, origin: str) -> tuple[str, datetime] | None:
    columns = select(hosts.c.robots, hosts.c.robots_at).where(hosts.c.host == origin, hosts.c.robots_at.is_not(None))
    row = connection.execute(columns).one_or_none()
    return (row.robots, row.robots_at) if row else None


def keep_robots(connection: Connection, origin: str, text: str, at: datetime) -> None:
    row = insert(connection, hosts).values(host=origin, robots=text, robots_at=at)
    connection.execute(row.on_conflict_do_update(index_elements=["host"], set_={"robots": text, "robots_at": at}))


def forget_hosts(connection: Connection, before: datetime) -> None:
    over = [column.is_(None) | (column <= before) for column in (hosts.c.not_before, hosts.c.robots_at)]
    connection.execute(delete(hosts).where(*over))


def _known(row: Row[Any]) -> Known:
    data = row._asdict() | {"listed": tuple(json.loads(row.listed)), "moves": row.moves or 0}
    data |= {name: data[name] or "" for name in ("shelved", "moved_to", "stopped", "jitter", "hint")}
    return Known(**data | {"disallowed": bool(row.disallowed)})


def _check(row: Row[Any]) -> Check:
    data = row._asdict()
    for name in ("id", "watch", "took_ms"):
        del data[name]
    return Check(**data, took=timedelta(milliseconds=row.took_ms))
