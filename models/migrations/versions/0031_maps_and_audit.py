"""Indexes for the map of open cases, and for the acts that are looked at afterwards."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0024"
branch_labels = None
depends_on = None

_OPEN = "'ACCEPTED', 'CALLBACK', 'DISPATCHED', 'IN_PROGRESS', 'NEW', 'SUBMITTED', 'SUSPENDED'"
_HAS_POINT = sa.text(f"status IN ({_OPEN}) AND lat IS NOT NULL AND lon IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_cases_open_point", "cases", ["lat", "lon"],
        sqlite_where=_HAS_POINT, postgresql_where=_HAS_POINT,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_cases_open_point", table_name="cases")
