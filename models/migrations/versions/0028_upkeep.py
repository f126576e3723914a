"""Absences and duty days, proposals of changes, answers kept for forms."""

import sqlalchemy as sa
from alembic import op

from models.database import Data, Id, UTCDateTime

revision = "0028"
down_revision = "0024"
branch_labels = None
depends_on = None

_INDEXES = (
    ("absences", "person_id"),
    ("absences", "substitute_id"),
    ("absences", "last"),
    ("duty_shifts", "person_id"),
    ("proposals", "subject"),
    ("saved_answers", "unit_id"),
)


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("substitute_id", Id, nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("made_by", Id, nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("ended_by", Id, nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("substitute_id <> person_id", name="absence_stood_in_by_another"),
        sa.CheckConstraint("last >= first", name="absence_ends_later"),
        *(
            sa.ForeignKeyConstraint([column], ["people.id"])
            for column in ("person_id", "substitute_id", "made_by", "ended_by")
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "duty_shifts",
        sa.Column("id", Id, nullable=False),
        sa.Column("unit_id", Id, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("made_by", Id, nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("unit_id", "day", "person_id"),
    )
    op.create_table(
        "proposals",
        sa.Column("id", Id, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("replaced", sa.LargeBinary(), nullable=True),
        sa.Column("effect", Data, nullable=True),
        sa.Column("is_rollback", sa.Boolean(), nullable=False),
        sa.Column("made_by", Id, nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("decided_by", Id, nullable=True),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("adopted", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "subject = 'organisation' OR is_rollback OR NOT adopted OR decided_by <> made_by",
            name="proposal_adopted_by_another",
        ),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="proposal_decided_has_a_time"),
        sa.CheckConstraint("adopted IS NULL OR decided_by IS NOT NULL", name="proposal_adopted_was_decided"),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "saved_answers",
        sa.Column("id", Id, nullable=False),
        sa.Column("unit_id", Id, nullable=False),
        sa.Column("class_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("made_by", Id, nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"]),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for table, column in _INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    for table in ("saved_answers", "proposals", "duty_shifts", "absences"):
        op.drop_table(table)
