"""Spot checks drawn by a seed that is made after the day, and cases a leader answers for."""

import sqlalchemy as sa
from alembic import op

from models.database import Data, Id, UTCDateTime

revision = "0033"
down_revision = "0034"
branch_labels = None
depends_on = None

_UNCALLED = sa.text("outcome IS NULL")
_IN_CHARGE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.add_column("cases", sa.Column("charged_at", UTCDateTime(), nullable=True))
    op.create_table(
        "spot_draws",
        sa.Column("id", Id, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("groups", Data, nullable=False),
        sa.Column("drawn_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("day"),
    )
    op.create_table(
        "spot_checks",
        sa.Column("id", Id, nullable=False),
        sa.Column("draw_id", Id, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("caller_id", Id, nullable=True),
        sa.Column("attempted_at", UTCDateTime(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("solved", sa.Boolean(), nullable=True),
        sa.Column("satisfied", sa.Boolean(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("event_number", sa.Integer(), nullable=True),
        sa.CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended_with_outcome"),
        sa.ForeignKeyConstraint(["draw_id"], ["spot_draws.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["caller_id"], ["people.id"]),
        _reference_event("spot_checks", "event_number"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("draw_id", "case_id"),
    )
    op.create_index("ix_spot_checks_case_id", "spot_checks", ["case_id"])
    op.create_index(
        "ix_spot_checks_open", "spot_checks", ["caller_id", "case_id"],
        sqlite_where=_UNCALLED, postgresql_where=_UNCALLED,
    )  # fmt: skip
    op.create_table(
        "charges",
        sa.Column("id", Id, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("leader_id", Id, nullable=False),
        sa.Column("event_number", sa.Integer(), nullable=False),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("ended_event_number", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["leader_id"], ["people.id"]),
        _reference_event("charges", "event_number"),
        _reference_event("charges", "ended_event_number"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_charges_case_id", "charges", ["case_id"])
    op.create_index("ix_charges_began_at", "charges", ["began_at"])
    op.create_index(
        "uq_charges_one_of_case", "charges", ["case_id"], unique=True,
        sqlite_where=_IN_CHARGE, postgresql_where=_IN_CHARGE,
    )  # fmt: skip


def _reference_event(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["case_id", column],
        ["events.case_id", "events.number"],
        name=f"fk_{table}_{column.removesuffix('_number')}",
        deferrable=True,
        initially="DEFERRED",
    )


def downgrade() -> None:
    op.drop_table("charges")
    op.drop_table("spot_checks")
    op.drop_table("spot_draws")
    op.drop_column("cases", "charged_at")
