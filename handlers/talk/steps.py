"""Carrying out what a message was taken for: an act of the workflow, an answer, a question."""

import re
from collections.abc import Sequence
from dataclasses import replace

from handlers.cases import merged, possible_acts
from handlers.cases.context import ActInput
from handlers.cases.views import view_for
from handlers.chat import confirmations, smalltalk
from handlers.chat.inbound import InboundMessage
from handlers.commands import case_lists, run
from handlers.environment.units import find_spoken_unit
from handlers.talk import courtesy, dialogue, referents
from handlers.talk.dialogue import DialogueAct
from handlers.talk.referents import Candidate
from handlers.talk.signs import Sign
from handlers.triage.types import Triage
from handlers.wording import conversation as say
from handlers.wording import talk
from models.cases import Case
from models.messages import Part, PartKind
from models.organisation import Unit
from models.workflow import ACTS, Status

_DENIED_PLACE = re.compile(r"不(?:是|在)[^，。是在]{1,12}[，, ]{0,2}(?:而|应该|应当)?(?:是|在)")
_MOST = 4
"""Cases that a question offers; more are no question any more."""


def carry_out(
    inbound: InboundMessage,
    act: DialogueAct,
    candidates: Sequence[Candidate],
    heard: Sequence[Sign],
    triage: Triage,
) -> str | None:
    """Do what the plan says of this dialogue act; returns a slug, None where it is left to intake."""
    plan = inbound.env.classifier.pack.dialogue.plan
    states = dialogue.planned_states(plan, act.act)
    meant = referents.choose(
        candidates, None if states is None else [Status(state) for state in states], recent=act.recent
    )
    status = meant[0].case.status if meant else "*"
    verb, detail = dialogue.plan_step(plan, act.act, status)
    match verb:
        case "intake" | "":
            return None if verb == "intake" else _answer_nothing_fits(inbound, act)
        case "silence":
            return _stay_silent(inbound)
        case "desk":
            return _hand_to_desk(inbound)
        case "answer":
            return _answer(inbound, detail, candidates if detail == "list" else meant)
        case "ask":
            return _ask(inbound, detail, meant)
        case _:
            return _perform(inbound, verb, detail, meant, heard, triage)


def find_named_unit(inbound: InboundMessage) -> Unit | None:
    """The unit that the words name."""
    return find_spoken_unit(inbound.session, inbound.incoming.text)


def _perform(
    inbound: InboundMessage,
    verb: str,
    detail: str,
    meant: Sequence[Candidate],
    heard: Sequence[Sign],
    triage: Triage,
) -> str:
    if len(meant) == 1:
        return _perform_on(inbound, verb, detail, meant[0], heard, triage)
    if not (_all_named(meant) or "all_of_them" in {sign.name for sign in heard}):
        return _ask_which(inbound, meant)
    results = [
        _perform_on(
            replace(inbound, part=f"{number}:", is_stored=number > 0), verb, detail, each, heard, triage
        )
        for number, each in enumerate(meant)
    ]
    return results[0]


def _all_named(meant: Sequence[Candidate]) -> bool:
    return all(each.score >= _NAMED for each in meant)


_NAMED = 30


def _perform_on(
    inbound: InboundMessage, verb: str, detail: str, each: Candidate, heard: Sequence[Sign], triage: Triage
) -> str:
    case = inbound.session.get_one(Case, each.case.id)
    key, act_input = _build_input(inbound, verb, detail, case, heard, triage)
    act = ACTS[key]
    target = merged.target_case(inbound.session, act, inbound.actor, case)
    if act.key == "place" and not possible_acts.can_perform(inbound.session, act, inbound.actor, target):
        act = ACTS["add"]
    run.perform_said(inbound, act, target, act_input)
    return f"act.{act.key}"


def _build_input(
    inbound: InboundMessage, verb: str, detail: str, case: Case, heard: Sequence[Sign], triage: Triage
) -> tuple[str, ActInput]:
    """The act of the workflow and what is given with it, for a planned verb."""
    text, names = inbound.incoming.text, {sign.name for sign in heard}
    match verb:
        case "rate":
            satisfied = False if "dissatisfied" in names else True if "satisfied" in names else None
            return verb, ActInput(text=text, solved=detail == "solved", satisfied=satisfied)
        case "verify":
            return verb, ActInput(text=text, passed=detail == "passed")
        case "correct":
            place = _find_meant_place(inbound, triage)
            return ("place", ActInput(text=text, place=place)) if place else ("add", ActInput(text=text))
        case "withdraw" if verb not in ACTS:
            return "add", ActInput(text=text)
        case "return":
            return verb, ActInput(text=text, unit=find_spoken_unit(inbound.session, text, but=case.unit_id))
        case "assign" | "pass_on":
            return verb, ActInput(text="", unit=find_named_unit(inbound))
        case _:
            return verb, ActInput(text=text)


def _find_meant_place(inbound: InboundMessage, triage: Triage) -> str:
    """The place that is meant, and not the one that is denied: 不是东四路是望仙路."""
    meant = _DENIED_PLACE.split(inbound.incoming.text)[-1]
    place = triage.place
    if meant != inbound.incoming.text:
        place = inbound.env.classifier.find_place(meant, inbound.facts())
    return place.text if place is not None and place.end > place.start else ""


def _ask_which(inbound: InboundMessage, meant: Sequence[Candidate]) -> str:
    inbound.reply(say.which_case([_line_of(inbound, each) for each in meant[:_MOST]]))
    return "talk.which"


def _line_of(inbound: InboundMessage, each: Candidate) -> str:
    return talk.choice_line(_view(inbound, each))


def _view(inbound: InboundMessage, each: Candidate):
    case = inbound.session.get_one(Case, each.case.id)
    return view_for(inbound.session, inbound.asker, case, inbound.env, now=inbound.now)


def _stay_silent(inbound: InboundMessage) -> str:
    if courtesy.has_thanks(inbound.incoming.text) and (inbound.incoming.addressed or inbound.incoming.direct):
        inbound.reply(talk.WELCOME_BACK)
    return "talk.courtesy"


def _hand_to_desk(inbound: InboundMessage) -> str:
    inbound.reply(say.HANDED_TO_DESK)
    return "desk.line"


def _answer_nothing_fits(inbound: InboundMessage, act: DialogueAct) -> str | None:
    return None


def _answer(inbound: InboundMessage, detail: str, meant: Sequence[Candidate]) -> str:
    match detail:
        case "status":
            for each in meant[:1] if meant and meant[0].score >= _NAMED else meant[:_MOST]:
                case = inbound.session.get_one(Case, each.case.id)
                inbound.reply(talk.status(_view(inbound, each)), case=case, part=f"status:{case.id}")
            if not meant:
                inbound.reply(talk.NO_CASES)
        case "list":
            inbound.reply("\n".join(talk.status(_view(inbound, each)) for each in meant))
        case "thanks":
            inbound.reply(talk.WELCOME_BACK)
        case "secrecy":
            inbound.reply(say.NOBODY_LEARNS)
        case "introduction":
            inbound.reply(talk.hello(inbound.incoming.bot_name))
        case "later":
            inbound.reply(say.TELL_LATER)
        case "overdue":
            return case_lists.list_overdue(inbound, run.parse_text("/超时"))
        case "waiting":
            return case_lists.list_waiting(inbound, run.parse_text("/待办"))
    return f"talk.{detail}"


def _ask(inbound: InboundMessage, detail: str, meant: Sequence[Candidate]) -> str:
    case = inbound.session.get_one(Case, meant[0].case.id)
    words = say.is_it_solved if detail == "result" else say.sign_first
    inbound.reply(words(_view(inbound, meant[0])), case=case)
    return f"talk.ask_{detail}"
