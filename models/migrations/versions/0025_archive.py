"""The message archive: how far it was read, what could not be, its files, consents, copies, open questions."""

import sqlalchemy as sa
from alembic import op

from models.database import Id, UTCDateTime

revision = "0025"
down_revision = "0026"
branch_labels = None
depends_on = None

_NOT_ENDED = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.add_column("chats", sa.Column("archive_channel", sa.String(), nullable=True))
    op.add_column("chats", sa.Column("archive_room_id", sa.String(), nullable=True))
    op.create_index("uq_chats_archive_room", "chats", ["archive_room_id", "archive_channel"], unique=True)
    op.add_column("reports", sa.Column("overheard", sa.Boolean(), server_default=sa.false(), nullable=False))
    _create_archive_tables()
    _create_talk_tables()


def _create_archive_tables() -> None:
    op.create_table(
        "archive_cursors",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("seq", Id, nullable=False),
        sa.Column("moved_at", UTCDateTime(), nullable=False),
        sa.Column("gap_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("channel"),
    )
    op.create_table(
        "archive_undecrypted",
        sa.Column("id", Id, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("seq", Id, nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("random_key", sa.String(), nullable=False),
        sa.Column("ciphertext", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel", "seq"),
    )
    op.create_table(
        "archive_files",
        sa.Column("id", Id, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("inbox_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.String(), nullable=False),
        sa.Column("md5", sa.String(), nullable=False),
        sa.Column("index_buf", sa.String(), nullable=False),
        sa.Column("received", Id, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", UTCDateTime(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("inbox_id", "position"),
    )
    op.create_index(
        "ix_archive_files_next",
        "archive_files",
        ["channel", "id"],
        sqlite_where=_NOT_ENDED,
        postgresql_where=_NOT_ENDED,
    )
    op.create_table(
        "archive_consents",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("room_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "room_id", "user_id"),
    )


def _create_talk_tables() -> None:
    op.create_table(
        "heard_messages",
        sa.Column("id", Id, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("inbox_id", Id, nullable=False),
        sa.Column("chat_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("twin_inbox_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"]),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("inbox_id"),
    )
    op.create_index("ix_heard_messages_message", "heard_messages", ["channel", "message_id"])
    op.create_index("ix_heard_messages_copies", "heard_messages", ["chat_id", "digest"])
    op.create_index("ix_heard_messages_at", "heard_messages", ["at"])
    op.create_table(
        "open_questions",
        sa.Column("id", Id, nullable=False),
        sa.Column("inbox_id", Id, nullable=False),
        sa.Column("chat_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"]),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("inbox_id"),
    )
    op.create_index("ix_open_questions_at", "open_questions", ["at"])
    for name, column in (("ix_open_questions_due", "due_at"), ("ix_open_questions_chat", "chat_id")):
        op.create_index(
            name, "open_questions", [column], sqlite_where=_NOT_ENDED, postgresql_where=_NOT_ENDED
        )


def downgrade() -> None:
    for table in (
        "open_questions",
        "heard_messages",
        "archive_consents",
        "archive_files",
        "archive_undecrypted",
        "archive_cursors",
    ):
        op.drop_table(table)
    op.drop_column("reports", "overheard")
    op.drop_index("uq_chats_archive_room", table_name="chats")
    op.drop_column("chats", "archive_room_id")
    op.drop_column("chats", "archive_channel")
