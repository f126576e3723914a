"""An index for the pushes that a newer one of their lane may replace."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None

_WHERE = "state IN ('ready', 'leased') AND merge_key IS NOT NULL"


def upgrade() -> None:
    where = sa.text(_WHERE)
    columns = ["lane", "merge_key", "id"]
    op.create_index("ix_pushes_merge", "pushes", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_pushes_merge", table_name="pushes")
