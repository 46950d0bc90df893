"""watches have no leases: the version of a row says whether another look was faster"""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    with op.batch_alter_table("watches", recreate="auto") as table:
        table.drop_column("lease_until")
