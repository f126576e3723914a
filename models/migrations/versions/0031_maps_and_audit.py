"""Indexes for the map of open cases, and for the acts that are looked at afterwards."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0029"
branch_labels = None
depends_on = None

_OPEN = "'ACCEPTED', 'CALLBACK', 'DISPATCHED', 'IN_PROGRESS', 'NEW', 'SUBMITTED', 'SUSPENDED'"
_HAS_POINT = sa.text(f"status IN ({_OPEN}) AND lat IS NOT NULL AND lon IS NOT NULL")

_AUDITED = sa.text(
    "act IN ('approve', 'decline', 'reveal', 'revoke_link', 'suspend', 'unrestrict', 'void', 'void_withdrawn')"
)


def upgrade() -> None:
    op.create_index(
        "ix_cases_open_point", "cases", ["lat", "lon"],
        sqlite_where=_HAS_POINT, postgresql_where=_HAS_POINT,
    )  # fmt: skip
    op.create_index("ix_events_audited", "events", ["id"], sqlite_where=_AUDITED, postgresql_where=_AUDITED)


def downgrade() -> None:
    op.drop_index("ix_events_audited", table_name="events")
    op.drop_index("ix_cases_open_point", table_name="cases")
