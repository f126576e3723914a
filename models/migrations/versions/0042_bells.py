"""Bells that wake the processes of other hosts, locks whose holder cannot use them, and an
index for the deletion of old messages."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0043"
branch_labels = None
depends_on = None

_ANSWERS = sa.text("answers IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "bells",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_expected", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index(
        "ix_pushes_answers", "pushes", ["answers"], sqlite_where=_ANSWERS, postgresql_where=_ANSWERS
    )
    op.add_column("posts", sa.Column("is_offered", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_index("ix_pushes_answers", table_name="pushes")
    op.drop_column("posts", "is_offered")
    op.drop_table("bells")
