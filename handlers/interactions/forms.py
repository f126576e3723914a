"""Acts that want something, chosen on a card instead of written: a unit, a reason, a class.

A form is one more card: a choice and at most six buttons, which is all the platform allows
(wecom-aibot.md §7). Nothing is chosen beforehand except the unit the rules suggest; what is not
among the options is written (`handlers.chat.pending_input`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import select

from handlers.cards import keys, layout, options
from handlers.cards.keys import ASK_FORM, ASK_WORDS, ButtonKey
from handlers.cards.layout import MAIN
from handlers.cards.options import OptionPage
from handlers.cases.context import ActInput
from handlers.chat.inbound import InboundMessage
from handlers.environment.levels import heads
from handlers.environment.snapshot import Environment
from handlers.environment.units import find_unit
from handlers.triage.types import Facts, Triage
from handlers.wording import labels, marks
from models.cases import Case
from models.messages import Card, Click, Option, Select
from models.organisation import Unit
from models.reports import Report
from models.time_limits import TimeLimit
from models.workflow import Act, ActField

_SUBMIT = "go"
_A_PAGE = options.MAX_OPTIONS - 1
"""Options of a page beside 请选择."""


class Question(StrEnum):
    """What is chosen on a form; the value is the key of the choice on the card."""

    UNIT = keys.SELECT_UNIT
    REASON = "reason"
    CLASS = "class"


@dataclass(frozen=True, slots=True)
class Form:
    """The form for one field of an act: what is chosen, under which title, with which buttons."""

    field: ActField
    """The field of the act that is chosen on it."""
    question: Question
    title: str
    buttons: tuple[tuple[str, str], ...] = ()
    """Words and answer of each button; empty: one button with the verb of the act."""
    reasons: tuple[str, ...] = ()


_FORMS: Mapping[ActField, Form] = {
    form.field: form
    for form in (
        Form(ActField.UNIT, Question.UNIT, labels.CHOOSE_UNIT),
        Form(ActField.UNITS, Question.UNIT, labels.CHOOSE_UNIT),
        Form(ActField.CLASS, Question.CLASS, labels.CLASS),
        Form(ActField.LENGTH, Question.REASON, labels.REASON, labels.EXTEND_BY, labels.WHY_LONGER),
        Form(ActField.UNTIL, Question.REASON, labels.REASON, labels.SUSPEND_FOR, labels.WHY_WAIT),
    )
}


def find_form(act: Act) -> Form | None:
    """The form for the first field of the act that has one; None where everything must be written."""
    if ActField.UNTIL in act.required_fields:
        return None  # a day of its own, and no reason to choose from
    return next((_FORMS[field] for field in act.fields if field in _FORMS), None)


def form_page(answer: str) -> int | None:
    """The page (from 0) of the form that a button's answer asks for; None where it asks for no form."""
    number = answer.removeprefix(ASK_FORM)
    if not answer.startswith(ASK_FORM) or not (number.isdecimal() or not number):
        return None
    return int(number or 0)


def form_card(
    inbound: InboundMessage,
    case: Case,
    act: Act,
    form: Form,
    *,
    title: str,
    task_id: str,
    page: int = 0,
    unchosen: bool = False,
) -> Card:
    """The card with the form of an act on a case; `page` from 0.

    `unchosen`: its button was pressed with nothing chosen, and the card says so.
    """
    shown = _load_options(inbound, case, act, form, page)
    if page and len(shown.options) <= 1:
        page, shown = 0, _load_options(inbound, case, act, form, 0)
    buttons = [
        layout.act_button(case.number, words, act.key, answer, MAIN)
        for words, answer in form.buttons or ((act.verb, _SUBMIT),)
    ]
    if shown.more or page:
        buttons.append(layout.act_button(case.number, labels.NEXT_PAGE, act.key, f"{ASK_FORM}{page + 1}"))
    buttons.append(layout.act_button(case.number, labels.WRITE, act.key, ASK_WORDS))
    return Card(
        task_id=task_id,
        title=f"{act.verb}·{title}",
        desc=marks.case_mark(case.number),
        body=labels.no_choice_made(form.title) if unchosen else _instruction(form, buttons[0].text),
        buttons=tuple(buttons),
        select=Select(form.question, form.title, shown.options, shown.options[0].id),
        url=layout.case_address(inbound.env, case.number, for_staff=not inbound.asker.is_outsider),
    )


def _instruction(form: Form, verb: str) -> str:
    return labels.choose_then_duration(form.title) if len(form.buttons) > 1 else labels.choose_first(verb)


def input_from_form(
    inbound: InboundMessage, case: Case, form: Form, pressed: ButtonKey, click: Click
) -> ActInput:
    """The act's input as chosen on a card; what was not chosen is left out, and asked for by the act.

    Raises NotFound for a unit that is no more.
    """
    chosen = next(iter(click.selected.get(form.question, ())), options.NO_CHOICE)
    match form.field:
        case ActField.UNIT:
            return ActInput(unit=_chosen_unit(inbound, case, pressed, chosen))
        case ActField.UNITS:
            unit = _chosen_unit(inbound, case, pressed, chosen)
            return ActInput(units=(unit,) if unit else ())
        case ActField.CLASS:
            return ActInput(class_id=chosen if chosen in inbound.env.classes else None)
        case _:
            return _input_from_duration(form, pressed.answer, chosen, inbound.env, now=inbound.now)


def _chosen_unit(inbound: InboundMessage, case: Case, pressed: ButtonKey, chosen: str) -> Unit | None:
    if chosen != options.NO_CHOICE:
        return find_unit(inbound.session, chosen)
    # A card drawn where the rules suggest a unit: no choice means that one. A form asks.
    suggested = case.suggested_unit_id if not pressed.answer else None
    return inbound.session.get(Unit, suggested) if suggested else None


def _input_from_duration(
    form: Form, answer: str, chosen: str, env: Environment, *, now: datetime
) -> ActInput:
    text = chosen if chosen in form.reasons else ""
    if answer not in {known for _, known in form.buttons}:
        return ActInput(text=text)
    limit = TimeLimit.parse(answer)
    if form.field is ActField.LENGTH:
        return ActInput(text=text, limit=limit)
    day = env.local(now).date() + timedelta(days=int(answer.removesuffix("d")))
    return ActInput(text=text, until=datetime.combine(day, time(8, 30), env.zone).astimezone(now.tzinfo))


def _load_options(inbound: InboundMessage, case: Case, act: Act, form: Form, page: int) -> OptionPage:
    match form.question:
        case Question.UNIT if act.sends_down:
            beneath = heads.list_beneath(inbound.session, case)
            offered: Sequence[Option] = [Option(unit.code, unit.display_name[:10]) for unit in beneath]
        case Question.UNIT:
            return options.unit_options(inbound.session, case, page)
        case Question.CLASS:
            offered = _class_options(inbound, case)
        case Question.REASON:
            offered = [Option(reason, reason) for reason in form.reasons]
    here, after = offered[page * _A_PAGE :][:_A_PAGE], offered[(page + 1) * _A_PAGE :]
    return OptionPage((options.PLEASE_CHOOSE, *here), more=bool(after))


def _class_options(inbound: InboundMessage, case: Case) -> Sequence[Option]:
    """Every other class, the likeliest first: the candidates of the rules, then classes of the same group."""
    group = inbound.env.class_info(case.class_id).group
    likely = _likely_classes(inbound, case)
    infos = [info for info in inbound.env.classes.values() if info.id != case.class_id]
    infos.sort(key=lambda info: (info.id not in likely, info.group != group))
    return [Option(info.id, info.name[:10]) for info in infos]


def _likely_classes(inbound: InboundMessage, case: Case) -> Collection[str | None]:
    """The best two classes by the rules, of the report's triage or else of the case's words now."""
    told = select(Report.triage).where(Report.case_id == case.id, Report.triage.is_not(None))
    if stored := inbound.session.scalar(told.order_by(Report.id).limit(1)):
        seen = Triage.from_json(stored)
    else:
        seen = inbound.env.classifier.triage(case.text, facts=Facts())
    return seen.class_id, seen.runner_up
