"""Further posts of a person, duties and skills, and whether an informant has agreed to take part."""

import sqlalchemy as sa
from alembic import op

from models.database import Data, Id, UTCDateTime

revision = "0040"
down_revision = "0038"
branch_labels = None
depends_on = None

_COLUMNS = ("duties", "skills", "participation", "participation_at")


def upgrade() -> None:
    # Nobody was asked before: whoever is on the roster is asked at the next contact.
    op.add_column("people", sa.Column("duties", Data, nullable=False, server_default="[]"))
    op.add_column("people", sa.Column("skills", Data, nullable=False, server_default="[]"))
    op.add_column(
        "people", sa.Column("participation", sa.String(), nullable=False, server_default="enrolled")
    )
    op.add_column("people", sa.Column("participation_at", UTCDateTime(), nullable=True))
    op.create_table(
        "person_posts",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("unit_id", Id, nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("duties", Data, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "unit_id", "role"),
    )
    op.create_index("ix_person_posts_unit_id", "person_posts", ["unit_id"])
    op.create_table(
        "participation_changes",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("participation", sa.String(), nullable=False),
        sa.Column("changed_by", Id, nullable=True),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["changed_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_participation_changes_person_id", "participation_changes", ["person_id"])


def downgrade() -> None:
    op.drop_index("ix_participation_changes_person_id", table_name="participation_changes")
    op.drop_table("participation_changes")
    op.drop_index("ix_person_posts_unit_id", table_name="person_posts")
    op.drop_table("person_posts")
    for column in reversed(_COLUMNS):
        op.drop_column("people", column)
