"""Cases that came from other offices: where from, what was taken in, what the source is answered."""

from collections.abc import Mapping, Sequence

from handlers.wording import formats, marks
from handlers.wording.case_view import CaseView
from handlers.wording.subjects import matter, subject
from models.cases import BY_PAGE, IN_CHAT
from models.workflow import Status

NAMES: Mapping[str, str] = {IN_CHAT: "群聊", BY_PAGE: "网页", "api": "接口", "open311": "Open311"}
"""Sources of the program's own, as people call them; other offices are called as they are written."""
SOURCE, NUMBER = "来源", "编号"
"""What stands before a source and its number in a command: 来源=12345."""
USAGE = "/登记 来源=12345 编号=… 姓名=… 电话=… 内容"
HELP = ((f"登记 {USAGE.partition(' ')[2]}", "把热线、来信、来访的事录进来（私聊）"),)

IN_PRIVATE_ONLY = "登记里有联系方式，请私聊我发 /登记。群里刚发的那条请您撤回。"
DESK_ONLY = "只有值班员、协调员能登记别处来的事。您要反映的事，直接说是什么、在哪里就行。"
NO_TEXT = f"请写上反映的内容：{USAGE}"
NO_SOURCE = f"请写上来源，如 来源=12345：{USAGE}"
OWN_SOURCE = "这个名称系统自己用，请写对方的名称，如 12345"
LONG_SOURCE = "来源太长，最多 20 个字"
LONG_NUMBER = "编号太长，最多 64 个字"
WRONG_PHONE = "电话应当是号码，几个用顿号分开"
LONG_NAME = "姓名太长，最多 40 个字"
WRONG_URL = "链接应当以 http:// 或 https:// 开头，最多 500 个字"
WRONG_TIME = "时间看不懂，应当如 2026-11-28 09:30"
FUTURE = "收到的时间在将来"
LONG_AGO = "收到的时间在三年以前"
ARCHIVED = "这个编号以前登记过，那件事已经归档；要接着办，请管理员先取回。"
NUMBER_TAKEN = "这个编号已经登记过，那件事不归您看。"
EXPORT_COLUMNS = ("编号", "事件编号", "收到时间", "答复", "答复时间", "结果", "承办单位")
DELIVERED = "答复已经送回来源"
_MOST = 10
"""Cases named in one list; more would push the rest off a phone's screen."""


def source_name(source: str) -> str:
    return NAMES.get(source, source)


def find_source(said: str) -> str:
    """The source that people call so."""
    return next((key for key, name in NAMES.items() if name == said), said)


def origin(source: str, number: str | None) -> str:
    """`12345 编号 A-7`; without a number the source alone."""
    return f"{source_name(source)} 编号 {number}" if number else source_name(source)


def registration(view: CaseView, came: str) -> str:
    """The receipt; names no contact."""
    late = "，已超过时限" if view.due is not None and view.due <= view.now else ""
    return f"{subject(view)}已登记，来自{came}{late}。联系方式用 /查看联系人 看。"


def repeated_number(number: str, came: str) -> str:
    return f"{marks.case_mark(number)}{came}已经登记过，没有另开一件。"


def desk_digest(
    source: str, total: int, late: int, unassigned: Sequence[CaseView], doubles: Sequence[str]
) -> str:
    """One message to a desk for all that came from a source at once; dangers were told apart."""
    head = f"{source_name(source)}转来 {total} 件"
    parts = [f"{late} 件已超过时限"] if late else []
    parts += [f"{len(unassigned)} 件等派单"] if unassigned else []
    lines = [f"{head}{'，' if parts else ''}{'，'.join(parts)}。", *_list(unassigned)]
    if doubles:
        lines += ["可能与别处报的是同一件：", *doubles[:_MOST], *_rest(len(doubles))]
    return "\n".join(lines)


def unit_digest(source: str, views: Sequence[CaseView]) -> str:
    """One message to a unit for all that it got from a source at once."""
    return "\n".join(
        [f"{source_name(source)}转来、交给{views[0].unit}的 {len(views)} 件，请签收：", *_list(views)]
    )


def double(number: str, other: str) -> str:
    """Two cases that may be one matter."""
    return f"{marks.case_mark(number)}和{marks.case_mark(other)}"


def _list(views: Sequence[CaseView]) -> list[str]:
    return [*(_line(view) for view in views[:_MOST]), *_rest(len(views))]


def _line(view: CaseView) -> str:
    due = f" {formats.format_time(view.due, now=view.now)}前" if view.due is not None else ""
    return f"{marks.case_mark(view.number)}{matter(view)}{'（已超时）' if _is_late(view) else due}"


def _is_late(view: CaseView) -> bool:
    return view.due is not None and view.due <= view.now


def _rest(total: int) -> list[str]:
    return [f"还有 {total - _MOST} 件，发 /待办 看。"] if total > _MOST else []


def result_name(status: Status, *, solved: bool | None) -> str:
    """What became of it, for the source: by the reporter's own word where there is one."""
    if solved is not None and status is Status.CLOSED:
        return f"{status.chinese}，报事人认为{'已解决' if solved else '未解决'}"
    return status.chinese


def import_lines(
    *,
    opened: int,
    known: Mapping[str, str],
    late: int,
    alone: Sequence[str],
    doubles: Mapping[str, str],
    units: Mapping[str, int],
    is_preview: bool,
) -> list[str]:
    """What an import came to, or would come to, line by line."""
    head = "预览，什么也没有留下：会" if is_preview else "已"
    lines = [f"{head}立案 {opened} 件，其中 {late} 件已超过时限；已有 {len(known)} 件，没有再立。"]
    spread = "，".join(f"{unit or '等派单'} {count}" for unit, count in sorted(units.items()))
    lines += [f"去向：{spread}"] if spread else []
    lines += [f"危险或限阅、单独通知的 {len(alone)} 件"] if alone else []
    lines += [f"可能与别处报的是同一件的 {len(doubles)} 件"] if doubles else []
    return lines


def export_summary(count: int, path: str, delivered: int) -> str:
    done = f"，{delivered} 件记为已送回来源" if delivered else ""
    return f"写好 {count} 件：{path}{done}"
