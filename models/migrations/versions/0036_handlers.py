"""An index for what somebody signed for, of all years."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0030"
branch_labels = None
depends_on = None

_SIGNED = sa.text("handler_id IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_cases_handler", "cases", ["handler_id"], sqlite_where=_SIGNED, postgresql_where=_SIGNED
    )


def downgrade() -> None:
    op.drop_index("ix_cases_handler", table_name="cases")
