"""/参加 and /退出, the card with 同意 and 不参加, and the plain words for both (requirements A06, C22).

An informant is asked once, at the first contact. Nobody else answers for them; whatever they answer, they
report as before.
"""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from handlers import acts
from handlers.cards.keys import JoinKey, JoinTask
from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command
from handlers.environment.people import doors, newcomers
from handlers.environment.people.participation import change_participation, is_informant, is_to_ask
from handlers.errors import NotAllowed, NotFound, Refused
from handlers.notifications import pushes, recipients
from handlers.wording import participation as say
from models.cases import Case
from models.messages import Button, Card, CardPush, CardUpdatePush, TextPush
from models.organisation import Chat, Participation, Person
from models.pushes import PushPurpose
from models.site_checks import IS_UNANSWERED, SiteCheck

_DANGER_GOES_ON = timedelta(minutes=10)
_URGENT = (
    select(Case.id)
    .where(Case.reporter_id == bindparam("person"), Case.urgent, Case.opened_at >= bindparam("since"))
    .limit(1)
)


def join(inbound: InboundMessage, _command: Command) -> str:
    """`/参加`. Returns a slug; raises NotFound for who is no informant, NotAllowed for who was suspended."""
    _settle(inbound, agrees=True)
    inbound.reply(say.agree_receipt())
    return "informant.agreed"


def leave(inbound: InboundMessage, _command: Command) -> str:
    """`/退出`. Returns a slug; raises NotFound for who is no informant."""
    _settle(inbound, agrees=False)
    inbound.reply(say.leave_receipt())
    return "informant.left"


def take_words(inbound: InboundMessage) -> str | None:
    """Take 同意, 不参加, 我不当信息员了, said to the bot; None: the words are something else.

    同意 only of an informant who was asked, and nothing that somebody else is asked to agree to.
    我不当信息员了 is about this whoever says it: it never rates a case that waits for their word.
    """
    agrees = say.read_answer(inbound.incoming.text) if inbound.is_spoken_to else None
    if agrees is None:
        return None
    if not (_is_asked_for(inbound.person, agrees) or say.names_informants(inbound.incoming.text)):
        return None
    try:
        return (join if agrees else leave)(inbound, Command("", (), ""))
    except Refused as refused:
        inbound.reply(refused.sentence, part="refused")
        return f"refused.{refused.slug}"


def _is_asked_for(person: Person, agrees: bool) -> bool:
    """Whether they are an informant from whom this answer is still to come."""
    if not is_informant(person):
        return False
    if agrees:
        return person.participation == Participation.UNCONFIRMED
    return person.participation != Participation.SUSPENDED


def handle_press(inbound: InboundMessage, pressed: JoinKey, task_id: str) -> str:
    """A press on the card that asks; it shows the answer, and the way out. Returns a slug."""
    try:
        if not doors.is_same(inbound.session, inbound.person, pressed.person_id):
            raise NotAllowed(say.asked_of_another())
        _settle(inbound, agrees=pressed.agrees)
    except Refused as refused:
        inbound.reply(refused.sentence, part="refused")
        return f"refused.{refused.slug}"
    card = _draw_answer(pressed.person_id, task_id, agrees=pressed.agrees)
    inbound.reply(CardUpdatePush(inbound.incoming.message_id, card), part="card")
    return "informant.agreed" if pressed.agrees else "informant.left"


def load_unasked(session: Session, people: Iterable[Person]) -> None:
    """Learn at once how those of these people are called by name whom nobody has asked yet."""
    if codes := sorted({person.code for person in people if is_to_ask(person)}):
        recipients.load_accounts(session, codes)


def ask_if_due(inbound: InboundMessage, result: str = "") -> None:
    """Ask an informant whom nobody has asked: alone with the bot where that is open, else here by name.

    `result`: what came of their message. Who is still telling, is in danger or
    only chats with others is asked another time.
    """
    person = inbound.person
    is_silent = inbound.incoming.attended or inbound.incoming.channel in inbound.env.mute_channels
    if not is_to_ask(person) or (is_silent and not inbound.in_private):
        return
    is_contact = inbound.is_spoken_to or result.startswith("case.")
    if not is_contact or result == "report.waiting" or _is_in_danger(inbound):
        return
    door = inbound.chat if inbound.in_private else doors.find_own_door(inbound.session, person)
    chat = door or inbound.chat
    if chat is inbound.chat and is_silent:
        return
    if door is None:
        mentions = recipients.find_accounts(inbound.session, [person.code])
        _push(inbound, chat, TextPush(say.call(person.name), mentions), "call")
    _push(inbound, chat, CardPush(_draw_question(inbound, person)), "ask")
    change_participation(inbound.session, person, Participation.UNCONFIRMED, by=None, now=inbound.now)


def _is_in_danger(inbound: InboundMessage) -> bool:
    """Whether they reported a danger just now."""
    since = inbound.now - _DANGER_GOES_ON
    if (known := newcomers.list_cases(inbound.session, inbound.person.id)) is not None:
        return any(case.urgent and case.opened_at >= since for case in known)
    inbound.session.flush()
    asked = {"person": inbound.person.id, "since": since}
    return inbound.session.connection().execute(_URGENT, asked).first() is not None


def _push(inbound: InboundMessage, chat: Chat, body: TextPush | CardPush, part: str) -> None:
    if chat.id == inbound.chat.id:
        inbound.reply(body, part=f"join.{part}")
        return
    row = pushes.push_row(
        chat, body, key=f"inbox:{inbound.inbox_id}:join.{part}", env=inbound.env, now=inbound.now,
        purpose=PushPurpose.RECEIPT,
    )  # fmt: skip
    pushes.enqueue(inbound.session, row)


def _draw_question(inbound: InboundMessage, person: Person) -> Card:
    return Card(
        task_id=JoinTask(person.id, inbound.inbox_id).to_id(),
        title=say.TITLE,
        body=say.question(person.name),
        buttons=(
            Button(say.AGREE, JoinKey(person.id, agrees=True).to_key()),
            Button(say.REFUSE, JoinKey(person.id, agrees=False).to_key(), 2),
        ),
    )


def _draw_answer(person_id: int, task_id: str, *, agrees: bool) -> Card:
    words, key = (say.LEAVE, False) if agrees else (say.AGREE, True)
    return Card(
        task_id=task_id,
        title=say.TITLE,
        body=say.agree_receipt() if agrees else say.leave_receipt(),
        buttons=(Button(words, JoinKey(person_id, agrees=key).to_key(), 2),),
    )


def _settle(inbound: InboundMessage, *, agrees: bool) -> None:
    person = inbound.person
    if not is_informant(person):
        raise NotFound(say.not_an_informant())
    if person.participation == Participation.SUSPENDED:
        raise NotAllowed(say.refuse_suspended())
    to = Participation.AGREED if agrees else Participation.LEFT
    change_participation(inbound.session, person, to, by=person, now=inbound.now)
    if not agrees:
        _decline_checks(inbound)


def _decline_checks(inbound: InboundMessage) -> None:
    """Whoever leaves looks at nothing any more: the desks that wait for it hear so."""
    asked = select(Case).join(SiteCheck).where(SiteCheck.person_id == inbound.person.id, IS_UNANSWERED)
    for case in inbound.session.scalars(asked.order_by(Case.id)).unique().all():
        acts.perform(
            inbound.session, "survey_decline", case, inbound.actor, env=inbound.env, now=inbound.now,
            origin=inbound.origin_of(f"leave:{case.id}"), inbox_id=inbound.inbox_id,
        )  # fmt: skip
