"""What hubs are to be told of feeds: rows of the outbox that overtake one another. Functions of an open transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from watcher.store.database import insert, take_turn
from watcher.store.outbox import LEASE_AHEAD, sweep
from watcher.store.tables import outbox

# All there are. Named, they let the index over state, recipient and watch serve.
_STATES = ("waiting", "sent", "dead", "dropped", "void")


def add(connection: Connection, watch: str, tell: Sequence[tuple[str, str]], now: datetime) -> None:
    """Rows (recipient, event) to be sent; an event is TOPIC/STATE. One that exists stays as it is. Whoever is told of a
    topic looks at it as it then is: so a row that waits, its delay and its letter with it, is about the newest state
    from now on, and of earlier ones that are over nothing is kept."""
    take_turn(connection, "recipient", {recipient for recipient, _ in tell})
    for recipient, event in tell:
        rows = _of_topic(connection, recipient, watch, event)
        if any(row.event == event for row in rows):
            continue
        over = [row.id for row in rows if row.state != "waiting"]
        if over:
            connection.execute(delete(outbox).where(outbox.c.id.in_(over)))
        # What is on its way at this moment may have come too early for this state.
        idle = [row.id for row in rows if row.state == "waiting" and not _is_leased(row, now)]
        if idle:
            connection.execute(update(outbox).where(outbox.c.id == idle[-1]).values(event=event))
        else:
            row = {"recipient": recipient, "event": event, "watch": watch, "created_at": now, "due_at": now}
            connection.execute(insert(connection, outbox).values(row))
        sweep(connection)


def _of_topic(connection: Connection, recipient: str, watch: str, event: str) -> list[Any]:
    topic = event.rpartition("/")[0]
    mine = (outbox.c.recipient == recipient) & (outbox.c.watch == watch) & outbox.c.state.in_(_STATES)
    query = select(outbox.c.id, outbox.c.event, outbox.c.state, outbox.c.lease_until).where(mine)
    rows = connection.execute(query.order_by(outbox.c.id)).all()
    return [row for row in rows if row.event.rpartition("/")[0] == topic]


def _is_leased(row: Any, now: datetime) -> bool:
    return row.lease_until is not None and now < row.lease_until <= now + LEASE_AHEAD
