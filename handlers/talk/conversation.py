"""One message as part of a conversation: what it does there, which case it means, and what is done.

danger            never waits: it is a report of its own, whatever was said before
named             a case is quoted or numbered: it is meant
own cases, tasks  what the words are about, and where each case stands
new report        what names another matter or another place
nothing fits      left to intake, which asks, answers, or stays silent
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from handlers.cases.context import ActInput
from handlers.chat import pending_input
from handlers.chat.inbound import InboundMessage
from handlers.commands import run
from handlers.environment.spoken_units import list_unit_orders
from handlers.errors import Refused
from handlers.intake import spots
from handlers.intake.reports import messages
from handlers.talk import courtesy, signs, unfitting, utterances
from handlers.talk.explanation import explain_reading
from handlers.talk.message_parts import has_verdict, part_of, reports_another, split_message, words_of
from handlers.talk.planning import PlannedSteps, plan_reading
from handlers.talk.situation import Side, Situation, list_number_starts, look_up
from handlers.talk.steps import beside_danger, own_work, plan_execution, work_words, worsening
from handlers.talk.understanding import (
    Interpretation,
    find_only_case,
    leans_to_matter,
    stated_place,
    understand,
)
from handlers.triage.rules.class_table import is_akin
from handlers.triage.types import Triage
from models import deferred_insert
from models.cases import Case
from models.understandings import Understanding
from models.workflow import ActField, find_act_requiring

_MEANT = frozenset({"accuses", "confides", "confides_other", "misconduct", "means_other"})
"""Who says this to the bot reports it, whatever the rules make of the words."""
_TIPS = frozenset({"plots"})
"""What others are about to do: said to the bot it is a report, said to the neighbours it is talk."""
_VERDICTS_OF_DESK = frozenset({"passed", "failed"})
_SINGLE_QUESTIONS = frozenset({"status", "today", "overdue"})
"""What may be asked beside something else in one message."""
_MANNERS = frozenset({"praise", "courtesy"})
"""What is said to the others, and is no piece of a report: 谢谢小秦提醒."""
_BELONGS_TO_MATTER = frozenset({"urges", "unsolved", "worse", "again", "detail"})
"""Signs that words belong to the matter before, though they name neither thing nor place: 好几天了."""
_ASKS = re.compile("[?？几吗么]|什么|哪")
_MERGING = find_act_requiring(ActField.PARENT)
_NOT_SAME = re.compile("不是(?:一回事|一件|同一)|不用并|别并|莫并|不要并|还以为|看岔|不用合|不能并")
_SAME = re.compile("一回事|(?:是|算)(?:同)?一件|同一件|并了|并案|合并|并[到进入在]|合[成到]一")
"""How it is said that two cases are one."""
_TO_REPORTERS = re.compile(
    r"(?:把[一-鿿]{1,10}?)?(?:给|跟|向|告诉|通知|转告)(?:反映|报|投诉|问)([一-鿿]{2,8}?)的"
    r"(?:[几各](?:位|户|家|个)|那几(?:位|户|家|个)|人|群众|居民|街坊|住户)?(?:都|统一)?"
    r"(?:(?:发个?通知|发条?消息|说一声|讲一声|说一下|告知一声|回个话|回一声)[：:，,\s]{1,2}|[：:]\s?)(.{4,})",
    re.DOTALL,
)
"""How a desk says that all who reported a matter are to hear something."""
_POINTS_AT = re.compile("[那这](?:件|个|条|单|起|边|处|家|户)")
"""How a case is pointed at that has been spoken of: 3栋那件."""
_BEFORE_UNIT = re.compile(
    "(?!也|再|同时|另外|然后|顺便|请|让|叫|有问题|注意)([^，。！？；,\\s]{2,14}?)"
    "(?:(?:的|那个|这个|那件|这件)(?:让|给|交|派|转|叫|请|由|归)?|让|给|交|派|转|叫|请|由|归)"
)
"""How an order begins that says of what it is: 红绿灯的让交警去."""
_LISTED_SUBJECTS = re.compile(
    "([^，。！？；,\\s给交派转让]{2,12}(?:[、和跟与][^，。！？；,\\s、和跟与给交派转让]{2,12}){1,4}?)((?:这[两三四几]件)?(?:都|一起|全)?(?:给|交给?|派给?|转给?|让).+)"
)
_SUBJECT_MARK = re.compile("[、和跟与]")
_FEW = 5
"""Characters that are no matter of their own beside one that was just told."""
_BESIDE_PLACE = 2
"""Characters beside a place that still make it nothing but a place: 在望仙路."""
_LIES_AT = re.compile(
    "[这那](?:个|条|栋|边|里|家)(?:(?:楼道|楼梯间?|地下室|车库|院子|巷子|小区)?(?:里面?|里头)?|[一-鿿]{1,4}的)"
)
"""What may stand behind the name and say no more than where, or who: 菜场那个卖鱼的."""


def receive_words(inbound: InboundMessage) -> str:
    """Take a message that is neither command nor click nor quote; returns a slug of what came of it."""
    situation = look_up(inbound)
    if inbound.may_answer_unasked and (done := _finish_begun(inbound)) is not None:
        return done
    if (merged := _merge_named(inbound, situation)) is not None:
        return merged
    if (drafted := _tell_reporters(inbound, situation)) is not None:
        return drafted
    orders = _split_orders(inbound, situation)
    if len(orders) > 1:
        return _receive_orders(inbound, orders)
    if len(questions := _split_questions(inbound, situation)) > 1:
        return _receive_parts(inbound, situation, questions)
    is_reporter = situation.sides[0] is Side.REPORTER
    is_told = situation.is_spoken_to or utterances.counts_problems(inbound.incoming.text)
    parts = split_message(inbound, situation) if is_told and is_reporter else []
    if len(parts) < 2:
        return _receive_part(inbound, situation)
    return _receive_parts(inbound, situation, parts)


def _receive_parts(inbound: InboundMessage, situation: Situation, parts: Sequence[str]) -> str:
    """Take each part of a message as if only that had been said."""
    slugs = [
        _receive_part(part_of(inbound, text, number), situation, alone=False)
        for number, text in enumerate(parts)
    ]
    return slugs[0]


def _tell_reporters(inbound: InboundMessage, situation: Situation) -> str | None:
    """Draft what all who reported a matter are to hear: 给反映停水的发个通知：三点来水. None: nothing."""
    said = _TO_REPORTERS.match(inbound.incoming.text.strip())
    is_desk = situation.sides[0] is Side.DESK and situation.is_spoken_to and not situation.named
    if said is None or not is_desk:
        return None
    return run.run_command(inbound, run.parse_text(f"/告知 {said[1]} {said[2]}"))


def _merge_named(inbound: InboundMessage, situation: Situation) -> str | None:
    """Join two cases that a desk says are one: 0020跟0004是一回事，并了. None: it says no such thing."""
    is_desk = situation.sides[0] is Side.DESK and situation.is_spoken_to
    text = inbound.incoming.text
    if not is_desk or len(situation.named) != 2 or not _SAME.search(text) or _NOT_SAME.search(text):
        return None
    older, newer = (inbound.session.get_one(Case, case_id) for case_id in sorted(situation.named))
    try:
        return run.perform_said(inbound, _MERGING, newer, ActInput(parent=older))
    except Refused as refused:
        inbound.reply(refused.sentence)
        return f"refused.{refused.slug}"


def _split_orders(inbound: InboundMessage, situation: Situation) -> Sequence[str]:
    """What is said of several cases, each part with the case it names; fewer than two: of one.

    0004给城管局，0005给公安局; of a reporter, 0004亮了，0005还堵着; of a desk, 0004给城管局，3栋那件给公安局.
    """
    text = inbound.incoming.text
    parts = utterances.split_by_number(text, list_number_starts(text)) if len(situation.named) > 1 else []
    if situation.sides[0] is Side.REPORTER:
        return parts if all(has_verdict(inbound, part) for part in parts) else ()
    if parts:
        return parts
    if situation.sides[0] is not Side.DESK:
        return ()
    clauses = utterances.split_clauses(text)
    orders = [clause for clause in clauses if list_unit_orders(inbound.session, [clause])]
    if len(orders) == 1 == len(clauses):
        return _split_subjects(inbound, situation, text)
    return _split_by_subject(inbound, situation, orders)


def _split_by_subject(inbound: InboundMessage, situation: Situation, orders: Sequence[str]) -> Sequence[str]:
    """The parts of a desk's message that each give a matter of its own to a unit; none where they do not.

    红绿灯的让交警去，水管给水务: each is done on its own case; where none is found it is asked for.
    """
    text = inbound.incoming.text
    meant = [_find_ordered_case(inbound, situation, order) for order in orders]
    known = {each for each in meant if each is not None}
    if None in meant and not (known and all(_names_subject(inbound, order) for order in orders)):
        return ()
    if len(known) < len([each for each in meant if each is not None]):
        return ()
    return utterances.cut(text, [text.index(order) for order in orders])


def _split_subjects(inbound: InboundMessage, situation: Situation, text: str) -> Sequence[str]:
    """An order for each of several matters that are listed before their unit: 黄海路、张謇大道给城管局."""
    listed = _LISTED_SUBJECTS.match(text)
    if listed is None:
        return ()
    orders = [f"{subject}{listed[2]}" for subject in _SUBJECT_MARK.split(listed[1])]
    meant = [_find_ordered_case(inbound, situation, order) for order in orders]
    return orders if None not in meant and len(set(meant)) == len(orders) else ()


def _names_subject(inbound: InboundMessage, order: str) -> bool:
    """Whether an order says of what matter or place it is, before it names the unit."""
    subject = _BEFORE_UNIT.match(order)
    if subject is None:
        return False
    classifier, facts = inbound.env.classifier, inbound.facts()
    is_placed = bool(stated_place(classifier.triage(subject[1], facts=facts)))
    return is_placed or bool(classifier.list_spoken_classes(subject[1], facts))


def _split_questions(inbound: InboundMessage, situation: Situation) -> Sequence[str]:
    """The clauses of a desk that ask for different things; fewer than two where they ask for one.

    上午收了多少件？塌坑处置到哪一步了 asks for figures and for a state. What the table answers together
    (没办完的和超时的) is one question.
    """
    clauses = utterances.split_clauses(inbound.incoming.text)
    if situation.sides[0] is not Side.DESK or not situation.is_spoken_to or len(clauses) < 2:
        return ()
    if _find_question(inbound, situation, inbound.incoming.text) not in _SINGLE_QUESTIONS:
        return ()
    by_detail: dict[str, str] = {}
    for clause in clauses:
        if (detail := _find_question(inbound, situation, clause)) in _SINGLE_QUESTIONS:
            by_detail.setdefault(detail, clause)
    return list(by_detail.values())


def _find_question(inbound: InboundMessage, situation: Situation, text: str) -> str:
    """What the table answers to these words: `status`, `today`; "" where they ask for nothing."""
    words = replace(words_of(inbound), text=text)
    read = understand(words, situation, inbound.env.classifier)
    planned = plan_reading(read, situation, inbound.env.classifier.pack.dialogue)
    steps = planned.steps if planned is not None else ()
    return steps[0].detail if steps and steps[0].verb == "answer" else ""


def _find_ordered_case(inbound: InboundMessage, situation: Situation, order: str) -> int | None:
    """The id of the case that one order of a desk names by its number, its matter or its place."""
    if situation.named and list_number_starts(order):
        return situation.named[0]
    if not (_POINTS_AT.search(order) or _BEFORE_UNIT.match(order)):
        return None
    words, classifier = words_of(inbound), inbound.env.classifier
    place = stated_place(classifier.triage(order, facts=words.facts))
    return find_only_case(order, words, situation, classifier, place=place)


def _receive_orders(inbound: InboundMessage, orders: Sequence[str]) -> str:
    """Take each order of a message on the case it names: 0004给城管局，0005给公安局."""
    whole = utterances.complete_orders(orders, lambda order: _name_ordered_unit(inbound, order))
    said = [part_of(inbound, text, number) for number, text in enumerate(whole)]
    slugs = [_receive_part(one, look_up(one), alone=False) for one in said]
    return slugs[0]


def _name_ordered_unit(inbound: InboundMessage, order: str) -> str:
    orders = list_unit_orders(inbound.session, utterances.split_clauses(order))
    return orders[0].unit.display_name if orders else ""


def _finish_begun(inbound: InboundMessage) -> str | None:
    """Take the words for the act that a button began; None: there is none, or they are something else."""
    begun = pending_input.find_begun(inbound)
    if begun is None or courtesy.is_courtesy(inbound.incoming.text):
        return None
    triage = inbound.env.classifier.triage(inbound.incoming.text, facts=inbound.facts())
    if triage.risk is not None or (triage.report and (triage.urgent or not triage.missing)):
        return None
    return pending_input.finish_begun(inbound, begun, run.run_again)


def reply_to_case(inbound: InboundMessage, quoted: Case) -> str | None:
    """Do what a message means that quotes a push of this case. None: its words tell nothing of that."""
    situation = look_up(inbound, quoted=quoted)
    parts = utterances.split_problems(inbound.incoming.text)
    if len(parts) > 1 and reports_another(inbound, parts[-1]):
        result = reply_to_case(part_of(inbound, "".join(parts[:-1]), 0), quoted)
        said = part_of(replace(inbound, incoming=replace(inbound.incoming, quote=())), parts[-1], 1)
        messages.receive_message(said, explicit=True, joins=False)
        return result
    read = understand(words_of(inbound), situation, inbound.env.classifier)
    done = _carry_out(inbound, situation, read)
    if done is None and _is_bare_verdict(inbound, situation, read):
        return unfitting.answer_staff(inbound, situation)
    return done


def reply_as_witness(inbound: InboundMessage, quoted: Case) -> str | None:
    """Take what somebody says of a case that another person reported in this group, and that they quote.

    None: they tell nothing of it that they saw.
    """
    situation = look_up(inbound, quoted=quoted)
    read = understand(words_of(inbound), situation, inbound.env.classifier)
    if read.act is None or read.act.act != "witness":
        return None
    return _carry_out(inbound, situation, read)


def _is_bare_verdict(inbound: InboundMessage, situation: Situation, read: Interpretation) -> bool:
    """Whether a desk only says 通过 of a case that has no result to pass: that is no note on it."""
    says_it = not _VERDICTS_OF_DESK.isdisjoint(read.sign_names)
    is_bare = len(inbound.incoming.text.strip()) <= _FEW and not inbound.has_files
    return situation.sides[0] is Side.DESK and says_it and is_bare


def tells_it_is_worse(inbound: InboundMessage, own: Triage, quoted: Case) -> bool:
    """Whether the words press for what they quote, or say that it is worse: 裂缝比昨天宽了.

    They name its matter and no other place; 着火了，快来 under a lamp is a cry of its own.
    """
    heard = signs.finder_of(inbound.env.classifier.pack).find(inbound.incoming.text)
    if stated_place(own) or {"worse", "urges"}.isdisjoint({sign.name for sign in heard}):
        return False
    spoken = inbound.env.classifier.list_spoken_classes(inbound.incoming.text, inbound.facts())
    return is_akin(own.class_id, quoted.class_id) or quoted.class_id in spoken


def _receive_part(inbound: InboundMessage, situation: Situation, *, alone: bool = True) -> str:
    read = understand(words_of(inbound), situation, inbound.env.classifier)
    if _is_of_unknown(situation, read):
        return unfitting.answer_staff(inbound, situation)
    if _asks_of_others(situation, read):
        return unfitting.answer(inbound, read, situation)
    done = (
        own_work.record(inbound, situation, read)
        or worsening.record(inbound, situation, read)
        or _carry_out(inbound, situation, read)
    )
    if done is not None:
        return done
    if (added := beside_danger.add(inbound, situation, read, alone=alone)) is not None:
        return added
    if situation.sides[0] is not Side.REPORTER:
        answered = work_words.answer(inbound, situation, read)
        if answered is not None:
            return answered
    if not situation.is_spoken_to and read.act is not None and read.act.act in _MANNERS:
        return "talk.chatter"
    if inbound.is_place_only or _is_bare_place(inbound, situation, read):
        spoken_to, understood = inbound.is_spoken_to, read.understood
        return messages.receive_message(inbound, explicit=spoken_to, only_place=True, understood=understood)
    if _adds_nothing(inbound, situation, read):
        return unfitting.answer(inbound, read, situation) if situation.is_spoken_to else "talk.chatter"
    meant = _MEANT | _TIPS if situation.is_spoken_to else _MEANT
    is_explicit = read.act is not None and read.act.act == "new" and bool(read.because & meant)
    joins = _joins_report(read, situation, alone=alone)
    return messages.receive_message(inbound, explicit=is_explicit, joins=joins, understood=read.understood)


def _asks_of_others(situation: Situation, read: Interpretation) -> bool:
    """Whether it only asks how a matter stands that others reported: 小秦前头报的那个坑有人去弄了没得.

    Of what can be told here the table answers, and who has cases of their own speaks of those.
    """
    is_reporter = situation.sides[0] is Side.REPORTER and situation.is_spoken_to
    is_danger = read.triage.urgent or read.triage.risk is not None
    asks = is_reporter and not is_danger and {"told_by_others", "asks_state"} <= read.sign_names
    return asks and not read.candidates


def _is_of_unknown(situation: Situation, read: Interpretation) -> bool:
    """Whether the words are of a case that whoever speaks cannot see: it is never taken for another one."""
    is_reported = situation.sides[0] is Side.REPORTER and (read.is_report or read.triage.secret)
    return situation.names_unknown and not read.triage.urgent and not is_reported


def _is_bare_place(inbound: InboundMessage, situation: Situation, read: Interpretation) -> bool:
    """Whether somebody begins by saying where, and what is the matter is still to come."""
    if not situation.is_spoken_to or situation.sides[0] is not Side.REPORTER:
        return False
    text = inbound.incoming.text.strip()
    is_new = not situation.has_open_report and read.act is None
    if is_new and spots.says_only_where(text) and not (read.triage.report or read.triage.urgent):
        return True
    if not read.place or read.triage.report or _is_awaited(read, situation):
        return False
    is_alone = len(text) - len(read.place) <= _BESIDE_PLACE and not read.is_report
    return is_alone or _LIES_AT.fullmatch(text.partition(read.place)[2]) is not None


def _is_awaited(read: Interpretation, situation: Situation) -> bool:
    """Whether a place is what the person was asked for, or their last report lacks."""
    is_of_case = read.act is not None and read.act.act != "new"
    return situation.is_asked or situation.open_report_case is not None or is_of_case


def _joins_report(read: Interpretation, situation: Situation, *, alone: bool) -> bool | None:
    """Whether the words are a piece of the report before, or one of their own; None: intake decides."""
    if "another" in read.sign_names or "means_other" in read.because:
        return False  # 再讲一个; 我说的是停水 不是狗
    if read.triage.urgent and any(
        case.id == situation.open_report_case and not case.is_urgent for case in situation.cases
    ):
        return None  # 密码我都填了, after a link that was only asked about
    if read.act is not None and (read.act.act == "detail" or _nearly_hurt(read)):
        return True
    return False if read.names_another or not alone else None


def _nearly_hurt(read: Interpretation) -> bool:
    """Whether somebody goes on to say that what they reported nearly hurt them, and names nothing else.

    晚上没灯 我差点连人带车栽进去, seconds after a ditch in the road.
    """
    is_elsewhere = bool(read.place) or read.triage.risk is not None
    return not is_elsewhere and "near_miss" in read.sign_names and {"hint", "placeless_open"} <= read.because


def _adds_nothing(inbound: InboundMessage, situation: Situation, read: Interpretation) -> bool:
    """Whether the words report nothing, and add nothing to the report before: they must not join it."""
    if inbound.has_files or inbound.lost or inbound.incoming.point is not None:
        return False
    if read.is_report or read.triage.kind != "chatter" or read.act is not None:
        return False
    if read.triage.urgent and not situation.has_open_report and "idle" not in read.sign_names:
        return False  # 电梯卡到起了: who is in it is told next
    if situation.is_asked or (situation.is_in_danger and inbound.in_private):
        return False  # 是工行转的, after a fraud told to the bot alone
    if not situation.has_open_report or situation.open_report_case is not None:
        return True
    # The report before still waits for what belongs to it.
    if spots.says_only_where(inbound.incoming.text):
        return False
    if read.place or not _BELONGS_TO_MATTER.isdisjoint(read.sign_names):
        return False
    if leans_to_matter(read.triage) and not _ASKS.search(inbound.incoming.text):
        return False
    return not inbound.env.classifier.list_spoken_classes(inbound.incoming.text, inbound.facts())


def _carry_out(inbound: InboundMessage, situation: Situation, read: Interpretation) -> str | None:
    planned = plan_reading(read, situation, inbound.env.classifier.pack.dialogue)
    if situation.is_spoken_to or read.act is not None or read.is_report:
        _keep_understanding(inbound, read, planned)
    if planned is None:
        return None
    if situation.sides[0] is not Side.REPORTER and situation.is_spoken_to:
        unfitting.answer_left_out(inbound, situation, {each.case.id for each in planned.meant})
    try:
        return plan_execution.carry_out(inbound, read, planned)
    except Refused as refused:
        inbound.reply(refused.sentence)
        return f"refused.{refused.slug}"


def _keep_understanding(inbound: InboundMessage, read: Interpretation, planned: PlannedSteps | None) -> None:
    """Keep why this is done, for whoever asks afterwards (`gridbot talk show`)."""
    meant = planned.meant if planned is not None else ()
    row = {
        "inbox_id": inbound.inbox_id,
        "act": read.act.act if read.act is not None else None,
        "case_id": meant[0].case.id if len(meant) == 1 else None,
        "reasons": explain_reading(read, planned),
    }
    deferred_insert.defer_insert(inbound.session, Understanding, row)
