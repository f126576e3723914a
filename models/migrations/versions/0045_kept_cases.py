"""What each case counts for in the kept figures, the running day among them, and how many are open and late.

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
_OF_OPEN = ("overdue", "open", "unplaced", "running", "late")
_HAS_OPEN = sa.text("open > 0")


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
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("hour", "due_day")),
        sa.Column("first_unit_id", Id, nullable=True),
        sa.Column("first_person_id", Id, nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("passed", "finished")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTED),
        *_build_columns(),
        sa.PrimaryKeyConstraint("case_id"),
    )
    for column in _build_columns():
        op.add_column("kept_figures", column)
    op.create_index(
        "ix_kept_figures_open", "kept_figures", ["cut"], sqlite_where=_HAS_OPEN, postgresql_where=_HAS_OPEN
    )


def downgrade() -> None:
    _forget_days()
    op.drop_index("ix_kept_figures_open", table_name="kept_figures")
    for name in reversed(_OF_OPEN):
        op.drop_column("kept_figures", name)
    op.drop_table("kept_cases")


def _build_columns() -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in _OF_OPEN]


def _forget_days() -> None:
    for table in ("kept_figures", "kept_receipts"):
        op.execute(sa.text(f"DELETE FROM {table} WHERE NOT archived"))  # noqa: S608 - our own names
    op.execute("DELETE FROM kept_days")
    op.execute("DELETE FROM counters WHERE name IN ('figures', 'figures:at')")
