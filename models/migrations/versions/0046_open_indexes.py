"""The indexes of open cases, in words that the index of states does not fit: SQLite took that one instead.
And some for the few among them that a list is made of.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_OPEN = "IN ('ACCEPTED', 'CALLBACK', 'DISPATCHED', 'IN_PROGRESS', 'NEW', 'SUBMITTED', 'SUSPENDED')"
_BEFORE, _AFTER = f"status {_OPEN}", f"(status || '') {_OPEN}"
_HAS_POINT = "lat IS NOT NULL AND lon IS NOT NULL"
_INDEXES: Sequence[tuple[str, Sequence[str]]] = (
    ("due", ["due_at"]),
    ("unit", ["unit_id", "status"]),
    ("area", ["area_id", "status"]),
    ("handler", ["handler_id", "status"]),
    ("class", ["class_id", "opened_at"]),
    ("place", ["place", "opened_at"]),
    ("point", ["lat", "lon"]),
)
_NEW: Sequence[tuple[str, str, Sequence[str], str]] = (
    ("ix_cases_open", "cases", ["id"], _AFTER),
    ("ix_cases_open_restricted", "cases", ["id"], f"{_AFTER} AND restricted"),
    ("ix_cases_requested", "cases", ["id"], "requested IS NOT NULL"),
    ("ix_cases_to_sign", "cases", ["id"], "signoff_asked_at IS NOT NULL"),
    ("ix_orders_waiting", "orders", ["case_id"], "replied_at IS NULL"),
    ("ix_assignments_helping", "assignments", ["unit_id", "case_id"], "ended_at IS NULL AND role = 'assist'"),
)


def upgrade() -> None:
    _make_anew(_AFTER)
    for name, table, columns, where in _NEW:
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, table, *_ in _NEW:
        op.drop_index(name, table_name=table)
    _make_anew(_BEFORE)


def _make_anew(is_open: str) -> None:
    for name, columns in _INDEXES:
        where = sa.text(f"{is_open} AND {_HAS_POINT}" if name == "point" else is_open)
        op.drop_index(f"ix_cases_open_{name}", table_name="cases")
        op.create_index(f"ix_cases_open_{name}", "cases", columns, sqlite_where=where, postgresql_where=where)
