"""Notices that are sent again, before an event, or drafted by the program; a library of texts; where units arrived; site checks."""

import sqlalchemy as sa
from alembic import op

from models.database import Data, Id, UTCDateTime

revision = "0037"
down_revision = "0034"
branch_labels = None
depends_on = None

_OF_LIBRARY = sa.text("item_id IS NOT NULL")
_UNREMINDED = sa.text("answered_at IS NULL AND reminded_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "notice_items",
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("unit_id", Id, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("tags", Data, nullable=False),
        sa.Column("months", Data, nullable=False),
        sa.Column("is_fallback", sa.Boolean(), nullable=False),
        sa.Column("made_by", Id, nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("approved_by", Id, nullable=True),
        sa.Column("approved_at", UTCDateTime(), nullable=True),
        sa.Column("cancelled_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name="item_approved_by_another"),
        sa.CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="item_approved_has_a_time"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"]),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"]),
        sa.ForeignKeyConstraint(["approved_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_notice_items_number", "notice_items", ["number"])
    op.add_column("chats", sa.Column("tags", Data, nullable=False, server_default="[]"))
    with op.batch_alter_table("notices") as notices:
        notices.add_column(sa.Column("tags", Data, nullable=False, server_default="[]"))
        notices.add_column(sa.Column("issuer", sa.String(), nullable=False, server_default=""))
        notices.add_column(sa.Column("event_at", UTCDateTime(), nullable=True))
        notices.add_column(sa.Column("ends_at", UTCDateTime(), nullable=True))
        notices.add_column(sa.Column("repeats", sa.String(), nullable=True))
        notices.add_column(sa.Column("item_tag", sa.String(), nullable=True))
        notices.add_column(sa.Column("item_id", Id, nullable=True))
        notices.alter_column("made_by", existing_type=Id, nullable=True)
        notices.create_foreign_key("fk_notices_item", "notice_items", ["item_id"], ["id"])
    op.add_column(
        "surveys", sa.Column("photo_required", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("assignments", sa.Column("arrived_lat", sa.Float(), nullable=True))
    op.add_column("assignments", sa.Column("arrived_lon", sa.Float(), nullable=True))
    op.add_column("surveys", sa.Column("reminded_at", UTCDateTime(), nullable=True))
    op.create_index(
        "ix_surveys_unreminded", "surveys", ["due_at"],
        sqlite_where=_UNREMINDED, postgresql_where=_UNREMINDED,
    )  # fmt: skip
    op.create_index(
        "ix_notices_item", "notices", ["item_id"], sqlite_where=_OF_LIBRARY, postgresql_where=_OF_LIBRARY
    )
    # Nobody waits for the answers of an earlier version.
    op.execute("UPDATE surveys SET reminded_at = due_at")
    if op.get_bind().dialect.name == "postgresql":
        # Else a later step could not alter the table in the same transaction.
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")


def downgrade() -> None:
    op.drop_index("ix_surveys_unreminded", table_name="surveys")
    op.drop_column("assignments", "arrived_lon")
    op.drop_column("assignments", "arrived_lat")
    op.drop_column("surveys", "reminded_at")
    op.drop_column("surveys", "photo_required")
    op.drop_index("ix_notices_item", table_name="notices")
    # An older version knows no author but people.
    op.execute("DELETE FROM notices WHERE made_by IS NULL")
    with op.batch_alter_table("notices") as notices:
        notices.alter_column("made_by", existing_type=Id, nullable=False)
        notices.drop_constraint("fk_notices_item", type_="foreignkey")
        for column in ("item_id", "item_tag", "repeats", "ends_at", "event_at", "issuer", "tags"):
            notices.drop_column(column)
    op.drop_column("chats", "tags")
    op.drop_table("notice_items")
