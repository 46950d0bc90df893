"""what a watch's records and feed were when it was last published: an unchanged one is not published again"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("watches", sa.Column("shelved", sa.Text))
