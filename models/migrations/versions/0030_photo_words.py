"""What stands on photos: the queue of those to be read, and what a watermark camera wrote."""

import sqlalchemy as sa
from alembic import op

from models.database import UTCDateTime

revision = "0030"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "photo_readings",
        sa.Column(
            "media_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("media.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("not_before", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("media_id"),
    )
    op.create_index("ix_photo_readings_not_before", "photo_readings", ["not_before"])
    op.add_column("media", sa.Column("stamped_at", UTCDateTime(), nullable=True))
    op.add_column("media", sa.Column("stamped_place", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("media", "stamped_place")
    op.drop_column("media", "stamped_at")
    op.drop_index("ix_photo_readings_not_before", "photo_readings")
    op.drop_table("photo_readings")
