"""Indexes for what lies open in an area, and for what somebody has in hand, by state."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0038"
branch_labels = None
depends_on = None

_OPEN = sa.text(
    "status IN ('ACCEPTED', 'CALLBACK', 'DISPATCHED', 'IN_PROGRESS', 'NEW', 'SUBMITTED', 'SUSPENDED')"
)


def upgrade() -> None:
    op.create_index(
        "ix_cases_open_area", "cases", ["area_id", "status"], sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    _replace_of_handler(["handler_id", "status"])


def downgrade() -> None:
    _replace_of_handler(["handler_id"])
    op.drop_index("ix_cases_open_area", table_name="cases")


def _replace_of_handler(columns: list[str]) -> None:
    op.drop_index("ix_cases_open_handler", table_name="cases")
    op.create_index(
        "ix_cases_open_handler", "cases", columns, sqlite_where=_OPEN, postgresql_where=_OPEN
    )  # fmt: skip
