"""News of the watches themselves, and who wants to hear nothing of one. Functions of an open transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, delete, select

from watcher.model import Notice
from watcher.store.database import insert
from watcher.store.tables import mutes, notices


def add(connection: Connection, watch: str, found: Sequence[Notice]) -> set[str]:
    """Keeps what is new of them; the events that are kept now. What follows on something that was not kept is not."""
    wanted = {notice.event for notice in found} | {notice.after for notice in found}
    there = set(connection.scalars(select(notices.c.event).where(notices.c.event.in_(wanted)))) if wanted else set()
    kept = [each for each in found if each.event not in there and (not each.after or each.after in there)]
    if kept:
        rows = [_row(watch, notice) for notice in kept]
        connection.execute(insert(connection, notices).on_conflict_do_nothing(), rows)
    return {notice.event for notice in kept}


def named(connection: Connection, events: Collection[str]) -> dict[str, Notice]:
    """Those of these events, by event."""
    rows = connection.execute(select(notices).where(notices.c.event.in_(events)))
    return {row.event: Notice(event=row.event, at=row.at, title=row.title, text=row.text) for row in rows}


def latest(connection: Connection, limit: int) -> list[Notice]:
    """The last of all watches, newest first."""
    rows = connection.execute(select(notices).order_by(notices.c.id.desc()).limit(limit))
    return [Notice(event=row.event, at=row.at, title=row.title, text=row.text) for row in rows]


def forget(connection: Connection, watch: str) -> None:
    for table in (notices, mutes):
        connection.execute(delete(table).where(table.c.watch == watch))


def mute(connection: Connection, recipient: str, watch: str, on: bool, now: datetime) -> None:
    if on:
        row = {"recipient": recipient, "watch": watch, "at": now}
        connection.execute(insert(connection, mutes).values(row).on_conflict_do_nothing())
    else:
        connection.execute(delete(mutes).where(same_person(mutes.c.recipient, recipient), mutes.c.watch == watch))


def muted(connection: Connection, watch: str | None = None) -> list[tuple[str, str]]:
    """Who (recipient) hears nothing of which watch."""
    query = select(mutes.c.recipient, mutes.c.watch).order_by(mutes.c.at)
    found: Iterable[tuple[str, str]] = (
        (row.recipient, row.watch)
        for row in connection.execute(query if watch is None else query.where(mutes.c.watch == watch))
    )
    return list(found)


def same_person(column: Column[str], recipient: str) -> ColumnElement[bool]:
    address = recipient.partition(" ")[2]
    return column.endswith(f" {address}", autoescape=True) if address else column == recipient


def _row(watch: str, notice: Notice) -> dict[str, object]:
    return {"watch": watch, "event": notice.event, "at": notice.at, "title": notice.title, "text": notice.text}
