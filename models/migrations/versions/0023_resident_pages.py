"""Pages of residents: links to their cases, and what was reported by form."""

import sqlalchemy as sa
from alembic import op

from models.database import Id, UTCDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_links",
        sa.Column("id", Id, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "person_id"),
    )
    op.create_index("ix_case_links_person_id", "case_links", ["person_id"])
    op.create_table(
        "case_link_tokens",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("link_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["case_links.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_case_link_tokens_link_id", "case_link_tokens", ["link_id"])
    op.create_table(
        "page_reports",
        sa.Column("id", Id, nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("unit_id", Id, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_page_reports_address", "page_reports", ["address", "at"])
    op.create_index("ix_page_reports_unit", "page_reports", ["unit_id", "at"])
    op.add_column("pushes", sa.Column("link_id", Id, nullable=True))


def downgrade() -> None:
    op.drop_column("pushes", "link_id")
    op.drop_table("page_reports")
    op.drop_table("case_link_tokens")
    op.drop_table("case_links")
