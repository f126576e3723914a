"""Texts around a notice: its draft, its approval, and the notice itself."""

from collections.abc import Sequence
from datetime import date, datetime, time

from handlers.wording.markup import escape_words
from models.written_times import Doubt, WrittenTime

TO_PUBLISH = "通知待发布"
PUBLISH = "同意发布"
NUMBER, RANGE, REACHES, AT = "编号", "范围", "发到", "时间"
AT_ONCE = "发布后马上"

USES = {"intake": "上报群", "residents": "居民群", "handling": "处置群"}

HELP = (
    ("通知 [单位] [居民群] [标签=老年] [明天8:00] 内容", "拟一条通知，另一人 /发布 后发到各群"),
    ("通知 每周一8:00 素材=防诈骗", "从素材库轮流发；也可以写 每天、每月15日、截止=12月31日"),
    ("通知 活动=12月5日上午9点 提前=1天 内容", "发通知，活动前再提醒一次"),
    ("告知 关键词 内容", "答复半年内反映过这件事的每一个人"),
    ("发布 TZ编号", "同意发布别人拟的通知；计划写 JH编号"),
    ("撤回通知 TZ编号", "发出前撤回；重复发的、素材写它的编号"),
    ("通知统计 [2026-11]", "一个月发了多少条、多少群次"),
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


def over_by_now(number: str) -> str:
    return f"{number}的活动已经开始，或者过了截止时间，不能再发。"


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


def groups(count: int, uses: Sequence[str], tags: Sequence[str] = ()) -> str:
    """How many groups a notice goes to; `uses` are values of ChatUse."""
    tagged = f"，标签 {'、'.join(escape_words(tag) for tag in tags)}" if tags else ""
    return f"{count} 个群（{'、'.join(USES.get(use, use) for use in uses)}{tagged}）"


def people(count: int, chats: int, newest: int | None = None) -> str:
    """How many people a notice goes to, in how many conversations; `newest`: of that many cases only."""
    of_newest = f"，只看了最近 {newest} 件" if newest is not None else ""
    return f"{count} 位反映人（{chats} 个会话{of_newest}）"


def publication(number: str, count: int, reaches: str) -> str:
    """The receipt for an approval; `count` is how many notices of a plan were approved."""
    when = f"，共 {count} 条，到时自动发送" if count > 1 else ""
    return f"{number} 已同意发布{when}，发到 {reaches}。" if reaches else f"{number} 已同意发布{when}。"


def publication_record(who: str, at: str) -> str:
    """Who approved a notice, and when; `at` is a local time."""
    return f"{who} {at} 已同意发布"


def withdrawal(number: str, count: int) -> str:
    return f"{number} 已撤回" + (f" {count} 条。" if count > 1 else "。")


def notice(theme: str, text: str, issuer: str, day: date) -> str:
    """The notice as sent: the theme in 【】 before the text, unless the text brings its own; who issued it."""
    words = text if text.startswith("【") else f"【{theme or '通知'}】{text}"
    return f"{words}\n——{issuer}，{day.month}月{day.day}日" if issuer else words


def reminder(event: datetime, text: str) -> str:
    """The same notice once more, before its event (local)."""
    return f"【提醒】{_day_phrase(event)} {event:%H:%M}：{text}"


def schedule(repeats: str | None, at: time, event: datetime | None, end: datetime | None) -> str:
    """When a notice is sent again, before which event, until when (local); empty for what is sent once."""
    found = (
        f"{repeats} {at:%H:%M} 发" if repeats else "",
        f"活动时间 {_day_phrase(event)} {event:%H:%M}" if event else "",
        f"{end.year}年{_day_phrase(end)} {end:%H:%M} 以后不再发" if end and end != event else "",
    )
    said = "，".join(filter(None, found))
    return f"{said}。" if said else ""


def _day_phrase(at: datetime) -> str:
    return f"{at.month}月{at.day}日（周{'一二三四五六日'[at.weekday()]}）"


def from_library(tag: str) -> str:
    """Instead of the words of a notice whose words are taken from the library as it is sent."""
    return f"（到时从素材库「{escape_words(tag)}」轮流取一条）"


def schedule_preview(
    where: str, at: str, reminded: str, planned: str, words: str, reaches: str, doubts: Sequence[str]
) -> str:
    """What was understood of when and where, before anything is written."""
    lines = [f"范围：{where}", f"发出：{at}"]
    lines += [f"提醒：{reminded}"] if reminded else []
    lines += [planned] if planned else []
    lines += [f"发到 {reaches}", f"内容：{words}"]
    lines += [f"请核对：{'；'.join(doubts)}"] if doubts else []
    return "\n".join(lines)


OPTIONS = {"tags": "标签", "event": "活动", "before": "提前", "until": "截止", "item_tag": "素材"}
"""Names of the options of a notice, by the fields of its form."""
OPTION_EXAMPLES = {"活动": "12月5日上午9点", "提前": "1天", "截止": "12月31日"}
NO_THEME = "通知"


def month_totals(
    unit: str, year: int, month: int, sent: int, reached: int, library: int, themes: Sequence[tuple[str, int]]
) -> str:
    """How many notices a month had; `themes`: theme or tag, and how many."""
    if not sent:
        return f"{unit} {year}年{month}月没有发过通知。"
    kinds = "、".join(f"{escape_words(theme)} {count}" for theme, count in themes)
    return f"{unit} {year}年{month}月发出通知 {sent} 条，共 {reached} 群次，其中素材库 {library} 条。按主题：{kinds}。"


def words_of_library() -> str:
    return "写了素材，内容就从素材库取，不用再写。只发这一段，请去掉「素材=」。"


def answer_goes_once() -> str:
    return "答复反映人的通知只发一次，不写标签、重复、活动和素材。"


def unreadable_rule() -> str:
    return "重复看不懂，请这样写：每天、每周一、每月15日"


def unreadable_month() -> str:
    return "请这样写月份：/通知统计 2026-11"


def unreadable_option(name: str, example: str) -> str:
    return f"「{name}」看不懂，请这样写：{name}={example}"


def reminder_over() -> str:
    return "提醒的时间已经过了，请把「提前」改短一点，或者写：提前=无"


def event_over() -> str:
    return "活动时间要在发出以后。"


def end_before_begin() -> str:
    return "截止时间要在发出以后。"


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
