"""What a resident reads on the page of their case and on the form to report one. No names, no numbers to call."""

from collections.abc import Mapping
from datetime import datetime

from handlers.wording import formats
from handlers.wording.case_view import CaseView
from models.workflow import Act, ActField, Audience, Status

STEPS = ("收到", "受理", "交办", "办理", "核查", "办结")
"""The six steps of a case, in order."""
_STEP_OF: Mapping[Status, int] = {
    Status.NEW: 1,
    Status.ACCEPTED: 2,
    Status.DISPATCHED: 3,
    Status.IN_PROGRESS: 3,
    Status.SUSPENDED: 3,
    Status.SUBMITTED: 4,
    Status.CALLBACK: 5,
}
"""The step that a case in this state has before it; all others are at their end."""
ENDED = len(STEPS)

NO_SUCH_PAGE = "这个网址打不开：可能抄错了，也可能已经过期或被收回。在办的事不受影响。"
LINK_TAKEN_BACK = "已告诉值班员，这个网址从现在起打不开了。"
NUDGED_TODAY = "今天已经催过一次了，明天还没有消息可以再催。"
TOO_MANY_ACTS = "这一小时里说得太多了，请晚一点再补充。"
FORM_TOO_SLOW = "网络太慢，没有发出去，请换个地方再试，或者少传几张照片。"
ANSWER_FIRST = "请点「已解决」或「未解决」。"
SAY_WHY = "请写几句原因。"
SAY_SOMETHING = "请写几句话，或者选一张照片。"
WRONG_PHONE = "电话号码不对，请改一改，或者不填。"
TOO_MANY_REPORTS = "这个地方刚才收到的太多了，请过一小时再试。有危险请马上拨 110、119 或 120。"
TRAPPED = "没有发出去：请把看不见的那一栏留空，再发一次。"
BLANK_REPORT = "请写清楚是什么事。"


def current_step(status: Status) -> int:
    """How many of the steps are behind it; `ENDED`: all."""
    return _STEP_OF.get(status, ENDED)


def state_sentence(view: CaseView, *, joined: bool) -> str:
    """Where the matter stands, in one sentence. `view`: of the case that is worked on; `joined`: with others."""
    together = "别人也反映了这件事，一并办理。" if joined else ""
    return f"{together}{_describe_withdrawal(view) or _describe_state(view)}"


def _describe_withdrawal(view: CaseView) -> str:
    return "您已撤回，值班员确认以后就不再办理。" if view.is_withdrawn else ""


def _describe_state(view: CaseView) -> str:
    if view.status is Status.SUBMITTED and view.in_grid:
        return "已处理，请看看解决了没有。"
    unit = "" if view.restricted else view.unit
    return _STATES[view.status].format(who=unit or "承办单位")


_STATES: Mapping[Status, str] = {
    Status.NEW: "已收到，等值班员受理。",
    Status.ACCEPTED: "已受理，正在安排谁来办。",
    Status.DISPATCHED: "已交给{who}，等他们签收。",
    Status.IN_PROGRESS: "{who}正在办理。",
    Status.SUSPENDED: "现在条件不够，先停一停，条件具备了接着办。",
    Status.SUBMITTED: "{who}已处理，正在核查。",
    Status.CALLBACK: "{who}已办好，请看看解决了没有。",
    Status.CLOSED: "已办结。",
    Status.REJECTED: "不予受理，很抱歉。",
    Status.VOID: "已不再办理。",
    Status.DUPLICATE: "与另一件事一并办理。",
}


def promise(view: CaseView) -> str:
    """By when it is to be finished; "" where nothing is promised any more."""
    if view.is_paused:
        return "办结时间：条件具备以后重新定"
    if view.due is None or current_step(view.status) in (0, 5, ENDED):
        return ""
    return formats.format_deadline(view.due, now=view.now, asks=False)


def shows_words(act: Act) -> bool:
    """Whether the reporter reads what was said with this act, whoever said it: news, or why not."""
    said = {ActField.EVIDENCE, ActField.REASON} & set(act.required_fields)
    return bool(said) and Audience.REPORTER in act.audiences and not act.impartial


def timeline_line(act: Act, words: str, *, unit: str, own: bool, status: Status) -> str:
    """One step of the timeline; `unit`: to whom it went; `own`: the reporter's own step."""
    if act.opens_case:
        return "收到您反映的事"
    if act.grants:
        head = {Status.VOID: "不再办理", Status.SUSPENDED: "先停一停"}.get(status, "办理时间经批准延长")
    elif own:
        head = f"您{act.verb}"
    elif unit:
        head = f"已{act.verb}给{unit}"
    else:
        head = act.verb if words else f"已{act.verb}"
    return f"{head}：{words}" if words else head


def moment(when: datetime, *, now: datetime) -> str:
    """When a step was done; local times."""
    return formats.format_time(when, now=now)


REPORT_TAKEN = "已收到。请收藏或截屏这一页：凭这个网址看进展、补照片、评价，不要转发给别人。"


def too_long(most: int) -> str:
    return f"最多 {most} 个字，没有发出去。请写短一点，别的到下一页补充。"


def too_many_photos(most: int) -> str:
    return f"一次最多 {most} 张照片，没有发出去。请少选几张，别的到下一页补充。"


def with_phone(text: str, phone: str) -> str:
    """The words of the form with the number that was left, if one was."""
    return f"{text}\n我的电话：{phone}" if phone else text


def after_act(act: Act) -> str:
    """What the page says after the reporter did this."""
    if ActField.ANSWER in act.required_fields:
        return "您的意见已记下，谢谢。"
    return "补充已收到，会转给办的人。" if ActField.EVIDENCE in act.required_fields else f"已{act.verb}。"
