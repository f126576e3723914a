"""Template cards: what a case shows in which group, and what its buttons do.

A button's key is the act it performs, `sign:WG261121-0031`, or `verify:WG261121-0031:pass` where
the act wants an answer with it. A card's buttons follow the case's state, so the same function
draws the first card and every later, truer one.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy.orm import Session

from handlers.cards import options as card_options
from handlers.cards.keys import (
    ASK_FORM,
    ASK_WORDS,
    SELECT_UNIT,
    AnotherKey,
    ButtonKey,
    CardRole,
    MoreKey,
)
from handlers.cases import assignments
from handlers.cases.context import ActInput
from handlers.cases.privacy import REPORTER
from handlers.environment.snapshot import Environment
from handlers.wording import formats, labels, marks
from handlers.wording.case_view import CaseView
from models.cases import Case
from models.messages import Button, Card, Option, Select
from models.workflow import ACTS, OPEN, Act, ActField, Condition, Reply, Status

MAIN, PLAIN, WARNING = 1, 2, 3


def case_card(
    session: Session,
    case: Case,
    view: CaseView,
    desk: CardRole,
    *,
    task_id: str,
    env: Environment,
    units: Collection[int | None],
) -> Card:
    """The card of a case for this role, with the units that can be chosen on it.

    `units`: ids of the units whose card it is; `task_id`: the card's id on the platform.
    """
    if any(ACTS[act].requires is Condition.NOT_ARRIVED for act in acts_on_card(view, desk)):
        view = as_seen_by(session, case, view, desk, units)
    options = card_options.unit_options(session, case).options if desk in _DECIDING_ROLES else ()
    url = case_address(env, case.number, for_staff=desk is not CardRole.REPORTER)
    return render(view, desk, task_id=task_id, options=options, url=url)


def case_address(env: Environment, number: str, *, for_staff: bool) -> str:
    """The case's page of the console, the front page for whoever has none; empty without an address."""
    return f"{env.base_url}/cases/{number}" if for_staff and env.base_url else env.base_url


def as_seen_by(
    session: Session, case: Case, view: CaseView, desk: CardRole, units: Collection[int | None]
) -> CaseView:
    """The view with `has_arrived` set for these units (ids), where the role's card depends on it."""
    match desk:
        case CardRole.HANDLING:
            return replace(view, has_arrived=assignments.lead_has_arrived(session, case))
        case CardRole.PARTNER:
            return replace(view, has_arrived=assignments.has_arrived(session, case, units))
        case _:
            return view


def render(
    view: CaseView, desk: CardRole, *, task_id: str, options: tuple[Option, ...] = (), url: str = ""
) -> Card:
    """The card of the viewed case for this role; `options`: units to choose from, `url`: where it leads."""
    choosing = bool(options) and any(chooses_unit(ACTS[act]) for act in acts_on_card(view, desk))
    return Card(
        task_id=task_id,
        title=_choose_title(view, desk),
        desc=marks.case_mark(view.number),
        body=_build_body(view, desk),
        rows=_build_rows(view, desk),
        buttons=_build_buttons(view, desk),
        select=Select(SELECT_UNIT, labels.CHOOSE_UNIT, options, options[0].id) if choosing else None,
        url=url,
    )


def _choose_title(view: CaseView, desk: CardRole) -> str:
    if _asks_rating(view, desk):
        return labels.rating_title(view)
    return labels.title(view, taken_back=_is_taken_back(view, desk))


def _is_taken_back(view: CaseView, desk: CardRole) -> bool:
    """Whether it is the card of a unit that had the case by mistake."""
    return desk is CardRole.HANDLING and view.act in ACTS and ACTS[view.act].takes_back_task


def _asks_rating(view: CaseView, desk: CardRole) -> bool:
    """The reporter is asked once the result is verified; what the grid solved, the reporter verifies."""
    waiting = view.status == Status.CALLBACK or (view.status == Status.SUBMITTED and view.in_grid)
    return desk is CardRole.REPORTER and waiting


def acts_on_card(view: CaseView, desk: CardRole) -> frozenset[str]:
    """Keys of the acts that the card of this role has a button for."""
    return frozenset(button.act for button in _button_specs(view, desk))


def _button_specs(view: CaseView, desk: CardRole) -> "_ButtonSpecs":
    if view.status not in OPEN or _is_taken_back(view, desk):
        return ()
    proposed = (_RAISE,) if view.raise_proposed and desk in _DECIDING_ROLES else ()
    return (*_state_buttons(view, desk), *proposed)


def _state_buttons(view: CaseView, desk: CardRole) -> "_ButtonSpecs":
    """The buttons that the state of the case asks for."""
    if _asks_rating(view, desk):
        return _RATING
    if view.is_withdrawn and desk in _ON_WITHDRAWN:
        return _ON_WITHDRAWN[desk]
    if desk in _DECIDING_ROLES and view.has_request:
        return _DECISION
    if desk in _DECIDING_ROLES and view.arbitration and view.status == Status.ACCEPTED:
        return _ARBITRATION
    drawn = _table_buttons(desk, view.status)
    return tuple(button for button in drawn if not _is_over(ACTS[button.act], view))


def _table_buttons(desk: CardRole, status: Status) -> "_ButtonSpecs":
    return _BUTTONS.get((desk, status), _ALWAYS.get(desk, ()))


def _is_over(act: Act, view: CaseView) -> bool:
    """What the act requires beside the state is gone, as far as the view tells."""
    match act.requires:
        case Condition.NOT_ARRIVED:
            return view.has_arrived
        case Condition.RETURNABLE:
            return not view.returnable
        case Condition.NOT_IN_CHARGE:
            return bool(view.leader)
        case Condition.NO_SIGNATURE_ASKED:
            return bool(view.signers)
        case Condition.SIGNATURE_ASKED:
            return not view.signers
        case _:
            return False


def _build_buttons(view: CaseView, desk: CardRole) -> tuple[Button, ...]:
    drawn = tuple(act_button(view.number, *button) for button in _button_specs(view, desk))
    if desk is CardRole.REPORTER and _was_just_reopened(view):
        drawn = (*drawn, Button(labels.ANOTHER, AnotherKey(view.number).to_key(), PLAIN))
    goes_on = (bool(view.adoption) and desk in _ROLES_OF_SUGGESTION) or (
        view.to_recheck and desk is CardRole.HANDLING
    )
    has_more = view.status in OPEN or goes_on or desk in _ROLES_AFTER_END.get(view.status, ())
    return (*drawn, more_button(view.number)) if has_more and not _is_taken_back(view, desk) else drawn


def _was_just_reopened(view: CaseView) -> bool:
    """By its reporter, who may have meant another matter."""
    return view.act in ACTS and ACTS[view.act].reply is Reply.UNSOLVED and view.actor == REPORTER


def act_button(number: str, words: str, act: str, answer: str = "", style: int = PLAIN) -> Button:
    """A button that performs an act on the case of this number, or first asks for what the act requires."""
    return Button(words, ButtonKey(act, number, answer).to_key(), style)


def more_button(number: str, page: int = 0) -> Button:
    return Button(labels.MORE, MoreKey(number, page).to_key(), PLAIN)


@dataclass(frozen=True, slots=True)
class ButtonAnswer:
    """An answer that a button gives together with its act."""

    key: str
    words: str
    act_input: ActInput
    style: int = PLAIN
    unfinished: str = ""
    """The words that a reason must be added to: 不通过."""


ANSWERS: Mapping[ActField, tuple[ButtonAnswer, ...]] = {
    ActField.VERDICT: (
        ButtonAnswer("pass", labels.PASS, ActInput(passed=True), MAIN),
        ButtonAnswer("fail", labels.FAIL, ActInput(passed=False), WARNING, unfinished=labels.NOT_PASSED),
    ),
    ActField.SIGNATURE: (
        ButtonAnswer("agree", labels.AGREE, ActInput(passed=True), MAIN),
        ButtonAnswer("revise", labels.REVISE, ActInput(passed=False), WARNING, unfinished=labels.REVISE),
    ),
    ActField.ANSWER: (
        ButtonAnswer("good", labels.SOLVED_GOOD, ActInput(solved=True, satisfied=True), MAIN),
        ButtonAnswer("poor", labels.SOLVED_POOR, ActInput(solved=True, satisfied=False)),
        ButtonAnswer("unsolved", labels.UNSOLVED, ActInput(solved=False), WARNING),
    ),
}
"""What can be answered by a press; an act that needs one of these has a button for each answer."""


def answers_of(act: Act) -> tuple[ButtonAnswer, ...]:
    """The answers that the act has a button for each of; empty for an act with one button."""
    return next((ANSWERS[field] for field in act.required_fields if field in ANSWERS), ())


AS_PROPOSED = ButtonAnswer("proposed", labels.RAISE, ActInput())
"""The button of what the program proposed, with the reason that the program gave."""


def find_answer(act: Act, key: str) -> ButtonAnswer | None:
    """The act's answer with this key; None where there is none."""
    proposed = (AS_PROPOSED,) if act.key == _RAISE.act else ()
    return next((answer for answer in (*answers_of(act), *proposed) if answer.key == key), None)


class ButtonSpec(NamedTuple):
    """A button of a table below: it stands on the cards of a role while the case is in some state."""

    words: str
    act: str
    answer: str = ""
    style: int = PLAIN


_ButtonSpecs = tuple[ButtonSpec, ...]


def _answer_buttons(act: str) -> _ButtonSpecs:
    return tuple(ButtonSpec(one.words, act, one.key, one.style) for one in answers_of(ACTS[act]))


_RATING = _answer_buttons("rate")
_DECISION = (
    ButtonSpec(labels.APPROVE, "approve", style=MAIN),
    ButtonSpec(labels.DECLINE, "decline", style=WARNING),
)
_RAISE = ButtonSpec(labels.RAISE, "raise", AS_PROPOSED.key)
_ARBITRATION = (ButtonSpec(labels.ARBITRATE, "arbitrate", style=MAIN),)
_CARRY_ON = ButtonSpec(labels.CARRY_ON, "carry_on")
_ON_WITHDRAWN: Mapping[CardRole, _ButtonSpecs] = {
    CardRole.DUTY: (ButtonSpec(labels.VOID, "void_withdrawn", style=WARNING), _CARRY_ON),
    CardRole.REPORTER: (_CARRY_ON,),
}
"""While the desk has to decide whether a case that its reporter took back goes on."""
_DECIDING_ROLES = frozenset({CardRole.DUTY, CardRole.LEADER})
_BUTTONS: dict[tuple[CardRole, Status], _ButtonSpecs] = {
    (CardRole.DUTY, Status.NEW): (
        ButtonSpec(labels.ASSIGN, "assign", style=MAIN),
        ButtonSpec(labels.ACCEPT, "accept"),
        ButtonSpec(labels.REJECT, "reject", ASK_WORDS, WARNING),
    ),
    (CardRole.DUTY, Status.ACCEPTED): (
        ButtonSpec(labels.ASSIGN, "assign", style=MAIN),
        ButtonSpec(labels.REJECT, "reject", ASK_WORDS, WARNING),
    ),
    (CardRole.DUTY, Status.DISPATCHED): (ButtonSpec(labels.URGE, "nudge"),),
    (CardRole.DUTY, Status.IN_PROGRESS): (ButtonSpec(labels.URGE, "nudge"),),
    (CardRole.DUTY, Status.SUSPENDED): (ButtonSpec(labels.RESUME, "resume", style=MAIN),),
    (CardRole.DUTY, Status.SUBMITTED): _answer_buttons("verify"),
    (CardRole.SIGNER, Status.SUBMITTED): _answer_buttons("sign_off"),
    (CardRole.DUTY, Status.CALLBACK): (
        ButtonSpec(labels.CLOSE, "close"),
        ButtonSpec(labels.CALL_BACK, "call_back", ASK_WORDS),
    ),
    (CardRole.HANDLING, Status.DISPATCHED): (
        ButtonSpec(labels.SIGN, "sign", style=MAIN),
        ButtonSpec(labels.RETURN, "return", ASK_WORDS, WARNING),
    ),
    (CardRole.HANDLING, Status.IN_PROGRESS): (
        ButtonSpec(labels.FEED_BACK, "feedback", ASK_WORDS, MAIN),
        ButtonSpec(labels.CONTACTED, "contact"),
        ButtonSpec(labels.ARRIVED, "check_in"),
        ButtonSpec(labels.EXTEND, "extend", ASK_FORM),
        ButtonSpec(labels.RETURN, "return", ASK_WORDS, WARNING),
    ),
    (CardRole.HANDLING, Status.SUSPENDED): (ButtonSpec(labels.RESUME, "resume", style=MAIN),),
}
_ALWAYS: Mapping[CardRole, _ButtonSpecs] = {
    CardRole.PARTNER: (
        ButtonSpec(labels.CHECK_IN, "check_in", style=MAIN),
        ButtonSpec(labels.PARTNER_DONE, "partner_done", ASK_WORDS),
    ),
    CardRole.SURVEYOR: (
        ButtonSpec(labels.LOOKED, "survey_report", ASK_WORDS, MAIN),
        ButtonSpec(labels.CANNOT_LOOK, "survey_decline"),
    ),
    CardRole.REPORTER: (ButtonSpec(labels.NUDGE, "nudge"),),
    CardRole.LEADER: (
        ButtonSpec(labels.SUPERVISE, "supervise", ASK_WORDS),
        ButtonSpec(labels.INSTRUCT, "instruct", ASK_WORDS),
        ButtonSpec(labels.CHARGE, "charge"),
    ),
}
"""Buttons on a role's card whatever the state, as long as the case is open."""
_ROLES_AFTER_END: Mapping[Status, frozenset[CardRole]] = {
    Status.CLOSED: frozenset({CardRole.DUTY, CardRole.REPORTER}),
    Status.DUPLICATE: frozenset({CardRole.DUTY, CardRole.REPORTER}),
    Status.REJECTED: frozenset({CardRole.DUTY, CardRole.REPORTER}),
    Status.VOID: frozenset({CardRole.REPORTER}),
}
"""Who may still do something with a case that is finished."""
_ROLES_OF_SUGGESTION = frozenset({CardRole.HANDLING, CardRole.LEADER})
"""Who besides, where a suggestion was answered: it is built, and made public, long after."""


def is_on_cards(act: Act) -> bool:
    """Whether a card of a case has a button for the act, so that no menu is needed."""
    tables = (
        _RATING, _DECISION, _ARBITRATION, (_RAISE,),
        *_ON_WITHDRAWN.values(), *_BUTTONS.values(), *_ALWAYS.values(),
    )  # fmt: skip
    return any(button.act == act.key for buttons in tables for button in buttons)


def chooses_unit(act: Act) -> bool:
    """Whether the unit that the act requires is chosen on the card of the case itself."""
    return ActField.UNIT in act.required_fields and is_on_cards(act)


@contextmanager
def register_button(desk: CardRole, status: Status, button: ButtonSpec) -> Iterator[None]:
    """Add a button to this role's cards of cases in this state, as long as the context lasts."""
    before = _BUTTONS.get((desk, status))
    _BUTTONS[desk, status] = (*_table_buttons(desk, status), button)
    try:
        yield
    finally:
        if before is None:
            del _BUTTONS[desk, status]
        else:
            _BUTTONS[desk, status] = before


def _build_rows(view: CaseView, desk: CardRole) -> tuple[tuple[str, str], ...]:
    took = formats.format_span(view.submitted - view.opened) if view.submitted else ""
    unit = view.unit or (f"建议 {view.suggested}" if view.suggested else "")
    pairs = (
        (labels.PLACE, view.place),
        (labels.WATERMARK, labels.watermark(view) if desk in _DECIDING_ROLES else ""),
        (labels.SOURCE, view.source if desk is not CardRole.REPORTER else ""),
        (labels.NATURE, view.nature if desk is not CardRole.REPORTER else ""),
        (labels.UNIT, unit),
        (labels.MEDIATORS, view.mediators if desk in (*_DECIDING_ROLES, CardRole.HANDLING) else ""),
        (labels.GROUND, view.ground if desk is CardRole.HANDLING else ""),
        (labels.LEVEL, labels.level(view) if desk is not CardRole.REPORTER else ""),
        (labels.TOOK, took) if took else (labels.DUE, labels.due(view)),
        (labels.STATE, labels.last_step(view, ACTS[view.act]) if view.actor and view.act else ""),
    )
    return tuple((name, value) for name, value in pairs if value)


def _build_body(view: CaseView, desk: CardRole) -> str:
    if desk is CardRole.HANDLING and view.status == Status.IN_PROGRESS:
        return f"{view.text}\n{labels.how_to_feed_back(view)}"
    if view.status == Status.SUBMITTED and view.act_text:
        return view.act_text
    return view.text
