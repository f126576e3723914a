"""What pages say where the office keeps its own things: people, groups, rules, calendar, kept answers."""

from collections.abc import Mapping
from datetime import date
from typing import Any


def odd_days() -> str:
    return "日期不对：结束不能早于开始，也不能早于今天，最长一年。没有保存。"


def away_already(name: str) -> str:
    return f"{name}这几天已经登记了请假。没有保存。"


def substitute_away(name: str) -> str:
    return f"{name}这几天自己也不在，请换一个人代班。没有保存。"


def no_such_absence() -> str:
    return "没有这条请假，可能已经取消。"


def may_not_keep_absence() -> str:
    return "只能登记自己的请假，或本范围里工作人员的。"


def unfit_substitute(name: str) -> str:
    return f"{name}不能代班：要是同一单位或上级单位的工作人员；值班、协调和领导要由同样的人代。"


def no_such_person(code: str) -> str:
    return f"名册里没有「{code}」，请从列表里选。没有保存。"


# Groups --------------------------------------------------------------------------------------


def may_not_bind_here() -> str:
    return "没有绑定的群由最上级单位的值班员、协调员和管理员在这里认领；别的单位请在群里发 /绑定。"


def no_such_group() -> str:
    return "没有这个群，或者它已经绑定。"


def unknown_use() -> str:
    return "请选群的用途。没有保存。"


UNIT_KINDS = {
    "district": "区县",
    "town": "镇街",
    "village": "村居",
    "grid": "网格",
    "special_grid": "专属网格",
    "micro_grid": "微网格",
    "department": "部门",
    "section": "科室",
    "team": "队伍",
    "enterprise": "企业",
}
"""What a unit is, by `UnitKind`."""
CHAT_USES = {
    "intake": "上报",
    "handling": "处置",
    "duty": "值班",
    "residents": "居民",
    "direct": "私聊",
    "unbound": "没有绑定",
}
"""What a chat is for, by `ChatUse`."""


# What is missing -----------------------------------------------------------------------------

GAPS = {
    "nobody": "没有负责人的单位",
    "undeputised": "没有副手的网格",
    "boundless": "没有轮廓也没有地名的网格",
    "unstaffed": "一个人也没有的单位",
    "groupless": "没有处置群的承办单位",
    "silent": "七天没有人说话的群",
    "gone": "机器人已被移出的群",
    "nameless": "没有实名的工作人员",
    "unreached": "没有账号的工作人员",
    "undecided": "还没有同意参加的信息员",
}
"""What may be missing, by its key."""


# A file of the organisation -------------------------------------------------------------------

FIELDS = {
    "name": "名称", "short": "简称", "kind": "类型", "path": "上级", "lead": "负责人", "deputy": "副手",
    "aliases": "别名", "places": "地名", "keywords": "关键词", "polygon": "轮廓", "role": "角色", "unit_id": "单位",
    "occupation": "职业", "duties": "职责", "skills": "特长", "participation": "参加情况",
    "participation_at": "参加情况的日期", "use": "用途", "channel": "渠道", "chat_id": "群编号", "webhook_channel": "群机器人",
    "webhook_key": "群机器人密钥", "archive_channel": "存档", "archive_room_id": "存档群编号",
    "quiet_from": "免打扰从", "quiet_to": "免打扰到", "code": "编码", "accounts": "账号", "person_id": "本人",
}  # fmt: skip
"""Columns that a file of the organisation may change."""
TABLES = {"units": "单位", "people": "人员", "chats": "群"}


def may_not_import() -> str:
    return "组织文件只能由最上级单位的管理员导入。"


def choose_file() -> str:
    return "请先选一个 .xlsx 或 .yaml 文件。没有导入。"


def file_too_large(megabytes: int) -> str:
    return f"文件最大 {megabytes} MB。没有导入。"


def changed_meanwhile() -> str:
    return "预览以后组织又有了变化，请重新看一遍预览。没有导入。"


FILE_OF_PAGE = "（网页上传）"


def import_title(name: str) -> str:
    return f"组织文件 {name}"


# Rules, limits, calendar ---------------------------------------------------------------------

SUBJECTS = {
    "rules": "本单位的规则",
    "limits": "时限表",
    "calendar": "工作日历",
    "responsibilities": "权责清单",
    "organisation": "组织",
}
"""What a proposal changes, by its subject."""


def may_not_read_rules() -> str:
    return "规则由值班员、协调员、领导和管理员看。"


def may_not_propose() -> str:
    return "规则、时限、日历和权责清单由最上级单位的值班员、协调员、领导和管理员改。"


def own_proposal() -> str:
    return "这是您自己提的，要由另一个人采纳。"


def decided_already() -> str:
    return "这一条已经有人决定了。"


def no_such_proposal() -> str:
    return "没有这一条，或者它已经不在了。"


def stands_otherwise() -> str:
    return "提出以后这里已经改成别的了，没有采纳。请照现在的重新提。"


def nothing_changed() -> str:
    return "和现在的一样，没有要改的。"


def cannot_go_back() -> str:
    return "这一条没有采纳，或者已经不是最近的一次，不能退回。"


def title_needed(longest: int) -> str:
    return f"请用一句话写明改了什么、为什么，最多 {longest} 个字。没有提交。"


def text_too_long(kilobytes: int) -> str:
    return f"内容太长，最多 {kilobytes} KB。没有提交。"


def not_ours(path: str) -> str:
    """The file is the one that came with the program, or the configuration does not name one."""
    return f"用的是自带的 {path}，不能在这里改。"


def not_writable(path: str) -> str:
    return f"{path} 写不进去，请管理员看看这个文件夹的权限。"


def names_other_files() -> str:
    return "include、classes、examples、codes 指向的文件不能在网页上改，请管理员在服务器上改。"


def configure_rules(line: str) -> str:
    """How to get a file of one's own that pages can change; `line`: for the configuration."""
    return f"要在这里改，请先在 config.yaml 的 rules: 下写 {line}，建好这个文件，再重启。"


def rollback_title(title: str) -> str:
    return f"退回：{title}"[:200]


def calendar_title(day: date, *, working: bool, reason: str) -> str:
    """What a change of the calendar is called; `reason` may be empty."""
    kind = "上班" if working else "休息"
    return f"{day.isoformat()}（周{'一二三四五六日'[day.weekday()]}）改为{kind}" + (
        f"：{reason}" if reason else ""
    )


def calendar_line(fields: Mapping[str, Any]) -> str:
    """A day of the calendar in one line: `day`, `working`, `source` and `note`."""
    kind = "上班" if fields["working"] else "休息"
    who = {"office": "本单位定", "state": "国家公布"}.get(fields["source"], "按星期")
    return f"{fields['day']} {kind}（{who}{'：' + fields['note'] if fields['note'] else ''}）"


def unreadable_day() -> str:
    return "请选日期，再选上班还是休息。没有提交。"


def suggestions_over() -> str:
    return "这条建议已经不在了，请重新计算。"


def suggestion_title(kind: str, text: str, name: str, right: int, wrong: int) -> str:
    """What adopting a suggestion is called; `kind`: word or not."""
    change = f"「{text}」里的词不算{name}" if kind == "not" else f"词「{text}」算{name}"
    return f"{change}（过去的消息改对 {right}、改错 {wrong}）"


FINDING_KINDS = {
    "contradictory": "自相矛盾",
    "unreachable": "永远不算",
    "duplicate": "重复",
    "shadowed": "被遮住",
    "uncoded": "没有编码",
    "stale": "该重学了",
}
"""What is wrong with a rule, by the kind of the finding."""


# Kept answers --------------------------------------------------------------------------------

BLANKS = {
    "编号": "事件编号",
    "类别": "事件类别",
    "地点": "事件地点",
    "单位": "承办单位",
    "时限": "办结时限",
    "今天": "今天的日期",
}
"""What the blanks of a kept answer are filled with."""


def unknown_blank(name: str) -> str:
    return (
        f"不认识的空格「{{{name}}}」，可以用：{'、'.join('{' + blank + '}' for blank in BLANKS)}。没有保存。"
    )


def answer_incomplete(longest: int) -> str:
    return f"请写名字（最多 20 个字）和内容（最多 {longest} 个字）。没有保存。"


def too_many_answers(most: int) -> str:
    return f"一个单位最多存 {most} 条常用答复，请先去掉一条。"


def may_not_keep_answers() -> str:
    return "常用答复由承办、值班、协调和管理人员为本单位存。"


def no_such_answer() -> str:
    return "没有这条常用答复，可能已经去掉。"
