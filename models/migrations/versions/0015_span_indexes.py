"""Indexes for the figures of a day and of a month: cases closed and orders returned within a span of time."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_index("ix_cases_closed", "cases", ["closed_at", "id"], sa.text("closed_at IS NOT NULL"))
    _create_index(
        "ix_assignments_returned", "assignments", ["returned_at"], sa.text("returned_at IS NOT NULL")
    )


def _create_index(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_assignments_returned", table_name="assignments")
    op.drop_index("ix_cases_closed", table_name="cases")
