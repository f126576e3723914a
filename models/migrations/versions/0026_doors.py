"""One person, several accounts: what joins them, where they wrote last, and the codes that prove it.

Beside that the corporation's own list of members, which says who joined, moved and left.
"""

import sqlalchemy as sa
from alembic import op

from models.database import Data, Id, UTCDateTime

revision = "0026"
down_revision = "0027"
branch_labels = None
depends_on = None

_JOINED = sa.text("joined_to IS NOT NULL")


def upgrade() -> None:
    op.add_column("people", sa.Column("joined_to", Id, nullable=True))
    op.create_index(
        "ix_people_joined", "people", ["joined_to"], sqlite_where=_JOINED, postgresql_where=_JOINED
    )
    op.add_column("chats", sa.Column("provider", sa.String(), server_default="wecom", nullable=False))
    op.add_column("chats", sa.Column("heard_at", UTCDateTime(), nullable=True))
    # An official account's conversations are named by the account and the openid.
    op.execute(
        "UPDATE chats SET provider = 'wechat' WHERE use = 'direct' AND EXISTS (SELECT 1 FROM accounts"
        " WHERE accounts.person_id = chats.person_id AND accounts.provider = 'wechat'"
        " AND chats.chat_id LIKE '%/' || accounts.user_id)"
    )
    op.create_table(
        "door_codes",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("chat_id", Id, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id"),
    )
    op.create_table(
        "door_tries",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_door_tries_person", "door_tries", ["person_id", "at"])
    op.create_table(
        "door_events",
        sa.Column("id", Id, nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("other_id", Id, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("person_id <> other_id", name="doors_of_two_rows"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["other_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "contacts",
        sa.Column("id", Id, nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("departments", Data, nullable=False),
        sa.Column("has_left", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider", "user_id"),
    )
    op.create_table(
        "departments",
        sa.Column("id", Id, nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("number", Id, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("parent", Id, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider", "number"),
    )


def downgrade() -> None:
    op.drop_table("departments")
    op.drop_table("contacts")
    op.drop_table("door_events")
    op.drop_table("door_tries")
    op.drop_table("door_codes")
    op.drop_column("chats", "heard_at")
    op.drop_column("chats", "provider")
    op.drop_index("ix_people_joined", table_name="people")
    op.drop_column("people", "joined_to")
