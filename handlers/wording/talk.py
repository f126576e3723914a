"""Direct answers to the person who wrote to the bot: questions, help, lists, previews."""

from collections.abc import Sequence

from handlers.wording import formats, labels, marks
from handlers.wording.case_view import CaseView
from handlers.wording.markup import escape_words
from handlers.wording.parties import money
from handlers.wording.subjects import matter, subject
from models.case_numbers import serial_of
from models.workflow import Act, Status

SOME_PLACE = "××路××号门口"
"""In examples, where no place of the district is known."""


def how_to_report(place: str, *, in_private: bool) -> str:
    """How to report; `place`: one of the district, or `SOME_PLACE`."""
    how = "直接" if in_private else "@我 "
    return f"{how}说什么问题、在哪里就行，例如：{place}有建筑垃圾。可以附照片。"


def not_a_report(place: str, *, in_private: bool) -> str:
    """The answer to what is no report; `place` as in `how_to_report`."""
    return f"没听出要反映的问题。{how_to_report(place, in_private=in_private)}"


WELCOME_BACK = "不客气，有事随时说。"
MINE = "我的事件"
UNASSIGNED = "还没派"
URGENT_ONLY, HANDLED_BY_ME = "紧急", "我经手"
"""What a list is narrowed to, as it is typed behind a command and named in its title."""
NO_CASES = "您还没有上报过事件。"
NO_CASES_HERE = "您还没有上报过事件；不便在群里说的，请私聊我发 /我的 看。"
"""Where others read along, whatever there may be."""
NOTHING_TO_DO = "目前没有待办的事件。"


def hello(bot_name: str, place: str, *, in_private: bool) -> str:
    """The answer to a greeting, and to the first direct message of the day; `place` as in `how_to_report`."""
    return f"您好，我是{bot_name}。{how_to_report(place, in_private=in_private)}"


def hello_group(bot_name: str, *, is_bound: bool) -> str:
    """To a group that just let the bot in; `is_bound`: it is a unit's already."""
    report = f"大家好，我是{bot_name}。看到问题，@我说是什么事、在哪里，可以带照片。"
    return report if is_bound else f"{report}\n这个群是哪个单位的，请值班员在群里发：/绑定 单位 用途"


def hello_here(bot_name: str, unit: str) -> str:
    """To whoever came by the QR code of a unit, which is the place of what they report."""
    return (
        f"您好，我是{bot_name}。这里是{unit}。有问题直接说，文字、照片、语音、位置都行，"
        "比如「楼道灯不亮」；没有说地点的，就按这里办。"
    )


MENU = (("我要反映", "hello"), ("我的事项", "/我的"), ("帮助", "/帮助"))
"""What stands below the conversation with an official account: names, and what pressing them says."""


_ASKS = {
    ("what", "place"): "是什么问题、在什么地方？",
    ("what",): "是什么问题？",
    ("place",): "在什么地方？路名、小区几号楼，或附近的店名都行。",
}


def ask_for(missing: Sequence[str], *, in_private: bool) -> str:
    """The question for what a report lacks; `missing` holds `what`, `place` or both, in this order."""
    return f"已收到。{_ASKS.get(tuple(missing), _ASKS['what', 'place'])}{_how_to_answer(in_private)}，不用重新上报。"


def _how_to_answer(in_private: bool) -> str:
    return "直接回答就行" if in_private else "请 @我 回答"


IN_DANGER = "在什么地方？几号楼几层，或者旁边有什么店、什么路口，回一句就行。"
"""Asked, in the first answer, of whoever cries and does not say where."""


def too_many_words(limit: int, *, kept: bool) -> str:
    """A note that only the first `limit` characters were read. `kept`: the others are a file of the case."""
    others = "其余的已作为附件保存" if kept else "其余的没能保存，请分几条再发"
    return f"文字太长，只读了前 {limit} 个字，{others}。最要紧的请放在前面说。"


FAR_PLACE = "这个位置离本地太远，不能当作地点。请直接说路名、小区几号楼，或再发一次位置。"
SENT_LOCATION = "发来了定位。"
"""Stands for a location that comes without a word, in the history of its case."""


def piece_added(view: CaseView) -> str:
    """The receipt for a message that was added to a case."""
    return f"{subject(view)}已补充。"


def place_put_right(view: CaseView) -> str:
    """The receipt for a message that told where exactly a danger is, and perhaps more."""
    return f"{subject(view)}地点已改好，这些话已转告值班员和处置单位。"


def status(view: CaseView) -> str:
    """Where a case stands, for a person who may see it."""
    return f"{subject(view)}{state_phrase(view)}。"


def state_phrase(view: CaseView) -> str:
    """The state, who has the case, and by when; of a suspended one when it goes on."""
    is_done = view.status is Status.CLOSED
    unit = f"，{view.unit}办的" if view.unit and is_done else f"，由{view.unit}办理" if view.unit else ""
    due = (
        f"，{formats.format_deadline(view.due, now=view.now, asks=False)}"
        if view.due and _running_phrase(view)
        else ""
    )
    if view.is_paused and view.resumes:
        due = f"，{formats.format_time(view.resumes, now=view.now)} 恢复办理"
    state = f"{view.status.chinese}（未能联系）" if view.is_unreached else view.status.chinese
    withdrawn = labels.WITHDRAWN if view.is_withdrawn else ""
    return f"现在是「{state}」{withdrawn}{unit}{due}"


def _running_phrase(view: CaseView) -> bool:
    return view.status in (Status.NEW, Status.ACCEPTED, Status.DISPATCHED, Status.IN_PROGRESS)


def history(view: CaseView, steps: Sequence[tuple[str, str, str]], family: str = "") -> str:
    """The status and the steps so far, each (local time, who, what); `family` names merged cases."""
    source = f"来源：{view.source}" if view.source else ""
    lines = [
        f"{status(view)}环节：{view.loop_step}。" if view.loop_step else status(view),
        source,
        money(view.asked, view.recovered),
        *(f"{at} {who} {what}" for at, who, what in steps),
        family,
    ]
    return "\n".join(line for line in lines if line)


def follows_case(root: CaseView) -> str:
    """The status of the case this one was merged into."""
    return f"一并跟进：{status(root)}"


def joined_elsewhere(root: CaseView) -> str:
    """The case this one was merged into, for who may not read it: number, class and place."""
    return f"已并入{subject(root)}。"


def followed_by(numbers: Sequence[str]) -> str:
    """The numbers of the cases that were merged into this one, at most A_PAGE of them."""
    more = "等" if len(numbers) > A_PAGE else ""
    return f"另有 {len(numbers)} 件并入：{'、'.join(numbers[:A_PAGE])}{more}。"


A_PAGE = 10
"""Cases of one page: with its first and last line a list fits a phone."""
_NAME, _PLACE = 8, 10
"""Characters of a class and of a place in a list: each case within two lines of a phone."""


def listing(
    title: str, views: Sequence[CaseView], *, total: int, page: int, more: str, is_longer: bool = False
) -> str:
    """A page of a list, one line a case, at most A_PAGE; `more` is the command for the next page.

    `is_longer`: there are more than `total`.
    """
    over = "+" if is_longer else ""
    pages = -(-total // A_PAGE)
    lines = [f"{title}（{total}{over} 件{f'，第 {page}/{pages} 页' if pages > 1 else ''}）"]
    for view in views:
        due = (
            f" {formats.format_time(view.due, now=view.now)}前" if view.due and _running_phrase(view) else ""
        )
        place = f"（{formats.clip(view.place, _PLACE)}）" if view.place else ""
        lines.append(f"{view.short} {view.status.chinese} {formats.clip(view.class_name, _NAME)}{place}{due}")
    if (left := total - (page - 1) * A_PAGE - len(views)) > 0:
        lines.append(f"还有 {left}{over} 件，发 {more}")
    return "\n".join(lines)


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
    return "这个按钮已经失效，请点最新的卡片。"


def which_case(said: str, count: int, lines: Sequence[str]) -> str:
    """`count` cases have the serial that was typed; `lines`: one of each that may be chosen."""
    return "\n".join([f"「{said}」对应 {count} 件，请选一件（现在什么也没有做）：", *lines])


def which_fitting(verb: str, count: int, lines: Sequence[str]) -> str:
    """No number was typed and `count` cases fit the verb; `lines`: one of each that may be chosen."""
    return "\n".join([f"有 {count} 件都可以{verb}，请选一件（现在什么也没有做）：", *lines])


def more_choices(count: int, *, in_private: bool) -> str:
    """`count` more cases fit than a question has buttons."""
    return f"还有 {count} 件：请{'' if in_private else ' @我 '}带上编号再说一遍。"


def choice_line(view: CaseView) -> str:
    """One of several cases, by whole number."""
    return f"{formats.clip(matter(view), _NAME + _PLACE)} {view.number} {view.status.chinese}"


def chosen_case(number: str) -> str:
    return f"已选 {number}。"


def hint_expired(verb: str, short: str, usage: str) -> str:
    """The quoted hint is older than 10 minutes, used, or was meant for another person."""
    written = " ".join(part for part in (f"/{verb}", short, usage) if part)
    return f"这条提示用过了、过了 10 分钟，或者不是给您的。请直接发：@我 {written}"


CONFIRMED = "已确认。"
NOT_CONFIRMED = "没有执行，原因见上。"
CANCELLED = "已取消，什么都没有做。"
NOTHING_TO_CONFIRM = "没有等您确认的事。"
CONFIRMED_TOO_LATE = "已经确认过，或者过了 10 分钟。请重新发一次。"


def act_preview(view: CaseView, act: Act, rest: str) -> str:
    """What a dangerous command would do, for its author to confirm; `rest`: what was said with it, masked."""
    reason = f"，{rest}" if rest else ""
    return f"{subject(view)}将{act.verb}{reason}。确认请点「确认执行」或发 /确认，10 分钟内有效。"


def bulk_result(act: Act, done: Sequence[str], refused: Sequence[str]) -> str:
    """The receipt for one act on several cases; `refused` are complete sentences."""
    lines = (
        [f"已{act.verb} {len(done)} 件：{'、'.join(serial_of(number) for number in done)}。"] if done else []
    )
    return "\n".join([*lines, *refused])


def reporter_contact(number: str, name: str, text: str) -> str:
    """Name and words of the reporter, with the note that this look-up was recorded."""
    who = name or "没有登记姓名"
    return f"{marks.case_mark(number)}报事人：{escape_words(who)}。原话：{escape_words(text)}\n只用于办这件事，不要转发；这次查看已记录。"


def search_title(said: str) -> str:
    """The title of the cases that fit what was looked for."""
    return f"「{escape_words(said)}」"


def nothing_found(said: str, *, in_private: bool) -> str:
    """The answer where nothing that the asker may read fits."""
    tip = "" if in_private else "不便在群里说的，请私聊我查。"
    return f"没有找到「{escape_words(said)}」。可以查路名、事情或单位。{tip}"


def empty_list(title: str, *, in_private: bool) -> str:
    """The answer where the list with this title has no cases that may be shown."""
    if title == MINE:
        return NO_CASES if in_private else NO_CASES_HERE
    return f"{title}：没有。"


def overdue_by_unit(counts: Sequence[tuple[str, int]]) -> str:
    """Whose cases are late: unit and how many; "" for those that no unit has."""
    named = "、".join(f"{unit or '还没派出去'} {count} 件" for unit, count in counts)
    return f"超时的按单位：{named}。"


IN_CONSOLE = "/今日 看总数，其余的在控制台看"
"""Where more is than a message holds."""


def dissatisfied_title(period: str) -> str:
    """Title of the list of what reporters were not satisfied with."""
    return f"{period}群众不满意、说没解决的"


def urgent_figures(count: int) -> str:
    """How many of what came in a period are dangers, as an end of its figures."""
    return f"新收里紧急的 {count} 件。"


def most_frequent(classes: Sequence[tuple[str, int]]) -> str:
    """The classes of what came most, with how many cases each, as an end of the figures of a period."""
    return f"最多的是：{'、'.join(f'{name} {count} 件' for name, count in classes)}。"


def day_figures(
    period: str,
    *,
    opened: int,
    closed: int,
    open: int,  # noqa: A002 - the plain word
    overdue: int,
    unassigned: int,
    unit: str = "",
) -> str:
    """The figures of a period (今日, 上周), all as numbers of cases; what is open is open now.

    `unit`: name of the unit whose figures they are; "" for all that whoever asks looks after.
    """
    waiting = f"、还没派出去 {unassigned} 件" if unassigned else ""
    return (
        f"{unit}{period}：新收 {opened} 件，办结 {closed} 件；"
        f"在办 {open} 件，其中超时 {overdue} 件{waiting}。"
    )
