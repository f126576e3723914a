"""A press on a card's button: the same act as the command, and a card that then tells the truth.

Whatever comes of it, the card is drawn anew from the case as it stands: who pressed second sees
who was first. A button whose act wants a reason asks for it in words.
"""

from sqlalchemy import select

from handlers import acts, cards, families
from handlers.arrivals import Arrival
from handlers.cards import Desk, Pressed
from handlers.commands import arguments, finding, notices, previews, running
from handlers.effects import Given
from handlers.refusals import Refused
from handlers.views import through, view
from handlers.wording import labels, talk
from models.cases import Case, Event
from models.messages import CardUpdatePush, Click
from models.organisation import Unit
from models.workflow import ACTS, Need, Status

_RATINGS = {
    "good": Given(solved=True, satisfied=True),
    "poor": Given(solved=True, satisfied=False),
    "unsolved": Given(solved=False),
}


def press(arrival: Arrival, click: Click) -> str:
    """Carry out what a button says. Answers with a slug of what came of it."""
    if (preview := previews.read_key(click.key)) is not None:
        return previews.confirm_pressed(arrival, preview, running.rerun)
    if (notice := notices.read_key(click.key)) is not None:
        return notices.publish_pressed(arrival, notice)
    pressed = cards.read_key(click.key)
    if pressed is None:
        arrival.answer(talk.unreadable_click())
        return "click.unreadable"
    try:
        shown = finding.case_of(arrival, pressed.number)
    except Refused as refused:
        arrival.answer(refused.sentence)
        return f"refused.{refused.slug}"
    case = families.answering(arrival.session, ACTS[pressed.act], shown)
    event, slug = None, f"act.{pressed.act}"
    try:
        event = _act(arrival, case, pressed, click)
        if event is None:
            slug = "click.asked"
    except Refused as refused:
        arrival.answer(refused.sentence, case=case, part="refused")
        slug = f"refused.{refused.slug}"
    _redraw(arrival, case, event, click, shown)
    return slug


def _act(arrival: Arrival, case: Case, pressed: Pressed, click: Click) -> Event | None:
    """Perform the act; None where a reason must be typed first, and was asked for."""
    given = _given(arrival, pressed, click)
    act = ACTS[pressed.act]
    wants_reason = Need.REASON in act.needs or given.passed is False
    if wants_reason and Status(case.status) in act.before:
        words = (
            labels.ask_fail_reason(case.tail)
            if given.passed is False
            else labels.ask_reason(act.verb, case.tail)
        )
        arrival.answer(words, case=case, part="ask")
        return None
    return _perform(arrival, case, pressed.act, given)


def _perform(arrival: Arrival, case: Case, key: str, given: Given) -> Event:
    with arrival.session.begin_nested():
        return acts.perform(
            arrival.session, key, case, arrival.actor, given,
            office=arrival.office, now=arrival.now, origin=arrival.origin(key), inbox_id=arrival.inbox_id,
        )  # fmt: skip


def _given(arrival: Arrival, pressed: Pressed, click: Click) -> Given:
    match pressed.act, pressed.answer:
        case "assign", _:
            return Given(unit=_chosen_unit(arrival, pressed, click))
        case "verify", answer:
            return Given(passed=answer == "pass")
        case "rate", answer:
            return _RATINGS.get(answer, Given())
        case _:
            return Given()


def _chosen_unit(arrival: Arrival, pressed: Pressed, click: Click) -> Unit | None:
    chosen = click.selected.get(cards.SELECT_UNIT, ())
    if chosen and chosen[0] != cards.NO_UNIT:
        return arguments.unit_called(arrival.session, chosen[0])
    case = acts.find(arrival.session, pressed.number)
    return arrival.session.get(Unit, case.suggested_unit_id) if case.suggested_unit_id else None


def _redraw(arrival: Arrival, case: Case, event: Event | None, click: Click, shown: Case) -> None:
    """The card as things stand now; where nothing happened, with the last thing that did.

    `shown`: the case on the card; not the one acted upon where it was joined to that.
    """
    told = event or arrival.session.scalar(
        select(Event).where(Event.case_id == case.id).order_by(Event.number.desc()).limit(1)
    )
    desk = cards.desk_of_card(click.task_id, arrival.chat.use)
    seen = view(arrival.session, case, arrival.office, now=arrival.now, event=told)
    card = cards.draw(
        seen if shown is case else through(arrival.session, seen, shown, arrival.office),
        desk,
        task_id=click.task_id,
        options=cards.unit_options(arrival.session, case) if desk is Desk.DUTY else (),
        url=arrival.office.base_url,
    )
    arrival.answer(CardUpdatePush(arrival.incoming.message_id, card), case=case, part="card")
