"""which form of an item each revision led from and to"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # SQLite would put new columns behind the table's constraints.
    with op.batch_alter_table("revisions", recreate="auto") as table:
        for name in ("before", "after"):
            table.add_column(sa.Column(name, sa.Text))
