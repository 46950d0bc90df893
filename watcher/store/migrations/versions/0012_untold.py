"""how many items a look held, and how many it took as known"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    # SQLite would put new columns behind the table's constraints.
    with op.batch_alter_table("checks", recreate="auto") as table:
        table.add_column(sa.Column("held", sa.Integer))
        table.add_column(sa.Column("known", sa.Integer))
