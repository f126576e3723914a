"""What each case counts for in the kept figures, the running day among them, and how many are overdue.

The days are counted anew. What is kept of archived cases stays.
"""

import sqlalchemy as sa
from alembic import op

from models.database import Id

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_COUNTED = (
    "received", "excluded", "withdrawn", "answered", "rated", "solved", "judged", "satisfied", "unrated",
    "due", "on_time", "in_grid", "redone", "reopened", "reworked",
)  # fmt: skip
_OVERDUE = sa.text("overdue > 0")


def upgrade() -> None:
    _forget_days()
    op.create_table(
        "kept_cases",
        sa.Column("case_id", Id, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit_id", Id, nullable=False),
        sa.Column("area_id", Id, nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("class_id", "nature", "source", "status")
        ),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("first_unit_id", Id, nullable=True),
        sa.Column("first_person_id", Id, nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("passed", "finished")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTED),
        _build_overdue(),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.add_column("kept_figures", _build_overdue())
    op.create_index(
        "ix_kept_figures_overdue", "kept_figures", ["cut"],
        sqlite_where=_OVERDUE, postgresql_where=_OVERDUE,
    )  # fmt: skip


def downgrade() -> None:
    _forget_days()
    op.drop_index("ix_kept_figures_overdue", table_name="kept_figures")
    op.drop_column("kept_figures", "overdue")
    op.drop_table("kept_cases")


def _build_overdue() -> sa.Column[int]:
    return sa.Column("overdue", sa.Integer(), server_default="0", nullable=False)


def _forget_days() -> None:
    for table in ("kept_figures", "kept_receipts"):
        op.execute(sa.text(f"DELETE FROM {table} WHERE NOT archived"))  # noqa: S608 - our own names
    op.execute("DELETE FROM kept_days")
    op.execute("DELETE FROM counters WHERE name IN ('figures', 'figures:at')")
