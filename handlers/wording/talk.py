"""Direct answers to the person who wrote to the bot: questions, help, lists, previews."""

from collections.abc import Sequence

from handlers.wording import formats, labels, marks
from handlers.wording.case_view import CaseView
from handlers.wording.markup import escape_words
from models.case_numbers import serial_of
from models.workflow import Act, Status

HOW_TO_REPORT = "把问题和地点说给我就行，例如：长江路静海路口有建筑垃圾。可以附照片。"

NOT_A_REPORT = f"没听出要反映的问题。{HOW_TO_REPORT}"
WELCOME_BACK = "不客气，有事随时说。"
MINE = "我的事件"
NO_CASES = "您还没有上报过事件。"
NO_CASES_HERE = "您还没有上报过事件；不便在群里说的，请私聊我发 /我的 看。"
"""Where others read along, whatever there may be."""
NOTHING_TO_DO = "目前没有待办的事件。"


def hello(bot_name: str) -> str:
    """The answer to a greeting, and to the first direct message of the day."""
    return f"您好，我是{bot_name}。{HOW_TO_REPORT}"


_ASKS = {
    ("what", "place"): "请说一下是什么问题、在什么地方。",
    ("what",): "请说一下是什么问题。",
    ("place",): "请补充一下地点，例如路名、小区几号楼，或附近的店名。",
}


def ask_for(missing: Sequence[str]) -> str:
    """The question for what a report lacks; `missing` holds `what`, `place` or both, in this order."""
    return (
        f"收到您反映的情况。{_ASKS.get(tuple(missing), _ASKS['what', 'place'])}直接回复即可，不用重新上报。"
    )


IN_DANGER = "在什么地方？几号楼几层，或者旁边有什么店、什么路口，回一句就行。"
"""Asked, in the first answer, of whoever cries and does not say where."""


def too_many_words(limit: int, *, kept: bool) -> str:
    """A note that only the first `limit` characters were read. `kept`: the others are a file of the case."""
    others = "其余的已作为附件保存" if kept else "其余的没能保存，请分几条再发"
    return f"文字太长，只读了前 {limit} 个字，{others}。请把最要紧的放在前面说。"


SENT_LOCATION = "发来了定位。"
"""Stands for a location that comes without a word, in the history of its case."""


def piece_added(view: CaseView) -> str:
    """The receipt for a message that was added to a case."""
    return f"{marks.case_mark(view.number)}已补充到这件事里。"


def status(view: CaseView) -> str:
    """Where a case stands, for a person who may see it."""
    unit = f"，由{view.unit}办理" if view.unit and view.status != Status.CLOSED else ""
    due = (
        f"，预计 {formats.format_time(view.due, now=view.now)} 前办结"
        if view.due and _running_phrase(view)
        else ""
    )
    state = f"{view.status.chinese}（未能联系）" if view.is_unreached else view.status.chinese
    return f"{marks.case_mark(view.number)}{view.class_name}{_time_phrase(view)}，现在是「{state}」{labels.WITHDRAWN if view.is_withdrawn else ''}{unit}{due}。"


def _running_phrase(view: CaseView) -> bool:
    return view.status in (Status.NEW, Status.ACCEPTED, Status.DISPATCHED, Status.IN_PROGRESS)


def _time_phrase(view: CaseView) -> str:
    return f"（{view.place}）" if view.place else ""


def history(view: CaseView, steps: Sequence[tuple[str, str, str]], family: str = "") -> str:
    """The status and the steps so far, each (local time, who, what); `family` names merged cases."""
    lines = [status(view), *(f"{at} {who} {what}" for at, who, what in steps), family]
    return "\n".join(line for line in lines if line)


def follows_case(root: CaseView) -> str:
    """The status of the case this one was merged into."""
    return f"一并跟进：{status(root)}"


def joined_elsewhere(root: CaseView) -> str:
    """The case this one was merged into, for who may not read it: number, class and place."""
    return f"已并入{marks.case_mark(root.number)}{root.class_name}{f'，{root.place}' if root.place else ''}。"


def followed_by(numbers: Sequence[str]) -> str:
    """The numbers of the cases that were merged into this one, at most A_PAGE of them."""
    more = "等" if len(numbers) > A_PAGE else ""
    return f"另有 {len(numbers)} 件并入：{'、'.join(numbers[:A_PAGE])}{more}。"


A_PAGE = 10
"""Cases of one page: with its first and last line a list fits a phone."""
_NAME, _PLACE = 8, 10
"""Characters of a class and of a place in a list: each case within two lines of a phone."""


def listing(title: str, views: Sequence[CaseView], *, total: int, page: int, more: str) -> str:
    """A page of a list, one line a case, at most A_PAGE; `more` is the command for the next page."""
    pages = -(-total // A_PAGE)
    lines = [f"{title}（{total} 件{f'，第 {page}/{pages} 页' if pages > 1 else ''}）"]
    for view in views:
        due = (
            f" {formats.format_time(view.due, now=view.now)}前" if view.due and _running_phrase(view) else ""
        )
        place = f"（{_clip(view.place, _PLACE)}）" if view.place else ""
        lines.append(f"{view.short} {view.status.chinese} {_clip(view.class_name, _NAME)}{place}{due}")
    if (left := total - (page - 1) * A_PAGE - len(views)) > 0:
        lines.append(f"还有 {left} 件，发 {more}")
    return "\n".join(lines)


def _clip(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def chat_bound(chat_id: str, unit: str, use: str) -> str:
    """The group is bound. Names its chat id, which the organisation file needs for the group's webhook."""
    return f"本群已绑定：{unit}，用途：{use}。群编号（chat_id）：{chat_id}"


def chat_unbound(unit: str) -> str:
    return f"本群已与{unit}解绑，不再收到推送。"


def binding_usage() -> str:
    return "请发：/绑定 单位 用途，例如：/绑定 城管局 处置。用途有：上报、处置、值班、居民。"


def binding_needs_second(unit: str, group: str, command: str) -> str:
    """The group belongs to `unit`: somebody else has to send the same command there."""
    return (
        f"「{group}」是{unit}的群，改动要两个人。请另一位值班员、协调员或管理员一天之内也在那个群里发："
        f"@机器人 {command}"
    )


def may_not_bind() -> str:
    return "只有值班员、协调员和管理员可以绑定或解绑群。"


def not_bound() -> str:
    return "本群没有绑定到单位。"


def unreadable_click() -> str:
    return "这个按钮已经失效，请看最新的卡片。"


def help_text(intro: str, acts: Sequence[Act], others: Sequence[tuple[str, str]]) -> str:
    """The list of commands: acts that the reader may do, and `others` as (usage, meaning)."""
    lines = [intro]
    lines += [f"/{act.verb} 编号 {act.usage}".rstrip() + f"：{act.about}" for act in acts]
    lines += [f"/{usage}：{about}" for usage, about in others]
    return "\n".join(lines)


OTHERS = (
    ("查 编号", "看一件事的进展"),
    ("卡片 编号", "要一张最新的卡片，点按钮办"),
    ("更正 编号 内容", "改正地点或补充说明"),
    ("转人工 内容", "请值班员本人答复"),
    ("我的", "我上报的和等我办的"),
    ("待办", "等我处理的"),
    ("超时", "已经超时的"),
    ("本网格", "我这个网格的在办事件"),
    ("今日", "今天的数字"),
    ("帮助", "看这份说明"),
)
BINDING = (
    ("绑定 单位 用途", "把本群交给一个单位用"),
    ("解绑", "解除本群的绑定"),
    ("噪音", "各群最近一周听到多少、误开多少"),
)


def which_case(said: str, lines: Sequence[str]) -> str:
    """Several cases have the serial that was typed; `lines`: one of each."""
    return "\n".join([f"「{said}」对应 {len(lines)} 件，请选一件（现在什么也没有做）：", *lines])


def choice_line(view: CaseView) -> str:
    """One of several cases with the same serial, by whole number."""
    place = f"，{_clip(view.place, _PLACE)}" if view.place else ""
    return f"{view.number} {view.status.chinese} {_clip(view.class_name, _NAME)}{place}"


def chosen_case(number: str) -> str:
    return f"已选 {number}。"


NUMBER_TIP = "编号写横线后面那几位即可；引用一条消息时可以不写。"


def hint_expired(verb: str, short: str, usage: str) -> str:
    """The quoted hint is older than 10 minutes, used, or was meant for another person."""
    written = " ".join(part for part in (f"/{verb}", short, usage) if part)
    return f"这条提示已经用过、超过 10 分钟，或者不是给您的。请直接发：@我 {written}"


CONFIRMED = "已确认。"
NOT_CONFIRMED = "没有执行，原因见上。"
CANCELLED = "已取消，什么都没有做。"
NOTHING_TO_CONFIRM = "没有等您确认的命令。"
CONFIRMED_TOO_LATE = "已经确认过，或者超过 10 分钟了，请重新发一次命令。"


def act_preview(view: CaseView, act: Act, rest: str) -> str:
    """What a dangerous command would do, for its author to confirm; `rest`: what was said with it, masked."""
    reason = f"，{rest}" if rest else ""
    return f"将对{marks.case_mark(view.number)}{view.class_name}{_time_phrase(view)}执行「{act.verb}」{reason}。确认请点「确认执行」或发 /确认，10 分钟内有效。"


def bulk_result(act: Act, done: Sequence[str], refused: Sequence[str]) -> str:
    """The receipt for one act on several cases; `refused` are complete sentences."""
    lines = (
        [f"已{act.verb} {len(done)} 件：{'、'.join(serial_of(number) for number in done)}。"] if done else []
    )
    return "\n".join([*lines, *refused])


def reporter_contact(number: str, name: str, text: str) -> str:
    """Name and words of the reporter, with the note that this look-up was recorded."""
    who = name or "没有登记姓名"
    return f"{marks.case_mark(number)}报事人：{escape_words(who)}。原话：{escape_words(text)}\n请只用于办理本事件，不要转发；本次查看已记录。"


def empty_list(title: str, *, in_private: bool) -> str:
    """The answer where the list with this title has no cases that may be shown."""
    if title == MINE:
        return NO_CASES if in_private else NO_CASES_HERE
    return f"{title}：没有。"


def today_figures(*, opened: int, closed: int, open: int, overdue: int) -> str:  # noqa: A002 - the plain word
    """The figures of the day, all as numbers of cases."""
    return f"今日：新收 {opened} 件，办结 {closed} 件；在办 {open} 件，其中超时 {overdue} 件。"
