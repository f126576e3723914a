"""Short texts on cards: titles, row names, buttons."""

from handlers.wording import formats, marks, meetings
from handlers.wording.case_view import CaseView
from handlers.wording.sign_off import WAITS
from models.organisation import Role
from models.workflow import Act

PLACE, DUE, UNIT, STATE, NATURE, TOOK, SOURCE = "地点", "时限", "承办", "状态", "性质", "用时", "来源"
GROUND = "依据"
MEDIATORS = "可请调解"
WATERMARK = "水印未核对"
CHOOSE_UNIT, PLEASE_CHOOSE = "承办单位", "请选择"

ASSIGN, ACCEPT, REJECT = "交办", "受理", "不予受理"
SIGN, RETURN = "签收", "退回"
AGREE, REVISE, RAISE, LEVEL = "同意", "退改", "提级", "级别"
PASS, FAIL, NOT_PASSED = "核查通过", "不通过", "不通过"
SOLVED_GOOD, SOLVED_POOR, UNSOLVED = "已解决，满意", "解决了，不满意", "没有解决"
APPROVE, DECLINE = "同意", "不同意"
PLEASE_CONFIRM = "请确认"
WHICH_CASE = "是哪一件？"
CONFIRM, CANCEL = "确认执行", "取消"
CHECK_IN, CANNOT_LOOK = "报到", "去不了"
CONTACTED, ARRIVED, NUDGE = "已联系", "已到场", "催一催"
ARBITRATE, RESUME, CLOSE, CALL_BACK = "裁定", "恢复办理", "结案", "已电话答复"
FEED_BACK, EXTEND, PARTNER_DONE, LOOKED, URGE = "反馈结果", "申请延期", "协办完成", "看过了", "催办"
VOID, CARRY_ON, ANOTHER = "作废", "继续办", "另报一件"
SUPERVISE, INSTRUCT, CHARGE = "督办", "批示", "包案"
_ASK = "申请"

ROLE_NAMES = {
    Role.RESIDENT: "居民",
    Role.INFORMANT: "信息员",
    Role.GRID: "网格员",
    Role.DUTY: "值班员",
    Role.HANDLER: "承办员",
    Role.COORDINATOR: "协调员",
    Role.LEADER: "领导",
    Role.OBSERVER: "督查员",
    Role.ADMIN: "管理员",
}

RESULT_ARRIVED = "结果已送到报事人的会话"
RESULT_OPENED = "报事人打开了网页，看到了结果"
HELP = "求助"
SOMEBODY_IN_DANGER = "有人遇到危险，请马上到现场，详情请电话问值班室。"
"""To the unit called, where nothing of the words can be told that does not name source or accused."""
CONFIDED = "（报事人要求保密，详情请问值班室）"
SOMETHING_ADDED = "有新的情况，请电话问值班室。"

MORE, MORE_TITLE, NEXT_PAGE, BACK = "更多", "还可以做这些", "换一批", "返回"
WRITE = "自己写"
REASON, CLASS = "理由", "类别"
SEE_BELOW = "请看下面的提示，引用它写上内容就行。"
EXTEND_BY = (("1 个工作日", "1wd"), ("3 个工作日", "3wd"), ("5 个工作日", "5wd"))
SUSPEND_FOR = (("挂账 7 天", "7d"), ("挂账 30 天", "30d"))
WHY_LONGER = ("等配件材料", "需多部门配合", "天气影响施工", "现场情况复杂", "当事人约不上")
WHY_WAIT = ("等上级批复", "等资金落实", "等规划或拆迁", "天气原因", "涉诉待判")


def direct_conversations(count: int) -> str:
    """Conversations of the bot with single people, in a list of groups."""
    return f"{count} 个私聊"


def title(view: CaseView, *, taken_back: bool = False) -> str:
    """The title of a case's card; `taken_back`: for a unit that need not do anything any more."""
    if taken_back:
        return taken_back_title(view.class_name)
    doubt = UNVERIFIED if view.is_unverified and not view.urgent else ""
    waits = f"{TO_SIGN if view.signers else ''}{IN_MEETING if view.in_meeting else ''}"
    flags = f"{waits}{WITHDRAWN if view.is_withdrawn else ''}"
    return f"{alarm(view)}{doubt}{view.class_name}·{view.status.chinese}{flags}"


def taken_back_title(class_name: str) -> str:
    """The title of a card whose unit had the case by mistake."""
    return f"{class_name}·已收回"


WITHDRAWN = "（报事人已撤回）"
TO_SIGN = f"（{WAITS}）"
IN_MEETING = f"（{meetings.WAITS}）"
UNVERIFIED = "【网页·未核实】"
"""Before everything else of what nobody knows who sent in."""


def rating_title(view: CaseView) -> str:
    """The title of the card that asks the reporter for a rating."""
    return f"{view.class_name}：解决了吗？"


def due(view: CaseView) -> str:
    """The due time as a cell of a card."""
    if view.is_paused:
        return "挂账中，时限暂停"
    return f"{formats.format_time(view.due, now=view.now)} 前" if view.due else "尽快"


def level(view: CaseView) -> str:
    """The level it was raised to, and who answers for it there, as a cell; "" where nobody raised it."""
    return f"{view.level} {view.level_head}".rstrip() if view.is_raised else ""


def watermark(view: CaseView) -> str:
    """When and where the newest photo with a watermark says that it was taken, as a cell; "" without one."""
    if view.stamped_at is None:
        return ""
    return f"{formats.format_time(view.stamped_at, now=view.now)} {view.stamped_place}".rstrip()


def last_step(view: CaseView, act: Act) -> str:
    """Who did what just now: keeps a card true. What only asks says so: somebody else decides."""
    only_asks = act.request is not None and not act.verb.startswith(_ASK)
    return f"{view.actor} {view.acted_at or view.now:%m-%d %H:%M} {_ASK if only_asks else ''}{act.verb}"


def other_unit(verb: str) -> str:
    """The act once more, for units that are not offered on the card itself."""
    return f"{verb}其他单位"


def how_to_feed_back(view: CaseView) -> str:
    """How to report the result without the card."""
    return f"办完请引用本条发结果和处理后照片，或发：@我 /反馈 {view.short} 结果"


def choose_first(verb: str) -> str:
    """How to use a card with a choice and one button."""
    return f"选好以后点「{verb}」；选项里没有的点「{WRITE}」。"


def choose_then_duration(what: str) -> str:
    """How to use a card with a choice and several buttons for durations."""
    return f"先选{what}，再点多长时间；选项里没有的点「{WRITE}」。"


def no_choice_made(what: str) -> str:
    """The button was pressed before anything was chosen."""
    return f"还没有选{what}：请先选好再点；选项里没有的点「{WRITE}」。"


def choice(number: str) -> str:
    """The button of one of several cases: what tells it from the others is the day, `0330-0001`."""
    head, _, serial = number.rpartition("-")
    return f"{head[-4:]}-{serial}"


def hint(
    verb: str, short: str, usage: str, number: str, *, wanted: str = "", in_private: bool = False
) -> str:
    """The hint after a button that needs words: how to finish the act by quoting it.

    `handlers.chat.pending_input` recognises it by its mark. `short` is the serial of `number`; `wanted`
    replaces `usage` in the sentence; `in_private`: nobody has to be mentioned.
    """
    written = " ".join(part for part in (f"/{verb}", short, usage) if part)
    wanted = wanted or usage or "内容"
    return (
        f"{marks.hint_mark(number, verb)}请引用本条{'' if in_private else '、@我'}写上：{wanted}。"
        f"10 分钟内有效，只认按按钮的人；不做了就引用写「取消」。也可以发：{'' if in_private else '@我 '}{written}"
    )


_RISKS = {"self_harm": "【紧急·有人可能轻生】", "violence": "【紧急·有人可能受到伤害】"}


def how_to_unrestrict(view: CaseView) -> str:
    """After another class was given to a restricted case: it stays so, and how that is lifted; else ""."""
    return f"这件事限阅，要解除请发 /解除限阅 {view.short} 理由，由第二人同意。" if view.restricted else ""


def alarm(view: CaseView) -> str:
    """The words before everything else of an urgent case, stronger where life is at risk; else ""."""
    if not view.urgent:
        return ""
    return f"{_RISKS.get(view.risk, '【紧急】')}{UNVERIFIED if view.is_unverified else ''}"


def with_skill(name: str, skill: str, unit: str = "") -> str:
    """A name with why the person was chosen: 平安一号（会调解，解放社区）."""
    why = "，".join(filter(None, (f"会{skill}" if skill else "", unit)))
    return f"{name}（{why}）" if why else name
