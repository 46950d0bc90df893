"""what is due is found by an index; how long a page is fresh"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    # SQLite would put new columns behind the table's constraints.
    with op.batch_alter_table("watches", recreate="auto") as table:
        table.add_column(sa.Column("fresh_until", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("pause", sa.Integer))
    op.create_index("watches_due", "watches", ["due_at"])
