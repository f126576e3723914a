"""Place names, and the point of a report."""

import sqlalchemy as sa
from alembic import op

from models.database import Id

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "places",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit_id", Id, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("places", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_places_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index(
            "uq_places_of_unit",
            ["name", "unit_id"],
            unique=True,
            sqlite_where=sa.text("unit_id IS NOT NULL"),
            postgresql_where=sa.text("unit_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_places_of_nobody",
            ["name"],
            unique=True,
            sqlite_where=sa.text("unit_id IS NULL"),
            postgresql_where=sa.text("unit_id IS NULL"),
        )
    op.add_column("reports", sa.Column("lat", sa.Float(), nullable=True))
    op.add_column("reports", sa.Column("lon", sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column("reports", "lon")
    op.drop_column("reports", "lat")
    op.drop_table("places")
