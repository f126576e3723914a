"""Cases that wait for a joint meeting, what the meetings decided, and days on which results are looked at again."""

import sqlalchemy as sa
from alembic import op

from models.database import Id, UTCDateTime

revision = "0038"
down_revision = "0039"
branch_labels = None
depends_on = None

_ON_AGENDA = sa.text("meeting_asked_at IS NOT NULL")
_TO_RECHECK = sa.text("recheck_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("cases", sa.Column("meeting_asked_at", UTCDateTime(), nullable=True))
    op.add_column("cases", sa.Column("recheck_at", UTCDateTime(), nullable=True))
    op.create_index(
        "ix_cases_agenda", "cases", ["meeting_asked_at", "id"],
        sqlite_where=_ON_AGENDA, postgresql_where=_ON_AGENDA,
    )  # fmt: skip
    op.create_index(
        "ix_cases_recheck", "cases", ["recheck_at", "id"],
        sqlite_where=_TO_RECHECK, postgresql_where=_TO_RECHECK,
    )  # fmt: skip
    op.create_table(
        "meeting_actions",
        sa.Column("id", Id, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("event_number", sa.Integer(), nullable=False),
        sa.Column("unit_id", Id, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"]),
        sa.ForeignKeyConstraint(
            ["case_id", "event_number"], ["events.case_id", "events.number"],
            name="fk_meeting_actions_event", deferrable=True, initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_index("ix_meeting_actions_case_id", "meeting_actions", ["case_id"])


def downgrade() -> None:
    op.drop_index("ix_meeting_actions_case_id", table_name="meeting_actions")
    op.drop_table("meeting_actions")
    op.drop_index("ix_cases_recheck", table_name="cases")
    op.drop_index("ix_cases_agenda", table_name="cases")
    op.drop_column("cases", "recheck_at")
    op.drop_column("cases", "meeting_asked_at")
