"""Letters: who is still to be told of what. Functions of an open transaction.

A row waits, is stamped with a letter when it is claimed, and ends as sent, dead (refused for good), dropped or void. It
stays either way: an event that was told once, or that its owner dropped, is not told again by another watch.

Each watch that has an event to tell has a row of its own, so that what becomes of one watch costs no other its news.
Whichever is claimed first is told; the others are void then. Void is also what is not to be told of this one watch.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    and_,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)

from watcher.model import FLIPPING, Delivery, Letter, Message, Notice, Seen, Tell, address_of
from watcher.store import items as seen_items
from watcher.store import notices
from watcher.store.codec import dump_message, load_message
from watcher.store.database import insert, parts, take_turn
from watcher.store.tables import items, letters, outbox, public, recorded

#: Makes the message of rows that go out together; beside each stands its item, or the notice of a watch.
Compose: TypeAlias = Callable[[str, list[tuple[Delivery, Seen | Notice | None]]], Message]

#: A row as it is asked for: due now where it does not say when.
Telling: TypeAlias = tuple[str, str, str] | Tell

#: A stored time further ahead than what it is for may plan was stored before the clock was set back: the day of a
#: digest and quiet hours, a further attempt, a lease.
DIGEST_AHEAD, RETRY_AHEAD, LEASE_AHEAD = timedelta(days=8), timedelta(days=1), timedelta(hours=1)

DIGEST = 4  # from how many rows on a letter holds them all
_waiting = outbox.c.state == "waiting"
_unsent = outbox.c.state.in_(("waiting", "dead"))
_is_edit = outbox.c.event.contains("/edit/")


def add(connection: Connection, watch: str, tell: Sequence[Telling], now: datetime) -> None:
    """Rows (recipient, event, item, and when they are due, if not now) to be sent. One that exists stays as it is; what
    its owner put away is not told, nor is he who wants to hear nothing of the watch. What another watch has told, or
    what was dropped there, is void."""
    deaf = {address_of(recipient) for recipient, _ in notices.muted(connection, watch)}
    away = (items.c.watch == watch) & or_(items.c.deleted == true(), items.c.swallowed == true())
    put_away: set[str] = set()
    for part in parts({row[2] for row in tell}):
        put_away.update(connection.scalars(select(items.c.id).where(away, items.c.id.in_(part))))
    wanted = [row for row in tell if row[2] not in put_away and address_of(row[0]) not in deaf]
    if wanted:
        take_turn(connection, "recipient", {row[0] for row in wanted})
        over = _over(connection, watch, wanted, now)
        rows = [_row(watch, row, over.get(row[:2], ""), now) for row in wanted]
        connection.execute(insert(connection, outbox).on_conflict_do_nothing(), rows)


def waiting(connection: Connection, now: datetime) -> list[str]:
    again, busy = _letters(connection, now, true())
    loose = connection.execute(select(outbox.c.recipient, outbox.c.watch).where(_loose(now)).distinct())
    fresh = {recipient for recipient, watch in loose if (recipient, watch) not in busy}
    return sorted(fresh | {letter.recipient for letter in again})


def claim(
    connection: Connection,
    recipient: str,
    now: datetime,
    lease: timedelta,
    compose: Compose,
    *,
    together: int = DIGEST,
    most: int = 0,
) -> Letter | None:
    # Row locks alone would not do: a second claimer would skip the rows of the first and take the next of that pair.
    take_turn(connection, "recipient", [recipient])
    again, busy = _letters(connection, now, outbox.c.recipient == recipient)
    if again:
        return _claim_again(connection, again[0].letter, now + lease)
    if most and _sent_within(connection, recipient, now - timedelta(hours=1), now) >= most:
        return None
    rows = _next(connection, recipient, {watch for _, watch in busy}, now, together)
    return _stamp(connection, rows, now, now + lease, compose) if rows else None


def sent(connection: Connection, letter: Letter, now: datetime) -> None:
    """Whatever became of a row meanwhile (dropped, refused when tried again): it was sent."""
    _end(connection, letter, outbox.c.state != "sent", state="sent", sent_at=now, error="")
    for part in parts({row.event for row in letter.deliveries}):
        same = (outbox.c.recipient == letter.message.recipient) & outbox.c.event.in_(part)
        others = same & (outbox.c.watch != letter.message.watch)
        connection.execute(update(outbox).where(others, _unsent).values(_void(f"told by {letter.message.watch}")))
    sweep(connection)


def deferred(connection: Connection, letter: Letter, error: str, due_at: datetime) -> None:
    _end(connection, letter, _waiting, error=error, due_at=due_at)


def rejected(connection: Connection, letter: Letter, error: str) -> None:
    _end(connection, letter, _waiting, error=error, state="dead")


def told(connection: Connection, event: str) -> set[str]:
    named = (outbox.c.event == event) | outbox.c.event.startswith(f"{event}/", autoescape=True)
    return set(connection.scalars(select(outbox.c.recipient).where(named, outbox.c.state.in_(("waiting", "sent")))))


def deliveries(connection: Connection, sent: bool) -> list[Delivery]:
    shown = _unsent | (outbox.c.state == "sent") if sent else _unsent
    return [_delivery(row) for row in connection.execute(select(outbox).where(shown).order_by(outbox.c.id))]


class Told(NamedTuple):
    """A row about an item, whatever became of it."""

    recipient: str
    event: str
    watch: str
    state: str
    created_at: datetime
    due_at: datetime
    attempts: int
    sent_at: datetime | None
    error: str


def about(connection: Connection, item: str) -> list[Told]:
    columns = [outbox.c[name] for name in Told._fields]
    query = select(*columns).where(outbox.c.item == item).order_by(outbox.c.id)
    return [Told(*row) for row in connection.execute(query)]


class Queue(NamedTuple):
    """How much waits (what was tried and is to be tried again included), how much was refused for good, and for how
    long the oldest that waits should have been out."""

    waiting: int
    failed: int
    oldest: timedelta


def queue(connection: Connection, now: datetime) -> Queue:
    count = select(outbox.c.state, func.count()).where(_unsent).group_by(outbox.c.state)
    depth = {state: number for state, number in connection.execute(count)}
    # A digest is late from its hour on, and a letter that nobody takes from the moment when it was first to go.
    begun = select(func.min(letters.c.created_at)).where(exists().where(outbox.c.letter == letters.c.id, _waiting))
    loose = select(func.min(outbox.c.due_at)).where(_waiting, outbox.c.letter == "")
    since = min((at for at in (connection.scalar(begun), connection.scalar(loose)) if at), default=now)
    return Queue(depth.get("waiting", 0), depth.get("dead", 0), max(timedelta(), now - since))


def retry(connection: Connection, ids: Collection[int] | None, now: datetime) -> int:
    """Rows of one letter go together, so one that is named brings the others."""
    which: ColumnElement[bool] = _unsent
    if ids is not None:
        named = select(outbox.c.letter).where(outbox.c.id.in_(ids), outbox.c.letter != "")
        which &= outbox.c.id.in_(ids) | outbox.c.letter.in_(named.scalar_subquery())
    _take_turns(connection, which)
    return connection.execute(update(outbox).where(which).values(state="waiting", due_at=now)).rowcount


def hold_back(connection: Connection, why: str) -> int:
    return connection.execute(update(outbox).where(_waiting).values(state="dead", error=why, lease_until=None)).rowcount


def put_off(connection: Connection, ids: Collection[int], until: datetime) -> None:
    for part in parts(ids):
        connection.execute(update(outbox).where(outbox.c.id.in_(part), _waiting).values(due_at=until))


def drop(connection: Connection, ids: Collection[int]) -> int:
    """The rows stay, as a note that nobody is to be told: not by another watch either."""
    named = outbox.c.id.in_(ids) & _unsent
    _take_turns(connection, named)
    twin = outbox.alias()
    twins = exists().where(twin.c.id.in_(ids), _same(twin), twin.c.state == "dropped")
    count = connection.execute(update(outbox).where(named).values(state="dropped", lease_until=None)).rowcount
    connection.execute(update(outbox).where(_unsent, twins).values(state="dropped", lease_until=None))
    sweep(connection)
    return count


def void(connection: Connection, which: ColumnElement[bool], why: str) -> None:
    """The rows stay, as a note why this watch tells nobody. Another one may."""
    _take_turns(connection, which & _unsent)
    connection.execute(update(outbox).where(which, _unsent).values(_void(why)))
    sweep(connection)


def forget(connection: Connection, watch: str) -> None:
    """What was sent, or may be on its way at this moment, stays: another watch that lists the same item must not tell
    it again. Not so edits: whoever adds the watch again counts them from 1."""
    which = (outbox.c.watch == watch) & (outbox.c.state != "sent")
    _take_turns(connection, which)
    connection.execute(delete(outbox).where(which, outbox.c.lease_until.is_(None)))
    connection.execute(update(outbox).where(which).values(_void("its watch was removed")))
    connection.execute(delete(outbox).where(outbox.c.watch == watch, outbox.c.state == "sent", _is_edit))
    sweep(connection)


def free_leases(connection: Connection) -> None:
    ended = outbox.c.state.in_(("waiting", "void"))
    connection.execute(update(outbox).where(ended, outbox.c.lease_until.is_not(None)).values(lease_until=None))


def sweep(connection: Connection) -> None:
    """A letter lasts as long as a row that may yet be sent."""
    left = exists().where(outbox.c.letter == letters.c.id, _unsent)
    connection.execute(delete(letters).where(~left))


class _Open(NamedTuple):
    """A letter that is not sent, as its rows have it."""

    recipient: str
    watch: str
    letter: str
    first: int
    due_at: datetime
    attempts: int
    lease_until: datetime | None

    def is_due(self, now: datetime) -> bool:
        return not now < self.due_at <= now + (RETRY_AHEAD if self.attempts else DIGEST_AHEAD)

    def is_leased(self, now: datetime) -> bool:
        return self.lease_until is not None and now < self.lease_until <= now + LEASE_AHEAD


def _letters(
    connection: Connection, now: datetime, whose: ColumnElement[bool]
) -> tuple[list[_Open], set[tuple[str, str]]]:
    """The letters that can be claimed again, oldest first, and all pairs that have one under way.

    A pair has two only where a dead one was brought back to life; then the older goes first.
    """
    first, due_at = func.min(outbox.c.id), func.min(outbox.c.due_at)
    attempts, lease = func.max(outbox.c.attempts), func.max(outbox.c.lease_until)
    pair = (outbox.c.recipient, outbox.c.watch)
    query = select(*pair, outbox.c.letter, first, due_at, attempts, lease)
    query = query.where(_waiting, outbox.c.letter != "", whose).group_by(*pair, outbox.c.letter).order_by(first)
    found = [_Open(*row) for row in connection.execute(query)]
    leased = {one[:2] for one in found if one.is_leased(now)}
    heads: dict[tuple[str, str], _Open] = {}
    for one in found:
        heads.setdefault(one[:2], one)
    return [one for pair, one in heads.items() if pair not in leased and one.is_due(now)], set(heads)


def _row(watch: str, telling: Telling, over: str, now: datetime) -> dict[str, Any]:
    recipient, event, item, *due = telling
    row: dict[str, Any] = {"recipient": recipient, "event": event, "watch": watch, "item": item}
    row |= {"created_at": now, "due_at": next(iter(due), now)}
    return row | (_void(over) if over else {"state": "waiting", "error": ""})


def _void(why: str) -> dict[str, str]:
    # Its lease stays: a letter that is on its way may tell yet, and meanwhile no other watch does.
    return {"state": "void", "error": why}


def _over(connection: Connection, watch: str, wanted: Sequence[Telling], now: datetime) -> dict[tuple[str, str], str]:
    """Of which of these nobody is to be told any more, and why: another watch was faster, or it was dropped there."""
    whose = outbox.c.recipient.in_({row[0] for row in wanted}) & (outbox.c.watch != watch)
    # What had that form once may have had another since.
    whose &= or_(~_is_edit, outbox.c.created_at > now - FLIPPING)
    query = select(outbox.c.recipient, outbox.c.event, outbox.c.watch, outbox.c.state).where(whose)
    over: dict[tuple[str, str], str] = {}
    for part in parts({row[1] for row in wanted}):
        rows = connection.execute(query.where(outbox.c.event.in_(part), outbox.c.state.in_(("sent", "dropped"))))
        words = {"sent": "told by", "dropped": "dropped with that of"}
        over |= {(recipient, event): f"{words[state]} {other}" for recipient, event, other, state in rows}
    return over


def _same(twin: FromClause) -> ColumnElement[bool]:
    """Whether it is another watch's row of the same news."""
    same = and_(twin.c.recipient == outbox.c.recipient, twin.c.event == outbox.c.event)
    return same & (twin.c.watch != outbox.c.watch)


def _under_way(now: datetime) -> ColumnElement[bool]:
    """Whether another watch is about to tell the same, or may have told it, and nobody knows yet."""
    twin = outbox.alias()
    leased = (twin.c.lease_until > now) & (twin.c.lease_until <= now + LEASE_AHEAD)
    return exists().where(_same(twin), twin.c.letter != "", or_(twin.c.state == "waiting", leased))


def _loose(now: datetime) -> ColumnElement[bool]:
    """Due rows of no letter whose record stands, or that are about a watch and need none, and whose news no other
    watch is about to tell."""
    its_item = (items.c.watch == outbox.c.watch) & (items.c.id == outbox.c.item)
    told = or_(outbox.c.item == "", exists().where(its_item, public, recorded))
    # What was to be told at once is due whatever the clock says by now.
    at_once = (outbox.c.attempts == literal_column("0")) & (outbox.c.due_at <= outbox.c.created_at)
    due = or_(outbox.c.due_at <= now, outbox.c.due_at > now + DIGEST_AHEAD, at_once)
    return _waiting & (outbox.c.letter == "") & due & told & ~_under_way(now)


def _sent_within(connection: Connection, recipient: str, since: datetime, now: datetime) -> int:
    """How many letters the recipient was sent since then. What was sent while the clock was ahead is not counted."""
    lately = (outbox.c.sent_at > since) & (outbox.c.sent_at <= now)
    mine = (outbox.c.recipient == recipient) & (outbox.c.state == "sent") & lately
    return connection.scalar(select(func.count(outbox.c.letter.distinct())).where(mine)) or 0


def _next(connection: Connection, recipient: str, busy: set[str], now: datetime, together: int) -> list[Row[Any]]:
    """The rows of the next letter: of the pair with the oldest row, and none past a row about the watch itself."""
    ready = select(outbox).where(_loose(now), outbox.c.recipient == recipient).order_by(outbox.c.id)
    oldest = connection.execute(ready.where(outbox.c.watch.not_in(busy)).limit(1)).one_or_none()
    if oldest is None or not oldest.item:
        return [oldest] if oldest else []
    rows = connection.execute(ready.where(outbox.c.watch == oldest.watch)).all()
    alike = list(takewhile(lambda row: row.item, rows))
    return alike if len(alike) >= together else alike[:1]


def _stamp(connection: Connection, rows: list[Row[Any]], now: datetime, until: datetime, compose: Compose) -> Letter:
    first = rows[0]
    seen = {one.id: one for one in seen_items.by_id(connection, first.watch, {row.item for row in rows})}
    noted = notices.named(connection, {row.event for row in rows if not row.item})
    told = [(_delivery(row), seen.get(row.item) or noted.get(row.event)) for row in rows]
    message = compose(first.recipient, told)
    row = {"id": message.id, "recipient": first.recipient, "watch": first.watch, "created_at": now}
    connection.execute(insert(connection, letters).values(row | {"message": dump_message(message)}))
    for part in parts(row.id for row in rows):
        stamp = update(outbox).where(outbox.c.id.in_(part))
        connection.execute(stamp.values(letter=message.id, lease_until=until))
    return Letter(message=message, deliveries=tuple(replace(_delivery(row), letter=message.id) for row in rows))


def _claim_again(connection: Connection, letter: str, until: datetime) -> Letter:
    mine = (outbox.c.letter == letter) & _waiting
    connection.execute(update(outbox).where(mine).values(lease_until=until))
    rows = connection.execute(select(outbox).where(mine).order_by(outbox.c.id))
    message = connection.scalars(select(letters.c.message).where(letters.c.id == letter)).one()
    return Letter(message=load_message(message), deliveries=tuple(map(_delivery, rows)))


def _end(connection: Connection, letter: Letter, which: ColumnElement[bool], **values: Any) -> None:
    take_turn(connection, "recipient", [letter.message.recipient])
    of = update(outbox).where(outbox.c.letter == letter.message.id)
    connection.execute(of.where(which).values(attempts=outbox.c.attempts + 1, **values))
    connection.execute(of.values(lease_until=None))


def _take_turns(connection: Connection, which: ColumnElement[bool]) -> None:
    recipients: Iterable[str] = connection.scalars(select(outbox.c.recipient).where(which).distinct())
    take_turn(connection, "recipient", recipients)


def _delivery(row: Row[Any]) -> Delivery:
    data = row._asdict()
    del data["lease_until"], data["state"]
    return Delivery(**data, dead=row.state == "dead")
