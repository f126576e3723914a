"""Asking before an act is performed: on which case, and whether a case is given back."""

from collections.abc import Sequence
from functools import partial

from handlers.chat import case_choice, confirmations
from handlers.chat.inbound import InboundMessage
from handlers.environment.spoken_units import find_spoken_unit
from handlers.talk.dialogue import PlannedStep
from handlers.talk.referents import Candidate
from handlers.talk.steps import planned_acts, spoken_answers
from handlers.wording import conversation as say
from handlers.wording import marks
from models.cases import Case

_TYPED = {"solved": "已解决", "unsolved": "未解决", "passed": "通过", "failed": "不通过"}
"""How the answer of a step is typed."""


def ask_which(inbound: InboundMessage, step: PlannedStep, meant: Sequence[Candidate]) -> str:
    """Ask with a button for each case; a press does it with the words and files that were sent.

    Returns a slug. Raises ValueError where the step comes to no act.
    """
    numbers = [each.case.number for each in meant]
    case_choice.offer_cases(inbound, _to_command(inbound, step), numbers, words=say.choose_case)
    return "talk.which"


def confirm(inbound: InboundMessage, step: PlannedStep, meant: Candidate) -> str:
    """Ask whether this case is meant, with a button for yes and one for no; returns a slug."""
    case = inbound.session.get_one(Case, meant.case.id)
    command = _to_command(inbound, step).replace(marks.BLANK_NUMBER, case.number)
    question = say.is_this_meant(spoken_answers.view_case(inbound, meant))
    confirmations.show_preview(inbound, question, quoted=marks.case_mark(case.number), command=command)
    return "talk.ask_meant"


def offer(inbound: InboundMessage, step: PlannedStep, meant: Sequence[Candidate]) -> str:
    """Ask before a unit gives back a case that it did not name: it can do so once, words are soon said.

    Returns a slug. Raises ValueError where the step comes to no act.
    """
    if len(meant) > 1:
        unit = _name_suggested(inbound, None)
        numbers = [each.case.number for each in meant]
        command = _to_command(inbound, step, suggested=unit)
        case_choice.offer_cases(inbound, command, numbers, words=partial(say.choose_returned, unit))
        return "talk.which"
    case = inbound.session.get_one(Case, meant[0].case.id)
    unit = _name_suggested(inbound, case.unit_id)
    command = _to_command(inbound, step, suggested=unit).replace(marks.BLANK_NUMBER, case.number)
    seen = spoken_answers.view_case(inbound, meant[0])
    question = say.may_be_returned(seen, unit, in_private=inbound.in_private)
    confirmations.show_preview(inbound, question, quoted=marks.case_mark(case.number), command=command)
    return "talk.ask_return"


def _name_suggested(inbound: InboundMessage, own_unit: int | None) -> str:
    """The unit that the words name, as a command takes it; "" where they name none but their own."""
    own = own_unit if own_unit is not None else inbound.chat.unit_id
    unit = find_spoken_unit(inbound.session, inbound.incoming.text, but=own)
    return unit.display_name if unit is not None else ""


def _to_command(inbound: InboundMessage, step: PlannedStep, *, suggested: str = "") -> str:
    """What was said as the command it comes to, with a blank for the number; `suggested`: a unit's name."""
    unit = find_spoken_unit(inbound.session, inbound.incoming.text) if step.detail == "unit" else None
    said = unit.display_name if unit is not None else inbound.incoming.text.strip()
    verb = f"/{planned_acts.require_act(step).verb}"
    parts = (verb, marks.BLANK_NUMBER, _TYPED.get(step.detail, ""), said, suggested)
    return " ".join(part for part in parts if part)
