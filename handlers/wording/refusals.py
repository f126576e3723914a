"""Why something was not done, together with what would be possible.

`number` is the full case number; `said` is the text that the person wrote.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.wording import formats, marks
from handlers.wording.markup import escape_words
from handlers.wording.meetings import meeting_form
from models.case_numbers import serial_of
from models.cases import Case, Event
from models.time_limits import TimeLimit
from models.workflow import ACTS, OPEN, Act, ActField, Status

_NEEDS = {
    ActField.TEXT: "请写上内容",
    ActField.REASON: "请写上理由",
    ActField.DECISIONS: "请先写结论，再一行写一家：做什么，期限",
    ActField.UNIT: "请写上单位",
    ActField.UNITS: "请写上一个或几个单位",
    ActField.PARENT: "请写上主案编号",
    ActField.LENGTH: "请写上要多久，如 2个工作日",
    ActField.CLASS: "请写上类别",
    ActField.PLACE: "请写上地点",
    ActField.EVIDENCE: "请写几个字，或附上照片",
    ActField.VERDICT: "请写「通过」或「不通过」和理由",
    ActField.SIGNATURE: "请写「同意」或「退改」和理由",
    ActField.LEVEL: "请写上提到哪一级：镇或县",
    ActField.ANSWER: "请写「已解决」或「未解决」",
    ActField.CALL: "请写「联系上」或「未联系上」，联系上的再写「已解决」或「未解决」",
    ActField.MONEY: "请写上金额，如 追回 4000 元",
    ActField.ADOPTION: "请写「全部」「部分」或「暂不」和理由",
    ActField.AMOUNT: "请写上金额，如 4000 元",
    ActField.PARTY: "请写上姓名或电话，和他是什么人，如 王大姐 13800000000 被欠薪人",
    ActField.UNTIL: "请写上到哪一天，如 到12月1日",
    ActField.LIMIT: "请写上时限，如 4小时",
    ActField.LEADER: "请写上领导的姓名",
    ActField.SUGGESTED_UNIT: "请写上建议的单位",
}


def command(act: Act, number: str) -> str:
    """How the act is typed: `/交办 0031 单位 [时限]`."""
    return " ".join(part for part in (f"/{act.verb}", serial_of(number), act.usage) if part)


def _next_step(act: Act, status: Status, possible: Sequence[Act], number: str) -> str:
    """The one command that helps: what does the same, or what has to come before."""
    steps = [each for each in possible if not each.may_stay and each is not act]
    wanted = set() if act.may_stay else set(act.to_states) - {status}
    same = (each for each in steps if wanted.intersection(each.to_states))
    before = (each for each in steps if act.from_states.intersection(each.to_states))
    if found := next(same, None) or next(before, None):
        return f"请发 {command(found, number)}"
    likely = sorted(steps, key=lambda each: not each.to_states)[:_MOST]
    return f"您现在可以{'、'.join(each.doing for each in likely)}。" if likely else NOTHING_TO_DO


_MOST = 3
_MOST_DOERS = 3
"""Who may do something, named in a refusal; nobody reads more."""
NOTHING_TO_DO = "您现在不用做什么。"


def no_such_case(said: str) -> str:
    """No case fits what was typed as its number; "" asks for a number."""
    return (
        f"没有找到编号「{escape_words(said)}」。发 /我的 看您的事件。"
        if said
        else "请写上事件编号，如 0031。"
    )


def no_task_of_number(said: str) -> str:
    """To a unit, of a number that may be a case of somebody else's."""
    number = f"你们手头没有编号「{escape_words(said)}」，还没有记下。"
    return f"{number}发 /待办 看手头的；该你们办的，请值班员交办过来。"


def no_such_unit(said: str, nearest: Sequence[str] = ()) -> str:
    """No unit has this name; `nearest` are similar names."""
    tip = f"是不是{'、'.join(nearest)}？" if nearest else "请写单位的全称或简称。"
    return f"没有找到单位「{escape_words(said)}」，{tip}" if said else "请写上单位，如 城管局。"


def no_such_class(said: str, nearest: Sequence[str] = ()) -> str:
    """No class has this name; `nearest` are similar names."""
    tip = f"是不是{'、'.join(nearest)}？" if nearest else ""
    return f"没有「{escape_words(said)}」这个类别。{tip}"


def not_allowed(act: Act, case: Case, state: str, possible: Sequence[Act], *, who: str = "") -> str:
    """The person may not do this act; `state` of `state_phrase`, `possible`: the acts they may do now.

    `who`: names of the people who may.
    """
    step = _next_step(act, Status(case.status), possible, case.number)
    doers = who or _describe_relation(act)
    return f"{marks.case_mark(case.number)}您不能{act.doing}，这一步由{doers}来做。{state}。{step}"


def wrong_state(act: Act, case: Case, state: str, possible: Sequence[Act]) -> str:
    """The state forbids the act; `state` of `state_phrase`, `possible`: the acts the person may do now."""
    step = _next_step(act, Status(case.status), possible, case.number)
    return f"{marks.case_mark(case.number)}{state}，不能{act.doing}。{step}"


def state_phrase(case: Case, mover: Event | None, who: str, *, unit: str, zone: ZoneInfo) -> str:
    """Where the case stands; `mover` is the event that led there, None where unknown.

    `who` is the name of its actor, `unit` that of the unit that has the case, `zone` the zone of the time
    that is named.
    """
    state = Status(case.status).chinese
    if mover is not None and ActField.ANSWER in ACTS[mover.act].required_fields and case.status in OPEN:
        state += "（没有解决，重办）"
    elif unit and case.status in OPEN:
        state += f"（{unit}）"
    if mover is None:
        return f"现在是「{state}」"
    return f"{who}已于 {mover.at.astimezone(zone):%m-%d %H:%M} {ACTS[mover.act].verb}，现在是「{state}」"


def missing_field(act: Act, need: ActField, number: str) -> str:
    """The act lacks a value; the sentence says how to type it."""
    example = meeting_form(number) if need is ActField.DECISIONS else command(act, number)
    return f"{_NEEDS[need]}，例如：{example}"


def not_replied(number: str) -> str:
    return (
        f"{marks.case_mark(number)}还没有答复报事人，不能结案。请打电话，再发 /回访 {serial_of(number)} 联系上 说了什么；"
        f"没打通发 /回访 {serial_of(number)} 未联系上，隔天再打一次。"
    )


def too_late_to_reopen(number: str, days: int) -> str:
    """The case was closed more than `days` days ago."""
    return f"{marks.case_mark(number)}结案超过 {days} 天，不能重开。请重新报一次，会连到原来那件。"


def ambiguous_case(verb: str, numbers: Sequence[str]) -> str:
    """Several cases fit the act and none was named."""
    listed = "、".join(serial_of(number) for number in numbers[:5])
    return f"有 {len(numbers)} 件都可以{verb}（{listed}{'…' if len(numbers) > 5 else ''}），请写上编号。"


def several_open(numbers: Sequence[str]) -> str:
    listed = "、".join(serial_of(number) for number in numbers[:5])
    return f"有 {len(numbers)} 件在办（{listed}{'…' if len(numbers) > 5 else ''}），请写上编号。"


def nothing_more(number: str) -> str:
    return f"{marks.case_mark(number)}{NOTHING_TO_DO}"


def already_decided(number: str, verb: str, who: str, moment: str) -> str:
    """`who` decided the request at the local time `moment` by the act `verb`."""
    return f"{marks.case_mark(number)}{who}已于 {moment} {verb}，没有申请在等决定了。"


def ambiguous_serial(said: str, numbers: Sequence[str]) -> str:
    """The serial that was typed is that of several cases."""
    return f"「{said}」对应多件：{'、'.join(numbers[:5])}。请写全编号。"


def words_do_not_fit(act: Act, said: str) -> str:
    """No case was named, and what was said with the act tells nothing of any."""
    return f"「{escape_words(said)}」没说清是哪一件，什么也没有做。请写上编号：{command(act, '0031')}"


def one_at_a_time(act: Act, number: str) -> str:
    return f"一次只能办一件，请分开发，例如：{command(act, number)}"


def nothing_fits(verb: str) -> str:
    return f"没有可以{verb}的事件。请写上编号，或引用那条消息。"


def unknown_command(said: str, nearest: str | None) -> str:
    """There is no such command; `nearest` is the most similar one, or None."""
    tip = f"是不是 /{nearest}？" if nearest else ""
    return f"没有 /{escape_words(said)} 这个命令。{tip}发 /帮助 看全部命令。"


WHO_NAMES = {
    "anyone": "任何人",
    "reporter": "报事人",
    "duty": "值班员",
    "coordinator": "协调员",
    "handler": "承办单位",
    "grid": "本网格网格员",
    "checker": "承办人以外的核查人",
    "second": "另一位值班员或领导",
    "leader": "领导",
    "observer": "督查员",
    "partner": "被请来协办的单位",
    "warned": "收到险情预警的单位",
    "surveyor": "被请去核实的人",
    "signer": "审签人",
    "last": "做上一步的人",
}


def _describe_relation(act: Act) -> str:
    names = [WHO_NAMES[who] for who in act.relations if who in WHO_NAMES]
    return "或".join(names[:_MOST_DOERS]) + ("等" if len(names) > _MOST_DOERS else "")


def whose_act(act: Act, *, who: str = "") -> str:
    """In a list of what somebody cannot do: who does it, by name (`who`) or by how they stand to the case."""
    doers = who or _describe_relation(act)
    return f"由{doers}来做" if doers else "由系统来做"


def when_possible(act: Act) -> str:
    """In a list of what somebody cannot do now: in which states it is possible."""
    if act.from_states >= OPEN:
        return "事情还在办的时候可以做"
    names = "」「".join(state.chinese for state in Status if state in act.from_states)
    return f"在「{names}」时可以做"


def means_another(meant: Act) -> str:
    """In a list of what somebody cannot do: now it is another act that they would do."""
    return f"现在请用「{meant.verb}」"


def matter_not_answered(number: str, root: str) -> str:
    """The case was merged into `root`, whose result is not there yet."""
    return f"{marks.case_mark(number)}已并入 {root}，还没有结果，有了会告诉您。"


def must_arbitrate(number: str) -> str:
    return f"{marks.case_mark(number)}已被退回两次，不能交办。请发 /裁定 {serial_of(number)} 单位"


def nothing_to_arbitrate(number: str) -> str:
    return f"{marks.case_mark(number)}没有退回要裁定。请发 /交办 {serial_of(number)} 单位"


def final_assignment(number: str) -> str:
    return f"{marks.case_mark(number)}已裁定由你们办理，不能退回。"


def not_recallable(number: str) -> str:
    return f"{marks.case_mark(number)}交办以后已经有进展，或者退回过，不能收回。请发 /转办 {serial_of(number)} 单位"


def too_late_to_recall(number: str) -> str:
    return f"{marks.case_mark(number)}交办过了 5 分钟，不能收回。请发 /转办 {serial_of(number)} 单位"


def already_returned(number: str) -> str:
    return f"{marks.case_mark(number)}你们退过一次，不能再退。有困难请 /延期，或请值班员 /协办。"


def already_called(number: str) -> str:
    return f"{marks.case_mark(number)}这些单位已经在办了。"


def already_there(number: str) -> str:
    return f"{marks.case_mark(number)}你们已经报过到了。"


def not_a_partner(number: str) -> str:
    return f"{marks.case_mark(number)}没有请你们协办。"


def nobody_to_survey(number: str) -> str:
    return f"{marks.case_mark(number)}这里没有登记信息员或网格员。请先 /定位 到网格，或写上人名。"


def surveyors_unreachable(number: str, names: Sequence[str]) -> str:
    """Nobody of those who would be asked to go and see can be told so."""
    return (
        f"{marks.case_mark(number)}没有请到人核实：{'、'.join(names)}联系不上。"
        "请打电话，或请他们先私聊我一次。"
    )


def survey_wants_photo(number: str) -> str:
    return f"{number} 的核实要有照片，请带上照片再发一次。"


def not_asked_to_survey(number: str) -> str:
    return f"{marks.case_mark(number)}没有请您去核实，或者您已经回报过。"


def no_more_stages(number: str) -> str:
    return f"{marks.case_mark(number)}已经是最后一个阶段，办完请 /反馈。"


def amount_too_large(number: str, most_fen: int) -> str:
    return f"{marks.case_mark(number)}金额太大，最多记 {most_fen // 1_000_000} 万元。请核对数字。"


def another_request(number: str) -> str:
    return f"{marks.case_mark(number)}已有一个申请在等决定。请等值班员 /同意 或 /不同意。"


def not_restricted(number: str) -> str:
    return f"{marks.case_mark(number)}不限阅。"


def nothing_asked(number: str) -> str:
    return f"{marks.case_mark(number)}没有在等决定的申请。"


def no_clock(number: str) -> str:
    return f"{marks.case_mark(number)}现在没有在走的办结时限。"


def beyond_ceiling(number: str, ceiling: TimeLimit, *, complex_too: bool) -> str:
    """The extension would exceed the longest limit; `complex_too`: a complex case may have more time."""
    tip = "特别复杂的请先 /申请复杂，批准后最长 30 天。" if complex_too else "请 /提级 由上级协调。"
    return f"{marks.case_mark(number)}这样会超过最长时限 {ceiling.chinese}，不能延。{tip}"


def suspended_too_long(number: str, latest: datetime, *, now: datetime, complex_too: bool) -> str:
    """The suspension would put the finish beyond the longest limit; `latest`: how long it may last, local."""
    possible = f"最晚挂到 {formats.format_time(latest, now=now)}" if latest > now else "现在不能再挂账"
    tip = "特别复杂的可以先 /申请复杂。" if complex_too else ""
    return f"{marks.case_mark(number)}挂到那时会超过最长时限，{possible}。要更久请值班员先 /提级。{tip}"


def too_late_to_extend(number: str) -> str:
    return f"{marks.case_mark(number)}已经到期，不能延期。请尽快办，有困难请值班员 /提级。"


def order_waiting(number: str) -> str:
    return f"{marks.case_mark(number)}已有督办单在等回复。"


def no_order(number: str) -> str:
    return f"{marks.case_mark(number)}没有督办单在等回复。"


def urgent_already(number: str) -> str:
    return f"{marks.case_mark(number)}已经按紧急在办了。"


def highest_level(number: str) -> str:
    return f"{marks.case_mark(number)}已经是最高一级了。"


def parent_not_open(number: str) -> str:
    return f"{marks.case_mark(number)}已经办完，不能再并进去。"


def usage_correction() -> str:
    return "请写上正确的地点或情况，例如：/更正 0031 长江路99号"


def correction(words: str) -> str:
    """An addition that puts right what was said before."""
    return f"更正：{words}" if words else ""


def no_reopening(number: str) -> str:
    return f"{marks.case_mark(number)}不是您刚重开的。另一件事直接说给我就行。"


def too_late_for_another(number: str) -> str:
    return f"{marks.case_mark(number)}已经重新办理了。另一件事请直接再说一次。"


def parent_withdrawn(number: str) -> str:
    return f"{marks.case_mark(number)}报事人已撤回，要并进去先发 /继续办 {serial_of(number)}。"


def already_withdrawn(number: str) -> str:
    return f"{marks.case_mark(number)}已经撤回过了，值班员知道。还要办请发 /补充 {serial_of(number)} 说明。"


def not_withdrawn(number: str) -> str:
    return f"{marks.case_mark(number)}报事人没有撤回，照常办理。"


def cannot_undo(act: Act, number: str) -> str:
    """The act is one that cannot be undone."""
    return f"{marks.case_mark(number)}「{act.verb}」不能撤销，别人已经照着办了。"


def too_late_to_undo(number: str) -> str:
    return f"{marks.case_mark(number)}过了 5 分钟，不能撤销。"


def bounce_reason(returns: int) -> str:
    """Why the program proposes to raise a case after `returns` returns."""
    return f"已被退回 {returns} 次，首接单位继续跟踪"


def restricted_case(number: str) -> str:
    return f"{marks.case_mark(number)}限阅，请私聊我办。"


def only_in_private(number: str) -> str:
    return f"{marks.case_mark(number)}报事人是谁只在私聊里说，请私聊我再发一次。"


def nudged_enough(number: str) -> str:
    """Refusal for a reporter who nudged three times within the hour."""
    return f"{marks.case_mark(number)}一小时内已催三次，承办单位和值班员都收到了。有新情况或有人遇到危险，请直接说。"


def no_page_link(number: str) -> str:
    return f"{marks.case_mark(number)}没有发过网页链接，或者已经收回。"
