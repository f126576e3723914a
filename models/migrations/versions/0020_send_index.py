"""What was sent is found by its push: budgets of reply handles are counted for days."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_sends_push", "sends", ["push_id"])


def downgrade() -> None:
    op.drop_index("ix_sends_push", table_name="sends")
