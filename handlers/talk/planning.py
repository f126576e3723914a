"""What a dialogue act comes to: the case that is meant and the steps the table plans for it; pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.talk import dialogue, referents
from handlers.talk.dialogue import DialogueAct, PlannedStep
from handlers.talk.referents import SAME_MATTER, Candidate
from handlers.talk.sayings.learned_signs import is_guessed, is_learned
from handlers.talk.situation import Side, Situation
from handlers.talk.understanding import Interpretation, tells_of_loss
from handlers.triage.rules.schema import DialogueRules
from handlers.triage.text.numbers import to_figures
from models.workflow import Status

_ALL = "all_of_them"
"""The sign that every case is meant: 两件都, 全部."""
_COUNTED = re.compile(
    "(?<![0-9一二三四五六七八九十第])([两二三四五2-5])[件个条单起处样](?!月|小时|钟|工作日|人|礼拜|星期)"
)
"""How many cases are meant."""
_ONE_OF_THEM = "one_of_them"
"""The sign that one of several is meant, and not which: 有一个不用来了."""
_JUST_NOW = "just_now"
"""The sign that what was reported last is meant: 刚才那个."""
_OVERHEARD = frozenset({"detail", "piece", "correct", "withdraw"})
"""What somebody may add to their own report without addressing the bot."""
_PIECES = frozenset({"detail", "piece", "correct"})
"""What answers the question what a report lacks, rather than adding to an older one."""
_LOOKS = frozenset(
    {
        "figures",
        "figures_list",
        "figures_month",
        "figures_hot",
        "list_unit",
        "list_unit_open",
        "list_open",
        "list_unassigned",
        "list_all",
        "list_due",
        "list_overdue",
        "list_dissatisfied",
    }
)
"""What asks for numbers and lists, and reports nothing."""
_DECISIONS = frozenset({"consent", "deny"})
"""What answers a request, and is said of no other case."""
_GOES_ON = frozenset({"progress", "to_come", "received", "unsolved", "partly"})
"""Signs that somebody of a unit goes on with a case."""
_NAMES_CASE = frozenset({"numbered", "photo"})
_RESULTS = frozenset({"confirm", "dispute", "again"})
_NAMES = 3
"""Points of a shared matter from which a case is named."""
_PLAIN = 8
"""Points from which it is plain what somebody says of a matter that they name."""
_TAKES_BACK = frozenset({"confirm", "withdraw"})
_ASKS_WHETHER = re.compile(r"(?<![好行成以要帮])(?:吗|么|不|没|啵)?[啊呀哦呢]?[?？][\s?？]*$")
"""How a question ends; 撤了好吗？ asks for it politely."""
_SILENT = frozenset({"courtesy", "witness"})
"""What nobody is answered who did not speak to the bot."""


@dataclass(frozen=True, slots=True)
class PlannedSteps:
    """What is to be done with which case."""

    meant: Sequence[Candidate]
    """Several: it is not clear which one."""
    steps: Sequence[PlannedStep]
    """In the order in which they are tried: the first that can be done is."""


def plan_act(act: DialogueAct, read: Interpretation, rules: DialogueRules) -> PlannedSteps:
    """What the table plans for the act of a message, on the case that is meant among its candidates."""
    states = dialogue.planned_states(rules.plan, act.act)
    candidates = [each for each in read.candidates if act.act not in _DECISIONS or each.case.is_requested]
    if "near_own" in read.because:
        candidates = [each for each in candidates if each.case.is_urgent] or candidates
    if "found_lost" in read.because:
        candidates = [each for each in candidates if tells_of_loss(each.case)] or candidates
    if "next_door" in read.because:
        same = [each for each in candidates if each.matter >= SAME_MATTER]
        candidates = [min(same, key=lambda each: each.case.id)] if same else candidates
    if act.side is Side.REPORTER and _JUST_NOW in read.sign_names:
        candidates = _keep_newest(candidates)
    if act.side is Side.UNIT and "signs_by_name" in read.because:
        candidates = _keep_unsigned(candidates)
    meant = referents.choose(
        candidates,
        None if states is None else [Status(state) for state in states],
        recent=act.recent and _ONE_OF_THEM not in read.sign_names and not _answers_result(act, candidates),
        by_matter=act.act == "correct" and _says_matter(read),
    )
    if states is not None and _ALL in read.sign_names:
        meant = [each for each in read.candidates if each.case.status in states]
        if act.side is Side.UNIT:
            # 电梯里的人两个都没得事 is said of the lift, and not of the milk.
            meant = [each for each in meant if each.matter or each.place > 0] or meant
        elif act.side is Side.DESK and not is_whole_count(read, meant):
            fresh = [each for each in meant if each.case.is_fresh]
            meant = fresh if is_whole_count(read, fresh) else meant
    named = [each for each in candidates if each.matter and not any(each.matter for each in meant)]
    if act.side is Side.DESK and meant and named and not any(each.is_named for each in meant):
        # 麻将馆那个可以结了: that one is meant, though nothing of the kind can be done with it now.
        return PlannedSteps(named[:1], [PlannedStep("answer", "status")])
    steps = dialogue.plan_steps(rules.plan, act.act, meant[0].case.status if meant else "*")
    return PlannedSteps(meant, _leave_out_guesses(steps, act, read))


def _leave_out_guesses(
    steps: Sequence[PlannedStep], act: DialogueAct, read: Interpretation
) -> Sequence[PlannedStep]:
    """The steps without those that would take a case back for a good word that was only guessed, or asked.

    难为哒; 他们不吵了是不是就不用来了？ is answered with how it stands.
    """
    if act.act in _TAKES_BACK and _ASKS_WHETHER.search(read.understood.text):
        return [PlannedStep("answer", "status")] if any(each.verb == "withdraw" for each in steps) else steps
    is_guess = act.act == "confirm" and is_guessed(read.signs)
    return [each for each in steps if each.verb != "withdraw" or not is_guess] or steps


def is_whole_count(read: Interpretation, meant: Sequence[Candidate]) -> bool:
    """Whether these are as many cases as the words count: 那两件都给城管局; true where they count none."""
    counted = _COUNTED.search(read.understood.text)
    return counted is None or int(to_figures(counted[1])) == len(meant)


def _answers_result(act: DialogueAct, candidates: Sequence[Candidate]) -> bool:
    """Whether 好了，谢谢 is said while a result is asked for: then not of what was reported since."""
    return act.act == "confirm" and any(each.case.status is Status.CALLBACK for each in candidates)


def _keep_newest(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The last one that was reported, or is named: 刚才那个不算."""
    newest = max((each.case.id for each in candidates), default=0)
    return [each for each in candidates if each.is_named or each.case.id == newest]


def _keep_unsigned(candidates: list[Candidate]) -> list[Candidate]:
    """Those that can be signed for, where nothing tells which is meant: 签收 is said of no task in hand."""
    if any(each.is_named or each.matter or each.place > 0 for each in candidates):
        return candidates
    return [each for each in candidates if each.case.status is Status.DISPATCHED] or candidates


def _says_matter(read: Interpretation) -> bool:
    """Whether the words name the matter of a case: then that one is meant, wherever it was thought to be."""
    return any(each.matter for each in read.candidates)


def plan_reading(read: Interpretation, situation: Situation, rules: DialogueRules) -> PlannedSteps | None:
    """What the table plans for a message; None: intake takes it, or passes it over."""
    if read.act is None or is_left_to_intake(situation, read) or _is_no_news(situation, read.act):
        return None
    if _is_chatter_at_work(read.act, read):
        return None
    planned = plan_act(read.act, read, rules)
    if not planned.steps or planned.steps[0].verb == "intake" or _reports_beside_several(read, planned):
        return None
    return planned


def _reports_beside_several(read: Interpretation, planned: PlannedSteps) -> bool:
    """Whether it is a report that several cases are like: it is of none of them, and must not be lost."""
    return planned.steps[0].verb == "witness" and len(planned.meant) != 1 and read.is_report


def _is_no_news(situation: Situation, act: DialogueAct) -> bool:
    """Whether somebody of a unit says of a case which they do not have that it is done: no good news."""
    return act.act == "good_news" and situation.sides[0] is Side.UNIT


def _is_chatter_at_work(act: DialogueAct, read: Interpretation) -> bool:
    """Whether somebody of a unit names no case, and only sounds as if they went on with one.

    明天县里来检查，大家精神点 is no progress that a reporter should read.
    """
    if act.side is not Side.UNIT or act.act != "go_on" or not read.because.isdisjoint(_NAMES_CASE):
        return False
    told = [sign for sign in read.signs if sign.name in _GOES_ON]
    is_named = any(each.matter or each.place > 0 or each.is_named for each in read.candidates)
    return not is_named and all(map(is_learned, told))


def is_left_to_intake(situation: Situation, read: Interpretation) -> bool:
    """Whether intake takes the message, as a report or a piece of one, rather than what the table plans."""
    act = read.act
    if act is None or act.act == "new":
        return True
    if situation.is_asked and act.act in _PIECES and not situation.named:
        return True
    if act.act == "detail" and situation.open_report_case is not None and not situation.named:
        return _is_of_open_report(situation, read)
    names_task = _names_task(act, situation, read)
    is_said_to_bot = situation.is_spoken_to or situation.is_quoting
    if is_said_to_bot and read.triage.risk is None and _doubts_result(act, read) and read.is_same_danger:
        return False  # 井盖不行，还翘着: the danger of the case whose result they were asked for
    is_of_own = (
        _gives_up_own(read)
        or _asks_of_own(act, read)
        or _speaks_of_own_danger(act, situation, read)
        or _takes_own_back(act, read)
    )
    if read.triage.risk is None and is_of_own:
        return False
    if "near_own" in read.because:
        return False  # 还没修，差点栽进去: the manhole they reported
    in_danger = read.triage.risk is not None or (read.triage.urgent and read.triage.report)
    if in_danger and not (names_task or (situation.named and read.triage.risk is None)):
        return True
    if is_said_to_bot or act.act in _SILENT or _concerns_own(act, read):
        return False
    return not (situation.has_open_report and act.act in _OVERHEARD)


def _doubts_result(act: DialogueAct, read: Interpretation) -> bool:
    return act.act in _RESULTS and "doubts_result" in read.because


def _gives_up_own(read: Interpretation) -> bool:
    """Whether somebody despairs of the danger they reported: 爱管不管 反正掉下去的不是我 is no other one."""
    is_theirs = any(
        each.case.class_id == read.triage.class_id and each.place >= 0 for each in read.candidates
    )
    return is_theirs and "despair" in read.because


def _asks_of_own(act: DialogueAct, read: Interpretation) -> bool:
    """Whether somebody asks how the danger stands that they reported: 盖盖安起了嘛？"""
    asks = act.act in ("status", "when") and act.side is Side.REPORTER and not read.place
    return asks and read.is_same_danger and any(each.matter >= SAME_MATTER for each in read.candidates)


def _speaks_of_own_danger(act: DialogueAct, situation: Situation, read: Interpretation) -> bool:
    """Whether somebody goes on about the danger they reported minutes ago, and tells of no other one.

    人还没到啊，婆婆有心脏病; 那个井盖不是望仙路，是东四路; 刚那个着火的没着，取消吧.
    """
    if not situation.is_in_danger:
        return False
    if act.act in ("nudge", "complain"):
        return not read.place and read.is_same_danger
    names_it = not read.because.isdisjoint({"own_matter", "renames"}) or _JUST_NOW in read.sign_names
    return act.act in ("correct", "withdraw") and names_it


def _takes_own_back(act: DialogueAct, read: Interpretation) -> bool:
    """Whether somebody says in so many words that nobody need come for a matter of theirs that they name.

    井盖那个撤掉 是施工队在里头穿线 人还在呢 tells of no other danger than the one that is none.
    """
    is_said = "withdraw" in read.sign_names and act.act == "withdraw" and not read.place
    return is_said and read.is_same_danger and any(each.matter >= _NAMES for each in read.candidates)


def _names_task(act: DialogueAct, situation: Situation, read: Interpretation) -> bool:
    """Whether somebody at work speaks of a case they have, or asks how many: 井盖那个我们去."""
    if act.side not in (Side.UNIT, Side.DESK):
        ends_danger = act.act == "finish" and "unhurt" in read.because  # 阀门关了，人没事
        return act.side is not Side.REPORTER and (bool(situation.named) or ends_danger)
    return bool(situation.named) or act.act in _LOOKS or any(each.matter for each in read.candidates)


def _concerns_own(act: DialogueAct, read: Interpretation) -> bool:
    """Whether somebody says to the group what was asked about their own matter, or where it really is."""
    because = read.because
    if act.act == "correct":
        is_recent = any(each.case.is_fresh for each in read.candidates)
        return "misplaced" in because and (is_recent or not because.isdisjoint({"own_matter", "renames"}))
    if act.act == "piece":
        return any(each.case.is_fresh and not each.case.has_place for each in read.candidates)
    if act.act == "detail":
        return "locates" in because and any(each.case.is_fresh for each in read.candidates)
    if act.act not in _RESULTS:
        return False
    return {"asked", "matter_same"} <= because or ("matter_same" in because and act.points >= _PLAIN)


def _is_of_open_report(situation: Situation, read: Interpretation) -> bool:
    """Whether the detail belongs to the report that is still open: intake joins it, pictures and all."""
    meant = referents.choose(read.candidates, None, recent=True)
    return bool(meant) and meant[0].case.id == situation.open_report_case
