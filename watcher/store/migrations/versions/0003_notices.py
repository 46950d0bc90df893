"""news of the watches themselves, and who wants to hear nothing of one"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("watch", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="notices_key"),
        sa.UniqueConstraint("event", name="notices_event"),
    )
    op.create_index("notices_watch", "notices", ["watch", "id"])
    op.create_table(
        "mutes",
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("watch", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("recipient", "watch", name="mutes_key"),
    )
