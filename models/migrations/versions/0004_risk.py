"""Whether life is at risk, by the words of the first report of a case."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("risk", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("cases", "risk")
