"""A push says what it is for, and whether its unknown fate was looked into.

What answers a message that was received is a receipt; of other pushes written before, nobody knows, and
they count as notices. What is of unknown fate already was listed as such, and stays as it is.
"""

import sqlalchemy as sa
from alembic import op

from models.database import UTCDateTime

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None

_IN_DOUBT = "state = 'unknown' AND doubt_settled_at IS NULL"


def upgrade() -> None:
    op.add_column("pushes", sa.Column("purpose", sa.String(), nullable=False, server_default="notice"))
    op.add_column("pushes", sa.Column("doubt_settled_at", UTCDateTime(), nullable=True))
    op.execute("UPDATE pushes SET purpose = 'receipt' WHERE answers IS NOT NULL")
    op.execute("UPDATE pushes SET purpose = 'card' WHERE kind = 'card_update'")
    op.execute("UPDATE pushes SET doubt_settled_at = created_at WHERE state = 'unknown'")
    op.create_index(
        "ix_pushes_in_doubt",
        "pushes",
        ["id"],
        unique=False,
        sqlite_where=sa.text(_IN_DOUBT),
        postgresql_where=sa.text(_IN_DOUBT),
    )


def downgrade() -> None:
    op.drop_index("ix_pushes_in_doubt", table_name="pushes")
    op.drop_column("pushes", "doubt_settled_at")
    op.drop_column("pushes", "purpose")
