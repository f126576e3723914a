"""Cases that came from other offices: their number there, and where it is shown."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0030"
branch_labels = None
depends_on = None

_NUMBERED = sa.text("external_number IS NOT NULL")
_ELSEWHERE = sa.text("(source NOT IN ('chat', 'page'))")


def upgrade() -> None:
    op.add_column("cases", sa.Column("external_number", sa.String(), nullable=True))
    op.add_column("cases", sa.Column("source_url", sa.String(), nullable=True))
    op.create_index(
        "uq_cases_external", "cases", ["source", "external_number"], unique=True,
        sqlite_where=_NUMBERED, postgresql_where=_NUMBERED,
    )  # fmt: skip
    op.create_index(
        "ix_cases_source", "cases", ["source", "id"], sqlite_where=_ELSEWHERE, postgresql_where=_ELSEWHERE
    )


def downgrade() -> None:
    op.drop_index("ix_cases_source", table_name="cases")
    op.drop_index("uq_cases_external", table_name="cases")
    op.drop_column("cases", "source_url")
    op.drop_column("cases", "external_number")
