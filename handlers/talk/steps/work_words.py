"""What somebody at work says that came to no act: told to the case it is of, or answered."""

import re
from collections.abc import Sequence

from handlers.chat.inbound import InboundMessage
from handlers.environment.spoken_units import list_unit_orders
from handlers.talk import dialogue, referents, unfitting, utterances
from handlers.talk.planning import PlannedSteps
from handlers.talk.referents import SAME_MATTER, Candidate
from handlers.talk.situation import Side, Situation
from handlers.talk.steps import plan_execution
from handlers.talk.understanding import Interpretation
from models.workflow import OPEN

_REPORTS = re.compile("上报|报一个|报个|反映|接报|接到|代[^，。]{0,8}报|有人报|来电")
"""How somebody at work says that they report something new."""
_AT_WORK = re.compile(
    "(?:已经?|正在|马上|现在|这就)(?:派|安排|通知|联系|出发|出动|赶往|赶去|过去|抢修|处置|处理|调试)"
    "|派(?:了)?(?:人|车|队|师傅)|人在哪|我们离|我们(?:队|车|人)"
)
"""How a unit tells of its work, or asks for what it needs to begin."""
_OF_DESK_ALONE = re.compile("核[查验]|办结|结案|别结|不能结|分类|类别|合并|并案|同一件|误报")
_OF_DESK = re.compile("通过|同意|退回|写个|写份|写一份|照片呢|重新发|弄错|不用去|标成|撤[了掉]")
"""What a desk says of a case that is there, and nobody who reports; the first whatever else it names."""
_TOLD = re.compile("[了过吗?？]|没|为什么|怎么")
"""How something is told or asked, and not ordered."""


def answer(inbound: InboundMessage, situation: Situation, read: Interpretation) -> str | None:
    """Answer somebody at work whose words came to no act; None: they report something."""
    if situation.named and not read.triage.urgent:
        return unfitting.answer_staff(inbound, situation)
    if (taken := _take_at_work(inbound, situation, read)) is not None:
        return taken
    if situation.sides[0] is Side.UNIT and situation.is_spoken_to and _is_of_work(read):
        return unfitting.answer_unknown_task(inbound)
    if _is_of_known_case(situation, read):
        return unfitting.answer_unclear(inbound, [each.case.id for each in read.at_work if each.matter > 0])
    is_caption = situation.sides[0] is Side.GRID and not situation.is_spoken_to and inbound.full_text
    if read.is_report or (inbound.has_files and not is_caption):
        return None
    return unfitting.answer_order(inbound, read, situation)


def _is_of_known_case(situation: Situation, read: Interpretation) -> bool:
    """Whether a desk speaks of a case that is there, and reports nothing: 东四路这个先别结，打电话问问."""
    text = read.understood.text
    if situation.sides[0] is not Side.DESK or not situation.is_spoken_to or _REPORTS.search(text):
        return False
    is_known = any(each.matter >= SAME_MATTER or each.place > 0 for each in read.at_work)
    return _OF_DESK_ALONE.search(text) is not None or (is_known and _OF_DESK.search(text) is not None)


def _is_of_work(read: Interpretation) -> bool:
    """Whether a unit tells of its work, and reports nothing: 3栋阀门没开够，已派人去调."""
    text = read.understood.text
    return _AT_WORK.search(text) is not None and not _REPORTS.search(text)


def _take_at_work(inbound: InboundMessage, situation: Situation, read: Interpretation) -> str | None:
    """Take what somebody at work says of a case and no act fits: a note, which its reporter does not read.

    None: they name none of their cases, or say that they report something.
    """
    side, text = situation.sides[0], inbound.incoming.text
    if side is Side.GRID or not situation.is_spoken_to or situation.named or _REPORTS.search(text):
        return None
    spoken_of = [each for each in read.at_work if each.matter or each.place > 0]
    if not spoken_of and len(read.at_work) == 1 and read.tells_of_scene:
        spoken_of = list(read.at_work)  # 人有呼吸了，120接走了, of the only task there is
    meant = referents.choose(spoken_of, None, recent=False)
    if len(meant) == 1 and side is Side.UNIT:
        plan = inbound.env.classifier.pack.dialogue.plan
        steps = dialogue.plan_steps(plan, "note", meant[0].case.status)
        return plan_execution.carry_out(inbound, read, PlannedSteps(meant, steps)) if steps else None
    if side is Side.DESK and list_unit_orders(inbound.session, utterances.split_clauses(text)):
        return _give_as_ordered(inbound, read, meant) or unfitting.ask_number(inbound)
    return None


def _give_as_ordered(inbound: InboundMessage, read: Interpretation, meant: Sequence[Candidate]) -> str | None:
    """Do what a desk orders a unit to do of the one case whose matter and place it names.

    石回路树枝这个，应急分队先去拉线. None: it is not clear which case, or nothing is ordered.
    """
    if len(meant) != 1 or not meant[0].matter or _TOLD.search(inbound.incoming.text):
        return None
    if meant[0].place <= 0 and not _is_only_danger(read, meant[0]):
        return None
    planned = dialogue.plan_steps(inbound.env.classifier.pack.dialogue.plan, "give", meant[0].case.status)
    return plan_execution.carry_out(inbound, read, PlannedSteps(meant, planned)) if planned else None


def _is_only_danger(read: Interpretation, meant: Candidate) -> bool:
    """Whether it is the only danger there is of the matter that is named: 电梯困人的喊应急分队马上去."""
    same = [each for each in read.at_work if each.matter >= SAME_MATTER and each.case.status in OPEN]
    return meant.case.is_urgent and meant.place == 0 and [each.case.id for each in same] == [meant.case.id]
