"""Cards that can be changed after they were sent."""

import sqlalchemy as sa
from alembic import op

from models.database import Id

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_CHANGES_CARD = sa.text("case_id IS NOT NULL AND used_at IS NULL")


def upgrade() -> None:
    op.add_column("reply_handles", sa.Column("case_id", Id, nullable=True))
    op.create_index(
        "ix_reply_handles_card",
        "reply_handles",
        ["case_id"],
        sqlite_where=_CHANGES_CARD,
        postgresql_where=_CHANGES_CARD,
    )


def downgrade() -> None:
    op.drop_index("ix_reply_handles_card", table_name="reply_handles")
    op.drop_column("reply_handles", "case_id")
