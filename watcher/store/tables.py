"""The tables, the same on SQLite and on PostgreSQL. Large text stands last, so that a scan need not read past it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    event,
    false,
    literal_column,
    true,
)
from sqlalchemy.types import TypeDecorator

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Moment(TypeDecorator[datetime]):
    """A point in time, kept as UTC with its microseconds: readable in both databases, and sorted right as it stands."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        # SQLite drops the zone, PostgreSQL gives the session's.
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


class AnyText(TypeDecorator[str]):
    """Text without NUL and lone surrogates: PostgreSQL takes neither, UTF-8 has no surrogates."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value and _UNSTORABLE.sub("", value)


metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_key",
        "uq": "%(table_name)s_%(column_0_N_name)s",
        "ix": "%(column_0_N_label)s",
    }
)
_Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only in an INTEGER


def _text(name: str) -> Column[str]:
    return Column(name, AnyText, nullable=False, default="")


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, default=False)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, default=0)


watches = Table(
    "watches",
    metadata,
    Column("name", AnyText, primary_key=True),
    _number("version"),
    _text("spec"),
    _text("etag"),
    _text("last_modified"),
    _text("body_hash"),
    Column("checked_at", Moment),
    Column("changed_at", Moment),
    Column("due_at", Moment),
    _number("failures"),
    Column("health", AnyText, nullable=False, default="ok"),
    Column("since", Moment),
    Column("oldest", Date),
    _text("error"),
    Column("listed", AnyText, nullable=False, default="[]"),  # a JSON list of item ids, in page order
    Column("shelved", AnyText),  # null in rows older than this column
    # Null in rows older than these columns.
    Column("moved_to", AnyText),  # where permanent redirects led at the last good check, and how often in a row
    Column("moves", Integer),
    Column("disallowed", Boolean),
    Column("stopped", AnyText),
    Column("jitter", AnyText),
    Column("fresh_until", Moment),
    Column("pause", Integer),  # seconds
    Column("hint", AnyText),
)

Index("watches_due", watches.c.due_at)

items = Table(
    "items",
    metadata,
    Column("watch", AnyText, nullable=False),
    Column("id", AnyText, nullable=False),
    _number("seq"),
    _text("slug"),
    _text("digest"),
    Column("first_seen", Moment, nullable=False),
    Column("revised_at", Moment, nullable=False),
    _number("revision"),
    _number("pending"),
    Column("path", AnyText),  # null, not "": null is no second null's equal
    _text("written"),
    _flag("baseline"),
    _flag("held"),
    _flag("adopted"),
    _flag("stale"),
    _flag("deleted"),  # its owner deleted the record
    _flag("swallowed"),  # accepted as known: its record is a draft for good
    Column("item", AnyText, nullable=False),
    # What it said was let go: the row keeps its id and keys from coming back.
    Column("purged", Boolean, nullable=False, default=False, server_default=false()),
    Column("why", AnyText),  # its journal, a line for each time it was judged; null in rows older than this column
    PrimaryKeyConstraint("watch", "id"),
    UniqueConstraint("watch", "path"),
)
Index("items_seq", items.c.watch, items.c.seq)
Index("items_revised", items.c.watch, items.c.revised_at, items.c.seq)
Index("items_first_seen", items.c.watch, items.c.first_seen, items.c.seq)
Index("items_newest", items.c.first_seen, items.c.seq)
Index("items_latest", items.c.revised_at, items.c.seq)
# A parameter would hide from SQLite that this index holds all that is asked for.
awaited = items.c.pending > literal_column("0")
_FEW = {"items_stale": items.c.stale == true(), "items_held": items.c.held == true(), "items_pending": awaited}
for _name, _few in _FEW.items():
    Index(_name, items.c.watch, items.c.seq, sqlite_where=_few)


@event.listens_for(items, "before_create")
def _indexed(table: Table, connection: Connection, **_: Any) -> None:
    # Said above, each command would import the whole dialect, on SQLite too: 0.06 s.
    for index in table.indexes:
        if connection.dialect.name == "postgresql" and index.name in _FEW:
            index.dialect_options["postgresql"]["where"] = _FEW[index.name]


keys = Table(
    "keys",
    metadata,
    Column("watch", AnyText, nullable=False),
    # SHA-256 of kind and value: an address may be longer than what PostgreSQL takes into an index (2,704 bytes).
    Column("mark", Text, nullable=False),
    Column("item", AnyText, nullable=False),
    Column("kind", AnyText, nullable=False),
    Column("value", AnyText, nullable=False),
    PrimaryKeyConstraint("watch", "mark"),
)
Index("keys_item", keys.c.item, keys.c.watch)

revisions = Table(
    "revisions",
    metadata,
    Column("watch", AnyText, nullable=False),
    Column("item", AnyText, nullable=False),
    _number("revision"),
    Column("seen_at", Moment, nullable=False),
    _text("note"),
    Column("before", AnyText),  # digests; null in rows older than these columns
    Column("after", AnyText),
    PrimaryKeyConstraint("watch", "item", "revision"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("recipient", AnyText, nullable=False),
    Column("event", AnyText, nullable=False),
    Column("watch", AnyText, nullable=False),
    _text("item"),
    Column("state", AnyText, nullable=False, default="waiting"),  # waiting, sent, dead, dropped, void
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    _number("attempts"),
    _text("letter"),
    Column("lease_until", Moment),
    Column("sent_at", Moment),
    _text("error"),
    UniqueConstraint("recipient", "event", "watch", "item"),
    sqlite_autoincrement=True,  # an id that an owner has read stays that row's
)
Index("outbox_state", outbox.c.state, outbox.c.recipient, outbox.c.watch)

notices = Table(
    "notices",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("watch", AnyText, nullable=False),
    Column("event", AnyText, nullable=False),
    Column("at", Moment, nullable=False),
    Column("title", AnyText, nullable=False),
    Column("text", AnyText, nullable=False),
    UniqueConstraint("event"),
)
Index("notices_watch", notices.c.watch, notices.c.id)

mutes = Table(
    "mutes",
    metadata,
    Column("recipient", AnyText, nullable=False),
    Column("watch", AnyText, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("recipient", "watch"),
)

letters = Table(
    "letters",
    metadata,
    Column("id", AnyText, primary_key=True),
    Column("recipient", AnyText, nullable=False),
    Column("watch", AnyText, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("message", AnyText, nullable=False),
)

checks = Table(
    "checks",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("watch", AnyText, nullable=False),
    Column("started_at", Moment, nullable=False),
    _number("took_ms"),
    Column("outcome", AnyText, nullable=False),
    _number("status"),
    _number("found"),
    _number("new"),
    _number("edited"),
    _text("error"),
    Column("held", Integer),  # null in rows older than these two
    Column("known", Integer),
)
Index("checks_watch", checks.c.watch, checks.c.id)

bodies = Table(
    "bodies",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("watch", AnyText, nullable=False),
    Column("fetched_at", Moment, nullable=False),
    _text("url"),
    _text("content_type"),
    Column("body", LargeBinary, nullable=False),  # zlib
)
Index("bodies_watch", bodies.c.watch, bodies.c.id)

hosts = Table(
    "hosts",
    metadata,
    # Until when it is to be left alone, by the host's name; its robots.txt, by the origin: https://site.example:443.
    Column("host", AnyText, primary_key=True),
    Column("not_before", Moment),
    Column("robots_at", Moment),
    Column("robots", AnyText),
)

#: What a feed may show and an alert may tell: nothing that waits for its owner, or that its owner put away.
public = (items.c.held == false()) & (items.c.deleted == false()) & (items.c.swallowed == false())
#: What waits for its owner's word.
waits = (items.c.held == true()) & (items.c.deleted == false())
#: Its record stands.
recorded = (items.c.written != "") | (items.c.adopted == true())
