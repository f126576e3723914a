"""What reporters can do: a case may be withdrawn, and what fits nothing is a line that the desk decides."""

import sqlalchemy as sa
from alembic import op

from models.database import Id, UTCDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_WAITING = sa.text("decided_at IS NULL")


def upgrade() -> None:
    op.add_column("cases", sa.Column("withdrawal", sa.String(), nullable=True))
    op.create_table(
        "desk_lines",
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("report_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("chat_id", Id, nullable=False),
        sa.Column("area_id", Id, nullable=True),
        sa.Column("case_id", Id, nullable=True),
        sa.Column("wants_person", sa.Boolean(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("decided_by", Id, nullable=True),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided_has_a_time"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"]),
        sa.ForeignKeyConstraint(["area_id"], ["units.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("report_id"),
    )
    op.create_index(
        "uq_desk_lines_one_waiting",
        "desk_lines",
        ["chat_id", "person_id"],
        unique=True,
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )


def downgrade() -> None:
    op.drop_table("desk_lines")
    op.drop_column("cases", "withdrawal")
