"""The tokens by which platforms know us, one row for all processes."""

import sqlalchemy as sa
from alembic import op

from models.database import UTCDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_tokens",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("renew_at", UTCDateTime(), nullable=True),
        sa.Column("unproven", sa.Boolean(), nullable=False),
        sa.Column("forced_at", UTCDateTime(), nullable=True),
        sa.Column("fetcher", sa.String(), nullable=True),
        sa.Column("fetch_until", UTCDateTime(), nullable=True),
        sa.Column("held_until", UTCDateTime(), nullable=True),
        sa.Column("held_reason", sa.String(), nullable=False),
        sa.Column("held_outage", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )


def downgrade() -> None:
    op.drop_table("access_tokens")
