"""Swaps of duty days, who was told of absences; the list of responsibilities in its versions."""

import sqlalchemy as sa
from alembic import op

from models.database import Id, UTCDateTime

revision = "0035"
down_revision = "0033"
branch_labels = None
depends_on = None

_WAITING = sa.text("decided_at IS NULL")
_STANDING = sa.text("until IS NULL")


def upgrade() -> None:
    op.create_table(
        "shift_swaps",
        sa.Column("id", Id, nullable=False),
        sa.Column("unit_id", Id, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("asked_id", Id, nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.CheckConstraint("asked_id <> person_id", name="swap_asks_another"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["asked_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_shift_swaps_asked_id", "shift_swaps", ["asked_id"])
    op.create_index(
        "uq_shift_swaps_waiting", "shift_swaps", ["unit_id", "day", "person_id"], unique=True,
        sqlite_where=_WAITING, postgresql_where=_WAITING,
    )  # fmt: skip
    op.create_table(
        "responsibility_versions",
        sa.Column("number", Id, autoincrement=False, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("proposal_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "responsibilities",
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("law", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("unit_id", Id, nullable=True),
        sa.Column("class_id", sa.String(), nullable=True),
        sa.Column("since", Id, nullable=False),
        sa.Column("until", Id, nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"]),
        sa.ForeignKeyConstraint(["since"], ["responsibility_versions.number"]),
        sa.ForeignKeyConstraint(["until"], ["responsibility_versions.number"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("number", "unit_id", "class_id"):
        op.create_index(f"ix_responsibilities_{column}", "responsibilities", [column])
    op.create_index(
        "ix_responsibilities_standing", "responsibilities", ["number"],
        sqlite_where=_STANDING, postgresql_where=_STANDING,
    )  # fmt: skip
    for column in ("announced_at", "return_told_at"):
        op.add_column("absences", sa.Column(column, UTCDateTime(), nullable=True))
    op.add_column("cases", sa.Column("ground_id", Id, nullable=True))


def downgrade() -> None:
    op.drop_column("cases", "ground_id")
    for column in ("return_told_at", "announced_at"):
        op.drop_column("absences", column)
    for table in ("responsibilities", "responsibility_versions", "shift_swaps"):
        op.drop_table(table)
