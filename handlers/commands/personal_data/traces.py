"""Where a person stands in the database: the ids of the rows that are theirs or speak of them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from handlers.commands.personal_data.identity import Identity
from models.cases import Case, Event, Rating
from models.inbox import InboxRow, InboxState
from models.organisation import Account, Chat
from models.pending_commands import PendingCommand
from models.pushes import Push, PushState
from models.reports import Media, Message, Report
from models.understandings import Understanding

_FINISHED = (InboxState.DONE, InboxState.DEAD)
_IN_FLIGHT = (PushState.READY, PushState.LEASED)


@dataclass(frozen=True, slots=True)
class Traces:
    """Ids of rows, by table; of pushes only those that are not to be sent any more."""

    accounts: Sequence[int]
    chats: Sequence[int]
    """Their direct conversations with the bot."""
    cases: Sequence[int]
    """What they reported."""
    events: Sequence[int]
    """Of their cases, and what they did in others."""
    reports: Sequence[int]
    messages: Sequence[int]
    """Theirs, and what others said of their cases."""
    ratings: Sequence[int]
    media: Sequence[int]
    inbox: Sequence[int]
    """Likewise."""
    pushes: Sequence[int]
    previews: Sequence[int]
    understandings: Sequence[int]
    """What was made of their own messages."""

    def count(self) -> dict[str, int]:
        """How many rows of each table."""
        return {field.name: len(getattr(self, field.name)) for field in fields(self)}


def find_traces(session: Session, identity: Identity) -> Traces:
    """Every row of this person. Reads whole tables, so ask in a transaction that holds up nobody."""
    person_ids, user_ids = identity.person_ids, identity.user_ids
    accounts = select(Account).where(Account.person_id.in_(person_ids))
    cases = select(Case.id).where(Case.reporter_id.in_(person_ids))
    chats = select(Chat.id).where(Chat.person_id.in_(person_ids))
    reports = select(Report.id).where(Report.person_id.in_(person_ids))
    heard = select(Message.inbox_id).where(Message.person_id.in_(person_ids))
    of_them = or_(Message.person_id.in_(person_ids), Message.case_id.in_(cases))
    said = select(Message.inbox_id).where(of_them)
    begun = select(PendingCommand.id).where(PendingCommand.person_id.in_(person_ids))
    inbox = select(InboxRow.id).where(
        or_(InboxRow.sender.in_(user_ids), InboxRow.id.in_(said)), InboxRow.state.in_(_FINISHED)
    )
    return Traces(
        accounts=_list_ids(session, accounts.with_only_columns(Account.id)),
        chats=_list_ids(session, chats),
        cases=_list_ids(session, cases),
        events=_list_ids(
            session, select(Event.id).where(or_(Event.case_id.in_(cases), Event.actor_id.in_(person_ids)))
        ),
        reports=_list_ids(session, reports),
        messages=_list_ids(session, select(Message.id).where(of_them)),
        ratings=_list_ids(session, select(Rating.id).where(Rating.person_id.in_(person_ids))),
        media=_list_ids(
            session, select(Media.id).where(or_(Media.report_id.in_(reports), Media.inbox_id.in_(heard)))
        ),
        inbox=_list_ids(session, inbox),
        pushes=_list_ids(
            session,
            select(Push.id).where(
                or_(Push.case_id.in_(cases), Push.chat_id.in_(chats)), Push.state.not_in(_IN_FLIGHT)
            ),
        ),
        previews=_list_ids(session, begun),
        understandings=_list_ids(
            session,
            select(Understanding.id)
            .join(InboxRow, InboxRow.id == Understanding.inbox_id)
            .where(InboxRow.sender.in_(user_ids)),
        ),
    )


def _list_ids(session: Session, query: Select[int]) -> list[int]:
    return list(session.scalars(query))
