"""Texts around a notice: its draft, its approval, and the notice itself."""

from collections.abc import Sequence

from handlers.wording.markup import escape_words
from models.written_times import Doubt, WrittenTime

TO_PUBLISH = "通知待发布"
PUBLISH = "同意发布"
NUMBER, RANGE, REACHES, AT = "编号", "范围", "发到", "时间"
AT_ONCE = "发布后马上"

USES = {"intake": "上报群", "residents": "居民群", "handling": "处置群"}

HELP = (
    ("通知 [单位] 内容", "拟一条通知，另一人 /发布 后发到各群"),
    ("告知 关键词 内容", "答复半年内反映过这件事的每一个人"),
    ("发布 TZ编号", "同意发布别人拟的通知；计划写 JH编号"),
    ("撤回通知 TZ编号", "发出前撤回"),
    ("月报 [2026-03] [图|文件]", "各单位一个月的数字；也可以写 排名图、趋势图"),
    ("发布月报 2026-03 [外部名次]", "把过完的月份存下来，以后改了也看得出"),
)


def usage_notice() -> str:
    return "请写上通知内容，例如：/通知 明天上午 8 点起停水 4 小时，请提前储水。"


def usage_answer() -> str:
    return "请写上关键词和答复，例如：/告知 隧道 隧道 8 月 27 日 10 时通车。关键词至少两个字。"


def usage_number(verb: str) -> str:
    return f"请写上通知编号，例如：/{verb} TZ261121-001"


def too_long(most: int) -> str:
    return f"内容太长，最多 {most} 个字。"


def may_not_write() -> str:
    return "只有值班员、协调员和管理员可以拟通知。"


def not_beneath(unit: str) -> str:
    return f"{unit}不归您管，不能向它发通知。"


def may_not_publish() -> str:
    return "只有这个范围的值班员、领导或协调员可以发布。"


def own_draft(number: str) -> str:
    return f"{number} 是您自己拟的，要由另一个人发布。"


def no_such_notice(number: str) -> str:
    return f"没有找到通知 {number}。"


def nobody_to_tell(where: str) -> str:
    return f"{where}没有可以发通知的群。"


def nobody_asked(keyword: str) -> str:
    return f"半年内没有人反映过「{escape_words(keyword)}」。"


def already_over(number: str, state: str) -> str:
    """Refusal for a notice that cannot be changed any more; `state` is one of the texts in `STATES`."""
    return f"{number}{state}。"


STATES = {
    "sent": "已经发出",
    "cancelled": "已经撤回",
    "skipped": "已经跳过（休息日或已过期）",
    "approved": "已经发布，等待发送",
    "draft": "还没有发布",
}


def draft_stored(number: str, reaches: str, times: str) -> str:
    """The receipt for a draft; `reaches` is a text of `with_names`, `times` of `understood_times`."""
    return f"{number} 已拟好，将发到 {reaches}。{times}请另一位值班员或领导发：/发布 {number}"


def preview(number: str, words: str, reaches: str, times: str) -> str:
    """The full text, every group it goes to and the times in it, for approvers who have not seen the draft."""
    return f"有一条通知等您发布（{number}），将发到 {reaches}。{times}全文如下：\n{words}"


def understood_times(times: Sequence[WrittenTime]) -> str:
    """The days and hours in the words as they are understood; empty where there are none."""
    clear = [f"「{one.words}」是{_time_phrase(one)}" for one in times if one.day is not None]
    return f"文中时间：{'，'.join(clear)}。" if clear else ""


def doubtful_times(times: Sequence[WrittenTime]) -> str:
    """Asks for the times that can be understood in two ways, or that are over."""
    asked = "；".join(times_to_check(times))
    return f"请核对文中的时间：{asked}。没有写错就点「确认执行」，照原文办；要改请点「取消」，改好再发。"


def changed_times(times: Sequence[WrittenTime]) -> str:
    """To who publishes: what was said the day before means another day now, or is over."""
    asked = "；".join(f"「{one.words}」拟稿时指{_time_phrase(one)}" for one in times)
    return (
        f"请核对文中的时间：{asked}。现在发出，大家会看错，或者已经过了。"
        "还要照原文发就点「确认执行」；要改请点「取消」，撤回重拟。"
    )


_DOUBTS = {
    Doubt.HALF: "没有写清上午还是下午（按{}理解）",
    Doubt.WEEK: "在本周已经过去（{}），是指下周吗",
    Doubt.PAST: "已经过去（{}）",
    Doubt.NO_DAY: "没有这个时间",
}


def _time_phrase(one: WrittenTime) -> str:
    if one.day is None:
        return ""
    hour = f" {one.hour:%H:%M}" if one.hour is not None else ""
    return f"{one.day.year}年{one.day.month}月{one.day.day}日（周{'一二三四五六日'[one.day.weekday()]}）{hour}".rstrip()


def with_names(count: str, names: Sequence[str]) -> str:
    """How many groups or people, and every group by name."""
    return f"{count}：{'、'.join(escape_words(name) for name in names)}"


def plan(number: str, theme: str, reaches: str, days: Sequence[tuple[str, str]]) -> str:
    """A whole week plan, for its approver; `days` are (local time, text)."""
    lines = [f"周计划待发布：{number}「{theme}」，将发到 {reaches}。"]
    lines += [f"{at}　{text}" for at, text in days]
    return "\n".join([*lines, f"请另一位值班员或领导看过后发：/发布 {number}"])


def groups(count: int, uses: Sequence[str]) -> str:
    """How many groups a notice goes to; `uses` are values of ChatUse."""
    return f"{count} 个群（{'、'.join(USES.get(use, use) for use in uses)}）"


def people(count: int, chats: int) -> str:
    """How many people a notice goes to, in how many conversations."""
    return f"{count} 位反映人（{chats} 个会话）"


def publication(number: str, count: int, reaches: str) -> str:
    """The receipt for an approval; `count` is how many notices of a plan were approved."""
    when = f"，共 {count} 条，到时自动发送" if count > 1 else ""
    return f"{number} 已同意发布{when}，发到 {reaches}。" if reaches else f"{number} 已同意发布{when}。"


def publication_record(who: str, at: str) -> str:
    """Who approved a notice, and when; `at` is a local time."""
    return f"{who} {at} 已同意发布"


def withdrawal(number: str, count: int) -> str:
    return f"{number} 已撤回" + (f" {count} 条。" if count > 1 else "。")


def notice(theme: str, text: str) -> str:
    """The notice as sent: the theme in 【】 before the text, unless the text brings its own."""
    return text if text.startswith("【") else f"【{theme or '通知'}】{text}"


def answer(keyword: str, text: str) -> str:
    """The answer to one person who reported something with this keyword."""
    return f"您反映过「{escape_words(keyword)}」的情况，现在答复您：{text}"


def private_conversation() -> str:
    """Instead of the name of a private conversation."""
    return "一位反映人的私聊"


def nothing_failed(number: str) -> str:
    return f"{number} 没有要重发的。"


RECEIPTS = {
    "ready": "排队中",
    "leased": "正在发",
    "sent": "已送达",
    "merged": "已并入后一条",
    "unknown": "不知送到没有",
    "missed": "不用再发",
    "dead": "没有送到",
}
"""How far a copy of a notice is, by the state of its push."""
SHORT_STATES = {
    "sent": "已发出",
    "cancelled": "已撤回",
    "skipped": "已跳过",
    "approved": "待发送",
    "draft": "待发布",
}
"""How far a notice is, in a list."""


def unreadable_week() -> str:
    return "日期看不懂，请从页面上选。"


def send_time_over() -> str:
    return "要发的时间已经过了，请改晚一点，或者不填，发布后马上发。"


def may_not_read() -> str:
    return "通知由值班员、协调员、领导和管理员看。"


def times_to_check(times: Sequence[WrittenTime]) -> Sequence[str]:
    """On a page, a line for each time that is unclear or over."""
    return [f"「{one.words}」{_DOUBTS[one.doubt or Doubt.PAST].format(_time_phrase(one))}" for one in times]


def times_changed(times: Sequence[WrittenTime]) -> Sequence[str]:
    """On a page, a line for each time that means another day by now."""
    return [f"「{one.words}」拟稿时指{_time_phrase(one)}，现在发出会看错，或者已经过了" for one in times]


def check_times() -> str:
    return "请先核对文中的时间，勾选「时间没有写错」。没有提交。"
