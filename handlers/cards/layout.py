"""Template cards: what a case shows in which group, and what its buttons do.

A button's key is the act it performs, `sign:WG261121-0031`, or `verify:WG261121-0031:pass` where
the act wants an answer with it. A card's buttons follow the case's state, so the same function
draws the first card and every later, truer one.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from handlers.cards import options as card_options
from handlers.cards.keys import FORM, SELECT_UNIT, WORDS, Desk, more_key
from handlers.cases import assignments
from handlers.environment.snapshot import Environment
from handlers.wording import formats, labels, marks
from handlers.wording.case_view import View
from models.cases import Case
from models.messages import Button, Card, Option, Select
from models.workflow import ACTS, OPEN, Status

MAIN, PLAIN, WARNING = 1, 2, 3


def of(
    session: Session,
    case: Case,
    view: View,
    desk: Desk,
    *,
    task_id: str,
    office: Environment,
    units: Collection[int | None],
) -> Card:
    """The card of a case, with whatever can be chosen on it; `units`: ids of whose card it is."""
    if "check_in" in direct(view, desk):
        view = read_by(session, case, view, desk, units)
    options = card_options.units(session, case).options if desk in _DECIDING else ()
    return draw(view, desk, task_id=task_id, options=options, url=office.base_url)


def read_by(session: Session, case: Case, view: View, desk: Desk, units: Collection[int | None]) -> View:
    """The case as these units see it at this desk: whether they are on the spot."""
    match desk:
        case Desk.HANDLING:
            return replace(view, arrived=assignments.lead_has_arrived(session, case))
        case Desk.PARTNER:
            return replace(view, arrived=assignments.has_arrived(session, case, units))
        case _:
            return view


def draw(view: View, desk: Desk, *, task_id: str, options: tuple[Option, ...] = (), url: str = "") -> Card:
    """The card of this case for this desk as things stand."""
    choosing = bool(options) and not direct(view, desk).isdisjoint(CHOOSING)
    return Card(
        task_id=task_id,
        title=labels.rating_title(view) if _asks_rating(view, desk) else labels.title(view),
        desc=marks.case(view.number),
        body=_body(view, desk),
        rows=_rows(view, desk),
        buttons=_buttons(view, desk),
        select=Select(SELECT_UNIT, labels.CHOOSE_UNIT, options, options[0].id) if choosing else None,
        url=url,
    )


def _asks_rating(view: View, desk: Desk) -> bool:
    """The reporter is asked once the result is verified; a grid's own solution they verify themselves."""
    waiting = view.status == Status.CALLBACK or (view.status == Status.SUBMITTED and view.in_grid)
    return desk is Desk.REPORTER and waiting


def direct(view: View, desk: Desk) -> frozenset[str]:
    """The acts this desk has a button for on the card itself."""
    return frozenset(act for _, act, _, _ in _drawn(view, desk))


def _drawn(view: View, desk: Desk) -> "_Drawn":
    if view.status not in OPEN:
        return ()
    if _asks_rating(view, desk):
        return _RATING
    if desk in _DECIDING and view.asked:
        return _DECISION
    if desk in _DECIDING and view.arbitration and view.status == Status.ACCEPTED:
        return _ARBITRATION
    drawn = _BUTTONS.get((desk, view.status), _ALWAYS.get(desk, ()))
    over = {"check_in": view.arrived, "return": not view.returnable}
    return tuple(each for each in drawn if not over.get(each[1], False))


def _buttons(view: View, desk: Desk) -> tuple[Button, ...]:
    drawn = tuple(button(view.number, *each) for each in _drawn(view, desk))
    has_more = view.status in OPEN or desk in _AFTERWARDS.get(view.status, ())
    return (*drawn, more_button(view.number)) if has_more else drawn


def button(number: str, words: str, act: str, answer: str = "", style: int = PLAIN) -> Button:
    """A button that performs an act, or asks for what the act wants."""
    return Button(words, ":".join(part for part in (act, number, answer) if part), style)


def more_button(number: str, page: int = 0) -> Button:
    return Button(labels.MORE, more_key(number, page), PLAIN)


_Drawn = tuple[tuple[str, str, str, int], ...]
"""Words, act, answer, style."""

_RATING: _Drawn = (
    (labels.SOLVED_GOOD, "rate", "good", MAIN),
    (labels.SOLVED_POOR, "rate", "poor", PLAIN),
    (labels.UNSOLVED, "rate", "unsolved", WARNING),
)
_DECISION: _Drawn = (
    (labels.APPROVE, "approve", "", MAIN),
    (labels.DECLINE, "decline", "", WARNING),
)
_ARBITRATION: _Drawn = ((labels.ARBITRATE, "arbitrate", "", MAIN),)
_DECIDING = frozenset({Desk.DUTY, Desk.LEADER})
CHOOSING = frozenset({"assign", "arbitrate"})
"""Acts whose unit is chosen on the card itself."""
_BUTTONS: Mapping[tuple[Desk, Status], _Drawn] = {
    (Desk.DUTY, Status.NEW): (
        (labels.ASSIGN, "assign", "", MAIN),
        (labels.ACCEPT, "accept", "", PLAIN),
        (labels.REJECT, "reject", WORDS, WARNING),
    ),
    (Desk.DUTY, Status.ACCEPTED): (
        (labels.ASSIGN, "assign", "", MAIN),
        (labels.REJECT, "reject", WORDS, WARNING),
    ),
    (Desk.DUTY, Status.DISPATCHED): ((labels.URGE, "nudge", "", PLAIN),),
    (Desk.DUTY, Status.IN_PROGRESS): ((labels.URGE, "nudge", "", PLAIN),),
    (Desk.DUTY, Status.SUSPENDED): ((labels.RESUME, "resume", "", MAIN),),
    (Desk.DUTY, Status.SUBMITTED): (
        (labels.PASS, "verify", "pass", MAIN),
        (labels.FAIL, "verify", "fail", WARNING),
    ),
    (Desk.DUTY, Status.CALLBACK): ((labels.CLOSE, "close", "", PLAIN),),
    (Desk.HANDLING, Status.DISPATCHED): (
        (labels.SIGN, "sign", "", MAIN),
        (labels.RETURN, "return", WORDS, WARNING),
    ),
    (Desk.HANDLING, Status.IN_PROGRESS): (
        (labels.FEED_BACK, "feedback", WORDS, MAIN),
        (labels.CONTACTED, "contact", "", PLAIN),
        (labels.ARRIVED, "check_in", "", PLAIN),
        (labels.EXTEND, "extend", FORM, PLAIN),
        (labels.RETURN, "return", WORDS, WARNING),
    ),
    (Desk.HANDLING, Status.SUSPENDED): ((labels.RESUME, "resume", "", MAIN),),
}
_ALWAYS: Mapping[Desk, _Drawn] = {
    Desk.PARTNER: (
        (labels.CHECK_IN, "check_in", "", MAIN),
        (labels.PARTNER_DONE, "partner_done", WORDS, PLAIN),
    ),
    Desk.SURVEYOR: (
        (labels.LOOKED, "survey_report", WORDS, MAIN),
        (labels.CANNOT_LOOK, "survey_decline", "", PLAIN),
    ),
    Desk.REPORTER: ((labels.NUDGE, "nudge", "", PLAIN),),
    Desk.LEADER: (
        (labels.SUPERVISE, "supervise", WORDS, PLAIN),
        (labels.INSTRUCT, "instruct", WORDS, PLAIN),
    ),
}
"""Buttons a desk has whatever the state, as long as the case is open."""
_AFTERWARDS: Mapping[Status, frozenset[Desk]] = {
    Status.CLOSED: frozenset({Desk.DUTY, Desk.REPORTER}),
    Status.DUPLICATE: frozenset({Desk.DUTY, Desk.REPORTER}),
    Status.REJECTED: frozenset({Desk.DUTY}),
}
"""Who may still do something with a case that is finished."""

ON_CARDS: frozenset[str] = frozenset(
    act
    for drawn in (_RATING, _DECISION, _ARBITRATION, *_BUTTONS.values(), *_ALWAYS.values())
    for _, act, _, _ in drawn
)
"""Every act that is a button of some card itself."""


def _rows(view: View, desk: Desk) -> tuple[tuple[str, str], ...]:
    took = formats.span(view.submitted - view.opened) if view.submitted else ""
    unit = view.unit or (f"建议 {view.suggested}" if view.suggested else "")
    pairs = (
        (labels.PLACE, view.place),
        (labels.NATURE, view.nature if desk is not Desk.REPORTER else ""),
        (labels.UNIT, unit),
        (labels.TOOK, took) if took else (labels.DUE, labels.due(view)),
        (labels.STATE, labels.last_step(view, ACTS[view.act].verb) if view.actor and view.act else ""),
    )
    return tuple((name, value) for name, value in pairs if value)


def _body(view: View, desk: Desk) -> str:
    if desk is Desk.HANDLING and view.status == Status.IN_PROGRESS:
        return f"{view.text}\n{labels.how_to_feed_back(view)}"
    if view.status == Status.SUBMITTED and view.said:
        return view.said
    return view.text
