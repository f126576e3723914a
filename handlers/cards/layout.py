"""Template cards: what a case shows in which group, and what its buttons do.

A button's key is the act it performs, `sign:WG261121-0031`, or `verify:WG261121-0031:pass` where
the act wants an answer with it. A card's buttons follow the case's state, so the same function
draws the first card and every later, truer one.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from handlers.cards import options as card_options
from handlers.cards.keys import ASK_FORM, ASK_WORDS, SELECT_UNIT, ButtonKey, CardRole, MoreKey
from handlers.cases import assignments
from handlers.environment.snapshot import Environment
from handlers.wording import formats, labels, marks
from handlers.wording.case_view import CaseView
from models.cases import Case
from models.messages import Button, Card, Option, Select
from models.workflow import ACTS, OPEN, Status

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
    """The card of a case, with whatever can be chosen on it; `units`: ids of whose card it is."""
    if "check_in" in acts_on_card(view, desk):
        view = as_seen_by(session, case, view, desk, units)
    options = card_options.unit_options(session, case).options if desk in _DECIDING_ROLES else ()
    return render(view, desk, task_id=task_id, options=options, url=env.base_url)


def as_seen_by(
    session: Session, case: Case, view: CaseView, desk: CardRole, units: Collection[int | None]
) -> CaseView:
    """The case as these units see it at this desk: whether they are on the spot."""
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
    """The card of this case for this desk as things stand."""
    choosing = bool(options) and not acts_on_card(view, desk).isdisjoint(UNIT_CHOICE_ACTS)
    return Card(
        task_id=task_id,
        title=labels.rating_title(view) if _asks_rating(view, desk) else labels.title(view),
        desc=marks.case_mark(view.number),
        body=_build_body(view, desk),
        rows=_build_rows(view, desk),
        buttons=_build_buttons(view, desk),
        select=Select(SELECT_UNIT, labels.CHOOSE_UNIT, options, options[0].id) if choosing else None,
        url=url,
    )


def _asks_rating(view: CaseView, desk: CardRole) -> bool:
    """The reporter is asked once the result is verified; a grid's own solution they verify themselves."""
    waiting = view.status == Status.CALLBACK or (view.status == Status.SUBMITTED and view.in_grid)
    return desk is CardRole.REPORTER and waiting


def acts_on_card(view: CaseView, desk: CardRole) -> frozenset[str]:
    """The acts this desk has a button for on the card itself."""
    return frozenset(act for _, act, _, _ in _button_specs(view, desk))


def _button_specs(view: CaseView, desk: CardRole) -> "_ButtonSpecs":
    if view.status not in OPEN:
        return ()
    if _asks_rating(view, desk):
        return _RATING
    if desk in _DECIDING_ROLES and view.has_request:
        return _DECISION
    if desk in _DECIDING_ROLES and view.arbitration and view.status == Status.ACCEPTED:
        return _ARBITRATION
    drawn = _BUTTONS.get((desk, view.status), _ALWAYS.get(desk, ()))
    over = {"check_in": view.has_arrived, "return": not view.returnable}
    return tuple(each for each in drawn if not over.get(each[1], False))


def _build_buttons(view: CaseView, desk: CardRole) -> tuple[Button, ...]:
    drawn = tuple(act_button(view.number, *each) for each in _button_specs(view, desk))
    has_more = view.status in OPEN or desk in _ROLES_AFTER_END.get(view.status, ())
    return (*drawn, more_button(view.number)) if has_more else drawn


def act_button(number: str, words: str, act: str, answer: str = "", style: int = PLAIN) -> Button:
    """A button that performs an act, or asks for what the act wants."""
    return Button(words, ButtonKey(act, number, answer).to_key(), style)


def more_button(number: str, page: int = 0) -> Button:
    return Button(labels.MORE, MoreKey(number, page).to_key(), PLAIN)


_ButtonSpecs = tuple[tuple[str, str, str, int], ...]
"""Words, act, answer, style."""

_RATING: _ButtonSpecs = (
    (labels.SOLVED_GOOD, "rate", "good", MAIN),
    (labels.SOLVED_POOR, "rate", "poor", PLAIN),
    (labels.UNSOLVED, "rate", "unsolved", WARNING),
)
_DECISION: _ButtonSpecs = (
    (labels.APPROVE, "approve", "", MAIN),
    (labels.DECLINE, "decline", "", WARNING),
)
_ARBITRATION: _ButtonSpecs = ((labels.ARBITRATE, "arbitrate", "", MAIN),)
_DECIDING_ROLES = frozenset({CardRole.DUTY, CardRole.LEADER})
UNIT_CHOICE_ACTS = frozenset({"assign", "arbitrate"})
"""Acts whose unit is chosen on the card itself."""
_BUTTONS: Mapping[tuple[CardRole, Status], _ButtonSpecs] = {
    (CardRole.DUTY, Status.NEW): (
        (labels.ASSIGN, "assign", "", MAIN),
        (labels.ACCEPT, "accept", "", PLAIN),
        (labels.REJECT, "reject", ASK_WORDS, WARNING),
    ),
    (CardRole.DUTY, Status.ACCEPTED): (
        (labels.ASSIGN, "assign", "", MAIN),
        (labels.REJECT, "reject", ASK_WORDS, WARNING),
    ),
    (CardRole.DUTY, Status.DISPATCHED): ((labels.URGE, "nudge", "", PLAIN),),
    (CardRole.DUTY, Status.IN_PROGRESS): ((labels.URGE, "nudge", "", PLAIN),),
    (CardRole.DUTY, Status.SUSPENDED): ((labels.RESUME, "resume", "", MAIN),),
    (CardRole.DUTY, Status.SUBMITTED): (
        (labels.PASS, "verify", "pass", MAIN),
        (labels.FAIL, "verify", "fail", WARNING),
    ),
    (CardRole.DUTY, Status.CALLBACK): ((labels.CLOSE, "close", "", PLAIN),),
    (CardRole.HANDLING, Status.DISPATCHED): (
        (labels.SIGN, "sign", "", MAIN),
        (labels.RETURN, "return", ASK_WORDS, WARNING),
    ),
    (CardRole.HANDLING, Status.IN_PROGRESS): (
        (labels.FEED_BACK, "feedback", ASK_WORDS, MAIN),
        (labels.CONTACTED, "contact", "", PLAIN),
        (labels.ARRIVED, "check_in", "", PLAIN),
        (labels.EXTEND, "extend", ASK_FORM, PLAIN),
        (labels.RETURN, "return", ASK_WORDS, WARNING),
    ),
    (CardRole.HANDLING, Status.SUSPENDED): ((labels.RESUME, "resume", "", MAIN),),
}
_ALWAYS: Mapping[CardRole, _ButtonSpecs] = {
    CardRole.PARTNER: (
        (labels.CHECK_IN, "check_in", "", MAIN),
        (labels.PARTNER_DONE, "partner_done", ASK_WORDS, PLAIN),
    ),
    CardRole.SURVEYOR: (
        (labels.LOOKED, "survey_report", ASK_WORDS, MAIN),
        (labels.CANNOT_LOOK, "survey_decline", "", PLAIN),
    ),
    CardRole.REPORTER: ((labels.NUDGE, "nudge", "", PLAIN),),
    CardRole.LEADER: (
        (labels.SUPERVISE, "supervise", ASK_WORDS, PLAIN),
        (labels.INSTRUCT, "instruct", ASK_WORDS, PLAIN),
    ),
}
"""Buttons a desk has whatever the state, as long as the case is open."""
_ROLES_AFTER_END: Mapping[Status, frozenset[CardRole]] = {
    Status.CLOSED: frozenset({CardRole.DUTY, CardRole.REPORTER}),
    Status.DUPLICATE: frozenset({CardRole.DUTY, CardRole.REPORTER}),
    Status.REJECTED: frozenset({CardRole.DUTY}),
}
"""Who may still do something with a case that is finished."""

ON_CARDS: frozenset[str] = frozenset(
    act
    for drawn in (_RATING, _DECISION, _ARBITRATION, *_BUTTONS.values(), *_ALWAYS.values())
    for _, act, _, _ in drawn
)
"""Every act that is a button of some card itself."""


def _build_rows(view: CaseView, desk: CardRole) -> tuple[tuple[str, str], ...]:
    took = formats.format_span(view.submitted - view.opened) if view.submitted else ""
    unit = view.unit or (f"建议 {view.suggested}" if view.suggested else "")
    pairs = (
        (labels.PLACE, view.place),
        (labels.NATURE, view.nature if desk is not CardRole.REPORTER else ""),
        (labels.UNIT, unit),
        (labels.TOOK, took) if took else (labels.DUE, labels.due(view)),
        (labels.STATE, labels.last_step(view, ACTS[view.act].verb) if view.actor and view.act else ""),
    )
    return tuple((name, value) for name, value in pairs if value)


def _build_body(view: CaseView, desk: CardRole) -> str:
    if desk is CardRole.HANDLING and view.status == Status.IN_PROGRESS:
        return f"{view.text}\n{labels.how_to_feed_back(view)}"
    if view.status == Status.SUBMITTED and view.act_text:
        return view.act_text
    return view.text
