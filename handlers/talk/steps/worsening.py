"""What somebody reported turns into a danger, and they go on telling of it: their case becomes urgent.

天华路水管漏水  ──> 现在水越冒越大了，半条马路都淹了
东四路有棵树倒了 ──> 压到电线杆了，线都在晃

Another danger (着火了, under a lamp), or one at another place, is a case of its own.
"""

import re

from handlers import acts
from handlers.cases.actors import PROGRAM
from handlers.cases.context import ActInput
from handlers.chat.inbound import InboundMessage
from handlers.errors import Refused
from handlers.intake.reports import additions
from handlers.talk.referents import Candidate
from handlers.talk.situation import Side, Situation
from handlers.talk.understanding import Interpretation
from handlers.triage.types import Triage
from models.cases import Case
from models.workflow import OPEN, Condition, Status, find_act_with

_ACT = find_act_with(Condition.NOT_URGENT)
_UNDER_WAY = OPEN - {Status.SUBMITTED, Status.CALLBACK}
_WORSE = "worse"
_STRIKES = re.compile(
    "(?:现在|已经|正|都|还|又|快要?){0,2}(?:压|砸|撞|淹|漏|流|烧|刮|扯|挂|冲|滴|溅)(?:到|着|住|断|坏|倒|进|中)"
)
"""How words begin that say what it does, and leave out what: 压到电线杆了, of the tree that fell."""


def record(inbound: InboundMessage, situation: Situation, read: Interpretation) -> str | None:
    """Add the words to the case and make it urgent; returns a slug. None: they tell no such thing."""
    known = _find_case(situation, read)
    if known is None:
        return None
    case = inbound.session.get_one(Case, known.case.id)
    try:
        return make_urgent(inbound, case)
    except Refused as refused:
        inbound.reply(refused.sentence)
        return f"refused.{refused.slug}"


def make_urgent(inbound: InboundMessage, case: Case) -> str:
    """Add the message to the case, which the program then makes urgent; returns a slug. Raises Refused."""
    words = inbound.full_text
    additions.perform_addition(inbound, case, inbound.store(case_id=case.id), words)
    acts.perform(
        inbound.session, _ACT.key, case, PROGRAM, ActInput(text=words),
        env=inbound.env, now=inbound.now, origin=inbound.origin_of(_ACT.key), inbox_id=inbound.inbox_id,
    )  # fmt: skip
    return f"act.{_ACT.key}"


def _find_case(situation: Situation, read: Interpretation) -> Candidate | None:
    if not _tells_danger(read.triage) or situation.named:
        return None
    meant = [each for each in read.at_work if _turns_into(each, situation, read)]
    return meant[0] if len(meant) == 1 else None


def _tells_danger(triage: Triage) -> bool:
    """Whether it is a danger that may be told in any case: what is confided stays alone."""
    is_confided = triage.risk is not None or triage.secret or triage.anonymous
    return triage.urgent and triage.report and not is_confided


def _turns_into(each: Candidate, situation: Situation, read: Interpretation) -> bool:
    """Whether the danger of the words came of this case."""
    case = each.case
    is_own = case.side is Side.REPORTER and case.status in _UNDER_WAY and not case.is_urgent
    if not is_own or each.place < 0 or (read.place and not each.place):
        return False
    if _WORSE in read.sign_names and each.matter > 0:
        return True
    goes_on = _STRIKES.match(read.understood.text.strip()) is not None
    return goes_on and case.id == situation.open_report_case
