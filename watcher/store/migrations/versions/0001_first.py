"""the first tables"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# What the tables were on that day: never the types of tables.py, which go on.
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _watches()
    _items()
    _outbox()
    _logs()


def _watches() -> None:
    op.create_table(
        "watches",
        *_columns(sa.Text, "name"),
        *_columns(sa.Integer, "version"),
        *_columns(sa.Text, "spec", "etag", "last_modified", "body_hash"),
        *_columns(_TIME, "checked_at", "changed_at", "due_at", "lease_until", nullable=True),
        *_columns(sa.Integer, "failures"),
        *_columns(sa.Text, "health"),
        *_columns(_TIME, "since", nullable=True),
        *_columns(sa.Date, "oldest", nullable=True),
        *_columns(sa.Text, "error", "listed"),
        sa.PrimaryKeyConstraint("name", name="watches_key"),
    )
    op.create_table(
        "hosts",
        *_columns(sa.Text, "host"),
        *_columns(_TIME, "not_before", "robots_at", nullable=True),
        *_columns(sa.Text, "robots", nullable=True),
        sa.PrimaryKeyConstraint("host", name="hosts_key"),
    )


def _items() -> None:
    op.create_table(
        "items",
        *_columns(sa.Text, "watch", "id"),
        *_columns(sa.Integer, "seq"),
        *_columns(sa.Text, "slug", "digest"),
        *_columns(_TIME, "first_seen", "revised_at"),
        *_columns(sa.Integer, "revision", "pending"),
        *_columns(sa.Text, "path", nullable=True),
        *_columns(sa.Text, "written"),
        *_columns(sa.Boolean, "baseline", "held", "adopted", "stale", "deleted", "swallowed"),
        *_columns(sa.Text, "item"),
        sa.PrimaryKeyConstraint("watch", "id", name="items_key"),
        sa.UniqueConstraint("watch", "path", name="items_watch_path"),
    )
    op.create_index("items_seq", "items", ["watch", "seq"])
    op.create_index("items_revised", "items", ["watch", "revised_at", "seq"])
    op.create_index("items_first_seen", "items", ["watch", "first_seen", "seq"])
    op.create_index("items_newest", "items", ["first_seen", "seq"])
    for name, few in ("stale", sa.column("stale") == sa.true()), ("held", sa.column("held") == sa.true()):
        op.create_index(f"items_{name}", "items", ["watch", "seq"], sqlite_where=few, postgresql_where=few)
    few = sa.column("pending") > 0
    op.create_index("items_pending", "items", ["watch", "seq"], sqlite_where=few, postgresql_where=few)
    op.create_table(
        "keys",
        *_columns(sa.Text, "watch", "mark", "item", "kind", "value"),
        sa.PrimaryKeyConstraint("watch", "mark", name="keys_key"),
    )
    op.create_index("keys_item", "keys", ["item", "watch"])
    op.create_table(
        "revisions",
        *_columns(sa.Text, "watch", "item"),
        *_columns(sa.Integer, "revision"),
        *_columns(_TIME, "seen_at"),
        *_columns(sa.Text, "note"),
        sa.PrimaryKeyConstraint("watch", "item", "revision", name="revisions_key"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        *_columns(_ID, "id"),
        *_columns(sa.Text, "recipient", "event", "watch", "item", "state"),
        *_columns(_TIME, "created_at", "due_at"),
        *_columns(sa.Integer, "attempts"),
        *_columns(sa.Text, "letter"),
        *_columns(_TIME, "lease_until", "sent_at", nullable=True),
        *_columns(sa.Text, "error"),
        sa.PrimaryKeyConstraint("id", name="outbox_key"),
        sa.UniqueConstraint("recipient", "event", name="outbox_recipient_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_state", "outbox", ["state", "recipient", "watch"])
    op.create_table(
        "letters",
        *_columns(sa.Text, "id", "recipient", "watch"),
        *_columns(_TIME, "created_at"),
        *_columns(sa.Text, "message"),
        sa.PrimaryKeyConstraint("id", name="letters_key"),
    )


def _logs() -> None:
    op.create_table(
        "checks",
        *_columns(_ID, "id"),
        *_columns(sa.Text, "watch"),
        *_columns(_TIME, "started_at"),
        *_columns(sa.Integer, "took_ms"),
        *_columns(sa.Text, "outcome"),
        *_columns(sa.Integer, "status", "found", "new", "edited"),
        *_columns(sa.Text, "error"),
        sa.PrimaryKeyConstraint("id", name="checks_key"),
    )
    op.create_index("checks_watch", "checks", ["watch", "id"])
    op.create_table(
        "bodies",
        *_columns(_ID, "id"),
        *_columns(sa.Text, "watch"),
        *_columns(_TIME, "fetched_at"),
        *_columns(sa.Text, "url", "content_type"),
        *_columns(sa.LargeBinary, "body"),
        sa.PrimaryKeyConstraint("id", name="bodies_key"),
    )
    op.create_index("bodies_watch", "bodies", ["watch", "id"])


def _columns(kind: Any, *names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=nullable) for name in names]
