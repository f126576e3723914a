"""A press on a card's button: the same act as the command, and a card that then tells the truth.

Whatever comes of it, the card is drawn anew from the case as it stands: who pressed second sees
who was first. A button whose act wants a unit or a reason lets one choose it, or asks for words.
"""

from collections.abc import Callable

from handlers import acts
from handlers.acts.effects import ActInput
from handlers.cards import keys, layout
from handlers.cards.keys import Pressed
from handlers.cases import event_log, merged
from handlers.cases.privacy import shown_actor
from handlers.cases.views import standing, through, view
from handlers.chat import case_lookup, confirmations, pending_input
from handlers.chat.inbound import Arrival
from handlers.commands import notices, run
from handlers.errors import MissingNeed, Refused, WrongState
from handlers.interactions import forms, menus
from handlers.wording import labels, refusals, talk
from models.cases import Case, Event
from models.messages import CardPush, CardUpdatePush, Click
from models.workflow import ACTS, Act

_RATINGS = {
    "good": ActInput(solved=True, satisfied=True),
    "poor": ActInput(solved=True, satisfied=False),
    "unsolved": ActInput(solved=False),
}
_DECIDING = ("approve", "decline")


def press(arrival: Arrival, click: Click) -> str:
    """Carry out what a button says. Answers with a slug of what came of it."""
    if (preview := confirmations.read_key(click.key)) is not None:
        return confirmations.confirm_pressed(arrival, preview, run.rerun)
    if (notice := notices.read_key(click.key)) is not None:
        return notices.publish_pressed(arrival, notice)
    if (more := keys.read_more(click.key)) is not None:
        return _answered(arrival, more[0], lambda case: _more(arrival, case, click, more[1]))
    pressed = keys.read_key(click.key)
    if pressed is None:
        arrival.answer(talk.unreadable_click())
        return "click.unreadable"
    return _answered(arrival, pressed.number, lambda case: _press(arrival, case, pressed, click))


def _answered(arrival: Arrival, number: str, then: Callable[[Case], str]) -> str:
    """Go on with the case a button names; a refusal is an answer too."""
    try:
        return then(case_lookup.case_of(arrival, number))
    except Refused as refused:
        arrival.answer(refused.sentence)
        return f"refused.{refused.slug}"


def _more(arrival: Arrival, case: Case, click: Click, page: int) -> str:
    """What else could be done: on a card of its own, or the next page of that."""
    desk = keys.desk_of_card(click.task_id, arrival.chat.use)
    paging = menus.is_menu(click.task_id)
    task = click.task_id if paging else menus.task_id(case, desk, arrival.inbox_id)
    seen = standing(arrival.session, case, arrival.office, now=arrival.now)
    card = menus.card(arrival, case, seen, desk, task=task, page=page)
    if not paging or card is None:
        _redraw(arrival, case, None, click)
    if card is None:
        arrival.answer(refusals.nothing_more(case.number), case=case, part="more")
        return "click.nothing_more"
    push = CardUpdatePush(arrival.incoming.message_id, card) if paging else CardPush(card)
    arrival.answer(push, case=case, part="more")
    return "click.more"


def _press(arrival: Arrival, shown: Case, pressed: Pressed, click: Click) -> str:
    case = merged.answering(arrival.session, ACTS[pressed.act], shown)
    event, slug, said = None, f"act.{pressed.act}", ""
    try:
        wanted = _wanted(arrival, case, pressed, click)
        if wanted == keys.FORM:
            _show_form(arrival, case, pressed, click)
            return "click.form"
        if wanted == keys.WORDS:
            already = labels.NOT_PASSED if pressed.answer == "fail" else ""
            pending_input.ask(arrival, ACTS[pressed.act], case, already=already)
            slug, said = "click.asked", labels.SEE_BELOW
        else:
            event = _perform(arrival, case, pressed.act, _given(arrival, case, pressed, click), click)
    except Refused as refused:
        if isinstance(refused, MissingNeed) and pressed.act in forms.FORMS and menus.is_menu(click.task_id):
            _show_form(arrival, case, pressed, click, unchosen=True)
            return f"refused.{refused.slug}"
        arrival.answer(refused.sentence, case=case, part="refused")
        slug, said = f"refused.{refused.slug}", refused.sentence
    _redraw(arrival, case, event, click, said=said, shown=shown)
    return slug


def _wanted(arrival: Arrival, case: Case, pressed: Pressed, click: Click) -> str:
    """What the act wants first: a form, written words, or nothing; who may not do it is told so."""
    act = ACTS[pressed.act]
    if not acts.could(arrival.session, act, arrival.actor, case):
        _explain(arrival, case, act)
        return ""
    if act.key in forms.FORMS:
        if forms.page_of(pressed.answer) is not None:
            return keys.FORM
        bare = not pressed.answer and forms.FORMS[act.key].question not in click.selected
        on_card = act.key in layout.CHOOSING
        return keys.WORDS if pressed.answer == keys.WORDS else keys.FORM if bare and not on_card else ""
    return keys.WORDS if pressed.answer == "fail" else menus.first(act)


def _explain(arrival: Arrival, case: Case, act: Act) -> None:
    """Who decided, and when: a request may be gone although the case stands where it stood."""
    if act.key not in _DECIDING or case.requested is not None or not acts.allows(act, case):
        return
    decided = event_log.newest(arrival.session, case, Event.act.in_(_DECIDING))
    if decided is not None:
        moment = f"{arrival.office.local(decided.at):%m-%d %H:%M}"
        who, verb = shown_actor(decided, case), ACTS[decided.act].verb
        raise WrongState(refusals.settled(case.number, verb, who, moment))


def _show_form(
    arrival: Arrival, case: Case, pressed: Pressed, click: Click, *, unchosen: bool = False
) -> None:
    """On the menu it was chosen from; beside a card of the case, which is drawn as things stand."""
    paging = menus.is_menu(click.task_id)
    desk = keys.desk_of_card(click.task_id, arrival.chat.use)
    task = click.task_id if paging else menus.task_id(case, desk, arrival.inbox_id)
    seen = view(arrival.session, case, arrival.office, now=arrival.now)
    page = forms.page_of(pressed.answer) or 0
    card = forms.card(
        arrival, case, pressed.act, title=labels.title(seen), task_id=task, page=page, unchosen=unchosen
    )
    if not paging:
        _redraw(arrival, case, None, click)
    push = CardUpdatePush(arrival.incoming.message_id, card) if paging else CardPush(card)
    arrival.answer(push, case=case, part="form")


def _perform(arrival: Arrival, case: Case, key: str, given: ActInput, click: Click) -> Event:
    redrawn = None if menus.is_menu(click.task_id) else arrival.chat.id
    with arrival.session.begin_nested():
        return acts.perform(
            arrival.session, key, case, arrival.actor, given,
            office=arrival.office, now=arrival.now, origin=arrival.origin(key), inbox_id=arrival.inbox_id,
            redrawn=redrawn,
        )  # fmt: skip


def _given(arrival: Arrival, case: Case, pressed: Pressed, click: Click) -> ActInput:
    if pressed.act in forms.FORMS:
        return forms.given(arrival, case, pressed, click)
    match pressed.act, pressed.answer:
        case "verify", answer:
            return ActInput(passed=answer == "pass")
        case "rate", answer:
            return _RATINGS.get(answer, ActInput())
        case _:
            return ActInput()


def _redraw(
    arrival: Arrival,
    case: Case,
    event: Event | None,
    click: Click,
    *,
    said: str = "",
    shown: Case | None = None,
) -> None:
    """The card as things stand now; where nothing happened, with the last thing that did.

    `shown`: the case on the card; not the one acted upon where it was joined to that.
    """
    seen = standing(arrival.session, case, arrival.office, now=arrival.now, event=event)
    if shown is not None and shown is not case:
        seen = through(arrival.session, seen, shown, arrival.office)
    if menus.is_menu(click.task_id):
        card = menus.closed(seen, task=click.task_id, said=said, url=arrival.office.base_url)
    else:
        desk = keys.desk_of_card(click.task_id, arrival.chat.use)
        card = layout.of(
            arrival.session, case, seen, desk,
            task_id=click.task_id, office=arrival.office, units=arrival.units,
        )  # fmt: skip
    arrival.answer(CardUpdatePush(arrival.incoming.message_id, card), case=case, part="card")
