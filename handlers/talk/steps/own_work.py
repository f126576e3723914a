"""What a grid officer found and put right at once: a case of it all the same, solved as it is opened.

3栋楼道灯不亮，我自己换好了 ──> report, and the act of a result on it
楼道灯那个我换好了          ──> of a case that is open already: `planning` finds that
"""

import re
from dataclasses import replace

from handlers.cases.context import ActInput
from handlers.chat.inbound import InboundMessage
from handlers.commands import run
from handlers.intake.open_reports import find_open_report
from handlers.intake.reports import messages
from handlers.talk.dialogue import plan_steps
from handlers.talk.referents import SAME_MATTER
from handlers.talk.situation import Side, Situation
from handlers.talk.steps import planned_acts
from handlers.talk.understanding import Interpretation
from models.cases import Case

_SELF = re.compile(
    "自办|自己[换修弄清扫搬补装劝拆收处]|我(?:们)?(?:网格)?(?:带人|上门|顺手|当场|现场|自己|已经?)|网格(?:里|内)?自己"
)
"""What says that they did it themselves."""
_VERB = "自办"
_RESULT = frozenset({"solved", "done_weak"})


def record(inbound: InboundMessage, situation: Situation, read: Interpretation) -> str | None:
    """Open a case of the work and hand in its result; returns a slug. None: it is no such work."""
    if not _is_own_work(inbound, situation, read):
        return None
    result = messages.receive_message(inbound, explicit=True, joins=False, understood=read.understood)
    report = find_open_report(inbound.session, inbound.chat, inbound.person)
    case = inbound.session.get(Case, report.case_id) if report is not None and report.case_id else None
    if case is None:
        return result
    steps = plan_steps(inbound.env.classifier.pack.dialogue.plan, "finish", case.status)
    if not steps:
        return result
    said = replace(inbound, part="own:", is_stored=True)
    words = inbound.incoming.text.strip().removeprefix(_VERB).lstrip("：:，, ")
    return run.perform_said(said, planned_acts.require_act(steps[0]), case, ActInput(text=words))


def _is_own_work(inbound: InboundMessage, situation: Situation, read: Interpretation) -> bool:
    text = inbound.incoming.text
    is_grid = situation.sides[0] is Side.GRID and situation.is_spoken_to and not situation.named
    if not is_grid or read.triage.urgent or not read.place or text.strip().endswith(("?", "？")):
        return False
    if _SELF.search(text) is None or _RESULT.isdisjoint(read.sign_names):
        return False
    if any(each.matter >= SAME_MATTER and each.place >= 0 for each in read.at_work):
        return False
    return read.triage.class_id in inbound.env.classifier.list_spoken_classes(text, inbound.facts())
