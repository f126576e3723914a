"""Sign-offs of answers, and since when a case waits for one; when the program proposed to raise a case."""

import sqlalchemy as sa
from alembic import op

from models.database import UTCDateTime

revision = "0032"
down_revision = "0036"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_UNSIGNED = sa.text("decided_at IS NULL")


def _reference_event(column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["case_id", column],
        ["events.case_id", "events.number"],
        name=f"fk_sign_offs_{column.removesuffix('_number')}",
        deferrable=True,
        initially="DEFERRED",
    )


def upgrade() -> None:
    op.create_table(
        "sign_offs",
        sa.Column("id", Id, nullable=False),
        sa.Column("case_id", Id, sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("event_number", sa.Integer(), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("signer_id", Id, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("deputy_id", Id, sa.ForeignKey("people.id"), nullable=True),
        sa.Column("above_id", Id, sa.ForeignKey("people.id"), nullable=True),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("decided_by", Id, sa.ForeignKey("people.id"), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.Column("decided_event_number", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        _reference_event("event_number"),
        _reference_event("decided_event_number"),
    )
    for column in ("case_id", "signer_id", "deputy_id", "above_id"):
        op.create_index(f"ix_sign_offs_{column}", "sign_offs", [column])
    op.create_index(
        "uq_sign_offs_one_waiting", "sign_offs", ["case_id"], unique=True,
        sqlite_where=_UNSIGNED, postgresql_where=_UNSIGNED,
    )  # fmt: skip
    op.add_column("cases", sa.Column("raise_proposed_at", UTCDateTime(), nullable=True))
    op.add_column("cases", sa.Column("signoff_asked_at", UTCDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("cases", "signoff_asked_at")
    op.drop_column("cases", "raise_proposed_at")
    op.drop_table("sign_offs")
