"""where pages have moved to, what robots.txt says of them, and which are gone for good"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    # SQLite would put new columns behind the table's constraints.
    with op.batch_alter_table("watches", recreate="auto") as table:
        table.add_column(sa.Column("moved_to", sa.Text))
        table.add_column(sa.Column("moves", sa.Integer))
        table.add_column(sa.Column("disallowed", sa.Boolean))
        table.add_column(sa.Column("stopped", sa.Text))
