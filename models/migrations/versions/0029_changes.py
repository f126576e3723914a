"""What has changed since some time is found by the time of its last event."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_events_at", "events", ["at", "id"])


def downgrade() -> None:
    op.drop_index("ix_events_at", table_name="events")
