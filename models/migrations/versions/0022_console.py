"""The console: sessions, passwords of this place, failed tries to sign in, kept views."""

import sqlalchemy as sa
from alembic import op

from models.database import Id, UTCDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


_IS_OPEN = sa.text(
    "status IN ('ACCEPTED', 'CALLBACK', 'DISPATCHED', 'IN_PROGRESS', 'NEW', 'SUBMITTED', 'SUSPENDED')"
)
_INDEXES = (
    ("ix_cases_open_unit", ["unit_id", "status"]),
    ("ix_cases_open_handler", ["handler_id"]),
)


def upgrade() -> None:
    for name, columns in _INDEXES:
        op.create_index(name, "cases", columns, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN)
    op.create_table(
        "console_sessions",
        sa.Column("id", Id, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index("ix_console_sessions_person_id", "console_sessions", ["person_id"])
    op.create_table(
        "console_passwords",
        sa.Column("person_id", Id, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("set_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_table(
        "failed_sign_ins",
        sa.Column("id", Id, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_failed_sign_ins_subject", "failed_sign_ins", ["subject", "at"])
    op.create_index("ix_failed_sign_ins_address", "failed_sign_ins", ["address", "at"])
    op.create_index("ix_failed_sign_ins_at", "failed_sign_ins", ["at"])
    op.create_table(
        "saved_views",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "name"),
    )
    op.create_index("ix_saved_views_person_id", "saved_views", ["person_id"])


def downgrade() -> None:
    for name, _ in _INDEXES:
        op.drop_index(name, "cases")
    op.drop_table("saved_views")
    op.drop_table("failed_sign_ins")
    op.drop_table("console_passwords")
    op.drop_table("console_sessions")
