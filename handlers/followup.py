"""A reply to a push: the quote names the case, the words say what is meant.

Nobody needs a command here. A handler's 「已清理」 with a photo is feedback, 「还在等配件」 is
progress; a grid officer's 「水龙头坏了已换」 solves it; a reporter's 「没修好」 rates it.
"""

import re

from handlers import smalltalk
from handlers.arrivals import Arrival
from handlers.commands import arguments, finding, running
from handlers.permission import may
from handlers.refusals import Refused
from handlers.triage import chatter
from handlers.views import view
from handlers.wording import talk
from models.cases import Case
from models.workflow import ACTS, Act, Status

_NOT_DONE = re.compile(r"(没|未|不|还要|准备|正在|等待?|马上|计划|明天|尽快|需要)[^，。；,;]{0,6}$")
_DONE = re.compile(
    r"(已经?|都|全部|现场)?(清理|清运|清掉|处理|修好|修复|维修|换好|更换|换了|已换|解决|完成|整改|拆除|搬走|移走"
    r"|疏通|恢复|扑灭|劝离|弄好|搞定|办好|办结|调解|达成)(好|完|了|完毕|到位|完成|干净|一致|供水|供电|通行)?"
)


def says_done(text: str) -> bool:
    """Whether the words say that the work is done, and not that it is still to do."""
    return any(not _NOT_DONE.search(text[: match.start()]) for match in _DONE.finditer(text))


def follow(arrival: Arrival, number: str) -> str:
    """Do what a reply to a case's push means. Answers with a slug of what came of it."""
    try:
        case = finding.case_of(arrival, number)
        if (command := running.bare_command_of(arrival)) is not None:
            return running.run(arrival, command)
        act, rest = _meant(arrival, case)
        if act is None:
            return _asked(arrival, case)
        running.perform(arrival, act, case, rest)
    except Refused as refused:
        arrival.answer(refused.sentence)
        return f"refused.{refused.slug}"
    return f"act.{act.key}"


def _meant(arrival: Arrival, case: Case) -> tuple[Act | None, str]:
    """The act that these words, from this person, on this case, amount to; None: just a question."""
    text = arrival.incoming.text
    if not arrival.attachments and chatter.kind(text, arrival.facts()) in ("progress", "thanks", "greeting"):
        return None, ""
    for key in _likely(arrival, case, text):
        if Status(case.status) in ACTS[key].before and may(arrival.session, ACTS[key], arrival.actor, case):
            return ACTS[key], text
    return ACTS["add"], text


def _likely(arrival: Arrival, case: Case, text: str) -> list[str]:
    answered = arguments.answer(text)
    done = says_done(text) or (not text and bool(arrival.attachments))
    likely = ["rate"] if answered is not None else []
    if answered is not None and not answered.solved and arrival.person.id == case.reporter_id:
        likely.append("reopen")
    likely += ["feedback", "solve_in_grid"] if done else []
    return [*likely, "progress"]


def _asked(arrival: Arrival, case: Case) -> str:
    """A question after this case, thanks, a greeting."""
    kind = chatter.kind(arrival.incoming.text, arrival.facts())
    if kind != "progress":
        return smalltalk.answer(arrival, kind)
    arrival.answer(talk.status(view(arrival.session, case, arrival.office, now=arrival.now)), case=case)
    return "talk.progress"
