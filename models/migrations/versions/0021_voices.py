"""Voices become text: what became of each, the copy that the desk plays, and a still picture of each video."""

import sqlalchemy as sa
from alembic import op

from models.database import Id, UTCDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.add_column("media", sa.Column("poster_path", sa.String(), nullable=True))
    op.add_column("media", sa.Column("play_path", sa.String(), nullable=True))
    op.add_column("media", sa.Column("duration", sa.Float(), nullable=True))
    op.add_column("reports", sa.Column("unheard", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "voices",
        sa.Column("media_id", Id, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("not_before", UTCDateTime(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("media_id"),
    )
    op.create_index(
        "ix_voices_waiting", "voices", ["not_before"], sqlite_where=_WAITING, postgresql_where=_WAITING
    )


def downgrade() -> None:
    op.drop_table("voices")
    op.drop_column("reports", "unheard")
    op.drop_column("media", "duration")
    op.drop_column("media", "play_path")
    op.drop_column("media", "poster_path")
