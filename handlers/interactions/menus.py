"""The menu behind 更多: one more card, with every act that whoever pressed could perform now.

A card of a case carries the few acts that most often come next; everything else is one press
further. A menu is open to everybody: each press is judged by who pressed.
"""

from collections.abc import Sequence

from handlers.cards import layout
from handlers.cards.keys import ASK_FORM, ASK_WORDS, BackKey, CardRole
from handlers.cards.layout import PLAIN, WARNING
from handlers.cases import possible_acts
from handlers.chat.inbound import InboundMessage
from handlers.interactions import forms
from handlers.wording import labels, marks
from handlers.wording.case_view import CaseView
from models.cases import Case
from models.messages import Button, Card
from models.organisation import ChatUse
from models.workflow import ACTS, Act

_MOST = 6
"""Buttons of a card (wecom-aibot.md §7)."""


def menu_buttons(inbound: InboundMessage, case: Case, shown: frozenset[str]) -> tuple[Button, ...]:
    """Buttons for the acts this person could perform now; `shown`: keys of the acts on the card itself."""
    found: list[Button] = []
    for act in ACTS.values():
        if (act.reveals_reporter or act.names_people) and inbound.chat.use != ChatUse.DIRECT:
            continue
        if act.key in shown and not layout.chooses_unit(act):
            continue
        if possible_acts.can_perform(inbound.session, act, inbound.actor, case):
            found += _act_buttons(act, case.number, shown)
    return tuple(found)


def _act_buttons(act: Act, number: str, shown: frozenset[str]) -> list[Button]:
    if answers := layout.answers_of(act):
        return [
            layout.act_button(number, one.words, act.key, one.key, WARNING if one.style == WARNING else PLAIN)
            for one in answers
        ]
    words = labels.other_unit(act.verb) if act.key in shown else act.verb
    return [
        layout.act_button(
            number, words, act.key, first_step(act), WARNING if act.needs_confirmation else PLAIN
        )
    ]


def first_step(act: Act) -> str:
    """What a press on the act leads to first: `ASK_FORM`, `ASK_WORDS`, or empty for the act itself."""
    if forms.find_form(act) is not None:
        return ASK_FORM
    # A field without a form and without buttons for its answers can only be written.
    return "" if set(act.required_fields) <= layout.ANSWERS.keys() else ASK_WORDS


def menu_card(
    inbound: InboundMessage, case: Case, seen: CaseView, desk: CardRole, *, task: str, page: int = 0
) -> Card | None:
    """A page (from 0) of the menu; None where there is nothing more this person could do.

    `seen`: the case's view; `desk`: the role of the card it was opened from; `task`: id of the menu's card.
    """
    seen = layout.as_seen_by(inbound.session, case, seen, desk, inbound.unit_ids)
    found = menu_buttons(inbound, case, layout.acts_on_card(seen, desk))
    if not found:
        return None
    return Card(
        task_id=task,
        title=labels.MORE_TITLE,
        desc=marks.case_mark(case.number),
        body=labels.title(seen),
        buttons=_page_buttons(found, case.number, page),
        url=layout.case_address(inbound.env, case.number, for_staff=not inbound.asker.is_outsider),
    )


def _page_buttons(found: Sequence[Button], number: str, page: int) -> tuple[Button, ...]:
    back = Button(labels.BACK, BackKey(number).to_key(), PLAIN)
    if len(found) < _MOST:
        return (*found, back)
    size = _MOST - 2
    pages = -(-len(found) // size)
    page %= pages
    here = found[page * size : (page + 1) * size]
    return (*here, back, layout.more_button(number, (page + 1) % pages))


def closed_menu(seen: CaseView, *, task: str, said: str, url: str) -> Card:
    """The menu's card once something was chosen on it, or nothing: `said`, and how the case stands."""
    drawn = layout.render(seen, CardRole.REPORTER, task_id=task, url=url)
    return Card(
        task_id=task,
        title=labels.title(seen),
        desc=drawn.desc,
        body=said,
        rows=drawn.rows,
        buttons=(layout.more_button(seen.number),),
        url=url,
    )


def how_to_press(act: Act) -> str:
    """Where the act's button is found, in Chinese, for the documentation; empty for acts without one."""
    if act.opens_case:
        return ""
    where = "卡片" if layout.is_on_cards(act) else "更多"
    then = {ASK_FORM: "，选", ASK_WORDS: "，引用写"}.get(first_step(act), "")
    return f"{where}{then}{'（私聊）' if act.reveals_reporter or act.names_people else ''}"
