"""Texts around the export and the erasure of a person's data."""

from collections.abc import Sequence

_KINDS = {"export": "导出", "erase": "删除"}
_MOST = 5

HELP = (
    ("导出个人信息 人 理由", "把存着的一个人的信息整理成文件，要另一人同意"),
    ("删除个人信息 人 理由", "抹去一个人的姓名、账号、号码和语音，要另一人同意"),
    ("同意个人信息 GR编号", "同意别人提出的导出或删除"),
)


def usage(kind: str) -> str:
    verb = _KINDS[kind]
    return f"请写上是谁和理由，例如：/{verb}个人信息 WG261121-0031 本人书面申请。是谁：代码、账号，或他报的事的完整编号。"


def usage_number() -> str:
    return "请写上编号，例如：/同意个人信息 GR261121-001"


def only_in_private() -> str:
    return "个人信息的导出和删除只在私聊里办。"


def may_not_decide() -> str:
    return "只有管理员和最上级单位的负责人可以导出或删除个人信息。"


def no_such_person(said: str) -> str:
    return f"没有找到「{said}」。请写人员代码、账号，或他报的事的完整编号。"


def no_such_request(number: str) -> str:
    return f"没有找到 {number}。"


def staff_are_not_erased() -> str:
    return "工作人员办过的事是单位的记录，不能删除。离任的先在组织文件里改成居民。"


def cases_still_run(numbers: Sequence[str]) -> str:
    """Refusal while the person waits for an answer; `numbers`: of their cases, none where it is no case yet."""
    shown = "、".join(numbers[:_MOST]) + (f"等 {len(numbers)} 件" if len(numbers) > _MOST else "")
    return f"他报的事还没有办完{f'（{shown}）' if shown else ''}，办结以后再删除。"


def cases_archived(numbers: Sequence[str]) -> str:
    """Refusal while cases of theirs are in the archive."""
    shown = "、".join(numbers[:_MOST]) + (f"等 {len(numbers)} 件" if len(numbers) > _MOST else "")
    return f"他报的事有的在档案里（{shown}），请先用 gridbot db restore-archive 取回。"


def own_request(number: str) -> str:
    return f"{number} 是您自己提的，要由另一个人同意。"


def approved_before(number: str) -> str:
    return f"{number} 已经有人同意了。"


def request_stored(number: str, kind: str) -> str:
    return f"{number} 已提出（{_KINDS[kind]}个人信息）。请另一位管理员或最上级单位的负责人私聊我发：/同意个人信息 {number}"


def request_to_decide(number: str, kind: str, person: str, asker: str, reason: str) -> str:
    """Asks the others who may decide; `person` and `asker` are codes or names."""
    return (
        f"{asker}提出{_KINDS[kind]}个人信息（{number}）：{person}，理由：{reason}。"
        f"您核对过本人申请的，请发：/同意个人信息 {number}"
    )


def approval(number: str, kind: str) -> str:
    """The receipt for an agreement."""
    if kind == "erase":
        return f"{number} 已同意，正在删除。事情的经过还在，姓名、账号、号码和语音都不再有。"
    return f"{number} 已同意。请管理员在服务器上运行 gridbot person export {number} 文件.zip，把文件当面交给本人。"


def no_export(number: str) -> str:
    return f"{number} 不是导出。"


def not_approved(number: str) -> str:
    return f"{number} 还没有第二个人同意。"


def exported_before(number: str) -> str:
    return f"{number} 已经导出过，请另外提出。"
