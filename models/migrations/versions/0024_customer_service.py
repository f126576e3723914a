"""Customer service: how far its messages were fetched, and the calls that announce them."""

import sqlalchemy as sa
from alembic import op

from models.database import UTCDateTime

revision = "0024"
down_revision = "0025"
branch_labels = None
depends_on = None

_UNANSWERED = sa.text("kind = 'summons' AND used_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "pull_cursors",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "source"),
    )
    op.create_index(
        "ix_reply_handles_summons", "reply_handles", ["channel", "id"],
        sqlite_where=_UNANSWERED, postgresql_where=_UNANSWERED,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_reply_handles_summons", "reply_handles")
    op.drop_table("pull_cursors")
