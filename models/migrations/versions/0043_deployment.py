"""Cases moved into a file, when nightly work was done, and which older programs the schema bears."""

import sqlalchemy as sa
from alembic import op

from models.database import Id, UTCDateTime

revision = "0043"
down_revision = "0040"
branch_labels = None
depends_on = None

_HAS_NUMBER = sa.text("external_number IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "archived_cases",
        sa.Column("case_id", Id, autoincrement=False, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("tail", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("class_id", sa.String(), nullable=False),
        sa.Column("class_name", sa.String(), nullable=False),
        sa.Column("nature", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("area_id", Id, nullable=True),
        sa.Column("unit_id", Id, nullable=True),
        sa.Column("unit_name", sa.String(), nullable=False),
        sa.Column("chat_id", Id, nullable=True),
        sa.Column("reporter_id", Id, nullable=True),
        sa.Column("handler_id", Id, nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_number", sa.String(), nullable=True),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("archived_on", sa.Date(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["units.id"]),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"]),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"]),
        sa.ForeignKeyConstraint(["reporter_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["handler_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("case_id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index("ix_archived_cases_tail", "archived_cases", ["tail", "case_id"])
    op.create_index("ix_archived_cases_reporter", "archived_cases", ["reporter_id"])
    op.create_index(
        "ix_archived_cases_external", "archived_cases", ["source", "external_number"],
        sqlite_where=_HAS_NUMBER, postgresql_where=_HAS_NUMBER,
    )  # fmt: skip
    op.create_table(
        "archived_files",
        sa.Column("case_id", Id, nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["archived_cases.case_id"]),
        sa.PrimaryKeyConstraint("case_id", "path"),
    )
    op.create_index("ix_archived_files_sha256", "archived_files", ["sha256"])
    op.create_table(
        "upkeep_runs",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "schema_floor",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.CheckConstraint("id = 1", name="one_floor"),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("schema_floor")
    op.drop_table("upkeep_runs")
    op.drop_index("ix_archived_files_sha256", table_name="archived_files")
    op.drop_table("archived_files")
    op.drop_index("ix_archived_cases_external", table_name="archived_cases")
    op.drop_index("ix_archived_cases_reporter", table_name="archived_cases")
    op.drop_index("ix_archived_cases_tail", table_name="archived_cases")
    op.drop_table("archived_cases")
