"""Cases that came from other offices; whom a case concerns beside its reporter, and the money asked for; suggestions."""

import sqlalchemy as sa
from alembic import op

from models.database import Id, UTCDateTime

revision = "0034"
down_revision = "0032"
branch_labels = None
depends_on = None

_NUMBERED = sa.text("external_number IS NOT NULL")
_AHEAD = sa.text("done_at IS NULL")
_ELSEWHERE = sa.text("(source NOT IN ('chat', 'page'))")


def upgrade() -> None:
    op.add_column("cases", sa.Column("external_number", sa.String(), nullable=True))
    op.add_column("cases", sa.Column("source_url", sa.String(), nullable=True))
    op.create_index(
        "uq_cases_external", "cases", ["source", "external_number"], unique=True,
        sqlite_where=_NUMBERED, postgresql_where=_NUMBERED,
    )  # fmt: skip
    op.add_column("cases", sa.Column("adoption", sa.String(), nullable=True))
    _create_suggestions()
    op.add_column("cases", sa.Column("asked_fen", sa.Integer(), nullable=True))
    op.create_table(
        "parties",
        sa.Column("id", Id, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("event_number", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(
            ["case_id", "event_number"], ["events.case_id", "events.number"],
            name="fk_parties_event", deferrable=True, initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "relation"),
    )  # fmt: skip
    op.create_index(
        "ix_cases_source", "cases", ["source", "id"], sqlite_where=_ELSEWHERE, postgresql_where=_ELSEWHERE
    )


def _create_suggestions() -> None:
    op.create_table(
        "milestones",
        sa.Column("id", Id, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("event_number", sa.Integer(), nullable=False),
        sa.Column("unit_id", Id, nullable=True),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("done_event_number", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"]),
        sa.ForeignKeyConstraint(
            ["case_id", "event_number"], ["events.case_id", "events.number"],
            name="fk_milestones_event", deferrable=True, initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(
            ["case_id", "done_event_number"], ["events.case_id", "events.number"],
            name="fk_milestones_done_event", deferrable=True, initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_index("ix_milestones_case_id", "milestones", ["case_id"])
    op.create_index(
        "ix_milestones_ahead", "milestones", ["due", "id"], sqlite_where=_AHEAD, postgresql_where=_AHEAD
    )
    op.create_table(
        "publications",
        sa.Column("id", Id, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("proposed_by", Id, nullable=False),
        sa.Column("published_by", Id, nullable=True),
        sa.Column("published_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("published_by <> proposed_by", name="publication_by_another"),
        sa.CheckConstraint("(published_by IS NULL) = (published_at IS NULL)", name="publication_has_a_time"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"]),
        sa.ForeignKeyConstraint(["published_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id"),
    )


def downgrade() -> None:
    op.drop_table("publications")
    op.drop_table("milestones")
    op.drop_column("cases", "adoption")
    op.drop_table("parties")
    op.drop_column("cases", "asked_fen")
    op.drop_index("ix_cases_source", table_name="cases")
    op.drop_index("uq_cases_external", table_name="cases")
    op.drop_column("cases", "source_url")
    op.drop_column("cases", "external_number")
