"""Who is named in a restricted case and never reads it, and who reads it in their place.

For the cases there are it is worked out from the words of the report: staff whose name stands in it, or
the name of their unit or of one above it. Whether one of them was a reader is written in no table, so the
lead of the unit above reads the case instead.
"""

import sqlalchemy as sa
from alembic import op

from models.database import Id

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reading_rights",
        sa.Column("id", Id, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "person_id"),
    )
    op.create_index("ix_reading_rights_person_id", "reading_rights", ["person_id"])
    op.execute(_BAR)
    op.execute(_GRANT)


def downgrade() -> None:
    op.drop_table("reading_rights")


_BAR = """
INSERT INTO reading_rights (case_id, person_id, granted)
SELECT c.id, p.id, FALSE
FROM cases AS c
JOIN people AS p ON p.role NOT IN ('informant', 'resident')
LEFT JOIN units AS own ON own.id = p.unit_id
WHERE c.restricted AND (
    (length(p.name) > 1 AND c.text LIKE '%' || p.name || '%')
    OR EXISTS (
        SELECT 1 FROM units AS u
        WHERE u.parent_id IS NOT NULL AND own.path LIKE u.path || '%' AND (
            (length(u.name) > 1 AND c.text LIKE '%' || u.name || '%')
            OR (length(u.short) > 1 AND c.text LIKE '%' || u.short || '%')
        )
    )
)
"""
_GRANT = """
INSERT INTO reading_rights (case_id, person_id, granted)
SELECT DISTINCT r.case_id, head.id, TRUE
FROM reading_rights AS r
JOIN people AS p ON p.id = r.person_id
JOIN units AS u ON u.id = p.unit_id
JOIN units AS above ON above.id = u.parent_id
JOIN people AS head ON head.code = above.lead
WHERE NOT r.granted AND NOT EXISTS (
    SELECT 1 FROM reading_rights AS other WHERE other.case_id = r.case_id AND other.person_id = head.id
)
"""
