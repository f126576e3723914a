"""A push says whose result it tells, a case when its reporter was tried and when that was given up.

When reporters were answered stays as it was written: at the check of the result, before it was sent.
"""

import sqlalchemy as sa
from alembic import op

from models.database import UTCDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_UNANSWERED = "status IN ('CALLBACK', 'CLOSED') AND replied_at IS NULL AND unreached_at IS NULL"


def upgrade() -> None:
    op.add_column("pushes", sa.Column("result_event", sa.Integer(), nullable=True))
    op.add_column("cases", sa.Column("attempted_at", UTCDateTime(), nullable=True))
    op.add_column("cases", sa.Column("unreached_at", UTCDateTime(), nullable=True))
    where = sa.text(_UNANSWERED)
    op.create_index("ix_cases_unanswered", "cases", ["id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_cases_unanswered", table_name="cases")
    op.drop_column("cases", "unreached_at")
    op.drop_column("cases", "attempted_at")
    op.drop_column("pushes", "result_event")
