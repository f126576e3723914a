"""What was made of a message is kept; files wait with a question; a line for the desk is reminded of once."""

import sqlalchemy as sa
from alembic import op

from models.database import Data, Id, UTCDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "understandings",
        sa.Column("id", Id, nullable=False),
        sa.Column("inbox_id", Id, nullable=False),
        sa.Column("act", sa.String(), nullable=True),
        sa.Column("case_id", Id, nullable=True),
        sa.Column("reasons", Data, nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_understandings_inbox_id", "understandings", ["inbox_id"])
    op.create_index("ix_understandings_case_id", "understandings", ["case_id"])
    op.add_column("previews", sa.Column("files", Data, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("desk_lines", sa.Column("reminded_at", UTCDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("desk_lines", "reminded_at")
    op.drop_column("previews", "files")
    op.drop_table("understandings")
