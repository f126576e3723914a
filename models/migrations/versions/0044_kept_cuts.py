"""Kept figures by whatever cases are told apart by, and of cases that are in the archive; indexes for the few
shares that were sent back or called, and for the few cases about money; an index of the words of cases.

The days are counted anew: they are no record yet.
"""

import sqlalchemy as sa
from alembic import op

from models.database import Id

revision = "0044"
down_revision = "0041"
branch_labels = None
depends_on = None

_COUNTED = (
    "received", "excluded", "withdrawn", "answered", "rated", "solved", "judged", "satisfied", "unrated",
    "due", "on_time", "in_grid", "redone", "reopened", "reworked",
)  # fmt: skip
_SPECIAL_SHARE = sa.text("role = 'assist' OR returned_at IS NOT NULL")
_MONEY = sa.text("asked_fen IS NOT NULL OR recovered_fen > 0")


def upgrade() -> None:
    _forget_days()
    op.create_table(
        "kept_figures",
        sa.Column("cut", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit_id", Id, autoincrement=False, nullable=False),
        sa.Column("area_id", Id, autoincrement=False, nullable=False),
        sa.Column("class_id", sa.String(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTED),
        sa.PrimaryKeyConstraint("cut", "day", "unit_id", "area_id", "class_id", "word", "archived"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "kept_receipts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit_id", Id, autoincrement=False, nullable=False),
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("received", "passed", "finished")),
        sa.PrimaryKeyConstraint("day", "unit_id", "person_id", "archived"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "word_blocks",
        sa.Column("pair", Id, autoincrement=False, nullable=False),
        sa.Column("block", Id, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("pair", "block"),
        sqlite_with_rowid=False,
    )
    op.add_column(
        "archived_cases", sa.Column("is_counted", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_index(
        "ix_assignments_special", "assignments", ["dispatched_at"],
        sqlite_where=_SPECIAL_SHARE, postgresql_where=_SPECIAL_SHARE,
    )  # fmt: skip
    op.create_index("ix_cases_money", "cases", ["opened_at"], sqlite_where=_MONEY, postgresql_where=_MONEY)


def downgrade() -> None:
    op.drop_index("ix_cases_money", table_name="cases")
    op.drop_index("ix_assignments_special", table_name="assignments")
    op.drop_table("word_blocks")
    op.drop_column("archived_cases", "is_counted")
    op.drop_table("kept_receipts")
    _forget_days()
    op.execute("DELETE FROM counters WHERE name IN ('figures:moved', 'words')")
    op.create_table(
        "kept_figures",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit_id", Id, autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTED),
        sa.PrimaryKeyConstraint("day", "unit_id"),
    )


def _forget_days() -> None:
    op.drop_table("kept_figures")
    op.execute("DELETE FROM kept_days")
    op.execute("DELETE FROM counters WHERE name = 'figures'")
