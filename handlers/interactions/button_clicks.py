"""A press on a card's button: the same act as the command, and the card drawn anew.

Whatever comes of it, the card is drawn anew from the case as it stands: who pressed second sees
who was first. A button whose act wants a unit or a reason lets one choose it, or asks for words.
"""

from collections.abc import Callable

from handlers import acts
from handlers.cards import keys, layout
from handlers.cards.keys import (
    AnotherKey,
    BackKey,
    ButtonKey,
    ChoiceKey,
    JoinKey,
    LineKey,
    MenuTask,
    MoreKey,
    PreviewKey,
    PublishKey,
)
from handlers.cases import event_log, merged, open_items, possible_acts
from handlers.cases.context import ActInput
from handlers.cases.privacy import display_actor
from handlers.cases.secrecy.disclosure import disclose_to_chat
from handlers.cases.views import as_follower, view_for, with_last_event
from handlers.chat import case_choice, case_lookup, confirmations, pending_input
from handlers.chat.inbound import InboundMessage
from handlers.commands import desk_lines, notices, own_report, run
from handlers.commands.personal_data import participation
from handlers.errors import MissingNeed, Refused, WrongState
from handlers.interactions import forms, menus
from handlers.interactions.forms import Form
from handlers.notifications import standing_cards
from handlers.wording import labels, refusals, talk
from handlers.wording.case_view import CaseView
from models.cases import Case, Event
from models.messages import CardPush, CardUpdatePush, Click
from models.workflow import ACTS, Act


def handle_click(inbound: InboundMessage, click: Click) -> str:
    """Carry out what a button's key says; returns a slug. A refusal is said in the chat, never raised."""
    match keys.parse_key(click.key):
        case PreviewKey() as preview:
            return confirmations.handle_press(inbound, preview, run.run_again)
        case ChoiceKey() as chosen:
            return case_choice.handle_press(inbound, chosen, run.run_again)
        case PublishKey() | LineKey() | AnotherKey() | JoinKey() as answer:
            return _take_answer(inbound, answer, click)
        case MoreKey() as more:
            return _with_case(inbound, more.number, lambda case: _show_menu(inbound, case, click, more.page))
        case BackKey(number=number):
            return _with_case(inbound, number, lambda case: _leave_menu(inbound, case, click))
        case ButtonKey() as pressed:
            return _with_case(
                inbound, pressed.number, lambda case: _handle_act_button(inbound, case, pressed, click)
            )
        case None:
            inbound.reply(talk.unreadable_click())
            return "click.unreadable"


def _take_answer(
    inbound: InboundMessage, answer: PublishKey | LineKey | AnotherKey | JoinKey, click: Click
) -> str:
    """A press on a card that is no case's."""
    match answer:
        case PublishKey(number=number):
            return notices.handle_press(inbound, number)
        case LineKey():
            return desk_lines.handle_press(inbound, answer, click.task_id)
        case AnotherKey(number=number):
            return own_report.handle_press(inbound, number)
        case JoinKey():
            return participation.handle_press(inbound, answer, click.task_id)


def _with_case(inbound: InboundMessage, number: str, then: Callable[[Case], str]) -> str:
    """Go on with the case of this number; a refusal is answered in the chat. Returns a slug."""
    try:
        return then(case_lookup.find_case(inbound, number))
    except Refused as refused:
        inbound.reply(refused.sentence)
        return f"refused.{refused.slug}"


def _show_menu(inbound: InboundMessage, case: Case, click: Click, page: int) -> str:
    """Show the menu of the other acts: on a card of its own, or the next page (from 0) on the menu's card."""
    desk = keys.role_of_card(click.task_id, inbound.chat.use)
    paging = keys.is_menu(click.task_id)
    task = click.task_id if paging else MenuTask(case.number, desk, inbound.inbox_id).to_id()
    seen = _load_view(inbound, case)
    card = menus.menu_card(inbound, case, seen, desk, task=task, page=page)
    if not paging or card is None:
        _update_card(inbound, case, None, click)
    if card is None:
        inbound.reply(refusals.nothing_more(case.number), case=case, part="more")
        return "click.nothing_more"
    push = CardUpdatePush(inbound.incoming.message_id, card) if paging else CardPush(card)
    inbound.reply(push, case=case, part="more")
    return "click.more"


def _leave_menu(inbound: InboundMessage, case: Case, click: Click) -> str:
    """Nothing is done: the menu becomes the card of the case again."""
    _update_card(inbound, case, None, click)
    return "click.back"


def _handle_act_button(inbound: InboundMessage, shown: Case, pressed: ButtonKey, click: Click) -> str:
    act = ACTS[pressed.act]
    form = forms.find_form(act)
    try:
        case = merged.target_case(inbound.session, act, inbound.actor, shown)
        case_lookup.require_reading(inbound, case)
    except Refused as refused:
        inbound.reply(refused.sentence, part="refused")
        return f"refused.{refused.slug}"
    event, slug, said = None, f"act.{pressed.act}", ""
    try:
        wanted = _missing_input(inbound, case, pressed, form, click)
        if form is not None and wanted == keys.ASK_FORM:
            _show_form(inbound, case, pressed, form, click)
            return "click.form"
        if wanted == keys.ASK_WORDS:
            answer = layout.find_answer(act, pressed.answer)
            pending_input.ask_for_words(inbound, act, case, already=answer.unfinished if answer else "")
            slug, said = "click.asked", labels.SEE_BELOW
        else:
            event = _perform_act(
                inbound, case, pressed.act, _input_from_button(inbound, case, pressed, form, click), click
            )
    except Refused as refused:
        if isinstance(refused, MissingNeed) and form is not None and keys.is_menu(click.task_id):
            _show_form(inbound, case, pressed, form, click, unchosen=True)
            return f"refused.{refused.slug}"
        inbound.reply(refused.sentence, case=case, part="refused")
        slug, said = f"refused.{refused.slug}", refused.sentence
    _update_card(inbound, case, event, click, said=said, shown=shown)
    return slug


def _missing_input(
    inbound: InboundMessage, case: Case, pressed: ButtonKey, form: Form | None, click: Click
) -> str:
    """What to ask for before the act: `ASK_FORM`, `ASK_WORDS`, or empty where nothing is missing.

    Also empty for an act the person could not perform, so that the act itself refuses it.
    """
    act = ACTS[pressed.act]
    if not possible_acts.can_perform(inbound.session, act, inbound.actor, case):
        _explain_decided(inbound, case, act)
        return ""
    if form is None:
        answer = layout.find_answer(act, pressed.answer)
        if answer is None:
            return menus.first_step(act)
        return keys.ASK_WORDS if answer.unfinished else ""
    if pressed.answer == keys.ASK_WORDS:
        return keys.ASK_WORDS
    bare = not pressed.answer and form.question not in click.selected and not layout.chooses_unit(act)
    return keys.ASK_FORM if bare or forms.form_page(pressed.answer) is not None else ""


def _explain_decided(inbound: InboundMessage, case: Case, act: Act) -> None:
    """Raise WrongState, naming who decided and when, where a request has been decided meanwhile.

    The case's state may be the same as before, so that it explains nothing.
    """
    if act.grants is None or case.requested is not None or not possible_acts.allows(act, case):
        return
    if inbound.asker.must_redact(inbound.session, case):
        return
    deciding = [other.key for other in ACTS.values() if other.grants is not None]
    decided = event_log.latest(inbound.session, case, Event.act.in_(deciding))
    if decided is not None:
        moment = f"{inbound.env.local(decided.at):%m-%d %H:%M}"
        who, verb = display_actor(decided, case), ACTS[decided.act].verb
        raise WrongState(refusals.already_decided(case.number, verb, who, moment))


def _show_form(
    inbound: InboundMessage,
    case: Case,
    pressed: ButtonKey,
    form: Form,
    click: Click,
    *,
    unchosen: bool = False,
) -> None:
    """Show the act's form: on the menu it was chosen from, or beside the case's card, which is drawn anew."""
    paging = keys.is_menu(click.task_id)
    desk = keys.role_of_card(click.task_id, inbound.chat.use)
    task = click.task_id if paging else MenuTask(case.number, desk, inbound.inbox_id).to_id()
    seen = view_for(inbound.session, inbound.asker, case, inbound.env, now=inbound.now)
    page = forms.form_page(pressed.answer) or 0
    card = forms.form_card(
        inbound, case, ACTS[pressed.act], form,
        title=labels.title(seen), task_id=task, page=page, unchosen=unchosen,
    )  # fmt: skip
    if not paging:
        _update_card(inbound, case, None, click)
    push = CardUpdatePush(inbound.incoming.message_id, card) if paging else CardPush(card)
    inbound.reply(push, case=case, part="form")


def _perform_act(inbound: InboundMessage, case: Case, key: str, act_input: ActInput, click: Click) -> Event:
    redrawn = None if keys.is_menu(click.task_id) else inbound.chat.id
    with inbound.session.begin_nested():
        return acts.perform(
            inbound.session, key, case, inbound.actor, act_input,
            env=inbound.env, now=inbound.now, origin=inbound.origin_of(key), inbox_id=inbound.inbox_id,
            redrawn_chat_id=redrawn,
        )  # fmt: skip


def _input_from_button(
    inbound: InboundMessage, case: Case, pressed: ButtonKey, form: Form | None, click: Click
) -> ActInput:
    if form is not None:
        return forms.input_from_form(inbound, case, form, pressed, click)
    answer = layout.find_answer(ACTS[pressed.act], pressed.answer)
    if answer is layout.AS_PROPOSED:
        return ActInput(text=open_items.find_proposed_reason(inbound.session, case))
    return answer.act_input if answer else ActInput()


def _load_view(inbound: InboundMessage, case: Case, event: Event | None = None) -> CaseView:
    """The case with what happened to it last, of what whoever pressed may read."""
    reading = inbound.asker.reading(inbound.session, case)
    if event is None and reading is not None and reading.until is not None:
        event = event_log.latest(inbound.session, case, Event.at <= reading.until)
    return with_last_event(inbound.session, inbound.asker, case, inbound.env, now=inbound.now, event=event)


def _update_card(
    inbound: InboundMessage,
    case: Case,
    event: Event | None,
    click: Click,
    *,
    said: str = "",
    shown: Case | None = None,
) -> None:
    """Draw the pressed card anew as things stand; where nothing happened, with the last event.

    `shown`: the case on the card, where it is not the one acted upon but was joined to that.
    """
    seen = _load_view(inbound, case, event)
    if shown is not None and shown is not case:
        seen = as_follower(
            inbound.session, seen, shown, inbound.env,
            disclosure=disclose_to_chat(inbound.session, shown, inbound.chat),
        )  # fmt: skip
    if keys.is_menu(click.task_id):
        url = layout.case_address(inbound.env, case.number, for_staff=not inbound.asker.is_outsider)
        card = menus.closed_menu(seen, task=click.task_id, said=said, url=url)
    else:
        desk = keys.role_of_card(click.task_id, inbound.chat.use)
        card = layout.case_card(
            inbound.session, case, seen, desk,
            task_id=click.task_id, env=inbound.env, units=inbound.unit_ids,
        )  # fmt: skip
        standing_cards.keep_handle(
            inbound.session, inbound.inbox_id, inbound.incoming.message_id, click.task_id
        )
    inbound.reply(CardUpdatePush(inbound.incoming.message_id, card), case=case, part="card")
