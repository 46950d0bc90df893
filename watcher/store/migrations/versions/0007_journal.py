"""why an item was judged as it was; items of which only id and keys are kept"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("items", sa.Column("purged", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("items", sa.Column("why", sa.Text))
