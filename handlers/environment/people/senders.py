"""Who is speaking, and where: platform ids to rows, strangers and new groups included."""

from collections.abc import Sequence
from operator import itemgetter

import structlog
from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from handlers.environment.people import doors, newcomers
from handlers.environment.session_cache import get_cache
from models.account_ids import is_vouched_for
from models.database import insert_if_absent
from models.messages import Incoming, IncomingKind
from models.organisation import Account, Chat, ChatUse, Person, Role, Unit

log = structlog.get_logger()

# Asked for every message: putting such a question together takes longer than its answer.
_CHATS = select(Chat).where(
    or_(
        Chat.chat_id.in_(bindparam("chats", expanding=True)),
        Chat.archive_room_id.in_(bindparam("chats", expanding=True)),
    )
)
_SENDERS = (
    select(Account.provider, Account.user_id, Person)
    .join(Person)
    .where(
        Account.provider.in_(bindparam("providers", expanding=True)),
        Account.user_id.in_(bindparam("users", expanding=True)),
    )
)
_BY_ACCOUNT = (
    select(Person)
    .join(Account)
    .where(Account.provider == bindparam("provider"), Account.user_id == bindparam("user_id"))
)
_BY_CHAT_ID = (
    select(Chat)
    .where(
        or_(
            and_(Chat.channel == bindparam("channel"), Chat.chat_id == bindparam("chat_id")),
            and_(Chat.archive_channel == bindparam("channel"), Chat.archive_room_id == bindparam("chat_id")),
        )
    )
    # Where an archive noted a room before anybody said whose it is, the group it belongs to comes first.
    .order_by(Chat.use == ChatUse.UNBOUND)
    .limit(1)
)


def load_senders(session: Session, incomings: Sequence[Incoming]) -> list[tuple[Chat, Person]]:
    """Look up the chats and senders of a batch with two queries, instead of two a message.

    Answers with chat and sender of each message, strangers and new groups included. What is found is known
    for the rest of the transaction.
    """
    known = get_cache(session)
    chats = list(session.scalars(_CHATS, {"chats": list({i.chat_id for i in incomings})}))
    known.chats.update({(one.channel, one.chat_id): one for one in chats})
    known.chats.update(
        {
            (one.archive_channel, one.archive_room_id): one
            for one in chats
            if one.archive_channel and one.archive_room_id
        }
    )
    named = {"providers": list({i.provider for i in incomings}), "users": list({i.sender for i in incomings})}
    rows = {(provider, user): person for provider, user, person in session.execute(_SENDERS, named)}
    for incoming in incomings:
        if (person := rows.get((incoming.provider, incoming.sender))) is not None:
            chat = known.chats.get((incoming.channel, incoming.chat_id))
            known.people[incoming.provider, incoming.sender] = _limit_rights(incoming, person, chat)
    _register_unknown(session, incomings)
    pairs = (
        (known.chats.get((i.channel, i.chat_id)), known.people.get((i.provider, i.sender))) for i in incomings
    )
    return [(chat, person) for chat, person in pairs if chat is not None and person is not None]


def find_sender(session: Session, incoming: Incoming, chat: Chat | None = None) -> Person:
    """The person behind a message, with the rights they have there.

    A stranger becomes a resident of the unit whose QR code they scanned, or of the chat's.
    """
    known = get_cache(session).people
    provider, user_id = incoming.provider, incoming.sender
    found = known.get((provider, user_id)) or session.scalar(
        _BY_ACCOUNT, {"provider": provider, "user_id": user_id}
    )
    if found is not None:
        return _limit_rights(incoming, found, chat)
    code = f"{provider}:{user_id}"
    unit_id = _find_scene_unit(session, incoming) or (chat.unit_id if chat else None)
    insert_if_absent(session, Person, {"code": code, "name": "", "role": Role.RESIDENT, "unit_id": unit_id})
    person_id = session.scalars(select(Person.id).where(Person.code == code)).one()
    insert_if_absent(session, Account, {"person_id": person_id, "provider": provider, "user_id": user_id})
    person = session.scalars(_BY_ACCOUNT, {"provider": provider, "user_id": user_id}).one()
    log.info("person.met", person=person.id)
    return person


def _limit_rights(incoming: Incoming, person: Person, chat: Chat | None) -> Person:
    if is_vouched_for(incoming.provider, incoming.sender):
        return person
    return doors.limit_rights(person, incoming.provider, chat)


def _register_unknown(session: Session, incomings: Sequence[Incoming]) -> None:
    """Strangers, then new chats, each in the order of their keys: the order in which every worker does it.

    Else two workers that meet the same two groups in another order wait for each other.
    """
    known = get_cache(session)
    silent = (IncomingKind.IGNORED, IncomingKind.LEFT, IncomingKind.CONTACTS, IncomingKind.RECALLED)
    heard = [incoming for incoming in incomings if incoming.kind not in silent]
    strangers = {(i.provider, i.sender): i for i in heard if (i.provider, i.sender) not in known.people}
    for account, incoming in sorted(strangers.items(), key=itemgetter(0)):
        chat = known.chats.get((incoming.channel, incoming.chat_id))
        known.people[account] = find_sender(session, incoming, chat)
    new = {(i.channel, i.chat_id): i for i in heard if (i.channel, i.chat_id) not in known.chats}
    for named, incoming in sorted(new.items(), key=itemgetter(0)):
        sender = known.people[incoming.provider, incoming.sender]
        known.chats[named] = _register_chat(session, incoming, sender)


def find_known(session: Session, incoming: Incoming) -> tuple[Chat, Person] | None:
    """Chat and sender of a message where both are known, and the chat is not believed to be gone."""
    chat = session.scalar(_BY_CHAT_ID, {"channel": incoming.channel, "chat_id": incoming.chat_id})
    account = {"provider": incoming.provider, "user_id": incoming.sender}
    person = session.scalar(_BY_ACCOUNT, account)
    if chat is None or chat.gone_at is not None or person is None:
        return None
    return chat, _limit_rights(incoming, person, chat)


def find_chat(session: Session, incoming: Incoming) -> Chat | None:
    """The chat of a message, where it is known."""
    return session.scalar(_BY_CHAT_ID, {"channel": incoming.channel, "chat_id": incoming.chat_id})


def name_chat(session: Session, incoming: Incoming) -> None:
    """The group has the name that the platform gives it, unless somebody gave it another here."""
    chat = find_chat(session, incoming) if incoming.chat_name else None
    if chat is not None and not chat.name:
        chat.name = incoming.chat_name


def _find_scene_unit(session: Session, incoming: Incoming) -> int | None:
    """Id of the unit by whose QR code the person came; None where they came another way."""
    if not incoming.scene:
        return None
    return session.scalar(select(Unit.id).where(Unit.code == incoming.scene))


def move_to_scene(session: Session, incoming: Incoming, chat: Chat, person: Person) -> Unit | None:
    """Whoever scans the QR code of a unit speaks of what is there from now on. Returns the unit."""
    unit_id = _find_scene_unit(session, incoming)
    if unit_id is None:
        return None
    chat.unit_id = unit_id
    if person.role == Role.RESIDENT and person.code == f"{incoming.provider}:{incoming.sender}":
        person.unit_id = unit_id
    return session.get(Unit, unit_id)


def find_chat_and_sender(session: Session, incoming: Incoming) -> tuple[Chat, Person]:
    """The chat a message came from, and its sender; whichever is unknown is registered."""
    named = incoming.channel, incoming.chat_id
    chat = get_cache(session).chats.get(named) or session.scalar(
        _BY_CHAT_ID, {"channel": incoming.channel, "chat_id": incoming.chat_id}
    )
    person = find_sender(session, incoming, chat)
    if chat is None:
        chat = _register_chat(session, incoming, person)
    if chat.gone_at is not None:
        log.info("chat.back", chat=chat.code)
        chat.gone_at = None
    return chat, person


def _register_chat(session: Session, incoming: Incoming, person: Person) -> Chat:
    chat_values = {
        "code": f"{incoming.channel}:{incoming.chat_id}",
        "name": "",
        "use": ChatUse.DIRECT if incoming.direct else ChatUse.UNBOUND,
        "unit_id": person.unit_id if incoming.direct else None,
        "person_id": person.id if incoming.direct else None,
        "channel": incoming.channel,
        "chat_id": incoming.chat_id,
        "provider": incoming.provider,
    }
    insert_if_absent(session, Chat, chat_values)
    newcomers.note_door(session, person.id)
    named = {"channel": incoming.channel, "chat_id": incoming.chat_id}
    chat = session.scalars(_BY_CHAT_ID, named).one()
    log.info("chat.met", chat=chat.id, use=chat.use)
    return chat
