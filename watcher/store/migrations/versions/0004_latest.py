"""the latest of all watches, for the feed over all of them"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("items_latest", "items", ["revised_at", "seq"])
