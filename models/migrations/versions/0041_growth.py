"""Indexes for what lies open in an area, what somebody has in hand, what was parked or not answered, by which
no list, look or number grows with what there ever was; figures that are kept by day.
"""

import sqlalchemy as sa
from alembic import op

from models.database import Id

revision = "0041"
down_revision = "0042"
branch_labels = None
depends_on = None

_OPEN = sa.text(
    "status IN ('ACCEPTED', 'CALLBACK', 'DISPATCHED', 'IN_PROGRESS', 'NEW', 'SUBMITTED', 'SUSPENDED')"
)
_UNTOLD = "replied_at IS NULL AND unreached_at IS NULL"
_UNANSWERED = sa.text(f"(status || '') IN ('CALLBACK', 'CLOSED') AND {_UNTOLD}")
_UNANSWERED_BEFORE = sa.text(f"status IN ('CALLBACK', 'CLOSED') AND {_UNTOLD}")
_COUNTED = (
    "received", "excluded", "withdrawn", "answered", "rated", "solved", "judged", "satisfied", "unrated",
    "due", "on_time", "in_grid", "redone", "reopened", "reworked",
)  # fmt: skip
_PARKED = sa.text("state IN ('dead', 'unknown')")


def upgrade() -> None:
    op.create_index(
        "ix_cases_open_area", "cases", ["area_id", "status"], sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    _replace("ix_cases_open_handler", ["handler_id", "status"], _OPEN)
    _replace("ix_cases_unanswered", ["id"], _UNANSWERED)
    op.create_index("ix_pushes_parked", "pushes", ["id"], sqlite_where=_PARKED, postgresql_where=_PARKED)
    op.create_index("ix_sends_at", "sends", ["at"])
    op.create_table("kept_days", sa.Column("day", sa.Date(), nullable=False), sa.PrimaryKeyConstraint("day"))
    op.create_table(
        "kept_figures",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit_id", Id, autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTED),
        sa.PrimaryKeyConstraint("day", "unit_id"),
    )


def downgrade() -> None:
    op.drop_table("kept_figures")
    op.drop_table("kept_days")
    op.execute("DELETE FROM counters WHERE name = 'figures'")
    op.drop_index("ix_sends_at", table_name="sends")
    op.drop_index("ix_pushes_parked", table_name="pushes")
    _replace("ix_cases_unanswered", ["id"], _UNANSWERED_BEFORE)
    _replace("ix_cases_open_handler", ["handler_id"], _OPEN)
    op.drop_index("ix_cases_open_area", table_name="cases")


def _replace(name: str, columns: list[str], where: sa.TextClause) -> None:
    op.drop_index(name, table_name="cases")
    op.create_index(name, "cases", columns, sqlite_where=where, postgresql_where=where)
