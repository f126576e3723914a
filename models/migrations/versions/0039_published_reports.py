"""Reports that were published, as they were."""

import sqlalchemy as sa
from alembic import op

from models.database import Data, Id, UTCDateTime

revision = "0039"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "published_reports",
        sa.Column("id", Id, nullable=False),
        sa.Column("unit_id", Id, nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("body", Data, nullable=False),
        sa.Column("published_by", Id, nullable=False),
        sa.Column("published_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("first <= last", name="published_period"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"]),
        sa.ForeignKeyConstraint(["published_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("unit_id", "first", "last", "edition"),
    )


def downgrade() -> None:
    op.drop_table("published_reports")
