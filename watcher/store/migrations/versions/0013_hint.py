"""what to do about the failure of a watch"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    # SQLite would put a new column behind the table's constraints.
    with op.batch_alter_table("watches", recreate="auto") as table:
        table.add_column(sa.Column("hint", sa.Text))
