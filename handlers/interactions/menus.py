"""What else could be done: one more card, with every act that whoever pressed 更多 could do now.

A card of a case carries the few acts that most often come next; everything else is one press
further. Whose menu it is binds nobody: each press is judged by who pressed.
"""

from collections.abc import Sequence

from handlers import acts
from handlers.cards import layout
from handlers.cards.keys import FORM, WORDS, Desk
from handlers.cards.layout import PLAIN, WARNING
from handlers.chat.inbound import Arrival
from handlers.interactions import forms
from handlers.wording import labels, marks
from handlers.wording.case_view import View
from models.cases import Case
from models.messages import Button, Card
from models.organisation import ChatUse
from models.workflow import ACTS
from models.workflow_terms import Act, Need

_MOST = 6
"""Buttons of a card (wecom-aibot.md §7)."""
_WRITTEN = frozenset({Need.TEXT, Need.REASON, Need.PLACE, Need.PARENT, Need.EVIDENCE, Need.LENGTH})
"""What can only be written, where no form offers it."""
_MENU = "more"
_OTHER_UNIT = {"assign": labels.ASSIGN_OTHER, "arbitrate": labels.ARBITRATE_OTHER}

NO_BUTTON = {
    "report": "上报之前还没有事件，也就没有卡片：直接说话、发照片就行",
}
"""Acts that no card can offer, and why."""
PRIVATE = frozenset({"reveal"})
"""Acts that are offered in a direct conversation only."""


def task_id(case: Case, desk: Desk, inbox_id: int) -> str:
    """Unique, and naming the desk whose card led here, as a card's own does."""
    return f"{_MENU}-{case.number}-{desk}-{inbox_id}"


def is_menu(task: str) -> bool:
    return task.startswith(f"{_MENU}-")


def entries(arrival: Arrival, case: Case, shown: frozenset[str]) -> tuple[Button, ...]:
    """A button for each act this person could do now and that the card itself does not `shown`."""
    found: list[Button] = []
    for act in ACTS.values():
        if act.key in NO_BUTTON or (act.key in PRIVATE and arrival.chat.use != ChatUse.DIRECT):
            continue
        if act.key in shown and act.key not in _OTHER_UNIT:
            continue
        if acts.could(arrival.session, act, arrival.actor, case):
            found += _entry(act, case.number, shown)
    return tuple(found)


def _entry(act: Act, number: str, shown: frozenset[str]) -> list[Button]:
    match act.key:
        case "verify":
            return [
                layout.button(number, labels.PASS, act.key, "pass"),
                layout.button(number, labels.FAIL, act.key, "fail", WARNING),
            ]
        case "rate":
            return [
                layout.button(number, labels.SOLVED_GOOD, act.key, "good"),
                layout.button(number, labels.SOLVED_POOR, act.key, "poor"),
                layout.button(number, labels.UNSOLVED, act.key, "unsolved", WARNING),
            ]
    words = _OTHER_UNIT[act.key] if act.key in shown else act.verb
    return [layout.button(number, words, act.key, first(act), WARNING if act.danger else PLAIN)]


def first(act: Act) -> str:
    """What a press on the act leads to first: a form, a hint to write, or (empty) the act itself."""
    if act.key in forms.FORMS:
        return FORM
    return WORDS if not _WRITTEN.isdisjoint(act.needs) else ""


def card(arrival: Arrival, case: Case, seen: View, desk: Desk, *, task: str, page: int = 0) -> Card | None:
    """The menu, page by page; None where there is nothing more this person could do."""
    seen = layout.read_by(arrival.session, case, seen, desk, arrival.units)
    found = entries(arrival, case, layout.direct(seen, desk))
    if not found:
        return None
    return Card(
        task_id=task,
        title=labels.MORE_TITLE,
        desc=marks.case(case.number),
        body=labels.title(seen),
        buttons=_paged(found, case.number, page),
        url=arrival.office.base_url,
    )


def _paged(found: Sequence[Button], number: str, page: int) -> tuple[Button, ...]:
    if len(found) <= _MOST:
        return tuple(found)
    size = _MOST - 1
    pages = -(-len(found) // size)
    page %= pages
    here = found[page * size : (page + 1) * size]
    return (*here, layout.more_button(number, (page + 1) % pages))


def closed(seen: View, *, task: str, said: str, url: str) -> Card:
    """What is left of a menu once something was chosen on it: how things stand."""
    drawn = layout.draw(seen, Desk.REPORTER, task_id=task, url=url)
    return Card(
        task_id=task,
        title=labels.title(seen),
        desc=drawn.desc,
        body=said,
        rows=drawn.rows,
        buttons=(layout.more_button(seen.number),),
        url=url,
    )


def way(act: Act) -> str:
    """How the act is done by button, for the documentation."""
    if act.key in NO_BUTTON:
        return ""
    where = "卡片" if act.key in layout.ON_CARDS else "更多"
    then = {FORM: "，选", WORDS: "，引用写"}.get(first(act), "")
    return f"{where}{then}{'（私聊）' if act.key in PRIVATE else ''}"
