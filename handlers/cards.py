"""Template cards: what a case shows in which group, and what its buttons do.

A button's key is the act it performs, `sign:WG261121-0031`, or `verify:WG261121-0031:pass` where
the act wants an answer with it. A card's buttons follow the case's state, so the same function
draws the first card and every later, truer one.
"""

from dataclasses import dataclass
from enum import StrEnum

from handlers.views import View
from handlers.wording import labels, marks, times
from models.messages import Button, Card, Option, Select
from models.organisation import ChatUse
from models.workflow import ACTS, Status

MAIN, PLAIN, WARNING = 1, 2, 3
SELECT_UNIT = "unit"
NO_UNIT = "-"
"""The option that chooses nobody."""


class Desk(StrEnum):
    """Whose card it is: decides which buttons it may carry."""

    DUTY = "duty"
    HANDLING = "handling"
    REPORTER = "reporter"


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button's key, taken apart."""

    act: str
    number: str
    answer: str = ""


def desk_of(use: str) -> Desk:
    """The desk that a chat of this use sees."""
    return {ChatUse.DUTY: Desk.DUTY, ChatUse.HANDLING: Desk.HANDLING}.get(ChatUse(use), Desk.REPORTER)


def read_key(key: str) -> Pressed | None:
    """The inverse of the keys drawn here; None for a key that is not ours."""
    act, _, rest = key.partition(":")
    number, _, answer = rest.partition(":")
    return Pressed(act, number, answer) if act in ACTS and number else None


def draw(view: View, desk: Desk, *, task_id: str, options: tuple[Option, ...] = (), url: str = "") -> Card:
    """The card of this case for this desk as things stand."""
    buttons = _buttons(view, desk)
    choosing = desk is Desk.DUTY and view.status in (Status.NEW, Status.ACCEPTED) and bool(options)
    return Card(
        task_id=task_id,
        title=labels.rating_title(view) if _asks_rating(view, desk) else labels.title(view),
        desc=marks.case(view.number),
        body=_body(view, desk),
        rows=_rows(view, desk),
        buttons=buttons,
        select=Select(SELECT_UNIT, labels.CHOOSE_UNIT, options, options[0].id) if choosing else None,
        url=url,
    )


def _asks_rating(view: View, desk: Desk) -> bool:
    """The reporter is asked once the result is verified; a grid's own solution they verify themselves."""
    waiting = view.status == Status.CALLBACK or (view.status == Status.SUBMITTED and view.in_grid)
    return desk is Desk.REPORTER and waiting


def _buttons(view: View, desk: Desk) -> tuple[Button, ...]:
    def key(act: str, answer: str = "") -> str:
        return f"{act}:{view.number}:{answer}" if answer else f"{act}:{view.number}"

    if desk is Desk.DUTY and view.void_asked:
        return (
            Button(labels.CONFIRM_VOID, key("confirm_void"), WARNING),
            Button(labels.DECLINE_VOID, key("decline_void"), PLAIN),
        )
    match desk, view.status:
        case Desk.DUTY, Status.NEW:
            return (
                Button(labels.ASSIGN, key("assign"), MAIN),
                Button(labels.ACCEPT, key("accept"), PLAIN),
                Button(labels.REJECT, key("reject"), WARNING),
            )
        case Desk.DUTY, Status.ACCEPTED:
            return (
                Button(labels.ASSIGN, key("assign"), MAIN),
                Button(labels.REJECT, key("reject"), WARNING),
            )
        case Desk.DUTY, Status.SUBMITTED:
            return (
                Button(labels.PASS, key("verify", "pass"), MAIN),
                Button(labels.FAIL, key("verify", "fail"), WARNING),
            )
        case Desk.HANDLING, Status.DISPATCHED:
            return (Button(labels.SIGN, key("sign"), MAIN), Button(labels.RETURN, key("return"), WARNING))
        case Desk.HANDLING, Status.IN_PROGRESS:
            return (Button(labels.RETURN, key("return"), WARNING),)
    if not _asks_rating(view, desk):
        return ()
    return (
        Button(labels.SOLVED_GOOD, key("rate", "good"), MAIN),
        Button(labels.SOLVED_POOR, key("rate", "poor"), PLAIN),
        Button(labels.UNSOLVED, key("rate", "unsolved"), WARNING),
    )


def _rows(view: View, desk: Desk) -> tuple[tuple[str, str], ...]:
    took = times.span(view.submitted - view.opened) if view.submitted else ""
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
