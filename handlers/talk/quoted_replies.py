"""A reply to a push: the quote names the case, the words say what is meant.

Nobody needs a command here. A handler's 「已清理」 with a photo is feedback, 「还在等配件」 is
progress; a grid officer's 「水龙头坏了已换」 solves it; a reporter's 「没修好」 rates it.
"""

import re
from dataclasses import replace

from handlers.cases import merged, permissions, possible_acts
from handlers.cases.views import view_for
from handlers.chat import case_lookup, smalltalk
from handlers.chat.inbound import InboundMessage
from handlers.commands import arguments, desk_lines, run
from handlers.commands.parser import Command
from handlers.errors import NotFound, Refused
from handlers.intake import desk_lines as intake_lines
from handlers.intake import group_cases
from handlers.intake.reports import additions, messages
from handlers.talk import conversation, courtesy
from handlers.talk.steps import worsening
from handlers.triage.classify import intent
from handlers.wording import talk
from models.cases import Case
from models.workflow import ACTS, BY_WORD, OPEN, Act, Reply, Status

_NOT_DONE = re.compile(
    r"(没|未|不|还要|准备|正在|等待?|马上|计划|明天|尽快|需要|才?能|什么时候|何时|几点|几号|哪天|多久)[^，。；,;]{0,6}$"
)
# A verb alone (「派人去处理」) is a plan; done is what ends in 好, 完, 了… or begins with 已, 都.
_DONE = re.compile(
    r"(已经?|都|全部)(清理|清运|处理|修复|维修|更换|换|解决|完成|整改|拆除|疏通|恢复|扑灭|劝离|调解)"
    r"|(清理|清运|清|处理|修|修复|维修|换|更换|解决|完成|整改|拆除|搬|移|疏通|恢复|扑灭|劝离|弄|办|调解)"
    r"(好|完|了|走|掉|到位|干净|一致|供水|供电|通行|达成)|搞定|办结"
)
_ASKS_DONE = re.compile(r"(吗|没|没有|么|呢|？|\?)[\s。！!]*$")
_QUESTION = re.compile(
    r"怎么样|到哪|什么时候|多久|几时|"
    r"(受理|签收|交办|派单|处理|解决|修|办结|办|清理|清|换|好|来|进展|结果)[^，。；,;]{0,4}"
    r"(吗|没有|没|么|呢|？|\?)[\s？?。！!]*$"
)


_ANOTHER = re.compile(
    r"不是(同)?一(件|回|码)|不是同一|不是一起|是(另外?|两)一?(件|回)|不同的(事|问题)|弄错了|搞错了"
)
"""What reporters say when their case was joined to the wrong one."""
_A_REPORT = 4
"""Fewer characters from somebody asked to look at the place (「好的」) are no account of it."""


def says_done(text: str) -> bool:
    """Whether the words say that the work is done, and not that it is still to do."""
    if _ASKS_DONE.search(text):
        return False
    return any(not _NOT_DONE.search(text[: match.start()]) for match in _DONE.finditer(text))


def handle_reply(inbound: InboundMessage, number: str) -> str:
    """Do what a reply to a case's push means. Answers with a slug of what came of it.

    To who may not read the case it does not exist; what they report under its quote is their own case.
    """
    if desk_lines.is_line(inbound, number):
        return desk_lines.answer_quoted(inbound, number)
    try:
        case = case_lookup.find_case(inbound, number)
    except NotFound as refused:
        if (added := _add_as_neighbour(inbound, number)) is not None:
            return added
        if (opened := _receive_own_report(inbound)) is not None:
            return opened
        if _may_tell_the_desk(inbound):
            return intake_lines.hand_to_desk(inbound)
        inbound.reply(refused.sentence)
        return f"refused.{refused.slug}"
    except Refused as refused:
        inbound.reply(refused.sentence)
        return f"refused.{refused.slug}"
    cried = _receive_cry(inbound, case)
    return cried if cried is not None else _handle_reply_to_case(inbound, case)


def _receive_cry(inbound: InboundMessage, case: Case) -> str | None:
    """A danger is a case of its own, whatever it quotes, and so is an accusation of officials or staff.

    None: there is neither, or it is the danger of the case.
    """
    if not inbound.asker.is_outsider:
        return None
    own = inbound.env.classifier.triage(inbound.incoming.text, facts=inbound.facts())
    if own.secret and not case.restricted and inbound.env.classifier.accuses(inbound.incoming.text):
        said = replace(inbound, incoming=replace(inbound.incoming, quote=()))
        return messages.receive_message(said, explicit=True, joins=False)
    if own.risk is None and (not (own.urgent and own.report) or own.class_id == case.class_id):
        return None
    if own.risk is None and conversation.tells_it_is_worse(inbound, own, case):
        return worsening.make_urgent(inbound, case) if _may_make_urgent(inbound, case) else None
    return messages.receive_message(
        replace(inbound, incoming=replace(inbound.incoming, quote=())), joins=False
    )


def _may_make_urgent(inbound: InboundMessage, case: Case) -> bool:
    is_under_way = case.status in OPEN and case.status not in (Status.SUBMITTED, Status.CALLBACK)
    return is_under_way and not case.urgent and additions.may_add(inbound, case)


def _may_tell_the_desk(inbound: InboundMessage) -> bool:
    """Whether somebody else who saw it speaks to the bot: a witness is passed on, and learns nothing."""
    text = inbound.incoming.text
    is_witness = inbound.asker.is_outsider and not courtesy.is_courtesy(text) and not _QUESTION.search(text)
    return is_witness and inbound.is_spoken_to


def _add_as_neighbour(inbound: InboundMessage, number: str) -> str | None:
    """Add what somebody else of the group saw of the case that they quote; None: it is another matter."""
    own = inbound.env.classifier.triage(inbound.incoming.text, facts=inbound.facts())
    if own.risk is not None or own.urgent or own.secret or own.anonymous:
        return None
    told_here = [case for case in group_cases.list_open_here(inbound) if case.number == number]
    return conversation.reply_as_witness(inbound, told_here[0]) if told_here else None


def _receive_own_report(inbound: InboundMessage) -> str | None:
    """What the words come to without what they quote; None where they report nothing."""
    own = inbound.env.classifier.triage(inbound.incoming.text, facts=inbound.facts())
    if not (own.report or own.urgent or own.risk is not None):
        return None
    said = replace(inbound, incoming=replace(inbound.incoming, quote=()))
    return messages.receive_message(said, explicit=True)


def _handle_reply_to_case(inbound: InboundMessage, case: Case) -> str:
    try:
        if case.status == Status.DUPLICATE and _ANOTHER.search(inbound.incoming.text):
            (split,) = _acts_of(Reply.NOT_SAME)
            run.perform_typed(inbound, split, case, inbound.incoming.text)
            return f"act.{split.key}"
        case = case_lookup.find_worked_on(inbound, case)
        command = run.parse_bare_command(inbound)
        if command is not None and _is_command_for(inbound, case, command):
            return run.run_command(inbound, command)
        if (result := conversation.reply_to_case(inbound, case)) is not None:
            return result
        if not inbound.evidence and _QUESTION.search(inbound.incoming.text):
            return _reply_status(inbound, case)
        act, rest = _find_act(inbound, case)
        if act is None:
            return _answer_question(inbound, case)
        run.perform_typed(inbound, act, _target(inbound, act, case), rest)
    except Refused as refused:
        inbound.reply(refused.sentence)
        return f"refused.{refused.slug}"
    return f"act.{act.key}"


def _is_command_for(inbound: InboundMessage, case: Case, command: Command) -> bool:
    """Whether the reply is that command, and not a sentence that happens to begin with its word."""
    act, text = BY_WORD[command.word], inbound.incoming.text.strip()
    if says_done(text[len(command.word) :]) and act.reply not in (Reply.DONE, Reply.SHARE_DONE):
        return False
    after = text[len(command.word) :]
    apart = not after or after[0].isspace() or after[0] in ":："
    if _is_possible(inbound, act, case):
        # 地点在工地东门, of who reported it, tells more of the place they named.
        return apart or not act.own_case_only or not permissions.is_own(inbound.session, inbound.actor, case)
    return apart and not says_done(text)


def _find_act(inbound: InboundMessage, case: Case) -> tuple[Act | None, str]:
    """The act that the words of this person on this case amount to, and the words for it; None: no act."""
    text = inbound.incoming.text
    if not inbound.evidence and intent.detect_kind(text, inbound.facts()) in (
        "progress",
        "thanks",
        "greeting",
    ):
        return None, ""
    for act in _acts_of(*_possible_replies(inbound, text)):
        if not _is_possible(inbound, act, case):
            continue
        if act.reply is not Reply.UNSOLVED or _is_reporter(inbound, act, _target(inbound, act, case)):
            return act, text
    (anything,) = _acts_of(Reply.OTHER)
    return anything, text


def _target(inbound: InboundMessage, act: Act, case: Case) -> Case:
    """The case the act is meant for: a joined one's reporter speaks on the result for their number only."""
    return merged.target_case(inbound.session, act, inbound.actor, case)


def _is_possible(inbound: InboundMessage, act: Act, case: Case) -> bool:
    """Whether the case allows the act now, and it is this person's."""
    target = _target(inbound, act, case)
    return possible_acts.allows(act, target) and merged.may_as_reporter(
        inbound.session, act, inbound.actor, target
    )


def _possible_replies(inbound: InboundMessage, text: str) -> list[Reply]:
    """What the words may amount to, the likeliest first, whoever says them."""
    answered = arguments.parse_rating(text)
    done = says_done(text) or (not text and bool(inbound.evidence))
    possible = {
        Reply.ACCOUNT: bool(inbound.evidence) or len(text) >= _A_REPORT,
        Reply.RATING: answered is not None,
        Reply.UNSOLVED: answered is not None and not answered.solved,
        Reply.DONE: done,
        Reply.SHARE_DONE: done,
        Reply.UPDATE: True,
    }
    return [reply for reply, may_be in possible.items() if may_be]


def _acts_of(*replies: Reply) -> list[Act]:
    """The acts for these kinds of reply, in the order of the kinds."""
    return [act for reply in replies for act in ACTS.values() if act.reply is reply]


def _is_reporter(inbound: InboundMessage, act: Act, case: Case) -> bool:
    """Whether this person acts as the reporter of the case, or of a case that was joined to it."""
    actor = merged.as_reporter(inbound.session, act, inbound.actor, case)
    return actor.is_follower or permissions.is_own(inbound.session, inbound.actor, case)


def _answer_question(inbound: InboundMessage, case: Case) -> str:
    """Answer a question about this case, thanks, or a greeting. Returns a slug."""
    kind = intent.detect_kind(inbound.incoming.text, inbound.facts())
    return _reply_status(inbound, case) if kind == "progress" else smalltalk.reply_to(inbound, kind)


def _reply_status(inbound: InboundMessage, case: Case) -> str:
    inbound.reply(
        talk.status(view_for(inbound.session, inbound.asker, case, inbound.env, now=inbound.now)), case=case
    )
    return "talk.progress"
