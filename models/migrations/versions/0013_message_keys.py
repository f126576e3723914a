"""A message is known by channel, sender and message id, and one person has one spelling of their account.

Who sent a message stands at the end of its lane. WeCom's userids lose their case; where two people of the
database turn out to be one, whoever is in the roster keeps the account, and the cases, reports, messages
and direct conversations of the other, whom the bot had met, become theirs. Two direct conversations of one
person on one channel both stay: what is sent to either arrives.

Beside that, requests to export or erase a person's data, and reports that gather one person's flood.
"""

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

from models.account_ids import WECOM, spell_account
from models.database import Data, Id, UTCDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_OLD_PAYLOAD = "state = 'done' AND raw != ''"
_NAMES = {"uq": "uq_%(table_name)s_%(column_0_N_name)s"}
"""The names that SQLite's unnamed keys go by while their table is made anew."""
_LAST_WORD = {
    "sqlite": "replace(lane, rtrim(lane, replace(lane, ':', '')), '')",
    "postgresql": "substring(lane from '[^:]*$')",
}
_BELONGINGS = (
    ("cases", "reporter_id"),
    ("messages", "person_id"),
    ("ratings", "person_id"),
    ("chats", "person_id"),
)


def upgrade() -> None:
    op.add_column("reply_handles", sa.Column("inbox_id", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE reply_handles SET inbox_id = (SELECT i.id FROM inbox AS i"
        " WHERE i.channel = reply_handles.channel AND i.message_id = reply_handles.message_id)"
    )
    op.add_column("inbox", sa.Column("sender", sa.String(), nullable=False, server_default=""))
    _fill_senders()
    _replace_key(["channel", "message_id"], ["channel", "sender", "message_id"])
    where = sa.text(_OLD_PAYLOAD)
    op.create_index("ix_inbox_payload", "inbox", ["id"], sqlite_where=where, postgresql_where=where)
    _merge_accounts()
    _spell_chats()
    _create_data_requests()
    op.add_column("reports", sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("reports", "held")
    op.drop_table("data_requests")
    op.drop_index("ix_inbox_payload", table_name="inbox")
    _replace_key(["channel", "sender", "message_id"], ["channel", "message_id"])
    op.drop_column("inbox", "sender")
    op.drop_column("reply_handles", "inbox_id")


def _create_data_requests() -> None:
    op.create_table(
        "data_requests",
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_by", Id, nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("approved_by", Id, nullable=True),
        sa.Column("approved_at", UTCDateTime(), nullable=True),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("counts", Data, nullable=True),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> asked_by", name="data_approved_by_another"),
        sa.CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="data_approved_has_a_time"),
        sa.CheckConstraint("done_at IS NULL OR approved_by IS NOT NULL", name="data_done_was_approved"),
        *(
            sa.ForeignKeyConstraint([name], ["people.id"])
            for name in ("person_id", "asked_by", "approved_by")
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    where = sa.text("approved_at IS NOT NULL AND done_at IS NULL")
    op.create_index(
        "ix_data_requests_to_do", "data_requests", ["id"], sqlite_where=where, postgresql_where=where
    )


def _fill_senders() -> None:
    last = _LAST_WORD[op.get_bind().dialect.name]
    # Every part is a constant of this file.
    op.execute(f"UPDATE inbox SET sender = {last}")  # noqa: S608
    op.execute(
        "UPDATE inbox SET sender = lower(sender) WHERE sender <> lower(sender)"
        " AND NOT (length(sender) = 32 AND substr(sender, 1, 2) IN ('wm', 'wo'))"
    )


def _replace_key(before: list[str], after: list[str]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(f"inbox_{'_'.join(before)}_key", "inbox", type_="unique")
        op.create_unique_constraint(f"inbox_{'_'.join(after)}_key", "inbox", after)
        return
    with op.batch_alter_table("inbox", naming_convention=_NAMES) as batch_op:
        batch_op.drop_constraint(f"uq_inbox_{'_'.join(before)}", type_="unique")
        batch_op.create_unique_constraint(f"uq_inbox_{'_'.join(after)}", after)


def _merge_accounts() -> None:
    """One account for each spelling."""
    found = op.get_bind().execute(
        sa.text(
            "SELECT a.id, a.person_id, a.user_id, p.code FROM accounts AS a JOIN people AS p"
            " ON p.id = a.person_id WHERE a.provider = :provider ORDER BY a.id"
        ),
        {"provider": WECOM},
    )
    by_spelling = defaultdict(list)
    for row in found:
        by_spelling[spell_account(WECOM, row.user_id)].append(row)
    for spelling, rows in by_spelling.items():
        # The bot gives whom it meets a code made of their account; whoever has another is in the roster.
        first, *others = sorted(rows, key=lambda row: row.code == f"{WECOM}:{row.user_id}")
        for other in others:
            _hand_over(other.person_id, first.person_id)
            _run("DELETE FROM accounts WHERE id = :id", id=other.id)
        if first.user_id != spelling:
            _run("UPDATE accounts SET user_id = :spelling WHERE id = :id", spelling=spelling, id=first.id)
            _run(
                "UPDATE people SET code = :after WHERE code = :before"
                " AND NOT EXISTS (SELECT 1 FROM people AS p WHERE p.code = :after)",
                before=f"{WECOM}:{first.user_id}", after=f"{WECOM}:{spelling}",
            )  # fmt: skip


def _hand_over(giver: int, taker: int) -> None:
    if giver == taker:
        return
    for table, column in _BELONGINGS:
        _run(f"UPDATE {table} SET {column} = :taker WHERE {column} = :giver", giver=giver, taker=taker)  # noqa: S608
    # One report of a person waits in a chat.
    _run(
        "UPDATE reports SET person_id = :taker WHERE person_id = :giver AND (closed_at IS NOT NULL"
        " OR NOT EXISTS (SELECT 1 FROM reports AS r WHERE r.person_id = :taker AND r.closed_at IS NULL"
        " AND r.chat_id = reports.chat_id))",
        giver=giver, taker=taker,
    )  # fmt: skip


def _spell_chats() -> None:
    direct = sa.text("SELECT id, channel, chat_id FROM chats WHERE use = 'direct' ORDER BY id")
    for chat in op.get_bind().execute(direct).all():
        spelling = spell_account(WECOM, chat.chat_id)
        if spelling != chat.chat_id:
            _run(
                "UPDATE chats SET chat_id = :spelling WHERE id = :id AND NOT EXISTS (SELECT 1 FROM chats"
                " AS c WHERE c.channel = :channel AND c.chat_id = :spelling)",
                spelling=spelling, id=chat.id, channel=chat.channel,
            )  # fmt: skip


def _run(statement: str, **values: object) -> None:
    op.get_bind().execute(sa.text(statement), values)
