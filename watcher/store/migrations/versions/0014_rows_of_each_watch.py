"""each watch has a row of its own for what it tells: what becomes of one costs no other its news"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_SEQUENCE = "FROM sqlite_sequence WHERE name = 'outbox'"


def upgrade() -> None:
    connection = op.get_bind()
    is_file = connection.dialect.name == "sqlite"
    numbered = connection.scalar(sa.text(f"SELECT seq {_SEQUENCE}")) if is_file else None
    with op.batch_alter_table("outbox", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.drop_constraint("outbox_recipient_event", type_="unique")
        table.create_unique_constraint("outbox_recipient_event_watch_item", ["recipient", "event", "watch", "item"])
    if numbered is not None:  # an id that an owner has read stays that row's, also where that row is gone
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'outbox'")
        op.execute(f"INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', {numbered})")
