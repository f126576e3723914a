"""Cards that can be changed after they were sent, and people as WeCom's address book knows them."""

import sqlalchemy as sa
from alembic import op

from models.database import Data, Id, UTCDateTime

revision = "0019"
down_revision = "0017"
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
    op.add_column("units", sa.Column("departments", Data, nullable=False, server_default="[]"))
    op.add_column("units", sa.Column("member_role", sa.String(), nullable=True))
    op.add_column("people", sa.Column("left_at", UTCDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("people", "left_at")
    op.drop_column("units", "member_role")
    op.drop_column("units", "departments")
    op.drop_index("ix_reply_handles_card", table_name="reply_handles")
    op.drop_column("reply_handles", "case_id")
