"""Short words on cards: titles, row names, buttons."""

from handlers.views import View
from handlers.wording import times

PLACE, DUE, UNIT, STATE, NATURE, TOOK = "地点", "时限", "承办", "状态", "性质", "用时"
CHOOSE_UNIT, PLEASE_CHOOSE = "承办单位", "请选择"

ASSIGN, ACCEPT, REJECT = "交办", "受理", "不予受理"
SIGN, RETURN = "签收", "退回"
PASS, FAIL = "核查通过", "不通过"
SOLVED_GOOD, SOLVED_POOR, UNSOLVED = "已解决，满意", "解决了，不满意", "没有解决"
APPROVE, DECLINE = "同意", "不同意"
PLEASE_CONFIRM = "请确认"
CONFIRM, CANCEL = "确认执行", "取消"
CHECK_IN, CANNOT_LOOK = "报到", "去不了"
CONTACTED, ARRIVED, NUDGE = "已联系", "已到场", "催一催"


def title(view: View) -> str:
    urgent = "【紧急】" if view.urgent else ""
    return f"{urgent}{view.class_name}·{view.status.chinese}"


def rating_title(view: View) -> str:
    return f"{view.class_name}：解决了吗？"


def due(view: View) -> str:
    return f"{times.clock(view.due, now=view.now)} 前" if view.due else "尽快"


def last_step(view: View, verb: str) -> str:
    """Who did what just now: keeps a card true."""
    return f"{view.actor} {view.now:%m-%d %H:%M} {verb}"


def how_to_feed_back(view: View) -> str:
    return f"办完请发：@我 /反馈 {view.short} 结果，并附处理后照片（也可引用本群消息回复）。"


def ask_reason(verb: str, short: str) -> str:
    return f"{verb}要写理由，请发：@我 /{verb} {short} 理由"


def ask_fail_reason(short: str) -> str:
    return f"不通过要写理由，请发：@我 /核查 {short} 不通过 理由"
