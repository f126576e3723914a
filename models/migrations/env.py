"""Alembic's entry: runs on the connection that `models.schema` hands over."""

from typing import Any, Literal

from alembic import context

from models import schema
from models.database import Base, Data, Id, UTCDateTime

TABLES = schema.TABLE_MODULES
"""So that the metadata knows every table."""


def _render(kind: str, item: Any, _autogenerate: object) -> str | Literal[False]:
    """Our own column types under their own names, in migrations that are written by machine."""
    if kind != "type":
        return False
    if isinstance(item, UTCDateTime):
        return "UTCDateTime()"
    return "Data" if item is Data else "Id" if item is Id else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=False,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
