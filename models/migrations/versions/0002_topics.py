"""Topics, and indexes by class and place to find the open cases that a new report may repeat."""

import sqlalchemy as sa
from alembic import op

from models.database import Data, Id, UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OPEN = sa.text(
    "status IN ('ACCEPTED', 'CALLBACK', 'DISPATCHED', 'IN_PROGRESS', 'NEW', 'SUBMITTED', 'SUSPENDED')"
)


def upgrade() -> None:
    op.create_table(
        "topics",
        sa.Column("id", Id, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("class_id", sa.String(), nullable=False),
        sa.Column("area_id", Id, nullable=True),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("words", Data, nullable=False),
        sa.Column("raised_at", UTCDateTime(), nullable=False),
        sa.Column("made_by", Id, nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("parent_id", Id, nullable=True),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("(closed_at IS NULL) = (state <> 'closed')", name="closed_has_a_time"),
        sa.CheckConstraint("state <> 'watched' OR made_by IS NOT NULL", name="watched_by_somebody"),
        sa.ForeignKeyConstraint(["area_id"], ["units.id"]),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"]),
        sa.ForeignKeyConstraint(["parent_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_index("ix_topics_state", "topics", ["state", "id"])
    op.create_table(
        "topic_cases",
        sa.Column("topic_id", Id, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"]),
        sa.PrimaryKeyConstraint("topic_id", "case_id"),
    )
    op.create_index("ix_topic_cases_case_id", "topic_cases", ["case_id"])
    for name in ("class_id", "place"):
        op.create_index(
            f"ix_cases_open_{name.removesuffix('_id')}", "cases", [name, "opened_at"],
            sqlite_where=_OPEN, postgresql_where=_OPEN,
        )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_cases_open_place", "cases")
    op.drop_index("ix_cases_open_class", "cases")
    op.drop_table("topic_cases")
    op.drop_table("topics")
