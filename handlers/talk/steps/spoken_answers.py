"""What is answered where no act is performed: sentences, lists, figures, how a case stands, or nothing."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from handlers.cases import permissions
from handlers.cases.views import view_for
from handlers.chat import case_lookup, smalltalk
from handlers.chat.inbound import InboundMessage
from handlers.commands import case_lists, run
from handlers.commands.figures import day_figures, hot_topics, monthly_report
from handlers.commands.parser import Command
from handlers.environment.spoken_units import find_spoken_unit
from handlers.intake import desk_lines
from handlers.intake.reports import witnesses
from handlers.talk.dialogue import PlannedStep
from handlers.talk.referents import Candidate
from handlers.triage.classify import intent
from handlers.wording import conversation as say
from handlers.wording import talk
from handlers.wording.case_view import CaseView
from models.cases import Case
from models.workflow import CaseRelation

_LAST_MONTH = re.compile("上个?月")
_ASKS_ALONG = re.compile(r"[?？]|[吗么没冇呢](?=$|[，。！!,.\s])|没有$")
"""Whoever adds to another's case and asks how it stands, hears that."""
_SENTENCES = {
    "thanks": talk.WELCOME_BACK,
    "secrecy": say.NOBODY_LEARNS,
    "later": say.TELL_LATER,
    "told": say.TELLS_RESULT,
}
_MOST = 4
"""Cases whose state one answer tells."""
_QUESTIONS: Mapping[str, Callable[[CaseView], str]] = {
    "result": say.is_it_solved,
    "signing": say.sign_first,
    "extend": say.how_to_extend,
    "unable": say.what_if_unable,
}
_LISTS: Mapping[str, Sequence[tuple[Callable[[InboundMessage, Command], str], str]]] = {
    "today": [(day_figures.show_day, "/今日 {words}")],
    "today_open": [(day_figures.show_day, "/今日 {words}"), (case_lists.list_open, "/本网格")],
    "hot": [(hot_topics.show_topics, "/热点")],
    "waiting": [(case_lists.list_waiting, "/待办")],
    "dissatisfied": [(day_figures.show_dissatisfied, "/今日 {words}")],
    "overdue": [(case_lists.list_overdue, "/超时")],
    "open": [(case_lists.list_open, "/本网格")],
    "unassigned": [(case_lists.list_unassigned, "/待办")],
    "mine": [(case_lists.list_own_cases, "/我的")],
    "open_overdue": [(case_lists.list_open, "/本网格"), (case_lists.list_overdue, "/超时")],
}
"""Answers that are lists, with the command that turns their pages."""


def answer(inbound: InboundMessage, detail: str, meant: Sequence[Candidate]) -> str:
    """Answer what was asked; `detail`: what is planned as the answer. Returns a slug. Raises Refused."""
    if detail in _SENTENCES:
        inbound.reply(_SENTENCES[detail])
        return f"talk.{detail}"
    if detail in _LISTS:
        return _show_lists(inbound, _LISTS[detail])
    if detail in _OF_CASES:
        return _OF_CASES[detail](inbound, meant)
    match detail:
        case "month":
            monthly_report.show_month(inbound, run.parse_text(f"/月报 {_find_month(inbound)}".strip()))
        case "unit" | "unit_open":
            _show_unit(inbound, only_open=detail == "unit_open")
        case "introduction":
            inbound.reply(smalltalk.introduce(inbound))
    return f"talk.{detail}"


def view_case(inbound: InboundMessage, each: Candidate) -> CaseView:
    """The case as this person may read it here; of a joined one, the matter it was joined to."""
    case = case_lookup.find_worked_on(inbound, inbound.session.get_one(Case, each.case.id))
    return view_for(inbound.session, inbound.asker, case, inbound.env, now=inbound.now)


def _show_states(inbound: InboundMessage, meant: Sequence[Candidate]) -> str:
    for each in meant[:_MOST]:
        case = inbound.session.get_one(Case, each.case.id)
        inbound.reply(talk.status(view_case(inbound, each)), case=case, part=f"status:{case.id}")
    if not meant:
        inbound.reply(talk.NO_CASES)
    return "talk.progress"


def _list_states(inbound: InboundMessage, meant: Sequence[Candidate]) -> str:
    inbound.reply("\n".join(talk.status(view_case(inbound, each)) for each in meant))
    return "talk.list"


def _tell_what_to_do(inbound: InboundMessage, meant: Sequence[Candidate]) -> str:
    """Tell whoever is beside a danger once more what to do until somebody comes."""
    for each in meant[:1]:
        case = inbound.session.get_one(Case, each.case.id)
        aid = inbound.env.classifier.find_self_help(case.text, case.class_id)
        view = replace(view_case(inbound, each), emergency_numbers=aid.phones, safety_advice=aid.advice)
        inbound.reply(say.what_to_do(view), case=case)
    return "talk.advice"


def _tell_how_to_reach(inbound: InboundMessage, meant: Sequence[Candidate]) -> str:
    for each in meant[:_MOST]:
        case = inbound.session.get_one(Case, each.case.id)
        words = say.how_to_reach(view_case(inbound, each), in_private=inbound.in_private)
        inbound.reply(words, case=case, part=f"reach:{case.id}")
    return "talk.reach"


def _tell_how_to_inform(inbound: InboundMessage, meant: Sequence[Candidate]) -> str:
    """Say that nothing was told to whoever reported the case, and how it can be."""
    if len(meant) != 1:
        inbound.reply(say.name_the_case())
        return "talk.which_case"
    words = say.how_to_inform(view_case(inbound, meant[0]), in_private=inbound.in_private)
    inbound.reply(words, case=inbound.session.get_one(Case, meant[0].case.id))
    return "talk.inform"


def _show_lists(
    inbound: InboundMessage, lists: Sequence[tuple[Callable[[InboundMessage, Command], str], str]]
) -> str:
    results = [
        show(
            replace(inbound, part=f"list{number}:") if number else inbound,
            run.parse_text(command.format(words=inbound.incoming.text)),
        )
        for number, (show, command) in enumerate(lists)
    ]
    return results[-1]


def _find_month(inbound: InboundMessage) -> str:
    """The month that is asked for, as the command takes it; "" for the last one."""
    return "" if _LAST_MONTH.search(inbound.incoming.text) else f"{inbound.env.local(inbound.now):%Y-%m}"


def _show_unit(inbound: InboundMessage, *, only_open: bool) -> None:
    """What the unit that is named has in hand, or its figures of the day and all of it."""
    unit = find_spoken_unit(inbound.session, inbound.incoming.text)
    name = unit.display_name if unit is not None else ""
    if only_open:
        case_lists.list_found(inbound, run.parse_text(f"/查 {name} 在办"))
        return
    day_figures.show_day(inbound, run.parse_text(f"/今日 {name} {inbound.incoming.text}"))
    case_lists.list_found(replace(inbound, part="list:"), run.parse_text(f"/查 {name}"))


def _take_as_witness(inbound: InboundMessage, _step: PlannedStep, meant: Sequence[Candidate]) -> str:
    """Add what somebody else saw to the case, as unnamed as its reporter; answered if said to the bot."""
    if len(meant) != 1:
        return "talk.chatter"
    case = inbound.session.get_one(Case, meant[0].case.id)
    witnesses.add_as_witness(inbound, case)
    if inbound.is_spoken_to:
        seen = view_case(inbound, meant[0])
        asks = _ASKS_ALONG.search(inbound.incoming.text) is not None
        inbound.reply(talk.status(seen) if asks else talk.piece_added(seen), case=case)
    return "case.added"


def _stay_silent(inbound: InboundMessage, _step: PlannedStep, _meant: Sequence[Candidate]) -> str:
    kind = intent.detect_kind(inbound.incoming.text, inbound.facts())
    return smalltalk.reply_to(inbound, kind) if kind in ("thanks", "greeting") else "talk.courtesy"


def _hand_to_desk(inbound: InboundMessage, _step: PlannedStep, meant: Sequence[Candidate]) -> str:
    if not (inbound.is_spoken_to or inbound.incoming.quote):
        return "talk.chatter"
    case = inbound.session.get_one(Case, meant[0].case.id) if len(meant) == 1 else None
    return desk_lines.hand_to_desk(inbound, case=case, wants_person=True)


def _ask(inbound: InboundMessage, step: PlannedStep, meant: Sequence[Candidate]) -> str:
    """Ask whoever spoke to the bot; what was said to others is no reason to."""
    if not (inbound.is_spoken_to or inbound.incoming.quote):
        return f"talk.ask_{step.detail}"
    case = inbound.session.get_one(Case, meant[0].case.id)
    is_theirs = step.detail != "signing" or permissions.has_relation(
        inbound.session, CaseRelation.HANDLER, inbound.actor, case
    )
    words = _QUESTIONS[step.detail] if is_theirs else talk.status  # another unit has it: they hear which
    inbound.reply(words(view_case(inbound, meant[0])), case=case)
    return f"talk.ask_{step.detail}"


_OF_CASES: Mapping[str, Callable[[InboundMessage, Sequence[Candidate]], str]] = {
    "status": _show_states,
    "list": _list_states,
    "advice": _tell_what_to_do,
    "reach": _tell_how_to_reach,
    "inform": _tell_how_to_inform,
}
"""Answers that tell of cases."""
ANSWERS: Mapping[str, Callable[[InboundMessage, PlannedStep, Sequence[Candidate]], str]] = {
    "witness": _take_as_witness,
    "silence": _stay_silent,
    "desk": _hand_to_desk,
    "ask": _ask,
}
"""Planned verbs that come to no act: what each does with the cases that may be meant; returns a slug."""
