"""what of a page is noise"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("watches", sa.Column("jitter", sa.Text))
