"""Cards in private conversations that are drawn anew when their case moves, as long as the platform allows.

A card in a group changes when somebody presses it. One that was sent to a person by a channel that gave a
handle for it can be changed once more at any time, and once more after each press: so it never offers what
is over.
"""

from dataclasses import replace
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from handlers.cards import layout
from handlers.cards.keys import CardRole, CaseTask, MoreKey
from handlers.cases.context import ActContext
from handlers.cases.queries import Asker
from handlers.cases.views import with_last_event
from handlers.environment.people import doors
from handlers.notifications import pushes
from handlers.wording import labels
from models.cases import Event
from models.inbox import CHANGES_CARD, ReplyHandle
from models.messages import Card, CardPush, CardUpdatePush, push_from_json
from models.organisation import Chat, Person
from models.pushes import Push, PushState

_SHOWN = (PushState.SENT, PushState.UNKNOWN, PushState.READY, PushState.LEASED)
_CARDS = ("card", "card_update")
_CARD = CardPush | CardUpdatePush


def redraw_cards(context: ActContext, event: Event) -> None:
    """Queue the new drawing of each card of the case that shows something else than what is."""
    handles = context.session.scalars(_select_handles(), {"case_id": context.case.id, "now": context.now})
    newest = {handle.message_id: handle for handle in handles}
    rows = [row for handle in newest.values() if (row := _redraw(context, event, handle)) is not None]
    if rows:
        pushes.enqueue(context.session, *rows)


def keep_handle(session: Session, inbox_id: int, message_id: str, task_id: str) -> None:
    """What a press on a card brought along changes that card later too, as what the card came with does."""
    of_card = ReplyHandle.message_id == task_id, ReplyHandle.case_id.is_not(None)
    first = session.scalars(select(ReplyHandle).where(*of_card).order_by(ReplyHandle.id).limit(1)).first()
    if first is None:
        return
    of_press = ReplyHandle.message_id == message_id, ReplyHandle.inbox_id == inbox_id
    brought = session.scalars(select(ReplyHandle).where(*of_press, ReplyHandle.kind == first.kind))
    session.add_all(
        ReplyHandle(
            channel=one.channel,
            chat_id=one.chat_id,
            message_id=task_id,
            case_id=first.case_id,
            kind=one.kind,
            value=one.value,
            event=one.event,
            expires_at=one.expires_at,
        )
        for one in brought.all()
    )


@cache
def _select_handles() -> Select[ReplyHandle]:
    """Oldest first."""
    return (
        select(ReplyHandle)
        .where(CHANGES_CARD, ReplyHandle.case_id == bindparam("case_id"))
        .where(ReplyHandle.expires_at > bindparam("now"))
        .order_by(ReplyHandle.id)
    )


def _redraw(context: ActContext, event: Event, handle: ReplyHandle) -> pushes.Row | None:
    task = CaseTask.parse(handle.message_id)
    chat = context.session.get(Chat, task.chat_id) if task is not None else None
    # The card that was pressed is drawn anew by whoever handles the press.
    if task is None or chat is None or chat.person_id is None or chat.id == context.redrawn_chat_id:
        return None
    person = doors.get_speaker(context.session, chat.id, chat.person_id)
    shown = _find_shown(context, handle.message_id)
    card = _draw(context, event, task, chat=chat, person=person) or _close(context, shown, task)
    if card is None or (shown is not None and _offers(shown) in (_offers(card), _offers(_settle(card)))):
        return None
    return pushes.push_row(
        chat,
        CardUpdatePush(handle.message_id, _settle(card)),
        key=f"redraw:{handle.id}:{event.number}",
        env=context.env,
        now=context.now,
        case=context.case,
        merge=f"redraw:{handle.message_id}",
    )


def _find_shown(context: ActContext, task_id: str) -> Card | None:
    """What the card shows at present; None where that is not known any more."""
    of_case = Push.case_id == context.case.id, Push.kind.in_(_CARDS), Push.state.in_(_SHOWN)
    found = context.session.scalars(select(Push).where(*of_case).order_by(Push.id.desc()))
    cards = (body.card for push in found if isinstance(body := push_from_json(push.kind, push.body), _CARD))
    return next((card for card in cards if card.task_id == task_id), None)


def _draw(context: ActContext, event: Event, task: CaseTask, *, chat: Chat, person: Person) -> Card | None:
    """The card as this person may read the case now; None where it is not theirs any more."""
    session, case, env = context.session, context.case, context.env
    asker = Asker(person, in_private=True, restricted_to=env.restricted_to, chat=chat)
    reading = asker.reading(session, case)
    if reading is None or reading.until is not None:
        return None
    seen = with_last_event(session, asker, case, env, now=context.now, event=event)
    units = (chat.unit_id, person.unit_id)
    return layout.case_card(session, case, seen, task.role, task_id=task.to_id(), env=env, units=units)


def _close(context: ActContext, shown: Card | None, task: CaseTask) -> Card | None:
    """Whoever has nothing to do with the case any more reads what they knew, and is offered nothing.

    Where the task was taken back from them, the card says so.
    """
    if shown is None:
        return None
    closed = replace(shown, buttons=(), select=None)
    if not (context.act.takes_back_task and task.role is CardRole.HANDLING):
        return closed
    return replace(closed, title=labels.taken_back_title(context.env.class_info(context.case.class_id).name))


def _settle(card: Card) -> Card:
    """The card without what may be over soon: its handle is spent, so nothing will keep it true.

    One press on what is left draws it with all its buttons again, and brings another handle.
    """
    return replace(card, buttons=tuple(one for one in card.buttons if MoreKey.parse(one.key)), select=None)


def _offers(card: Card) -> tuple[str, frozenset[str]]:
    return card.title, frozenset(button.key for button in card.buttons)
