"""/导出个人信息, /删除个人信息 and /同意个人信息: in private only, by two of the few who may."""

import re

from sqlalchemy import or_, select

from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command, split_first_word
from handlers.commands.personal_data import requests
from handlers.environment.people import doors
from handlers.errors import MissingNeed, NotAllowed
from handlers.notifications import pushes
from handlers.wording import personal_data as say
from handlers.wording.markup import escape_words
from models.messages import TextPush
from models.organisation import ChatUse, Person, Role, Unit, has_post
from models.personal_data import DataRequest, DataRequestKind, format_push_key

_NUMBER = re.compile(r"GR\d{6}-\d{3,6}", re.IGNORECASE)


def ask_export(inbound: InboundMessage, command: Command) -> str:
    """`/导出个人信息 人 理由`: ask for what is stored of a person. Returns a slug. Raises Refused."""
    return _store_request(inbound, command, DataRequestKind.EXPORT)


def ask_erasure(inbound: InboundMessage, command: Command) -> str:
    """`/删除个人信息 人 理由`: ask for a person to be erased. Returns a slug. Raises Refused."""
    return _store_request(inbound, command, DataRequestKind.ERASE)


def approve_request(inbound: InboundMessage, command: Command) -> str:
    """`/同意个人信息 GR…`: agree to what somebody else asked for. Returns a slug. Raises Refused."""
    _check_private(inbound)
    requests.check_may_decide(inbound.session, inbound.person)
    number = _NUMBER.search(command.tail)
    if number is None:
        raise MissingNeed(say.usage_number())
    request = requests.approve(inbound.session, number[0], inbound.person, now=inbound.now)
    inbound.reply(say.approval(request.number, request.kind))
    return "personal_data.approved"


def _store_request(inbound: InboundMessage, command: Command, kind: DataRequestKind) -> str:
    _check_private(inbound)
    requests.check_may_decide(inbound.session, inbound.person)
    said, reason = split_first_word(command.tail) if command.tail else ("", "")
    if not said or not reason:
        raise MissingNeed(say.usage(kind))
    person = requests.find_person(inbound.session, said)
    request = requests.store_request(
        inbound.session, kind, person, inbound.person, reason, env=inbound.env, now=inbound.now
    )
    inbound.reply(say.request_stored(request.number, kind))
    _ask_others(inbound, request, person)
    return "personal_data.asked"


def _check_private(inbound: InboundMessage) -> None:
    if inbound.chat.use != ChatUse.DIRECT:
        raise NotAllowed(say.only_in_private())


def _ask_others(inbound: InboundMessage, request: DataRequest, person: Person) -> None:
    """Tell the others who may decide, in private, where they ever wrote to the bot."""
    leads = select(Unit.lead).where(Unit.parent_id.is_(None), Unit.lead.is_not(None))
    others = select(Person).where(
        or_(has_post(lambda role, _unit_id: role == Role.ADMIN), Person.code.in_(leads)),
        Person.id != inbound.person.id,
    )
    asker = inbound.person.name or inbound.person.code
    words = say.request_to_decide(
        request.number, request.kind, escape_words(person.name or person.code), asker,
        escape_words(request.reason),
    )  # fmt: skip
    people = inbound.session.scalars(others.order_by(Person.id)).all()
    found = (doors.find_own_door(inbound.session, one) for one in people)
    for chat in (one for one in found if one is not None):
        key = f"{format_push_key(request.id)}{chat.id}"
        row = pushes.push_row(chat, TextPush(words), key=key, env=inbound.env, now=inbound.now)
        pushes.enqueue(inbound.session, row)
